"""How the stems go together: cross-spectra, measured once, for whatever filters follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

#: Spectra are kept in groups of this fraction of an octave, narrow against what a filter's phase does.
_GROUPS_PER_OCTAVE = 24
#: Length of a window, rounded to a power of 2: bins of 0.7 Hz tell the lowest third-octaves apart.
_WINDOW_S = 1.37
_SEGMENTS_TOGETHER = 4


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
    """Measures cross-spectra of blocks of any length: windows of 1.4 s, half over.

    The windows are half periods of a sine, whose squares add up to 1: every frame counts alike.
    Source of the method: P. D. Welch, "The use of fast Fourier transform for the estimation of power
    spectra", IEEE Trans. Audio Electroacoust. 15, 1967.

    Args:
        channels: two per stem.
        sample_rate: Hz.
    """

    def __init__(self, channels: int, sample_rate: int) -> None:
        self._rate = sample_rate
        self._points = 1 << round(math.log2(_WINDOW_S * sample_rate))
        self._window = np.sin(np.pi * (np.arange(self._points) + 0.5) / self._points)
        bins = np.arange(1, self._points // 2)
        group = np.floor(np.log2(bins) * _GROUPS_PER_OCTAVE).astype(np.int64)
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        ends = np.append(starts[1:], len(bins))
        self._slices = list(zip(starts + 1, ends + 1, strict=True))
        self._frequency_hz = np.sqrt((starts + 1.0) * ends) * sample_rate / self._points
        self._power = np.zeros((len(self._slices), channels, channels), dtype=np.complex128)
        # the first window is half before the first frame
        self._waiting = np.zeros((self._points // 2, channels))

    def process(self, block: Doubles) -> None:
        """Takes the next `(frames, channels)`."""
        self._waiting = np.concatenate([self._waiting, block])
        hop = self._points // 2
        count = len(self._waiting) // hop - 1
        while count > 0:
            together = min(count, _SEGMENTS_TOGETHER)
            self._add(np.stack([self._waiting[n * hop : n * hop + self._points] for n in range(together)]))
            self._waiting = self._waiting[together * hop :]
            count -= together

    def finish(self) -> None:
        """Ends a stretch: what comes next does not follow on."""
        # silence for the windows that hold the last frames
        self.process(np.zeros((self._points, self._waiting.shape[1])))
        self._waiting = np.zeros((self._points // 2, self._waiting.shape[1]))

    def _add(self, segments: Doubles) -> None:
        spectra = np.fft.rfft(segments * self._window[:, None], axis=1)
        for group, (first, end) in enumerate(self._slices):
            values = spectra[:, first:end].reshape(-1, segments.shape[2])
            self._power[group] += values.T @ values.conj()

    def result(self) -> CrossSpectra:
        """What the finished stretches hold; silence gives zeros."""
        return CrossSpectra(self._frequency_hz, self._power.copy(), self._rate)
