"""The sound around a gap: the end of one track, what lies between, and the beginning of the next.

Cut from the same programme as the disc: gaps, fades, cross-fades, levels, and the offset that brings
the whole album to its loudness. What is heard is what the disc gets, before its dither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.album.assembly import assembled, spots_of
from engine.album.levels import Levels
from engine.album.loudness import programme_loudness
from engine.album.plan import examined, expected_audio
from engine.album.renders import Renders
from engine.album.segues import joined
from engine.album.source import TrackAudio
from engine.audio.writer import open_writer
from engine.errors import InputError
from engine.progress import Progress
from engine.session.album.layout import CD_RATE, Placed, refuse
from engine.session.album.model import Album, AlbumTrack

#: Silence in front of the first track of a disc; more of its pause would only be waited for, s.
_LEAD_S = 0.5


@dataclass(frozen=True)
class Excerpt:
    """What has been cut out.

    Attributes:
        before: the track that ends; None: the other is the first of its disc.
        track: the track that begins.
        gap_s: silence between both; negative: they overlap.
        join_s: where `track` begins in the excerpt, s.
        duration_s: of the excerpt.
    """

    before: AlbumTrack | None
    track: AlbumTrack
    gap_s: float
    join_s: float
    duration_s: float


def write_excerpt(
    album: Album, number: int, seconds: float, path: Path, renders: Renders, progress: Progress
) -> Excerpt:
    """Writes the sound around the gap in front of a track as a 32-bit float file at 44.1 kHz.

    Args:
        album: the album; its files are only read.
        number: of the track that begins.
        seconds: of each track, beside gap and cross-fade.
        path: of the file; its folder is there.
        renders: masters of its sessions; those that are missing are rendered now.
        progress: told about every pass.

    Raises:
        InputError: there is no such track on a disc, one cannot be used, or a rule of the CD is broken.
        MachineError: the system refused.
    """
    disc, place = _found(album, number, renders)
    before, placed = (disc[place - 1] if place else None), disc[place]
    heard = _with_runs(album, disc, place, renders)
    levels = Levels(album, renders, progress, lambda audio: programme_loudness(album, audio, progress))
    audio = levels.found_of([one.track.number for one in heard])
    heard, audio = _beginning_with(before or placed, heard, audio)
    first, last = _window(disc, place, round(seconds * CD_RATE))
    begin = min(first, heard[0].audio_start)
    spots = spots_of(audio, [(one.track.number, one.audio_start - begin, one.overlap) for one in heard])
    spots[0] = replace(spots[0], overlap=0)  # what was faded into it lies outside
    done = begin
    with open_writer(path, CD_RATE, 2, "wav32f", 0) as writer:
        for block in assembled(album, spots, last - begin):
            kept = block[max(0, first - done) :]
            if len(kept):
                writer.write(kept)
            done += len(block)
            progress("reading", done - begin, last - begin)
    return Excerpt(
        None if before is None else before.track,
        placed.track,
        0.0 if before is None else (placed.audio_start - before.audio_end) / CD_RATE,
        (placed.audio_start - first) / CD_RATE,
        (last - first) / CD_RATE,
    )


def _window(disc: Sequence[Placed], place: int, length: int) -> tuple[int, int]:
    """First sample of the disc that is heard, and one past the last; neither neighbour's neighbour is."""
    placed = disc[place]
    last = placed.audio_end
    if place + 1 < len(disc):
        last -= disc[place + 1].overlap
    if place == 0:
        return placed.audio_start - round(_LEAD_S * CD_RATE), min(placed.audio_start + length, last)
    before = disc[place - 1]
    first = max(before.audio_start + before.overlap, min(placed.audio_start, before.audio_end) - length)
    return first, min(max(placed.audio_start, before.audio_end) + length, last)


def _found(album: Album, number: int, renders: Renders) -> tuple[Sequence[Placed], int]:
    """The tracks of the disc that holds the one with that number, and its place among them."""
    layouts, faults = examined(album, renders)
    for layout in layouts:
        for place, one in enumerate(layout.tracks):
            if one.track.number == number:
                return layout.tracks, place
    refuse(album, faults)
    raise InputError(
        f"{album.path}: there is no track {number} on a disc: give 1 to {len(album.tracks)}",
        kind="no_track",
        path=album.path,
    )


def _with_runs(album: Album, disc: Sequence[Placed], place: int, renders: Renders) -> list[Placed]:
    """A track and the one before, with all that is converted or limited as one with either."""
    numbers = [one.track.number for one in disc]
    audio = joined(numbers, {number: expected_audio(album.track(number), renders) for number in numbers})
    first, last = max(0, place - 1), place + 1
    while first and audio[disc[first].track.number].continues:
        first -= 1
    while last < len(disc) and audio[disc[last].track.number].continues:
        last += 1
    return list(disc[first:last])


def _beginning_with(
    before: Placed, heard: list[Placed], audio: dict[int, TrackAudio]
) -> tuple[list[Placed], dict[int, TrackAudio]]:
    """Without the tracks in front of `before` that leave nothing in it: no filter's past, no limiter's."""
    number = before.track.number
    one = audio[number]
    if one.limited or one.file_rate != one.sample_rate:
        return heard, audio
    return heard[heard.index(before) :], {**audio, number: replace(one, continues=False)}
