"""From slot powers and slot peaks to the lines, marks and histograms of a page."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.meters.gating import momentary_series, range_bounds_lufs, short_term_series
from engine.meters.slots import MOMENTARY_SLOTS, SHORT_TERM_SLOTS, SLOTS_PER_SECOND
from engine.meters.spectrum import mid_band_hz
from engine.report.history import MOST_POINTS, Histogram, PeakMark, ProgrammeHistory
from engine.units import db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: Shortest step of a line: the hop of the gating blocks (ITU-R BS.1770-5, Annex 1).
_SHORTEST_STEP_SLOTS = 10
_MOST_PEAKS = 8
#: Classes of a histogram, and the loudness from which readings are counted.
_CLASS_LU, _LOWEST_LUFS, _HIGHEST_LUFS = 0.5, -60.0, 3.0


def history_of(slot_powers: Doubles, slot_peaks: Doubles, bands: Doubles) -> ProgrammeHistory:
    """A programme along its time line.

    Args:
        slot_powers: K-weighted power per 10 ms (`engine.meters.loudness`).
        slot_peaks: linear true peak per 10 ms (`engine.meters.truepeak`).
        bands: mean square of each third octave (`engine.meters.spectrum`).
    """
    slots = max(slot_powers.size, slot_peaks.size)
    step = max(_SHORTEST_STEP_SLOTS, -(-slots // MOST_POINTS))
    momentary, short_term = momentary_series(slot_powers), short_term_series(slot_powers)
    high = _by_step(momentary, MOMENTARY_SLOTS - 1, slots, step, np.maximum, -math.inf)
    low = _by_step(momentary, MOMENTARY_SLOTS - 1, slots, step, np.minimum, math.inf)
    return ProgrammeHistory(
        duration_s=slots / SLOTS_PER_SECOND,
        step_s=step / SLOTS_PER_SECOND,
        momentary_high_lufs=high,
        momentary_low_lufs=tuple(min(one, other) for one, other in zip(low, high, strict=True)),
        short_term_lufs=_by_step(short_term, SHORT_TERM_SLOTS - 1, slots, step, np.maximum, -math.inf),
        true_peak_dbtp=tuple(
            db_from_gain(peak) for peak in _by_step(slot_peaks, 0, slots, step, np.maximum, 0.0)
        ),
        peaks=_highest(slot_peaks),
        range_lufs=range_bounds_lufs(slot_powers),
        momentary=_histogram(momentary),
        short_term=_histogram(short_term),
        band_hz=tuple(float(frequency) for frequency in mid_band_hz()),
        band_dbfs=tuple(db_from_power(float(power)) for power in bands),
    )


def _by_step(
    series: Doubles, first_slot: int, slots: int, step: int, fold: np.ufunc, nothing: float
) -> tuple[float, ...]:
    """`series`, whose first value belongs to slot `first_slot`, folded over steps of `step` slots."""
    steps = -(-slots // step)
    padded = np.full(steps * step, nothing)
    padded[first_slot : first_slot + series.size] = series[: max(0, padded.size - first_slot)]
    folded = fold.reduce(padded.reshape(steps, step), axis=1)
    return tuple(float(value) for value in folded)


def _highest(slot_peaks: Doubles) -> tuple[PeakMark, ...]:
    left = slot_peaks.copy()
    marks: list[PeakMark] = []
    while len(marks) < _MOST_PEAKS and left.size and left.max() > 0.0:
        slot = int(left.argmax())
        marks.append(PeakMark(slot / SLOTS_PER_SECOND, db_from_gain(float(left[slot]))))
        left[max(0, slot - SHORT_TERM_SLOTS) : slot + SHORT_TERM_SLOTS + 1] = 0.0
    return tuple(marks)


def _histogram(series: Doubles) -> Histogram:
    heard = series[series >= _LOWEST_LUFS]
    edges = np.arange(_LOWEST_LUFS, _HIGHEST_LUFS + _CLASS_LU / 2, _CLASS_LU)
    counts, _ = np.histogram(np.minimum(heard, _HIGHEST_LUFS - _CLASS_LU / 2), bins=edges)
    shares = counts / max(1, heard.size)
    return Histogram(_LOWEST_LUFS, _CLASS_LU, tuple(float(share) for share in shares))
