"""The average spectrum of a stem, and what a steep edge in it says about the stem's past."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_TRANSFORM = 8192
#: One transform for every so many chunks: the average needs no more.
_EVERY = 4

#: Rates a file may have been converted from, Hz.
_FORMER_RATES = (32000, 44100, 48000, 88200, 96000, 176400, 192000)
#: Bands compared, as parts of the former Nyquist frequency: what is there, and what is missing above.
_BELOW = (0.80, 0.90)
_ABOVE = (1.02, 1.07)
#: A converter's filter falls by more than this between them; no instrument and no microphone does.
_EDGE_DB = 40.0
#: Mean power of a bin below this is noise of the word length, not sound, re the strongest bin.
_SOUND_FROM_DB = -100.0


class AverageSpectrum:
    """Adds up power spectra of a file, both channels together.

    Args:
        sample_rate: Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._window = np.hanning(_TRANSFORM)
        self._power = np.zeros(_TRANSFORM // 2 + 1)
        self._chunks = 0

    def add(self, chunk: Doubles) -> None:
        """Takes the next frames, `(frames, channels)`; uses some of them."""
        self._chunks += 1
        if len(chunk) < _TRANSFORM or self._chunks % _EVERY != 1:
            return
        from scipy.fft import rfft

        spectrum = rfft(chunk[:_TRANSFORM].T * self._window)
        self._power += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)

    def level_db(self, low_hz: float, high_hz: float) -> float:
        """Mean level of the bins between two frequencies, dB re the strongest bin; −∞ where empty."""
        strongest = float(self._power.max())
        bin_hz = self.sample_rate / _TRANSFORM
        bins = self._power[math.ceil(low_hz / bin_hz) : math.floor(high_hz / bin_hz) + 1]
        if strongest <= 0.0 or bins.size == 0 or not bins.any():
            return -math.inf
        return 10.0 * math.log10(float(bins.mean()) / strongest)

    def edge_hz(self) -> tuple[float, float] | None:
        """A steep edge at the Nyquist frequency of a lower rate.

        Returns:
            That lower rate, Hz, and by how many dB the level falls there; None without an edge.
        """
        for rate in _FORMER_RATES:
            nyquist = rate / 2
            if nyquist * _ABOVE[1] >= self.sample_rate / 2:
                break
            below = self.level_db(nyquist * _BELOW[0], nyquist * _BELOW[1])
            above = self.level_db(nyquist * _ABOVE[0], nyquist * _ABOVE[1])
            if below > _SOUND_FROM_DB and below - above > _EDGE_DB:
                return float(rate), below - above
        return None
