"""What moves a stylus too far: band energies of a side, window by window, while it is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

#: Low windows resolve 2 Hz; high ones hold one sibilant.
LOW_WINDOW_S, HIGH_WINDOW_S = 0.5, 0.1
#: Bands, Hz.
LOW_HZ = (20.0, 150.0)
SIBILANCE_HZ = (6000.0, 10000.0)
HIGH_HZ = (8000.0, 16000.0)
#: A flat top: at least this many equal samples in a row, above that level.
FLAT_SAMPLES, FLAT_LEVEL = 3, 0.25


@dataclass(frozen=True)
class LowWindow:
    """Bass of a window: mean squares of mid and side, and the correlation of left and right there."""

    at_s: float
    mid: float
    side: float
    correlation: float


@dataclass(frozen=True)
class HighWindow:
    """Treble of a window: mean squares of everything, of 6 to 10 kHz and of 8 to 16 kHz, louder channel."""

    at_s: float
    broadband: float
    sibilance: float
    high: float


def band_power(samples: Doubles, sample_rate: int, band_hz: tuple[float, float]) -> Doubles:
    """Mean square of each column within a band, through a Hann window."""
    return _Spectrum(samples, sample_rate).power(band_hz)


@lru_cache(maxsize=4)
def _hann(frames: int) -> Doubles:
    """A column, `(frames, 1)`, the same for thousands of windows."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(frames) + 0.5) / frames)
    return np.asarray(window[:, None])


@lru_cache(maxsize=16)
def _lines_within(frames: int, sample_rate: int, band_hz: tuple[float, float]) -> slice:
    first, last = np.searchsorted(np.fft.rfftfreq(frames, 1.0 / sample_rate), band_hz)
    return slice(int(first), int(last))


class _Spectrum:
    """The power spectrum of a window of any number of columns."""

    def __init__(self, samples: Doubles, sample_rate: int) -> None:
        self._frames, self._rate = len(samples), sample_rate
        self.lines = np.fft.rfft(samples * _hann(self._frames), axis=0)

    def within(self, band_hz: tuple[float, float]) -> NDArray[np.complex128]:
        return self.lines[_lines_within(self._frames, self._rate, band_hz)]

    def _mean_squares(self, lines: NDArray[np.complex128]) -> Doubles:
        # both halves of the spectrum, and the mean square of a Hann window is 3/8
        scale = 2.0 / (self._frames * self._frames * 0.375)
        return np.asarray(scale * np.sum(lines.real**2 + lines.imag**2, axis=0))

    def power(self, band_hz: tuple[float, float]) -> Doubles:
        return self._mean_squares(self.within(band_hz))

    def mid_side_power(self, band_hz: tuple[float, float]) -> Doubles:
        """Of the half sum and the half difference of the first two columns."""
        lines = self.within(band_hz)
        left, right = lines[:, 0], lines[:, 1]
        return self._mean_squares(np.stack((left + right, left - right), 1) / 2.0)

    def correlation(self, band_hz: tuple[float, float]) -> float:
        """Of the first two columns within a band; 1 where there is nothing."""
        lines = self.within(band_hz)
        left, right = np.sum(np.abs(lines) ** 2, axis=0)
        product = float(np.sum(np.real(lines[:, 0] * np.conj(lines[:, 1]))))
        return product / float(np.sqrt(left * right)) if left > 0.0 and right > 0.0 else 1.0


class _Windows:
    """Cuts blocks of any size into windows of one length, end to end."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._left = np.zeros((0, 2))
        self.begun = 0

    def cut(self, block: Doubles) -> list[tuple[int, Doubles]]:
        joined = np.concatenate((self._left, block)) if len(self._left) else block
        count = len(joined) // self._frames
        cut = [
            (self.begun + n * self._frames, joined[n * self._frames : (n + 1) * self._frames])
            for n in range(count)
        ]
        self._left = joined[count * self._frames :].copy()
        self.begun += count * self._frames
        return cut


class BandMeter:
    """Follows a programme in blocks of any size, with the same result.

    Keeps seven numbers per 0.1 s.

    Attributes:
        low: windows of bass, end to end.
        high: windows of treble, end to end.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._low = _Windows(round(LOW_WINDOW_S * sample_rate))
        self._high = _Windows(round(HIGH_WINDOW_S * sample_rate))
        self.low: list[LowWindow] = []
        self.high: list[HighWindow] = []

    def process(self, block: Doubles) -> None:
        """Takes the next frames, `(frames, 2)`."""
        for begin, window in self._low.cut(block):
            spectrum = _Spectrum(window, self._rate)
            mid, side = spectrum.mid_side_power(LOW_HZ)
            at_s = begin / self._rate
            self.low.append(LowWindow(at_s, float(mid), float(side), spectrum.correlation(LOW_HZ)))
        for begin, window in self._high.cut(block):
            spectrum = _Spectrum(window, self._rate)
            sums = [
                float(spectrum.power(band).max())
                for band in ((20.0, self._rate / 2.0), SIBILANCE_HZ, HIGH_HZ)
            ]
            self.high.append(HighWindow(begin / self._rate, *sums))


class FlatTops:
    """Counts runs of equal samples that only clipping makes; blocks of any size."""

    def __init__(self) -> None:
        self.runs = 0
        self.first_frame: int | None = None
        self._frames = 0
        self._tail = np.zeros((0, 2))

    def process(self, block: Doubles) -> None:
        """Takes the next frames, `(frames, 2)`."""
        joined = np.concatenate((self._tail, block))
        begin = self._frames - len(self._tail)
        for channel in range(2):
            column = joined[:, channel]
            flat = (column[1:] == column[:-1]) & (np.abs(column[1:]) >= FLAT_LEVEL)
            starts = _runs(flat, FLAT_SAMPLES - 1, len(self._tail))
            self.runs += len(starts)
            if len(starts) and (self.first_frame is None or begin + starts[0] < self.first_frame):
                self.first_frame = begin + int(starts[0])
        self._frames += len(block)
        self._tail = joined[-FLAT_SAMPLES:].copy()


def _runs(flat: NDArray[np.bool_], shortest: int, tail: int) -> NDArray[np.int64]:
    """Where runs of True become `shortest` long, those that did so within the tail already left out."""
    last = len(flat) - shortest + 1
    if last <= 0:
        return np.zeros(0, np.int64)
    reached = np.logical_and.reduce([flat[n : n + last] for n in range(shortest)])  # by where they begin
    reached[1:] &= ~reached[:-1]  # only where a run begins
    starts = np.flatnonzero(reached)
    return starts[starts + shortest >= tail].astype(np.int64)
