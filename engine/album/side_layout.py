"""Where the tracks of a record's side lie; samples at the side's own rate, no CD frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.album.assembly import Spot, spots_of
from engine.album.source import TrackAudio
from engine.errors import InputError
from engine.session.album.model import Album


@dataclass(frozen=True)
class SideLayout:
    """A side.

    Attributes:
        name: its letter.
        sample_rate: of its file, Hz.
        spots: its tracks in order.
        samples: its length.
    """

    name: str
    sample_rate: int
    spots: tuple[Spot, ...]
    samples: int

    @property
    def duration_s(self) -> float:
        """Of the whole side."""
        return self.samples / self.sample_rate


def lay_out_side(
    album: Album, name: str, numbers: Sequence[int], audio: Mapping[int, TrackAudio], sample_rate: int
) -> SideLayout:
    """Places tracks one behind the other, with the gaps and cross-fades of the album.

    Args:
        album: the album file as it was read.
        name: letter of the side.
        numbers: its tracks; the gap in front of the first does not count.
        audio: of each, at the side's rate.
        sample_rate: Hz.

    Raises:
        InputError: a cross-fade is longer than a track (kind `crossfade_too_long`).
    """
    starts: list[tuple[int, int, int]] = []
    end, room = 0, 0
    for place, number in enumerate(numbers):
        track, frames = audio[number].track, audio[number].frames
        gap = round(track.gap_s * sample_rate) if place else 0
        overlap = max(0, -gap)
        if overlap > min(frames, room):
            raise InputError(
                f"{album.path}: on side {name} the cross-fade into {track.label} is longer than a track: "
                "shorten it",
                kind="crossfade_too_long",
                path=album.path,
            )
        starts.append((number, end + gap, overlap))
        end += gap + frames
        room = frames - overlap
    return SideLayout(name, sample_rate, tuple(spots_of(audio, starts)), end)
