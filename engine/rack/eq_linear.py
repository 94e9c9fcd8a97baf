"""The equaliser with linear phase: the bands' magnitudes as one FIR, or four where lanes mix.

A linear-phase filter has the analogue prototypes' magnitude, exactly up to half the rate, and no
phase. Bands on mid or side make left and right depend on each other: a matrix of four filters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.rack.convolve import Convolution, convolve
from engine.rack.delay import delay_columns
from engine.rack.eq_design import power_of
from engine.rack.linear_phase import grid_hz, latency_frames, pre_ringing_ms, taps_of
from engine.rack.operation import Operation, Use
from engine.rack.response import channel_response
from engine.session.response import Element, elements, is_flat

Doubles = NDArray[np.float64]
#: What a band's magnitude depends on: its filters, its frequency and its channels.
_Band = tuple[tuple[Element, ...], float, str]


def _bands(settings: Mapping[str, Any]) -> tuple[_Band, ...]:
    return tuple(
        (elements(band), band["frequency_hz"], band["channels"])
        for band in settings["bands"]
        if not is_flat(band)
    )


def magnitude(filters: Sequence[Element], frequency_hz: float, at_hz: Doubles) -> Doubles:
    """The magnitude of a band's analogue filters in series at each of `at_hz`."""
    ratio = at_hz / frequency_hz
    magnitude: Doubles = np.ones(len(at_hz))
    for element in filters:
        analogue = element.prototype()
        above, below = (power_of(part, ratio * ratio) for part in (analogue.numerator, analogue.denominator))
        magnitude = magnitude * np.sqrt(above / below)
    return magnitude


def zero_phase_matrix(settings: Mapping[str, Any], at_hz: Doubles) -> NDArray[Any]:
    """What left and right become without any phase: `(2, 2, frequencies)`, output by input.

    Args:
        settings: `bands` of the equaliser.
        at_hz: `(frequencies,)`.
    """
    return _matrix(_bands(settings), at_hz)


def _matrix(bands: Sequence[_Band], at_hz: Doubles) -> NDArray[Any]:
    gains = [(channels, magnitude(filters, frequency_hz, at_hz)) for filters, frequency_hz, channels in bands]
    return channel_response(gains, len(at_hz))


@lru_cache(maxsize=64)
def _filters(bands: tuple[_Band, ...], sample_rate: int) -> tuple[tuple[NDArray[Any], ...]]:
    """The one result's filters: a real one for both lanes, or a complex one for each.

    The real part of what they give is the left lane, the imaginary part the right one.
    """
    matrix = _matrix(bands, grid_hz(sample_rate))
    if all(channels == "stereo" for *_, channels in bands):
        return ((taps_of(matrix[0, 0], sample_rate),),)
    (a, b), (c, d) = ([taps_of(entry, sample_rate) for entry in row] for row in matrix)
    return ((a + 1j * c, b + 1j * d),)


def linear_phase_operations(uses: Sequence[Use], sample_rate: int) -> list[Operation]:
    """Filters all columns of `uses`; a use whose bands are all flat only delays, bit for bit."""
    late: list[tuple[int, int]] = []
    convolutions: list[Convolution] = []
    for use in uses:
        bands = _bands(use.settings)
        if not bands:
            late += use.pairs
            continue
        filters = _filters(bands, sample_rate)
        convolutions += [
            Convolution(left, (left,), filters, turn)
            for (left, _), turn in zip(use.pairs, use.all_turns, strict=True)
        ]
    operations = list(convolve(convolutions))
    if late:
        operations.append(delay_columns(late, [latency_frames(sample_rate)] * len(late)))
    return operations


def eq_pre_ringing_ms(settings: Mapping[str, Any], sample_rate: int) -> float:
    """How long a linear-phase equaliser rings before an event, down to −60 dB of it.

    Args:
        settings: `bands` of the equaliser; its `phase` is taken to be linear.
        sample_rate: Hz.

    Returns:
        ms; 0 where nothing is boosted or cut.
    """
    bands = _bands(settings)
    if not bands:
        return 0.0
    parts = [part for taps in _filters(bands, sample_rate)[0] for part in (taps.real, taps.imag)]
    return pre_ringing_ms(parts, sample_rate)
