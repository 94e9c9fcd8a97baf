"""Writing a deliverable: float64 in, a file of any encoding out, atomically.

    with open_writer("master.wav", 44100, 2, "wav24", dither_key=1) as writer:
        for block in blocks:
            writer.write(block)

The file appears under its name when the context ends without an exception, else not at all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.audio.disk_space import require_space
from engine.audio.pair_write import FilePair, PairSink
from engine.audio.quantiser import Quantiser, quantiser_of
from engine.audio.sinks import BLOCK_FRAMES, Sink, open_sink
from engine.files import AtomicFile
from engine.session.encodings import ENCODINGS, Encoding


class AudioWriter:
    """An audio file being written; made by `open_writer`.

    One thread at a time. Exactly one of `close` and `abort` ends it; as a context manager it closes,
    or aborts on an exception.

    Attributes:
        path: the final name.
        encoding: how samples are stored.
        channels: per frame.
        frames: written so far.
        saturated_samples: samples so far that lay outside the integer range and were limited to it.
    """

    def __init__(
        self,
        file: AtomicFile | FilePair,
        sink: Sink,
        encoding: Encoding,
        channels: int,
        quantiser: Quantiser,
    ) -> None:
        self.path = file.path
        self.encoding = encoding
        self.channels = channels
        self.frames = 0
        self.saturated_samples = 0
        self._file = file
        self._sink = sink
        self._quantiser = quantiser
        self._integers = np.empty((BLOCK_FRAMES, channels), np.int32)
        self._open = True

    def write(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` float64 of full scale ±1.0, dithered for integer encodings.

        The bytes do not depend on how the samples are cut into blocks.

        Raises:
            MachineError: the system refused; the file should be aborted.
            ValueError: wrong shape, or a sample is not finite: both are errors of the caller.
        """
        self._require(samples.shape, samples.dtype == np.float64)
        samples = np.ascontiguousarray(samples)
        for start in range(0, len(samples), BLOCK_FRAMES):
            block = samples[start : start + BLOCK_FRAMES]
            if self.encoding.dithered:
                self._sink.write_integers(self._dithered(block))
            else:
                self._sink.write_floats(block)
            self.frames += len(block)

    def _dithered(self, block: NDArray[np.float64]) -> NDArray[np.int32]:
        integers = self._integers[: len(block)]
        self.saturated_samples += self._quantiser.quantise(block, integers)
        return integers

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, channels)` int32 samples as they are; integer encodings only.

        Raises:
            MachineError: the system refused; the file should be aborted.
            ValueError: wrong shape, a float encoding, or a value outside the word length.
        """
        self._require(integers.shape, integers.dtype == np.int32 and self.encoding.dithered)
        limit = 1 << (self.encoding.bits - 1)
        if integers.size and not (integers.min() >= -limit and integers.max() < limit):
            raise ValueError(f"integers outside {self.encoding.bits} bits")
        integers = np.ascontiguousarray(integers)
        for start in range(0, len(integers), BLOCK_FRAMES):
            block = integers[start : start + BLOCK_FRAMES]
            self._sink.write_integers(block)
            self.frames += len(block)

    def _require(self, shape: tuple[int, ...], fits_encoding: bool) -> None:
        if not self._open:
            raise ValueError(f"{self.path}: already closed")
        if len(shape) != 2 or shape[1] != self.channels or not fits_encoding:
            raise ValueError(f"samples of shape {shape} do not fit {self.channels} channels as written")

    def close(self) -> None:
        """Completes the file, syncs it to the disk and puts it in its place; once."""
        if not self._open:
            return
        try:
            self._sink.finish()
            self._file.commit()
        except BaseException:
            self.abort()
            raise
        self._open = False

    def abort(self) -> None:
        """Removes what was written; does nothing after `close`."""
        if self._open:
            self._open = False
            try:
                self._sink.discard()
            finally:
                self._file.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()


def open_writer(
    path: str | os.PathLike[str],
    sample_rate: int,
    channels: int,
    encoding: str,
    dither_key: int,
    frames_hint: int | None = None,
    dither: str = "tpdf",
) -> AudioWriter:
    """Begins to write an audio file.

    Args:
        path: the final name; a file of that name is replaced at the end. The folder has to exist.
        sample_rate: Hz.
        channels: per frame.
        encoding: a key of `ENCODINGS`.
        dither_key: chooses the dither sequences: give each file of a render its own.
        frames_hint: how many frames will come; if given, the space for them is checked first. Of a
            compressed file only its writing shows whether it fits.
        dither: of integer encodings, `tpdf` or `shaped`.

    Raises:
        MachineError: the folder cannot be written, or the space does not suffice.
        InputError: kind `encoding`: it cannot hold this rate or number of channels; kind
            `codecs_missing`: the package that writes it is not installed.
    """
    form = ENCODINGS[encoding]
    final = Path(path)
    file = AtomicFile(final)
    try:
        sink = open_sink(file, form, sample_rate, channels)
        if frames_hint is not None and form.container in ("WAV", "AIFF"):
            require_space(final.parent, frames_hint * channels * form.bits // 8, final.name)
        quantiser = quantiser_of(dither, sample_rate, channels, form.bits, dither_key)
        return AudioWriter(file, sink, form, channels, quantiser)
    except BaseException:
        file.abort()
        raise


def open_pair_writer(
    paths: Sequence[Path],
    sample_rate: int,
    encoding: str,
    dither_key: int,
    frames_hint: int,
    dither: str = "tpdf",
) -> AudioWriter:
    """Begins to write stereo as two mono files, with the samples that one stereo file would have.

    Args:
        paths: the final names, left and right.
        sample_rate: Hz.
        encoding: a key of `ENCODINGS`.
        dither_key: chooses the dither sequences.
        frames_hint: how many frames will come.
        dither: of integer encodings, `tpdf` or `shaped`.

    Raises:
        MachineError, InputError: as of `open_writer`.
    """
    form = ENCODINGS[encoding]
    files: list[AtomicFile] = []
    try:
        files += [AtomicFile(path) for path in paths]
        require_space(paths[0].parent, frames_hint * 2 * form.bits // 8, paths[0].name)
        sinks = [open_sink(file, form, sample_rate, 1) for file in files]
        quantiser = quantiser_of(dither, sample_rate, 2, form.bits, dither_key)
        return AudioWriter(FilePair(files), PairSink(sinks), form, 2, quantiser)
    except BaseException:
        for file in files:
            file.abort()
        raise
