"""Stems and reference as lanes that can be read anywhere in song time, corrections included."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.audio.fractional import HALF_LENGTH_FRAMES, fractional_taps
from engine.audio.side_by_side import Placed, SideBySide
from engine.audio.source import AudioSource, open_source
from engine.errors import InputError
from engine.fourier import fft, ifft, next_fast_len
from engine.session.model import Session, Stem
from engine.units import gain_from_db

Doubles = NDArray[np.float64]

#: Decoders of these codings may answer a seek with samples that differ from those of a straight run.
_LOSSY_PREFIXES = ("MPEG", "VORBIS", "OPUS")


@dataclass(frozen=True)
class LaneSpec:
    """One file and how it enters the comparison.

    Attributes:
        name: of the stem; of the reference: "reference".
        path: the file.
        gain: linear, negative for inverted polarity.
        offset_frames: + is later; fractions allowed.
    """

    name: str
    path: Path
    gain: float = 1.0
    offset_frames: float = 0.0

    def later(self, frames: float) -> LaneSpec:
        """The same lane, delayed further."""
        return replace(self, offset_frames=self.offset_frames + frames)


def stem_spec(stem: Stem) -> LaneSpec:
    """The lane of a stem with its corrections; never its trim, mute, solo or chain."""
    gain = gain_from_db(stem.source_gain_db) * (-1.0 if stem.polarity_inverted else 1.0)
    return LaneSpec(stem.name, stem.path, gain, stem.offset_samples)


class Lane:
    """An open lane. One thread at a time may read from it.

    Args:
        spec: what to open.
        sample_rate: that of the song, Hz.

    Raises:
        InputError: the file cannot be read, has another rate, or more than two channels.
    """

    def __init__(self, spec: LaneSpec, sample_rate: int) -> None:
        self.spec = spec
        self.gain = spec.gain
        self._source = open_source(spec.path)
        try:
            _require_comparable(self._source, sample_rate)
        except InputError:
            self._source.close()
            raise
        self._whole_frames = math.floor(spec.offset_frames)
        fraction = spec.offset_frames - self._whole_frames
        self._taps = fractional_taps(fraction) if fraction > 0.0 else None
        self._scratch = np.zeros((0, 2))
        self._response = np.zeros(0, np.complex128)

    @property
    def frames(self) -> int:
        """Song frames up to the lane's last sample."""
        return max(0, self._source.frames + math.ceil(self.spec.offset_frames)) if self._source.frames else 0

    @property
    def seeks_exactly(self) -> bool:
        """Whether reading from the middle gives the same samples as reading from the start."""
        return not self._source.subtype.startswith(_LOSSY_PREFIXES)

    def read_into(self, start_frame: int, out: Doubles, first_column: int = 0) -> None:
        """Fills two columns with song frames from `start_frame` on: delayed, but *without* `gain`."""
        if self._taps is None:
            self._source.read_into(start_frame - self._whole_frames, out, first_column)
            return
        history = len(self._taps) - 1
        rows = len(out) + history
        if len(self._scratch) != rows:
            self._scratch, self._response = np.zeros((rows, 2)), _response(self._taps, rows)
        first = start_frame - self._whole_frames + HALF_LENGTH_FRAMES - history
        self._source.read_into(first, self._scratch)
        filtered = _filtered(self._scratch.view(np.complex128)[:, 0], self._response)
        out[:, first_column] = filtered.real[history:rows]
        out[:, first_column + 1] = filtered.imag[history:rows]

    @property
    def placed(self) -> Placed | None:
        """The file in the song, with its gain; None where it is delayed by a part of a frame."""
        return Placed(self._source, self._whole_frames, gain=self.gain) if self._taps is None else None

    def close(self) -> None:
        """Closes the file."""
        self._source.close()


class Lanes:
    """All lanes of a null test, open; the reference stands beside the stems.

    Use as a context manager. Every thread opens its own.
    """

    def __init__(self, specs: LaneSpecs) -> None:
        with ExitStack() as stack:
            opened = []
            for spec in (*specs.stems, specs.reference):
                opened.append(Lane(spec, specs.sample_rate))
                stack.callback(opened[-1].close)
            self.stems, self.reference = tuple(opened[:-1]), opened[-1]
            self._close = stack.pop_all().close

    @property
    def frames(self) -> int:
        """Length of the comparison: the longest of all, the others are padded with zeros."""
        return max(lane.frames for lane in (*self.stems, self.reference))

    def stems_together(self) -> SideBySide | None:
        """All stems for adding up at once; None where they have to be read one by one."""
        placed = [lane.placed for lane in self.stems]
        found = SideBySide([one for one in placed if one is not None])
        return found if found.at_once and None not in placed else None

    @property
    def seek_exactly(self) -> bool:
        """Whether every lane can be read from the middle without a difference."""
        return all(lane.seeks_exactly for lane in (*self.stems, self.reference))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


@dataclass(frozen=True)
class LaneSpecs:
    """What is compared: the stems' sum and the reference, all at one sample rate (Hz)."""

    stems: tuple[LaneSpec, ...]
    reference: LaneSpec
    sample_rate: int

    def open(self) -> Lanes:
        """Opens every file.

        Raises:
            InputError: as `Lane`.
        """
        return Lanes(self)

    def later(self, offsets_frames: tuple[int, ...]) -> LaneSpecs:
        """The same comparison with every stem delayed by its part of `offsets_frames`."""
        stems = tuple(spec.later(frames) for spec, frames in zip(self.stems, offsets_frames, strict=True))
        return replace(self, stems=stems)


def session_specs(session: Session) -> LaneSpecs:
    """The comparison a session asks for.

    Raises:
        InputError: kind `no_reference`.
    """
    if session.reference is None:
        raise InputError(
            f"{session.path}: the session names no reference mix: add a [reference] with its path",
            kind="no_reference",
            path=session.path,
        )
    reference = LaneSpec("reference", session.reference.path)
    return LaneSpecs(tuple(stem_spec(stem) for stem in session.stems), reference, session.sample_rate)


def _require_comparable(source: AudioSource, sample_rate: int) -> None:
    if source.sample_rate != sample_rate:
        raise InputError(
            f"{source.path}: the sample rate is {source.sample_rate} Hz, the session's {sample_rate} Hz: "
            "bounce stems and mix at one rate",
            kind="sample_rate",
            path=source.path,
        )
    if source.channels not in (1, 2):
        raise InputError(
            f"{source.path}: {source.channels} channels where one or two are needed: export it as stereo",
            kind="channels",
            path=source.path,
        )


def _response(taps: Doubles, frames: int) -> NDArray[np.complex128]:
    """The transform of a filter for stretches of so many frames, its length one that transforms fast."""
    return np.asarray(fft(taps.astype(np.complex128), next_fast_len(frames)))


def _filtered(samples: NDArray[np.complex128], response: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Circular convolution of L + iR with a real filter: right where filter and samples overlap fully."""
    spectrum = fft(samples, len(response))
    spectrum *= response
    return np.asarray(ifft(spectrum, overwrite=True))
