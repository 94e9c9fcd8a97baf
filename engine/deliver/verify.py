"""Measures a written file and judges it against what was asked."""

from __future__ import annotations

from engine.deliver.job import Job
from engine.deliver.solve import Solution
from engine.measure import measure_file
from engine.plan.output import OutputSettings
from engine.report.measure import FileMeasurement
from engine.report.render import OutputReport
from engine.session.encodings import ENCODINGS
from engine.session.pins import sha256_of
from engine.units import db_from_gain, level_text

#: Programmes of at least this length have to meet their target within the first tolerance.
LONG_PROGRAMME_S = 30.0
TOLERANCE_LU = 0.05
#: Shorter ones have few gating blocks: one block more or less moves the reading.
SHORT_TOLERANCE_LU = 0.1
#: What the true peak as measured may lie above the ceiling.
CEILING_TOLERANCE_DB = 0.02
#: Below this length there is no gating block (BS.1770-5) and so no loudness.
SHORTEST_PROGRAMME_S = 0.4

#: A 32-bit float holds every integer up to 2 to this power.
_EXACT_BITS = 24


def verify(
    job: Job,
    settings: OutputSettings,
    solution: Solution | None,
    reduction_db: float | None,
    substituted_encoding: str | None = None,
) -> OutputReport:
    """Measures the job's file and reports it.

    Args:
        job: what was asked.
        settings: what was run; `drive_db` and the limiter's ceiling are reported.
        solution: how the loudness solve ended; None without a target.
        reduction_db: largest gain reduction of the limiter; None without one.
        substituted_encoding: written instead of the deliverable's, because integers could not hold it.
    """
    measured = measure_file(job.path)
    deliverable = job.deliverable
    ceiling = deliverable.ceiling_dbtp
    if ceiling is None and settings.limiter is not None:
        ceiling = float(settings.limiter["ceiling_dbtp"])
    reasons = [
        *_loudness_reasons(job, measured, solution, reduction_db),
        *([] if job.is_part else _ceiling_reasons(ceiling, measured, settings)),
        *_format_reasons(job, settings, measured, substituted_encoding),
    ]
    peak = measured.true_peak_dbtp
    over = 0.0 if ceiling is None or peak is None else max(0.0, peak - ceiling)
    drive = settings.drive_db if settings.limiter is None else float(settings.limiter["drive_db"])
    return OutputReport(
        version=job.version,
        stem=job.stem,
        deliverable=deliverable.name,
        path=job.path,
        sample_rate=measured.sample_rate,
        subtype=measured.subtype,
        frames=measured.frames,
        integrated_lufs=measured.integrated_lufs,
        true_peak_dbtp=peak,
        lra_lu=measured.lra_lu,
        plr_db=measured.plr_db,
        target_lufs=job.target_lufs,
        ceiling_dbtp=ceiling,
        holds=not reasons,
        over_ceiling_db=over,
        linked=job.linked,
        reasons=tuple(reasons),
        limiter_max_gain_reduction_db=reduction_db,
        drive_db=drive,
        substituted_encoding=substituted_encoding,
        sha256=sha256_of(job.path),
        momentary_max_lufs=measured.momentary_max_lufs,
        short_term_max_lufs=measured.short_term_max_lufs,
        notes=job.notes,
    )


def _loudness_reasons(
    job: Job,
    measured: FileMeasurement,
    solution: Solution | None,
    reduction_db: float | None,
) -> list[str]:
    target_lufs = job.target_lufs
    if target_lufs is None:
        return []
    loudness = measured.integrated_lufs
    if job.aims_at_dialogue:  # the file holds everything else as well
        loudness = None if solution is None else solution.integrated_lufs
    if loudness is None:
        return ["no_loudness", "silent or shorter than 0.4 s: there is no loudness to aim at the target"]
    tolerance = TOLERANCE_LU if measured.duration_s >= LONG_PROGRAMME_S else SHORT_TOLERANCE_LU
    miss = loudness - target_lufs
    if abs(miss) <= tolerance:
        return []
    side = "below" if miss < 0.0 else "above"
    lossy = ENCODINGS[job.deliverable.encoding].lossy
    # what a coder adds follows no rule: only so many files are tried
    nearest = "the nearest of the files that were tried" if lossy else "the nearest that can be reached"
    text = f"{level_text(loudness, 'LUFS', 2)} is {nearest}, {abs(miss):.2f} LU {side} the target"
    if solution is not None:
        text += f", at {level_text(solution.drive_db, 'dB', signed=True)} of drive"
    if reduction_db is not None:
        text += f" and {reduction_db:.1f} dB of limiting"
    return ["loudness_unreachable", text]


def _ceiling_reasons(
    ceiling_dbtp: float | None, measured: FileMeasurement, settings: OutputSettings
) -> list[str]:
    peak = measured.true_peak_dbtp
    if ceiling_dbtp is None or peak is None or peak <= ceiling_dbtp + CEILING_TOLERANCE_DB:
        return []
    why = "" if settings.limiter is not None else ": the master chain has no limiter that is switched on"
    text = f"true peak {level_text(peak, 'dBTP', 2)} is {peak - ceiling_dbtp:.2f} dB above the ceiling{why}"
    return ["over_ceiling", text]


def _format_reasons(
    job: Job, settings: OutputSettings, measured: FileMeasurement, substituted_encoding: str | None
) -> list[str]:
    encoding = ENCODINGS[substituted_encoding or job.deliverable.encoding]
    wanted = (settings.sample_rate, encoding.subtype, settings.fades.length_frames)
    found = (measured.sample_rate, measured.subtype, measured.frames)
    if substituted_encoding is not None:
        text = f"passes full scale without the rest of the mix: written as {substituted_encoding}"
        reasons = ["substituted_encoding", f"{text} instead of {job.deliverable.encoding}"]
        peak = measured.sample_peak_dbfs
        bits = ENCODINGS[job.deliverable.encoding].bits
        if peak is not None and peak > db_from_gain(2.0 ** (_EXACT_BITS - bits + 1)):
            text = f"{peak:+.1f} dBFS is beyond what 32-bit float holds of {bits}-bit steps"
            reasons += ["inexact_beyond_full_scale", f"{text}: the sum is exact to a few of them only"]
        return reasons
    if wanted == found:
        return []
    return ["wrong_format", f"asked for {wanted}, the file has {found}"]
