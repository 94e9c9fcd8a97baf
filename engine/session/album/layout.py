"""Where the tracks of a disc lie: samples of audio, and marks on whole CD frames.

A CD frame is 1/75 s or 588 samples at 44.1 kHz. Positions of marks count from the first frame of the
DDP image, the pause in front of track 1 included (a player's absolute time); LBA 0 lies 150 frames
later. Rules: IEC 60908 by way of the sources in `docs/albums.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import InputError
from engine.session.album.faults import in_one_line
from engine.session.album.model import Album, AlbumTrack
from engine.units import disc_time

#: Of every CD, Hz.
CD_RATE = 44100
#: Samples of a CD frame.
FRAME_SAMPLES = 588
#: CD frames in a second.
FRAMES_PER_S = 75
#: The shortest pause in front of track 1: 2 s.
PREGAP_FRAMES = 150
#: The shortest track: 4 s.
SHORTEST_FRAMES = 300


@dataclass(frozen=True)
class Placed:
    """A track on its disc.

    Attributes:
        track: which.
        audio_start: its first sample, from the image's first.
        audio_end: one past its last.
        overlap: samples that it shares with the track before, of a cross-fade.
        pause: CD frame of index 00; None: no pause in front of it.
        start: CD frame of index 01.
        indexes: CD frames of index 02 and on.
        end: CD frame where the next pause, track or the lead-out begins: what a listing calls its end.
    """

    track: AlbumTrack
    audio_start: int
    audio_end: int
    overlap: int
    pause: int | None
    start: int
    indexes: tuple[int, ...]
    end: int

    @property
    def audio_samples(self) -> int:
        """How long it sounds."""
        return self.audio_end - self.audio_start


@dataclass(frozen=True)
class DiscLayout:
    """A disc.

    Attributes:
        number: of the disc, from 1.
        tracks: in its order.
        lead_out: CD frame one past the last of the image.
    """

    number: int
    tracks: tuple[Placed, ...]
    lead_out: int

    @property
    def samples(self) -> int:
        """Of the image."""
        return self.lead_out * FRAME_SAMPLES

    @property
    def playing_frames(self) -> int:
        """From LBA 0 to the lead-out."""
        return self.lead_out - PREGAP_FRAMES

    def next_start(self, place: int) -> int:
        """CD frame of index 01 of the track behind the one at `place`, or the lead-out."""
        return self.tracks[place + 1].start if place + 1 < len(self.tracks) else self.lead_out


@dataclass(frozen=True)
class Fault:
    """A rule of the CD that a disc breaks.

    Attributes:
        kind: stable short code.
        track: the one to blame.
        message: what is wrong; names the track.
        fix: what to do about it.
        path: the file to blame; None: the album file.
    """

    kind: str
    track: AlbumTrack
    message: str
    fix: str
    path: Path | None = None

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.message}: {self.fix}"


def lay_out(album: Album, disc: int, lengths: Mapping[int, int]) -> DiscLayout:
    """Places the tracks of a disc.

    A pause ends where its track's audio begins, on a CD frame; segued and cross-faded tracks begin
    wherever the one before leaves them, on any sample, and their marks lie on the frame that holds it.
    Marks lie `start_offset_frames` before the sound.

    Args:
        album: the album file as it was read.
        disc: which, from 1.
        lengths: samples at 44.1 kHz of each track, by its number.

    Raises:
        InputError: a track is under 4 s, an index lies outside its track, a cross-fade is longer than
            a track, or the disc is too long; all that is wrong is told, `path` names the album file.
    """
    layout, faults = examine(album, disc, lengths)
    refuse(album, faults)
    return layout


def refuse(album: Album, faults: Sequence[Fault]) -> None:
    """Raises the complaint about every fault; its kind is that of the first.

    Raises:
        InputError: there are some.
    """
    if faults:
        told = in_one_line([fault.sentence for fault in faults])
        raise InputError(f"{album.path}: {told}", kind=faults[0].kind, path=faults[0].path or album.path)


def examine(album: Album, disc: int, lengths: Mapping[int, int]) -> tuple[DiscLayout, tuple[Fault, ...]]:
    """The tracks of a disc as `lay_out` places them, and every rule they break.

    What cannot be is left out of the layout: such a cross-fade, such an index.
    """
    placing = _Placing(album)
    for track in album.tracks_of(disc):
        placing.add(track, lengths[track.number])
    layout = placing.layout(disc)
    return layout, (*placing.faults, *_length_faults(album, layout))


class _Placing:
    """Places one track after the other."""

    def __init__(self, album: Album) -> None:
        self._album = album
        self._placed: list[Placed] = []
        self.faults: list[Fault] = []

    def add(self, track: AlbumTrack, length: int) -> None:
        if not self._placed:
            self._placed.append(self._first(track, length))
            return
        made = self._behind(track, length, self._placed[-1])
        self._close(made.start if made.pause is None else made.pause)
        self._placed.append(made)

    def layout(self, disc: int) -> DiscLayout:
        lead_out = -(-self._placed[-1].audio_end // FRAME_SAMPLES)
        self._close(lead_out)
        return DiscLayout(disc, tuple(self._placed), lead_out)

    def _first(self, track: AlbumTrack, length: int) -> Placed:
        if track.gap_s < 0.0:
            message = f"{track.label} is the first of its disc, there is nothing to cross-fade from"
            self.faults.append(Fault("crossfade_too_long", track, message, "give it a gap_s of 2.0"))
        pregap = max(PREGAP_FRAMES, round(track.gap_s * FRAMES_PER_S))
        start = (pregap + self._album.start_offset_frames) * FRAME_SAMPLES
        return self._made(track, start, length, 0, 0, pregap)

    def _behind(self, track: AlbumTrack, length: int, last: Placed) -> Placed:
        gap = round(track.gap_s * CD_RATE)
        overlap = max(0, -gap)
        if overlap > length or overlap + last.overlap > last.audio_samples:
            whose = track if overlap > length else last.track
            also = (
                " together with the cross-fade at its start" if whose is last.track and last.overlap else ""
            )
            message = f"the cross-fade of {overlap / CD_RATE:.2f} s from {last.track.label} to {track.label} "
            message += f"is longer than {whose.label}{also}"
            self.faults.append(Fault("crossfade_too_long", track, message, "shorten it"))
            gap = overlap = 0
        start = last.audio_end + gap
        pause = None
        if gap > 0:
            start = -(-start // FRAME_SAMPLES) * FRAME_SAMPLES  # the pause takes up the rest of the frame
            pause = -(-last.audio_end // FRAME_SAMPLES)
        mark = max(start // FRAME_SAMPLES - self._album.start_offset_frames, last.start + 1)
        if pause is not None and pause >= mark:
            pause = None
        return self._made(track, start, length, overlap, pause, mark)

    def _made(
        self, track: AlbumTrack, start: int, length: int, overlap: int, pause: int | None, mark: int
    ) -> Placed:
        indexes: list[int] = []
        for index_s in track.indexes_s:
            sample = round(index_s * CD_RATE)
            index = (start + sample) // FRAME_SAMPLES
            if sample >= length:
                self._refuse_index(track, index_s, f"the track is {length / CD_RATE:.3f} s long")
            elif index <= max([mark, *indexes]):
                self._refuse_index(track, index_s, "it falls on the CD frame of the mark before it")
            else:
                indexes.append(index)
        return Placed(track, start, start + length, overlap, pause, mark, tuple(indexes), 0)

    def _refuse_index(self, track: AlbumTrack, index_s: float, why: str) -> None:
        message = f"{track.label}: an index at {index_s:g} s lies outside its track: {why}"
        self.faults.append(Fault("index_outside", track, message, "move it"))

    def _close(self, end: int) -> None:
        """Gives the newest track its end, once what follows is known."""
        last = self._placed[-1]
        for index in (one for one in last.indexes if one >= end):
            index_s = (index * FRAME_SAMPLES - last.audio_start) / CD_RATE
            self._refuse_index(last.track, round(index_s, 2), "the next track has begun by then")
        kept = tuple(index for index in last.indexes if index < end)
        self._placed[-1] = replace(last, indexes=kept, end=end)


def _length_faults(album: Album, layout: DiscLayout) -> Iterable[Fault]:
    for place, one in enumerate(layout.tracks):
        length = layout.next_start(place) - one.start
        if length < SHORTEST_FRAMES:
            message = f"{one.track.label} is {length / FRAMES_PER_S:.2f} s long from mark to mark, "
            message += "a CD needs 4 s"
            yield Fault("short_track", one.track, message, "lengthen it or join it with its neighbour")
    if layout.playing_frames > album.longest_disc_s * FRAMES_PER_S:
        limit = round(album.longest_disc_s * FRAMES_PER_S)
        over = next(one for one in layout.tracks if one.end - PREGAP_FRAMES > limit)
        message = f"disc {layout.number} lasts {disc_time(layout.playing_frames)}, {over.track.label} goes "
        message += f"beyond the {disc_time(limit)} that fit"
        fix = "spread the tracks over [[discs]] or leave one out"
        yield Fault("too_long", over.track, message, fix)


def boundaries(layout: DiscLayout) -> Sequence[int]:
    """CD frames at which track files begin and end: each index 01, and the lead-out."""
    return (*(one.start for one in layout.tracks), layout.lead_out)
