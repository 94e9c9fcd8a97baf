"""Findings about one stem's samples: NaN, clipping, headroom, DC, silence, sides, polarity, tails."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from engine.intake.scan import BLOCK_S, SILENCE_DBFS, TAIL_S, StemScan
from engine.intake.spikes import spike_offset
from engine.intake.wording import place_text
from engine.report.findings import Finding
from engine.units import db_from_gain, db_from_power, gain_from_db, number_text, power_from_db, seconds_text

#: Limits of common intake practice.
DC_LIMIT_DBFS = -60.0
HEADROOM_DBFS = -3.0
MOSTLY_SILENT = 0.95
ONE_SIDED_DB = 20.0
OUT_OF_PHASE = -0.5
TAIL_LIMIT_DBFS = -60.0
#: Seconds in which either channel is quieter than this say nothing about polarity, dBFS.
_PHASE_FROM_DBFS = -60.0
#: A mean over less than this says nothing about DC, s.
_DC_FROM_S = 0.1
#: Parts of a file whose levels are told: two or more to each cell of their picture.
_PARTS_ALONG = 144
#: Places of clipping a message lists.
_PLACES_TOLD = 4


def level_findings(name: str, scan: StemScan) -> Iterator[Finding]:
    """Everything the samples of one stem tell by themselves.

    Args:
        name: of the stem.
        scan: of its file.
    """
    if scan.frames == 0:
        return
    yield from _clipping(name, scan)
    yield from _peaks(name, scan)
    yield from _dc(name, scan)
    yield from _silence(name, scan)
    if scan.channels == 2:
        yield from _sides(name, scan)
        yield from _polarity(name, scan)
    yield from _tail(name, scan)
    yield from _denormals(name, scan)


def unusable_findings(name: str | None, scan: StemScan) -> Iterator[Finding]:
    """What makes a file useless, be it a stem or the reference.

    Args:
        name: of the stem; None: the reference.
        scan: of its file.
    """
    if scan.frames == 0:
        yield Finding("error", "empty", name, f"{scan.path} holds no audio (0 frames)", "export it again")
    for note in scan.notes:
        yield Finding(
            "warning",
            "header",
            name,
            f"{scan.path}: {note}",
            "nothing is lost in here; other programs may read less or refuse the file: export it again",
        )
    if scan.not_finite:
        place = place_text(scan.first_bad_frame, scan.sample_rate)
        yield Finding(
            "error",
            "not_finite",
            name,
            f"{scan.path} holds {scan.not_finite} NaN or infinite samples, the first at {place}",
            "export it again; a plug-in on its track is the usual source",
        )


def _clipping(name: str, scan: StemScan) -> Iterator[Finding]:
    flats = scan.flats
    if flats.runs:
        told = flats.frames[:_PLACES_TOLD]
        places = ", ".join(place_text(frame, scan.sample_rate) for frame in told)
        peak = number_text(db_from_gain(scan.peak), 2)
        yield Finding(
            "warning",
            "clipping",
            name,
            f"{flats.runs} flat tops of 3 samples or more at the file's own maximum ({peak} dBFS), "
            f"{flats.samples} samples in all: {places}{', …' if flats.runs > len(told) else ''}",
            "export the stem again without the clipper, or lower",
        )


def _peaks(name: str, scan: StemScan) -> Iterator[Finding]:
    sample_dbfs, true_dbtp = db_from_gain(scan.peak), db_from_gain(scan.true_peak)
    if scan.peak > 1.0:
        yield Finding(
            "note",
            "overs",
            name,
            f"float samples exceed full scale: peak {number_text(sample_dbfs, 2)} dBFS",
            "harmless in here; keep the stem as float, any integer copy of it would clip",
        )
    elif max(sample_dbfs, true_dbtp) > HEADROOM_DBFS:
        yield Finding(
            "note",
            "headroom",
            name,
            f"little headroom: sample peak {number_text(sample_dbfs, 2)} dBFS, true peak "
            f"{number_text(true_dbtp, 2)} dBTP (usual: −3 to −6 dBFS)",
            "nothing to do as long as the stem is not limited",
        )


def _dc(name: str, scan: StemScan) -> Iterator[Finding]:
    if scan.frames < _DC_FROM_S * scan.sample_rate:
        return
    channel = int(np.argmax(np.abs(scan.mean)))
    offset = float(scan.mean[channel])
    level_dbfs = db_from_gain(abs(offset))
    # one sample of +85 dBFS moves the mean of half a minute by −40 dBFS, and is a finding of its own
    if db_from_gain(max(0.0, abs(offset) - spike_offset(scan))) > DC_LIMIT_DBFS:
        yield Finding(
            "warning",
            "dc_offset",
            name,
            f"DC of {number_text(offset, 5, signed=True)} on channel {channel + 1}: "
            f"{number_text(level_dbfs)} dBFS (limit {number_text(DC_LIMIT_DBFS, 0)})",
            "put a high-pass at about 20 Hz first in the stem's chain, or remove the DC at its source",
        )


def silent_share(scan: StemScan) -> float:
    """Part of the file's 50 ms blocks whose samples all stay below −90 dBFS, 0 to 1."""
    if len(scan.blocks) == 0:
        return 1.0
    return float(np.mean(scan.blocks[:, 0] <= gain_from_db(SILENCE_DBFS)))


def rms_along_dbfs(scan: StemScan) -> tuple[float, ...]:
    """RMS of the louder channel in up to 144 equal parts of the file, of whole blocks of 50 ms, to 0.1 dB."""
    blocks = len(scan.blocks)
    parts = min(_PARTS_ALONG, blocks)
    found = []
    for part in range(parts):
        begin, end = part * blocks // parts, (part + 1) * blocks // parts
        # the last block may be shorter than the others
        frames = max(1, min(scan.frames, end * scan.block_frames) - begin * scan.block_frames)
        energy = float(scan.blocks[begin:end, 1:3].sum(axis=0).max())
        found.append(round(db_from_power(energy / frames), 1))
    return tuple(found)


def _silence(name: str, scan: StemScan) -> Iterator[Finding]:
    share = silent_share(scan)
    if scan.first_loud < 0:
        yield Finding(
            "warning",
            "silence",
            name,
            f"the whole stem is silent: its peak is {number_text(db_from_gain(scan.peak))} dBFS",
            "leave it out, or export it again with its track on",
        )
    elif share > MOSTLY_SILENT:
        first, last = (place_text(frame, scan.sample_rate) for frame in (scan.first_loud, scan.last_loud))
        yield Finding(
            "warning",
            "silence",
            name,
            f"silent for {100.0 * share:.1f} % of its length; sound from {first} to {last}",
            "make sure that no region is muted or missing",
        )


def _sides(name: str, scan: StemScan) -> Iterator[Finding]:
    left, right = float(scan.energy[0]), float(scan.energy[1])
    if scan.first_loud < 0:
        return
    difference_db = abs(db_from_power(left) - db_from_power(right))
    if difference_db > ONE_SIDED_DB:
        quiet = "left" if left < right else "right"
        by = "silent" if math.isinf(difference_db) else f"{difference_db:.1f} dB below the other"
        yield Finding(
            "warning",
            "one_sided",
            name,
            f"the {quiet} channel is {by} (limit {ONE_SIDED_DB:.0f} dB)",
            "make sure that the export holds both channels",
        )


def _polarity(name: str, scan: StemScan) -> Iterator[Finding]:
    """Correlation of left and right over every second, in steps of 50 ms."""
    length = round(1.0 / BLOCK_S)
    if len(scan.blocks) < length:
        return
    left, right, product = (
        np.convolve(scan.blocks[:, column], np.ones(length), "valid") for column in (1, 2, 3)
    )
    audible = np.minimum(left, right) > power_from_db(_PHASE_FROM_DBFS) * length * scan.block_frames
    correlation = np.zeros(len(left))
    np.divide(product, np.sqrt(left * right), out=correlation, where=audible)
    against = correlation < OUT_OF_PHASE
    if against.any():
        worst = int(np.argmin(correlation))
        yield Finding(
            "warning",
            "polarity",
            name,
            "left and right work against each other: correlation "
            f"{number_text(float(correlation[worst]), 2)} over 1 s at {seconds_text(worst * BLOCK_S)}, "
            f"below {number_text(OUT_OF_PHASE)} for "
            f"{100.0 * float(np.mean(against)):.0f} % of the time",
            "listen in mono; if the stem vanishes, one channel is inverted: export it again",
        )


def _tail(name: str, scan: StemScan) -> Iterator[Finding]:
    level_dbfs = db_from_power(scan.tail_power)
    if scan.frames >= TAIL_S * scan.sample_rate and level_dbfs > TAIL_LIMIT_DBFS:
        yield Finding(
            "warning",
            "tail",
            name,
            f"the last {1000.0 * TAIL_S:.0f} ms lie at {number_text(level_dbfs)} dBFS (limit "
            f"{number_text(TAIL_LIMIT_DBFS, 0)}): the end is cut off",
            "export again with a longer tail, unless the cut is meant",
        )


def _denormals(name: str, scan: StemScan) -> Iterator[Finding]:
    if scan.denormals:
        yield Finding(
            "note",
            "denormals",
            name,
            f"{scan.denormals} denormal samples, too small to hear",
            "nothing to do: harmless in here, but they slow other programs down",
        )
