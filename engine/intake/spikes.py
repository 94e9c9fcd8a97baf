"""Findings about a few samples far above everything else, and about two channels that are one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.audio.source import open_source
from engine.intake import kernels as k
from engine.intake.scan import StemScan
from engine.intake.wording import place_text
from engine.report.findings import Finding
from engine.units import db_from_gain, db_from_power, number_text

#: The loudest samples, all together no longer than this, s, are a fault where they stand so far above the
#: loudest of the others, dB. Four stems of played music measure 2 dB at most, the demo's five 2.5 dB.
_SPIKE_S, SPIKE_DB = 0.001, 20.0
#: In less than this nothing is usual yet, s.
_SPIKE_FROM_S = 1.0
#: A difference of left and right so far below their sum is rounding, dB.
DUAL_MONO_DB = -90.0


def spike_findings(name: str, scan: StemScan) -> Iterator[Finding]:
    """A sample or a few that a plug-in, a cable or a bad edit left behind.

    Args:
        name: of the stem.
        scan: of its file.
    """
    rest, count = _spike_of(scan)
    if count == 0:
        return
    what = "a single sample reaches" if count <= 1 else f"{count} samples reach"
    place = place_text(_peak_frame(scan), scan.sample_rate)
    yield Finding(
        "warning",
        "spike",
        name,
        f"{what} {number_text(db_from_gain(scan.peak))} dBFS at {place}, "
        f"{number_text(db_from_gain(scan.peak / rest), 0)} dB above everything else: a limiter would turn "
        "the whole song down for it",
        "export the stem again, or repair the sample in an editor; a plug-in is the usual source",
    )


def spike_offset(scan: StemScan) -> float:
    """The most that a spike can add to the mean of a channel, linear; 0 without one.

    Args:
        scan: of a stem's file.
    """
    _, count = _spike_of(scan)
    return scan.peak * count / max(1, scan.frames)


def _spike_of(scan: StemScan) -> tuple[float, int]:
    """The level of everything else, and how many samples are a spike: 0 where there is none."""
    if scan.frames < _SPIKE_FROM_S * scan.sample_rate or scan.peak <= 0.0:
        return 0.0, 0
    rest, count = _rest_of(scan)
    if rest <= 0.0 or db_from_gain(scan.peak / rest) < SPIKE_DB:
        return 0.0, 0
    return rest, max(1, count)


def _rest_of(scan: StemScan) -> tuple[float, int]:
    """The level of the loudest sample that is none of the few loudest, and how many are well above it."""
    few = int(_SPIKE_S * scan.sample_rate) * scan.channels
    above = np.cumsum(scan.histogram[::-1])[::-1]
    level_bin = int(np.count_nonzero(above > few)) - 1
    if level_bin < 0:
        return 0.0, 0
    octave, part = divmod(level_bin + 1, k.BINS_PER_OCTAVE)
    rest = 2.0 ** (octave + k.LOWEST_EXPONENT) * (1.0 + part / k.BINS_PER_OCTAVE)
    half_way = min(level_bin + 1 + 2 * k.BINS_PER_OCTAVE, k.BINS - 1)  # 12 dB above
    return rest, int(above[half_way])


def _peak_frame(scan: StemScan) -> int:
    """The first frame of the largest magnitude."""
    first = int(np.argmax(scan.blocks[:, 0])) * scan.block_frames
    block = np.zeros((min(scan.block_frames, scan.frames - first), scan.channels))
    with open_source(scan.path, allow_nonfinite=True, allow_truncated=True) as source:
        source.read_into(first, block, 0, scan.channels)
    magnitudes = np.abs(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0))
    return first + int(np.argmax(magnitudes.max(axis=1)))


def dual_mono_findings(name: str, scan: StemScan) -> Iterator[Finding]:
    """Left and right that are the same: mono in a stereo file.

    Args:
        name: of the stem.
        scan: of its file.
    """
    if scan.channels != 2 or scan.first_loud < 0 or scan.not_finite:
        return
    _, left, right, product = (float(value) for value in scan.blocks.sum(axis=0))
    side, mid = left + right - 2.0 * product, left + right + 2.0 * product
    if side <= 0.0 or (mid > 0.0 and db_from_power(side / mid) < DUAL_MONO_DB):
        yield Finding(
            "note",
            "dual_mono",
            name,
            "left and right are the same: mono in a stereo file",
            "nothing to do, unless the stem should be wide: then a plug-in or the export made it mono",
        )
