"""What sound does along the basilar membrane: excitation patterns after Glasberg and Moore.

Sources: B. R. Glasberg and B. C. J. Moore, *Derivation of auditory filter shapes from notched-noise
data*, Hearing Research 47, 1990: ERB(f) = 24.7·(4.37·f/kHz + 1) Hz; the scale 21.4·log₁₀(4.37·f/kHz + 1);
the filter (1 + p·g)·e^(−p·g) with g = |f − f_c|/f_c and p = 4·f_c/ERB(f_c), on its lower side
p − 0.35·(p/p(1 kHz))·(X − 51), where X is the level per ERB around the component, dB SPL. It is wider
there for loud sounds: masking spreads upwards. E. Terhardt, *Calculating virtual pitch*, Hearing
Research 1, 1979: the threshold in quiet.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Doubles = NDArray[np.float64]

#: Filters, ERBs from the first to the last and between two; components are told apart twice as finely.
_FIRST, _LAST, STEP = 2.0, 38.5, 0.5
_FINE = 0.25
#: Components on either side of one that lie within its ERB.
_REACH = round(0.5 / _FINE)
#: Levels for which the lower slopes are kept, dB SPL.
_LEVELS = np.arange(20.0, 101.0, 10.0)
_STANDARD_LEVEL = 51.0
_SLOPE_PER_DB = 0.35
#: A filter never becomes wider than this share of its p.
_LEAST_SHARE = 0.2


def erb_hz(frequency_hz: ArrayLike) -> Doubles:
    """The equivalent rectangular bandwidth of the filter at a frequency, Hz."""
    return 24.7 * (4.37e-3 * np.asarray(frequency_hz, dtype=np.float64) + 1.0)


def erb_number(frequency_hz: ArrayLike) -> Doubles:
    """How many ERBs lie below a frequency."""
    return 21.4 * np.log10(4.37e-3 * np.asarray(frequency_hz, dtype=np.float64) + 1.0)


def frequency_of(number: ArrayLike) -> Doubles:
    """The inverse of `erb_number`, Hz."""
    return (10.0 ** (np.asarray(number, dtype=np.float64) / 21.4) - 1.0) / 4.37e-3


def quiet_threshold_db(frequency_hz: ArrayLike) -> Doubles:
    """The softest tone that is heard where nothing else is, dB SPL."""
    f = np.asarray(frequency_hz, dtype=np.float64) / 1000.0
    return 3.64 * f**-0.8 - 6.5 * np.exp(-0.6 * (f - 3.3) ** 2) + 1e-3 * f**4


class ExcitationPattern:
    """Excitation from power spectra.

    Args:
        bins_hz: frequencies of the spectra's bins, ascending.

    Attributes:
        centres_hz: of the filters, `(filters,)`; those that lie within the spectra.
    """

    def __init__(self, bins_hz: Doubles) -> None:
        last = min(_LAST, float(erb_number(bins_hz[-1])))
        filters = np.arange(_FIRST, last, STEP)
        self.centres_hz = frequency_of(filters)
        numbers = erb_number(bins_hz)
        first = math.floor(numbers[0] / _FINE)
        place = np.floor(numbers / _FINE).astype(np.int64) - first
        self._starts = np.flatnonzero(np.diff(place, prepend=-1))
        self._place = place[self._starts]
        self._components = int(place[-1]) + 1
        self._own = np.floor(filters / _FINE).astype(np.int64) - first
        heard_hz = frequency_of((first + np.arange(self._components) + 0.5) * _FINE)
        self._weights = np.array([self._filters(heard_hz, level) for level in _LEVELS])

    def _filters(self, heard_hz: Doubles, level_db: float) -> Doubles:
        """`(components, filters)`: what each filter passes of components at a level."""
        centre = self.centres_hz[None, :]
        g = (heard_hz[:, None] - centre) / centre
        sharp = 4.0 * centre / erb_hz(centre)
        at_1_khz = 4000.0 / float(erb_hz(1000.0))
        lower = sharp - _SLOPE_PER_DB * (sharp / at_1_khz) * (level_db - _STANDARD_LEVEL)
        p = np.where(g < 0.0, np.maximum(lower, _LEAST_SHARE * sharp), sharp)
        return np.asarray((1.0 + p * np.abs(g)) * np.exp(-p * np.abs(g)))

    def process(self, powers: Doubles) -> tuple[Doubles, Doubles]:
        """The excitation of spectra.

        Args:
            powers: `(spectra, bins)`; 1 is 0 dB SPL.

        Returns:
            Twice `(spectra, filters)`. The excitation: a tone at a filter's centre excites it with its own
            power, noise with its power per Hz times the filter's ERB. And the power within an ERB around
            the filter's centre, which tells what is there from what has spread there.
        """
        components = np.zeros((len(powers), self._components))
        components[:, self._place] = np.add.reduceat(powers, self._starts, axis=1)
        around = np.cumsum(np.pad(components, ((0, 0), (_REACH + 1, _REACH))), axis=1)
        around = around[:, 2 * _REACH + 1 :] - around[:, : -2 * _REACH - 1]
        level_db = 10.0 * np.log10(np.maximum(around, 1e-12))
        nearest = np.clip(np.rint((level_db - _LEVELS[0]) / 10.0), 0, len(_LEVELS) - 1).astype(np.int64)
        excitation = np.zeros((len(powers), len(self.centres_hz)))
        for index, weights in enumerate(self._weights):
            excitation += np.where(nearest == index, components, 0.0) @ weights
        return excitation, around[:, self._own]
