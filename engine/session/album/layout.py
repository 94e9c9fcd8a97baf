"""Where the tracks of a disc lie: samples of audio, and marks on whole CD frames.

A CD frame is 1/75 s or 588 samples at 44.1 kHz. Positions of marks count from the first frame of the
DDP image, the pause in front of track 1 included (a player's absolute time); LBA 0 lies 150 frames
later. Rules: IEC 60908 by way of the sources in `docs/albums.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import InputError
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
            a track, or the disc is too long; `path` names the album file.
    """
    placed: list[Placed] = []
    for track in album.tracks_of(disc):
        length = lengths[track.number]
        made = _first(album, track, length) if not placed else _behind(album, track, length, placed[-1])
        if placed:
            placed[-1] = _closed(album, placed[-1], made.start if made.pause is None else made.pause)
        placed.append(made)
    lead_out = -(-placed[-1].audio_end // FRAME_SAMPLES)
    placed[-1] = _closed(album, placed[-1], lead_out)
    layout = DiscLayout(disc, tuple(placed), lead_out)
    _check_lengths(album, layout)
    return layout


def _refuse(album: Album, kind: str, problem: str) -> InputError:
    return InputError(f"{album.path}: {problem}", kind=kind, path=album.path)


def _first(album: Album, track: AlbumTrack, length: int) -> Placed:
    if track.gap_s < 0.0:
        raise _refuse(
            album,
            "crossfade_too_long",
            f"{track.label} is the first of its disc, there is nothing to cross-fade from: "
            "give it a gap_s of 2.0",
        )
    pregap = max(PREGAP_FRAMES, round(track.gap_s * FRAMES_PER_S))
    start = (pregap + album.start_offset_frames) * FRAME_SAMPLES
    return _made(album, track, start, length, 0, 0, pregap)


def _behind(album: Album, track: AlbumTrack, length: int, last: Placed) -> Placed:
    gap = round(track.gap_s * CD_RATE)
    start, overlap = last.audio_end + gap, max(0, -gap)
    if overlap > length or overlap + last.overlap > last.audio_samples:
        whose = track if overlap > length else last.track
        also = " together with the cross-fade at its start" if whose is last.track and last.overlap else ""
        raise _refuse(
            album,
            "crossfade_too_long",
            f"the cross-fade of {overlap / CD_RATE:.2f} s from {last.track.label} to {track.label} is longer "
            f"than {whose.label}{also}: shorten it",
        )
    pause = None
    if gap > 0:
        start = -(-start // FRAME_SAMPLES) * FRAME_SAMPLES  # the pause takes up the rest of the frame
        pause = -(-last.audio_end // FRAME_SAMPLES)
    mark = max(start // FRAME_SAMPLES - album.start_offset_frames, last.start + 1)
    if pause is not None and pause >= mark:
        pause = None
    return _made(album, track, start, length, overlap, pause, mark)


def _made(
    album: Album, track: AlbumTrack, start: int, length: int, overlap: int, pause: int | None, mark: int
) -> Placed:
    indexes = []
    for index_s in track.indexes_s:
        sample = round(index_s * CD_RATE)
        if sample >= length:
            raise _index_error(album, track, index_s, f"the track is {length / CD_RATE:.3f} s long")
        indexes.append((start + sample) // FRAME_SAMPLES)
    previous = mark
    for index_s, index in zip(track.indexes_s, indexes, strict=True):
        if index <= previous:
            raise _index_error(album, track, index_s, "it falls on the CD frame of the mark before it")
        previous = index
    return Placed(track, start, start + length, overlap, pause, mark, tuple(indexes), 0)


def _index_error(album: Album, track: AlbumTrack, index_s: float, why: str) -> InputError:
    problem = f"{track.label}: an index at {index_s:g} s lies outside its track: {why}: move it"
    return _refuse(album, "index_outside", problem)


def _closed(album: Album, placed: Placed, end: int) -> Placed:
    """The same with its end, once what follows is known."""
    for index_s, index in zip(placed.track.indexes_s, placed.indexes, strict=True):
        if index >= end:
            raise _index_error(album, placed.track, index_s, "the next track has begun by then")
    return Placed(
        placed.track,
        placed.audio_start,
        placed.audio_end,
        placed.overlap,
        placed.pause,
        placed.start,
        placed.indexes,
        end,
    )


def _check_lengths(album: Album, layout: DiscLayout) -> None:
    for place, one in enumerate(layout.tracks):
        length = layout.next_start(place) - one.start
        if length < SHORTEST_FRAMES:
            raise _refuse(
                album,
                "short_track",
                f"{one.track.label} is {length / FRAMES_PER_S:.2f} s long from mark to mark, a CD needs 4 s: "
                "lengthen it or join it with its neighbour",
            )
    if layout.playing_frames > album.longest_disc_s * FRAMES_PER_S:
        limit = round(album.longest_disc_s * FRAMES_PER_S)
        over = next(one for one in layout.tracks if one.end - PREGAP_FRAMES > limit)
        raise _refuse(
            album,
            "too_long",
            f"disc {layout.number} lasts {disc_time(layout.playing_frames)}, {over.track.label} goes beyond "
            f"the {disc_time(limit)} that fit: spread the tracks over [[discs]] or leave one out",
        )


def boundaries(layout: DiscLayout) -> Sequence[int]:
    """CD frames at which track files begin and end: each index 01, and the lead-out."""
    return (*(one.start for one in layout.tracks), layout.lead_out)
