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
#: The band before, and both ends of the one below: sound that ends before does not end at the edge.
_BEFORE, _FIRST, _LAST = (0.70, 0.80), (0.80, 0.83), (0.87, 0.90)
_REACHES_DB = 20.0
#: An edge falls by so many times what the band below falls against that before it. Low-passes of 24 and
#: 48 dB an octave at 15 kHz fall by 54 and 92 dB to the end of a 48 kHz file, but by 12 and 25 before;
#: sound converted from 44.1 kHz by 42 to 86, and by 6 at most before.
_SUDDEN = 5.0
#: A converter's filter falls by more than this between them; no instrument and no microphone does.
_EDGE_DB = 40.0
#: Edges of any other frequency: from here to this part of the rate, in what steps, and which bands beside
#: them are compared, Hz.
_EDGES_FROM_HZ, _EDGES_TO, _EDGE_STEP_HZ = 14_000.0, 0.43, 100.0
_BESIDE_HZ = 300.0, 1300.0
_CUT_DB = 30.0
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
        self._strongest: float | None = None

    def add(self, chunk: Doubles) -> None:
        """Takes the next frames, `(frames, channels)`; uses some of them."""
        self._chunks += 1
        if len(chunk) < _TRANSFORM or self._chunks % _EVERY != 1:
            return
        spectrum = np.fft.rfft(chunk[:_TRANSFORM].T * self._window)
        self._strongest = None
        self._power += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)

    def level_db(self, low_hz: float, high_hz: float) -> float:
        """Mean level of the bins between two frequencies, dB re the strongest bin; −∞ where empty."""
        if self._strongest is None:
            self._strongest = float(self._power.max())
        strongest = self._strongest
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
            before, below, first, last, above = (
                self.level_db(nyquist * low, nyquist * high)
                for low, high in (_BEFORE, _BELOW, _FIRST, _LAST, _ABOVE)
            )
            reaches_it = below > _SOUND_FROM_DB and first - last < _REACHES_DB
            if reaches_it and below - above > max(_EDGE_DB, _SUDDEN * (before - below)):
                return float(rate), below - above
        return None

    def cut_off_hz(self) -> tuple[float, float] | None:
        """A steep edge at any frequency, as coders of MP3 and AAC leave it (16 kHz at 128 kbit/s, 20 at 320).

        Little else is that steep: of the demo's stems the steepest falls by 10 dB between the same bands,
        three MP3 files of played music by 35 to 66 dB (a fourth ends at 16 kHz). Near the Nyquist frequency
        converters have edges too.

        Returns:
            The edge, Hz, and by how many dB the level falls there; None without one.
        """
        highest = min(_EDGES_TO * self.sample_rate, self.sample_rate / 2 - _BESIDE_HZ[1])
        best, steepest_db = None, 0.0
        for edge in np.arange(_EDGES_FROM_HZ, highest, _EDGE_STEP_HZ).tolist():
            below = self.level_db(edge - _BESIDE_HZ[1], edge - _BESIDE_HZ[0])
            above = self.level_db(edge + _BESIDE_HZ[0], edge + _BESIDE_HZ[1])
            if below <= _SOUND_FROM_DB or below - above <= _CUT_DB:
                continue
            before = self.level_db(edge - 2.0 * _BESIDE_HZ[1] + _BESIDE_HZ[0], edge - _BESIDE_HZ[1])
            steep_db = self.level_db(edge - _BESIDE_HZ[0], edge) - self.level_db(edge, edge + _BESIDE_HZ[0])
            if below - above > _SUDDEN * (before - below) and steep_db > steepest_db:
                best, steepest_db = (edge, below - above), steep_db
        return best
