"""A track's audio at the album's rate: read, converted, given its level, in blocks, any number of times."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.convert import Converter, converted_frames
from engine.audio.source import open_source
from engine.errors import InputError
from engine.plan.output import Fades, OutputSettings, build_output
from engine.plan.stream import Stream
from engine.session.album.model import Album, AlbumTrack
from engine.session.processors import PROCESSORS
from engine.units import gain_from_db

Doubles = NDArray[np.float64]
Blocks = Iterator[Doubles]

_READ_FRAMES = 8192

#: What a finished file is limited with where its level is raised beyond its headroom: the defaults.
FINISHED_LIMITER: Mapping[str, Any] = MappingProxyType(
    {one.name: one.default for one in PROCESSORS["limiter"].parameters}
)


@contextlib.contextmanager
def naming(album: Album, track: AlbumTrack) -> Iterator[None]:
    """Puts the track's name in front of any complaint about its audio.

    Raises:
        InputError: of the same kind and path.
    """
    try:
        yield
    except InputError as error:
        raise InputError(
            f"{album.path}: {track.label}: {error.message}", kind=error.kind, path=error.path
        ) from error


@dataclass(frozen=True)
class TrackAudio:
    """A track's audio.

    Attributes:
        track: which.
        path: an audio file of one or two channels.
        file_rate: sample rate of that file, Hz.
        file_channels: channels of that file, 1 or 2.
        subtype: of that, soundfile's name.
        file_frames: of that, at its own rate.
        sample_rate: that it is converted to, Hz.
        frames: at that rate.
        gain_db: given to it.
        limited: the gain drives a limiter, `FINISHED_LIMITER`; otherwise it is a plain one.
        continues: the programme of the track before goes on in it: both are converted and limited as
            one (`engine.album.segues`).
        master: the file is what goes into a session's limiter; this is what follows: limiter, heads,
            tails, fades. None: the file is complete.
    """

    track: AlbumTrack
    path: Path
    file_rate: int
    file_channels: int
    subtype: str
    file_frames: int
    sample_rate: int
    frames: int
    gain_db: float = 0.0
    limited: bool = False
    continues: bool = False
    master: OutputSettings | None = None

    @property
    def is_untouched(self) -> bool:
        """The samples are exactly those of the file."""
        return self.file_rate == self.sample_rate and self.gain_db == 0.0 and not self.limited

    def blocks(self) -> Blocks:
        """All of it by itself from its first frame, `(frames, 2)` float64 blocks.

        Raises:
            InputError: the file cannot be read or holds NaN or infinity.
        """
        alone = converted_frames(self.file_frames, self.file_rate, self.sample_rate)
        return run_blocks((replace(self, frames=alone),), lambda _: contextlib.nullcontext())


def run_blocks(
    run: Sequence[TrackAudio], reading: Callable[[AlbumTrack], AbstractContextManager[None]]
) -> Blocks:
    """Tracks that follow each other as one programme, `(frames, 2)` float64 blocks.

    One conversion goes through all of them, and one limiter through those of the same gain, so that
    a programme that was divided over several files comes out as if it never had been.

    Args:
        run: tracks of one file rate and one output rate.
        reading: surrounds every access to a track's file.

    Raises:
        InputError: a file cannot be read or holds NaN or infinity.
    """
    blocks = _converted(run, reading)
    groups = [list(group) for _, group in groupby(run, key=lambda one: (one.gain_db, one.limited))]
    if len(groups) == 1:
        yield from _levelled(blocks, groups[0])
        return
    taking = _Taking(blocks)
    for group in groups:
        yield from _levelled(taking.frames(sum(one.frames for one in group)), group)


def _converted(
    run: Sequence[TrackAudio], reading: Callable[[AlbumTrack], AbstractContextManager[None]]
) -> Blocks:
    converter = Converter(run[0].file_rate, run[0].sample_rate, 2)
    for one in run:
        with reading(one.track), open_source(one.path) as source:
            for start in range(0, source.frames, _READ_FRAMES):
                block = np.empty((min(_READ_FRAMES, source.frames - start), 2))
                source.read_into(start, block)
                yield converter.process(block)
    yield converter.process(np.zeros((0, 2)), last=True)


def _levelled(blocks: Blocks, group: Sequence[TrackAudio]) -> Blocks:
    """Tracks of one gain with that gain."""
    one = group[0]
    if one.master is not None:
        return _delivered(_through(blocks, Stream(build_output(one.master))), one.master.fades)
    if one.limited:
        frames = sum(track.frames for track in group)
        limiter = {**FINISHED_LIMITER, "drive_db": one.gain_db}
        settings = OutputSettings(one.sample_rate, limiter, 0.0, Fades(0, frames, 0, 0, "linear"))
        return _through(blocks, Stream(build_output(settings)))
    gain = gain_from_db(one.gain_db)
    return blocks if gain == 1.0 else (block * gain for block in blocks)


class _Taking:
    """Hands out the frames of blocks in stretches."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._left = np.zeros((0, 2))

    def frames(self, count: int) -> Blocks:
        """The next `count` frames, fewer where the blocks end before."""
        while count > 0:
            block = self._left if len(self._left) else next(self._blocks, None)
            if block is None:
                return
            self._left = block[count:]
            yield block[:count]
            count -= min(count, len(block))


def _through(blocks: Blocks, stream: Stream) -> Blocks:
    for block in blocks:
        yield stream.process(np.ascontiguousarray(block))
    yield stream.finish()


def _delivered(blocks: Blocks, fades: Fades) -> Blocks:
    """What lies between the heads and the tails."""
    position = 0
    for block in blocks:
        first, last = max(0, fades.start_frame - position), min(len(block), fades.end_frame - position)
        position += len(block)
        if first < last:
            yield block[first:last]


def opened(track: AlbumTrack, path: Path, sample_rate: int) -> TrackAudio:
    """The audio of a file at `sample_rate`, at its own level.

    Raises:
        InputError: it cannot be used, or has more than two channels.
    """
    with open_source(path) as source:
        if source.channels > 2:
            raise InputError(
                f"{path}: has {source.channels} channels, a track has one or two: "
                "export it as stereo or mono",
                kind="channels",
                path=path,
            )
        if source.frames == 0:
            raise InputError(f"{path}: holds no audio: export it again", kind="not_audio", path=path)
        return TrackAudio(
            track,
            path,
            source.sample_rate,
            source.channels,
            source.subtype,
            source.frames,
            sample_rate,
            converted_frames(source.frames, source.sample_rate, sample_rate),
        )
