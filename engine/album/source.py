"""A track's audio at the album's rate: read, converted, given its level, in blocks, any number of times."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
        sample_rate: that it is converted to, Hz.
        frames: at that rate.
        gain_db: given to it.
        limited: the gain drives a limiter, `FINISHED_LIMITER`; otherwise it is a plain one.
    """

    track: AlbumTrack
    path: Path
    file_rate: int
    file_channels: int
    subtype: str
    sample_rate: int
    frames: int
    gain_db: float = 0.0
    limited: bool = False

    @property
    def is_untouched(self) -> bool:
        """The samples are exactly those of the file."""
        return self.file_rate == self.sample_rate and self.gain_db == 0.0 and not self.limited

    def blocks(self) -> Blocks:
        """All of it from its first frame, `(frames, 2)` float64 blocks.

        Raises:
            InputError: the file cannot be read or holds NaN or infinity.
        """
        blocks = self._converted()
        if self.limited:
            limiter = {**FINISHED_LIMITER, "drive_db": self.gain_db}
            settings = OutputSettings(self.sample_rate, limiter, 0.0, Fades(0, self.frames, 0, 0, "linear"))
            return _through(blocks, Stream(build_output(settings)))
        gain = gain_from_db(self.gain_db)
        return blocks if gain == 1.0 else (block * gain for block in blocks)

    def _converted(self) -> Blocks:
        converter = Converter(self.file_rate, self.sample_rate, 2)
        with open_source(self.path) as source:
            for start in range(0, source.frames, _READ_FRAMES):
                block = np.empty((min(_READ_FRAMES, source.frames - start), 2))
                source.read_into(start, block)
                yield converter.process(block)
            yield converter.process(np.zeros((0, 2)), last=True)


def _through(blocks: Blocks, stream: Stream) -> Blocks:
    for block in blocks:
        yield stream.process(np.ascontiguousarray(block))
    yield stream.finish()


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
            sample_rate,
            converted_frames(source.frames, source.sample_rate, sample_rate),
        )
