"""The stem intake of a session, as a report."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

from engine.audio.source import open_source
from engine.cores import usable_cores
from engine.intake.duplicates import duplicate_findings
from engine.intake.levels import level_findings, rms_along_dbfs, silent_share, unusable_findings
from engine.intake.phases import phase_findings
from engine.intake.provenance import ceiling_findings, noise_floor_power, provenance_findings
from engine.intake.scan import StemScan, scan_stem
from engine.intake.spikes import dual_mono_findings, spike_findings
from engine.intake.start_alignment import lag_findings, time_reference_findings, wanted_offsets
from engine.intake.together import (
    Intake,
    changed_findings,
    comparable,
    count_findings,
    format_findings,
    length_findings,
)
from engine.nulltest.fit import fit_stems
from engine.nulltest.lanes import session_specs
from engine.progress import Progress, silent
from engine.report.check import CheckReport, StemFigures
from engine.report.findings import Finding, verdict
from engine.session.model import Session, Stem
from engine.session.pins import sha256_of
from engine.session.range_card import card_findings
from engine.units import db_from_gain, db_from_power

_SEVERITIES = ("error", "warning", "note")


def check_session(session: Session, progress: Progress = silent) -> CheckReport:
    """Checks every stem by itself, the stems as a set, and the session against the reference card.

    Args:
        session: whose files are there.
        progress: told how much of the audio has been read.

    Raises:
        InputError: a file cannot be read as audio: missing, not audio, truncated, corrupt.
    """
    intakes = _read_all(session, progress)
    stems = [intake for intake in intakes if intake.name is not None]
    found: list[Finding] = [*format_findings(session, intakes), *length_findings(session, intakes)]
    found += changed_findings(intakes)
    for intake in intakes:
        found += unusable_findings(intake.name, intake.scan)
    for intake in stems:
        assert intake.name is not None
        found += level_findings(intake.name, intake.scan)
        found += spike_findings(intake.name, intake.scan)
        found += dual_mono_findings(intake.name, intake.scan)
        found += provenance_findings(intake.name, intake.scan)
    found += ceiling_findings([(intake.title, intake.scan) for intake in stems])
    found += duplicate_findings([intake for intake in intakes if comparable(intake, session)])
    found += _start_findings(session, intakes, progress)
    if all(comparable(intake, session) for intake in stems):
        found += phase_findings(session)
    found += count_findings(session)
    found += card_findings(session)
    order = {stem.name: number for number, stem in enumerate(session.stems)}
    found.sort(key=lambda finding: (_SEVERITIES.index(finding.severity), order.get(finding.stem or "", -1)))
    figures = tuple(_figures(stem, intake) for stem, intake in zip(session.stems, stems, strict=True))
    return CheckReport(verdict(found), tuple(found), figures)


def _read_all(session: Session, progress: Progress) -> list[Intake]:
    """Scans and hashes every stem and then the reference, a file per core at a time."""
    jobs: list[tuple[str | None, Path, str | None]] = [
        (stem.name, stem.path, stem.sha256) for stem in session.stems
    ]
    if session.reference is not None:
        jobs.append((None, session.reference.path, session.reference.sha256))
    total = 0
    for _, path, _ in jobs:
        # an unreadable file among many is told at once, not after reading the others
        with open_source(path, allow_nonfinite=True) as source:
            total += source.frames
    meter = _SharedProgress(progress, total)

    def read(job: tuple[str | None, Path, str | None]) -> Intake:
        name, path, pinned = job
        scan = scan_stem(path, meter.add)
        return Intake(name, scan, sha256_of(path), pinned)

    with ThreadPoolExecutor(usable_cores()) as pool:
        try:
            return list(pool.map(read, jobs))
        except BaseException:
            # an error or an interrupt must not wait for the other files
            meter.stop()
            raise


class _SharedProgress:
    """Adds up the progress of several threads, and ends them when told to."""

    def __init__(self, progress: Progress, total_frames: int) -> None:
        self._progress = progress
        self._total = total_frames
        self._done = 0
        self._lock = threading.Lock()
        self._stopped = False

    def add(self, frames: int) -> None:
        if self._stopped:
            raise CancelledError
        with self._lock:
            self._done += frames
            done = self._done
        self._progress("reading the stems", done, self._total)

    def stop(self) -> None:
        self._stopped = True


def _start_findings(session: Session, intakes: Sequence[Intake], progress: Progress) -> Iterator[Finding]:
    wanted = wanted_offsets(session, intakes)
    yield from time_reference_findings(session, wanted)
    if session.reference is not None and all(comparable(intake, session) for intake in intakes):
        fit = fit_stems(session_specs(session), progress)
        yield from lag_findings(session, fit.stems, wanted)


def _figures(stem: Stem, intake: Intake) -> StemFigures:
    scan = intake.scan
    peak_dbfs, rms_dbfs = db_from_gain(scan.peak), db_from_power(scan.power)
    rate = scan.sample_rate
    leading = scan.frames if scan.first_set < 0 else scan.first_set
    return StemFigures(
        name=stem.name,
        role=stem.role,
        path=stem.path,
        sample_rate=rate,
        channels=scan.channels,
        frames=scan.frames,
        duration_s=scan.frames / rate,
        subtype=scan.subtype,
        bits=scan.bits,
        true_bits=scan.true_bits,
        sample_peak_dbfs=peak_dbfs,
        true_peak_dbtp=db_from_gain(scan.true_peak),
        rms_dbfs=rms_dbfs,
        rms_along_dbfs=rms_along_dbfs(scan),
        crest_db=peak_dbfs - rms_dbfs if scan.peak > 0.0 else math.nan,
        dc_offset=tuple(float(mean) for mean in scan.mean),
        correlation=_correlation(scan),
        clipped_runs=scan.flats.runs,
        clipped_samples=scan.flats.samples,
        silent_share=silent_share(scan),
        noise_floor_dbfs=db_from_power(noise_floor_power(scan)),
        leading_zeros_s=leading / rate,
        trailing_zeros_s=(scan.frames - 1 - scan.last_set) / rate if scan.frames else 0.0,
        not_finite=scan.not_finite,
        denormals=scan.denormals,
        time_reference=scan.time_reference,
        sha256=intake.sha256,
    )


def _correlation(scan: StemScan) -> float:
    if scan.channels != 2:
        return math.nan
    _, left, right, product = (float(value) for value in scan.blocks.sum(axis=0))
    return product / math.sqrt(left * right) if left * right > 0.0 else math.nan
