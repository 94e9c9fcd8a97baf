"""One streaming pass over a stem: everything the intake wants to know about its samples."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.source import AudioSource, open_source
from engine.intake import kernels as k
from engine.intake.pinned import NONE_PINNED, Pinned, pinned_peaks
from engine.intake.spectrum import AverageSpectrum
from engine.meters.truepeak import TruePeakMeter
from engine.units import gain_from_db

Doubles = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Levels over time are kept per block of this length, s.
BLOCK_S = 0.05
#: Sound is what exceeds this.
SILENCE_DBFS = -90.0
#: The stretch at the end in which a cut-off tail shows, s.
TAIL_S = 0.1
#: Flat tops below this level are no clipping, dBFS; and a jump of this many steps at one of its ends.
_CLIPPING_FROM_DBFS = -60.0
_CORNER_STEPS = 5.0
#: How many places of clipping are kept for each channel and polarity.
_PLACES = 8
_READ_FRAMES = 16384

#: Smallest normal magnitudes (IEEE 754) of the two float formats.
_TINY = {"DOUBLE": sys.float_info.min, "FLOAT": 2.0**-126}


@dataclass(frozen=True)
class Flats:
    """Flat tops of one file: runs of three or more samples at its own extremes.

    Attributes:
        runs: how many.
        samples: in them.
        frames: where the first of them begin, ascending.
    """

    runs: int
    samples: int
    frames: tuple[int, ...]


@dataclass(frozen=True)
class StemScan:
    """What one reading of a file told; levels are linear, places are frames of the file.

    Attributes:
        path: the file.
        sample_rate: Hz.
        channels: of the file.
        frames: of the file.
        subtype: sample coding.
        bits: declared word length, None for float and lossy codings.
        time_reference: from `bext`, samples since midnight.
        notes: what is wrong with the file's header and was mended in reading.
        true_bits: word length in use; None when samples lie between the steps of 32-bit integers.
        peak: largest magnitude.
        true_peak: of all channels, linear.
        energy: `(channels,)` sums of squares.
        mean: `(channels,)`.
        not_finite: NaN and infinite samples; they count as zero everywhere else.
        first_bad_frame: the first of them, −1: none.
        denormals: samples below the format's normal range.
        first_set: first frame that is not zero, −1: none; `last_set` likewise.
        first_loud: first frame above −90 dBFS, −1: none; `last_loud` likewise.
        histogram: samples by magnitude (`engine.intake.kernels.BINS`).
        flats: flat tops.
        blocks: `(blocks, 4)`: per 50 ms the largest magnitude, Σ L², Σ R², Σ L·R (mono: L = R; more
            than two channels: first and last).
        block_frames: frames of a block; the last one may be shorter.
        tail_power: mean square of the last 100 ms, all channels.
        spectrum: average power spectrum.
        pinned: blocks that reach the file's maximum; none of them in lossy files and beside NaN.
    """

    path: Path
    sample_rate: int
    channels: int
    frames: int
    subtype: str
    bits: int | None
    time_reference: int | None
    notes: tuple[str, ...]
    true_bits: int | None
    peak: float
    true_peak: float
    energy: Doubles
    mean: Doubles
    not_finite: int
    first_bad_frame: int
    denormals: int
    first_set: int
    last_set: int
    first_loud: int
    last_loud: int
    histogram: Counts
    flats: Flats
    blocks: Doubles
    block_frames: int
    tail_power: float
    spectrum: AverageSpectrum
    pinned: Pinned

    @property
    def power(self) -> float:
        """Mean square of all channels; 0 for a file without audio."""
        return float(self.energy.sum()) / max(1, self.frames * self.channels)


def scan_stem(path: Path, tell: Callable[[int], None]) -> StemScan:
    """Reads a file once, in O(block) memory but for the levels of its 50 ms blocks.

    Args:
        path: the file.
        tell: called with the number of frames read, again and again.

    Raises:
        InputError: the file cannot be read as audio.
    """
    with open_source(path, allow_nonfinite=True) as source:
        scanner = _Scanner(source)
        at_once = max(1, _READ_FRAMES // scanner.block_frames) * scanner.block_frames
        buffer = np.zeros((at_once, source.channels))
        for start in range(0, source.frames, at_once):
            chunk = buffer[: min(at_once, source.frames - start)]
            source.read_into(start, chunk, 0, source.channels)
            scanner.add(start, chunk)
            tell(len(chunk))
        return scanner.result()


class _Scanner:
    """The sums of a scan while it goes on."""

    def __init__(self, source: AudioSource) -> None:
        self.block_frames = max(1, round(source.sample_rate * BLOCK_S))
        self._source = source
        channels = source.channels
        self._sums = np.zeros((channels, k.SUMS))
        self._counts = np.zeros((channels, k.COUNTS), np.int64)
        self._counts[:, [k.FIRST_BAD, k.FIRST_SET, k.LAST_SET, k.FIRST_LOUD, k.LAST_LOUD]] = -1
        self._histogram = np.zeros(k.BINS, np.int64)
        self._runs = np.zeros((channels, 2, k.RUN_STATE))
        self._runs[:, :, k.TOP] = gain_from_db(_CLIPPING_FROM_DBFS)
        self._places = np.zeros((2 * channels, _PLACES), np.int64)
        self._blocks = np.zeros((-(-source.frames // self.block_frames), 4))
        self._tail = np.zeros((0, channels))
        self._true_peak = TruePeakMeter(source.sample_rate, channels, along=False)
        self._spectrum = AverageSpectrum(source.sample_rate)
        self._step = 0.0

    def add(self, start: int, chunk: Doubles) -> None:
        """Takes the next frames of the file; `start` is a multiple of the block length."""
        tiny = _TINY.get(self._source.subtype, 0.0)
        loud = gain_from_db(SILENCE_DBFS)
        words = chunk.view(np.int64)
        k.count_samples(chunk, words, start, tiny, loud, self._sums, self._counts, self._histogram)
        # the step of the word length in use so far: a 16-bit sine in a 24-bit file has flat tops
        self._step = 2.0 ** (1 - (self._true_bits() or 24))
        k.find_flat_tops(chunk, start, self._step, _CORNER_STEPS * self._step, self._runs, self._places)
        for offset in range(0, len(chunk), self.block_frames):
            block = chunk[offset : offset + self.block_frames]
            k.block_levels(block, self._blocks[(start + offset) // self.block_frames])
        tail = self._source.frames - round(self._source.sample_rate * TAIL_S)
        if start + len(chunk) > tail:
            self._tail = np.concatenate((self._tail, chunk[max(0, tail - start) :]))
        self._true_peak.process(chunk)
        self._spectrum.add(chunk)

    def _true_bits(self) -> int | None:
        """Word length in use so far; None: finer than 32-bit integers."""
        if self._counts[:, k.OFF_GRID].any():
            return None
        used = int(np.bitwise_or.reduce(self._counts[:, k.BITS])) & 0xFFFFFFFF
        return 32 - ((used & -used).bit_length() - 1) if used else 1

    def _flats(self) -> Flats:
        runs = samples = 0
        places: list[int] = []
        for channel, polarity in np.ndindex(self._runs.shape[:2]):
            state = self._runs[channel, polarity]
            found = int(state[k.RUNS])
            places += self._places[2 * channel + polarity, : min(found, _PLACES)].tolist()
            samples += int(state[k.CLIPPED])
            if state[k.LENGTH] >= 3 and state[k.STEP_IN] > _CORNER_STEPS * self._step:
                # the file ends within a run
                found += 1
                samples += int(state[k.LENGTH])
                places.append(int(state[k.START]))
            runs += found
        return Flats(runs, samples, tuple(sorted(set(places))[:_PLACES]))

    def result(self) -> StemScan:
        """The scan of what has been added."""
        source, counts = self._source, self._counts
        peak = float(self._sums[:, k.PEAK].max())
        true_dbtp = self._true_peak.result().dbtp
        lossy = not source.subtype.startswith(("PCM", "FLOAT", "DOUBLE", "ALAC"))
        return StemScan(
            path=source.path,
            sample_rate=source.sample_rate,
            channels=source.channels,
            frames=source.frames,
            subtype=source.subtype,
            bits=source.bits,
            time_reference=source.time_reference,
            notes=source.notes,
            true_bits=None if lossy else self._true_bits(),
            peak=peak,
            true_peak=peak if true_dbtp is None else max(peak, gain_from_db(true_dbtp)),
            energy=self._sums[:, k.ENERGY],
            mean=self._sums[:, k.SUM] / max(1, source.frames),
            not_finite=int(counts[:, [k.NAN, k.INFINITE]].sum()),
            first_bad_frame=_first(counts[:, k.FIRST_BAD]),
            denormals=int(counts[:, k.DENORMAL].sum()),
            first_set=_first(counts[:, k.FIRST_SET]),
            last_set=int(counts[:, k.LAST_SET].max()),
            first_loud=_first(counts[:, k.FIRST_LOUD]),
            last_loud=int(counts[:, k.LAST_LOUD].max()),
            histogram=self._histogram,
            flats=self._flats(),
            blocks=self._blocks,
            block_frames=self.block_frames,
            tail_power=float(np.mean(self._tail**2)) if self._tail.size else 0.0,
            spectrum=self._spectrum,
            pinned=self._pinned(lossy),
        )

    def _pinned(self, lossy: bool) -> Pinned:
        """A second look at the loudest blocks; decoders of lossy codings may not find them again."""
        if lossy or self._counts[:, [k.NAN, k.INFINITE]].any():
            return NONE_PINNED
        return pinned_peaks(self._source, self._blocks[:, 0], self.block_frames)


def _first(frames: Counts) -> int:
    """The smallest that is not −1, or −1."""
    found = frames[frames >= 0]
    return int(found.min()) if found.size else -1
