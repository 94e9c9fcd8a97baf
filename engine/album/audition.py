"""The sound around a gap: the end of one track, what lies between, and the beginning of the next.

Cut from the same programme as the disc: gaps, fades, cross-fades and levels between the tracks are those
of the album. Left out is what only the whole album can tell: the offset that brings all of it to its
loudness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.album.assembly import assembled, spots_of
from engine.album.levels import Levels
from engine.album.plan import examined
from engine.album.renders import Renders
from engine.album.segues import joined
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
    before, placed = _neighbours(album, number, renders)
    numbers = [number] if before is None else [before.track.number, number]
    audio = joined(numbers, Levels(album, renders, progress, lambda _: None).unsolved(numbers))
    length = audio[number].frames
    if before is None:
        gap, overlap, start = 0, 0, round(_LEAD_S * CD_RATE)
        starts = [(number, start, 0)]
        first = 0
    else:
        gap, overlap = placed.audio_start - before.audio_end, placed.overlap
        start = audio[before.track.number].frames + gap
        starts = [(before.track.number, 0, 0), (number, start, overlap)]
        first = max(0, min(start, start - gap) - round(seconds * CD_RATE))
    last = min(start + max(0, -gap) + round(seconds * CD_RATE), start + length)
    spots = spots_of(audio, starts)
    if before is not None:  # what was faded into the one that ends lies outside
        spots[0] = replace(spots[0], overlap=0)
    done = 0
    with open_writer(path, CD_RATE, 2, "wav32f", 0) as writer:
        for block in assembled(album, spots, last):
            kept = block[max(0, first - done) :]
            if len(kept):
                writer.write(kept)
            done += len(block)
            progress("reading", done, last)
    return Excerpt(
        None if before is None else before.track,
        placed.track,
        gap / CD_RATE,
        (start - first) / CD_RATE,
        (last - first) / CD_RATE,
    )


def _neighbours(album: Album, number: int, renders: Renders) -> tuple[Placed | None, Placed]:
    """The track with that number on its disc, and the one before it there."""
    layouts, faults = examined(album, renders)
    for layout in layouts:
        for place, one in enumerate(layout.tracks):
            if one.track.number == number:
                return (layout.tracks[place - 1] if place else None), one
    refuse(album, faults)
    raise InputError(
        f"{album.path}: there is no track {number} on a disc: give 1 to {len(album.tracks)}",
        kind="no_track",
        path=album.path,
    )
