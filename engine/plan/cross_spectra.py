"""How the stems go together: cross-spectra, measured once, for whatever filters follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

#: Spectra are kept in groups of this fraction of an octave, narrow against what a filter's phase does.
_GROUPS_PER_OCTAVE = 24
#: Length of a window, rounded to a power of 2: bins of 3 Hz.
_WINDOW_S = 0.34
_SEGMENTS_TOGETHER = 16


@dataclass(frozen=True)
class CrossSpectra:
    """How the stems' channels go together, frequency by frequency.

    Attributes:
        frequency_hz: `(groups,)`, ascending.
        power: `(groups, channels, channels)`, Hermitian; channels are left and right of each stem.
        sample_rate: Hz.
    """

    frequency_hz: Doubles
    power: NDArray[np.complex128]
    sample_rate: int


class CrossSpectrumMeter:
    """Measures cross-spectra of blocks of any length: Hann windows of a third of a second, half over.

    Source of the method: P. D. Welch, "The use of fast Fourier transform for the estimation of power
    spectra", IEEE Trans. Audio Electroacoust. 15, 1967.

    Args:
        channels: two per stem.
        sample_rate: Hz.
    """

    def __init__(self, channels: int, sample_rate: int) -> None:
        self._rate = sample_rate
        self._points = 1 << round(math.log2(_WINDOW_S * sample_rate))
        self._window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(self._points) / self._points)
        bins = np.arange(1, self._points // 2)
        group = np.floor(np.log2(bins) * _GROUPS_PER_OCTAVE).astype(np.int64)
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        ends = np.append(starts[1:], len(bins))
        self._slices = list(zip(starts + 1, ends + 1, strict=True))
        middle = np.sqrt((starts + 1.0) * ends)
        self._frequency_hz = middle * sample_rate / self._points
        self._power = np.zeros((len(self._slices), channels, channels), dtype=np.complex128)
        self._waiting = np.zeros((0, channels))

    def process(self, block: Doubles) -> None:
        """Takes the next `(frames, channels)`."""
        self._waiting = np.concatenate([self._waiting, block])
        hop = self._points // 2
        count = (len(self._waiting) - hop) // hop
        while count > 0:
            together = min(count, _SEGMENTS_TOGETHER)
            self._add(np.stack([self._waiting[n * hop : n * hop + self._points] for n in range(together)]))
            self._waiting = self._waiting[together * hop :]
            count -= together

    def skip(self) -> None:
        """Forgets the frames of an unfinished window: what comes next does not follow on."""
        self._waiting = self._waiting[:0]

    def _add(self, segments: Doubles) -> None:
        spectra = np.fft.rfft(segments * self._window[:, None], axis=1)
        for group, (first, end) in enumerate(self._slices):
            values = spectra[:, first:end].reshape(-1, segments.shape[2])
            self._power[group] += values.T @ values.conj()

    def result(self) -> CrossSpectra:
        """What has been measured so far; silence gives zeros."""
        return CrossSpectra(self._frequency_hz, self._power.copy(), self._rate)
