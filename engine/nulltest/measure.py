"""One pass over the song: levels, worst place and band energies of Σ stems against the reference."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.cores import usable_cores
from engine.nulltest.bands import BandSpectra, hop_frames
from engine.nulltest.kernels import compare, mix_in
from engine.nulltest.lanes import Lanes, LaneSpecs
from engine.progress import Progress, silent

Doubles = NDArray[np.float64]
Part = TypeVar("Part")

#: Frames read and mixed at a time: a stereo block of them stays in a core's second-level cache.
READ_FRAMES = 8192
#: Hops between which sums are kept apart. Fixed, so that rounding does not depend on the machine.
_SPAN_HOPS = 16
#: Places looked at before the song is read.
_PROBES = 8
#: The worst window's length.
WINDOW_MS = 400
#: Windows whose energies differ by less than this are equally loud: the difference is rounding.
_EQUALLY_LOUD = 1.0 - 1e-9


@dataclass(frozen=True)
class Levels:
    """Energies (sums of squares over frames and both channels) of the comparison.

    Attributes:
        frames: the song's length.
        stems: energy of Σ stems.
        reference: energy of the reference.
        residual: energy of the difference.
        peak: largest absolute sample of the difference.
        bands: `(bands, 3)`: of Σ stems, reference and difference, per octave band.
        tick_energies: of the difference, for each millisecond of the song.
    """

    frames: int
    stems: float
    reference: float
    residual: float
    peak: float
    bands: Doubles
    tick_energies: Doubles


@dataclass(frozen=True)
class Span:
    """Hops `first` to before `last` of the song."""

    first: int
    last: int


class Products(Protocol):
    """Takes in what a pass has read, block by block, besides the levels.

    Attributes:
        lanes: `(stems, frames, 2)`: where the pass reads the stems to.
    """

    lanes: Doubles

    def begin(self, start_frame: int) -> None:
        """A span of the song begins."""

    def take(self, start_frame: int, residual: Doubles, reference: Doubles) -> None:
        """A block of `lanes` is filled; Σ stems − reference and the reference are `(frames, 2)`."""


#: What a pass does with its share of the song (see `Pass.run`).
Work = Callable[[Lanes, list[Span], Callable[[], None]], list[Part]]


def probe_peak(specs: LaneSpecs) -> float:
    """The largest absolute sample of the difference in some places of the song; infinite where seeking
    to them is not exact.

    Raises:
        InputError: as `measure_levels`.
    """
    with specs.open() as lanes:
        if not lanes.seek_exactly:
            return math.inf
        total, lane, sums = np.zeros((READ_FRAMES, 2)), np.zeros((READ_FRAMES, 2)), np.zeros(4)
        ticks = np.zeros(_tick_room(READ_FRAMES, specs.sample_rate))
        for number in range(_PROBES):
            start = lanes.frames * (2 * number + 1) // (2 * _PROBES)
            total[:] = 0.0
            for stem in lanes.stems:
                stem.read_into(start, lane)
                mix_in(total, lane, stem.gain)
            lanes.reference.read_into(start, lane)
            compare(total, lane, start, specs.sample_rate, ticks, _tick_at(start, specs.sample_rate), sums)
    return float(sums[3])


def measure_levels(
    specs: LaneSpecs, progress: Progress = silent, products: Callable[[Lanes], Products] | None = None
) -> Levels:
    """Compares Σ stems with the reference over the whole song.

    Memory does not grow with the song but for 8 bytes a millisecond.

    Args:
        specs: the comparison.
        progress: told how far the song has been read.
        products: makes, for every thread, what gets the blocks as well; called with its lanes.

    Raises:
        InputError: a file cannot be read, is of another rate, or has more than two channels.
    """
    with specs.open() as lanes:
        frames, seek_exactly = lanes.frames, lanes.seek_exactly
    hop = hop_frames(specs.sample_rate)
    hops = max(1, -(-frames // hop))

    def work(lanes: Lanes, spans: list[Span], tell: Callable[[], None]) -> list[Levels]:
        extra = None if products is None else products(lanes)
        return _Worker(lanes, specs.sample_rate, hops, extra).run(spans, tell)

    parts = Pass("null test", specs, seek_exactly, progress).run(hops, work)
    ticks = np.zeros(_tick_room(hops * hop, specs.sample_rate))
    total = Levels(frames, 0.0, 0.0, 0.0, 0.0, np.zeros((10, 3)), ticks)
    for span, part in zip(_spans(hops), parts, strict=True):
        first = _tick_at(span.first * hop, specs.sample_rate)
        ticks[first : first + len(part.tick_energies)] += part.tick_energies
        total = Levels(
            frames=frames,
            stems=total.stems + part.stems,
            reference=total.reference + part.reference,
            residual=total.residual + part.residual,
            peak=max(total.peak, part.peak),
            bands=total.bands + part.bands,
            tick_energies=ticks,
        )
    return total


@dataclass(frozen=True)
class Pass:
    """One reading of the whole song by a thread per core.

    Attributes:
        label: names it for the progress.
        specs: what every thread opens for itself.
        parallel: False keeps it to one thread.
        progress: told after every span.
    """

    label: str
    specs: LaneSpecs
    parallel: bool
    progress: Progress

    def run(self, hops: int, work: Work[Part]) -> list[Part]:
        """Runs `work` on neighbouring spans.

        Args:
            hops: the song's length in hops.
            work: gets open lanes, spans, and what to call after each span; returns one part a span.

        Returns:
            The parts of all spans, in song order whatever the number of threads.
        """
        spans = _spans(hops)
        workers = min(len(spans), usable_cores()) if self.parallel else 1
        shares = [spans[len(spans) * n // workers : len(spans) * (n + 1) // workers] for n in range(workers)]
        done = [0] * workers
        stopped = threading.Event()

        def run_share(number: int) -> list[Part]:
            def tell() -> None:
                if stopped.is_set():
                    raise CancelledError
                done[number] += 1
                self.progress(self.label, sum(done), len(spans))

            with self.specs.open() as lanes:
                return work(lanes, shares[number], tell)

        with ThreadPoolExecutor(workers) as pool:
            try:
                return [part for parts in pool.map(run_share, range(workers)) for part in parts]
            except BaseException:
                # an error or an interrupt must not wait for the other threads to read to the end
                stopped.set()
                raise


def worst_window(levels: Levels, sample_rate: int) -> tuple[float, float]:
    """Mean square of the loudest 400 ms of the difference, and where they begin.

    Windows start on whole milliseconds. A song shorter than 400 ms is one window. Of equally loud ones
    it is the last: that begins where a fault shorter than a window does.

    Returns:
        Mean square per sample of both channels; start, s (NaN where there is no difference at all).
    """
    if levels.residual == 0.0:
        return 0.0, math.nan
    song_ticks = max(1, -(-levels.frames * 1000 // sample_rate))
    ticks = levels.tick_energies[:song_ticks]
    length = min(WINDOW_MS, song_ticks)
    running = np.concatenate(([0.0], np.cumsum(ticks)))
    sums = running[length:] - running[:-length]
    start = int(np.flatnonzero(sums >= _EQUALLY_LOUD * sums.max())[-1])
    frames = min(levels.frames, WINDOW_MS * sample_rate / 1000)
    return float(sums[start]) / (2 * frames), start / 1000


def energies_over_time(levels: Levels, sample_rate: int, most: int) -> tuple[int, Doubles]:
    """The difference's mean squares along the song, in at most `most` windows of whole milliseconds.

    Returns:
        Length of a window, ms; mean square per sample of both channels, one a window.
    """
    song_ticks = max(1, -(-levels.frames * 1000 // sample_rate))
    window_ms = -(-song_ticks // most)
    starts = np.arange(0, song_ticks, window_ms)
    energies = np.add.reduceat(levels.tick_energies[:song_ticks], starts)
    edges = np.append(starts * sample_rate / 1000, levels.frames)
    return window_ms, energies / (2 * np.maximum(np.diff(edges), 1.0))


def _spans(hops: int) -> list[Span]:
    return [Span(first, min(first + _SPAN_HOPS, hops)) for first in range(0, hops, _SPAN_HOPS)]


def _tick_at(frame: int, sample_rate: int) -> int:
    """A tick not after the one that holds `frame`."""
    return max(0, frame * 1000 // sample_rate - 1)


def _tick_room(frames: int, sample_rate: int) -> int:
    """Ticks that any stretch of that length can touch, from `_tick_at` its first frame on."""
    return frames * 1000 // sample_rate + 4


class _Worker:
    """Measures neighbouring spans with one thread's lanes."""

    def __init__(self, lanes: Lanes, sample_rate: int, hops: int, products: Products | None) -> None:
        self._lanes = lanes
        self._rate = sample_rate
        self._hop = hop_frames(sample_rate)
        self._hops = hops
        self._products = products
        # two hops each, the older first: a spectrum spans both
        self._residual = np.zeros((2 * self._hop, 2))
        self._reference = np.zeros((2 * self._hop, 2))
        self._block = min(READ_FRAMES, self._hop)
        one = np.zeros((self._block, 2))
        self._together = lanes.stems_together() if products is None else None
        self._rows = [one] * len(lanes.stems) if products is None else list(products.lanes)

    def run(self, spans: list[Span], tell: Callable[[], None]) -> list[Levels]:
        """The levels of each span."""
        if spans and spans[0].first > 0:
            self._advance(spans[0].first - 1, np.zeros(4), self._ticks_of(1), None)
        parts = []
        for span in spans:
            parts.append(self._measure(span))
            tell()
        return parts

    def _ticks_of(self, hops: int) -> Doubles:
        return np.zeros(_tick_room(hops * self._hop, self._rate))

    def _measure(self, span: Span) -> Levels:
        spectra = BandSpectra(self._rate)
        sums = np.zeros(4)
        ticks = self._ticks_of(span.last - span.first)
        first_tick = _tick_at(span.first * self._hop, self._rate)
        if self._products is not None:
            self._products.begin(span.first * self._hop)
        for hop in range(span.first, span.last):
            self._advance(hop, sums, ticks, self._products, first_tick)
            spectra.add(self._residual, self._reference)
        if span.last == self._hops:
            self._shift()
            spectra.add(self._residual, self._reference)
        stems, reference, residual, peak = (float(value) for value in sums)
        return Levels(0, stems, reference, residual, peak, spectra.energies, ticks)

    def _shift(self) -> None:
        """Moves the newer hop to where the older was and clears its place."""
        for signal in (self._residual, self._reference):
            signal[: self._hop] = signal[self._hop :]
            signal[self._hop :] = 0.0

    def _advance(
        self,
        hop: int,
        sums: Doubles,
        ticks: Doubles,
        products: Products | None,
        first_tick: int | None = None,
    ) -> None:
        """Reads one more hop of the song and adds its energies to `sums` and `ticks`."""
        self._shift()
        start = hop * self._hop
        tick = _tick_at(start, self._rate) if first_tick is None else first_tick
        for offset in range(0, self._hop, self._block):
            rows = slice(self._hop + offset, self._hop + offset + self._block)
            total, reference = self._residual[rows], self._reference[rows]
            self._sum_into(start + offset, total)
            self._lanes.reference.read_into(start + offset, reference)
            compare(total, reference, start + offset, self._rate, ticks, tick, sums)
            if products is not None:
                products.take(start + offset, total, reference)

    def _sum_into(self, start: int, total: Doubles) -> None:
        """Adds the stems to `total`, which holds zeros."""
        if self._together is not None:
            if self._together.add_to(start, total):
                return
            total[:] = 0.0
        for row, lane in zip(self._rows, self._lanes.stems, strict=True):
            lane.read_into(start, row)
            mix_in(total, row, lane.gain)
