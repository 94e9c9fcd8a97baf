"""What is legal on a CD and still worth a word: read from the layout, before any audio is made."""

from __future__ import annotations

from engine.report.album import AlbumFinding
from engine.session.album.layout import FRAMES_PER_S, PREGAP_FRAMES, SHORTEST_FRAMES, DiscLayout
from engine.session.album.model import Album
from engine.units import disc_time

#: Physical masters longer than 78:00 are refused by one major's delivery rules.
LONG_DISC_FRAMES = 78 * 60 * FRAMES_PER_S
#: Pauses shorter than this, but not none, are disliked by some plants.
_SHORT_PAUSE_FRAMES = FRAMES_PER_S


def layout_findings(album: Album, layout: DiscLayout) -> list[AlbumFinding]:
    """Everything a plant might ask about the marks of a disc.

    Args:
        album: the album file as it was read.
        layout: of one of its discs.
    """
    found = []
    first = layout.tracks[0]
    if first.track.gap_s < PREGAP_FRAMES / FRAMES_PER_S:
        found.append(
            AlbumFinding(
                "note",
                "pregap",
                first.track.number,
                first.track.title,
                f"{_gap_text(first.track.gap_s)} in front of a disc's first track became a pause of 2 s",
                "the Red Book asks for 2 s: write gap_s = 2.0",
            )
        )
    for place, one in enumerate(layout.tracks):
        sounding = one.end - one.start
        if sounding < SHORTEST_FRAMES <= layout.next_start(place) - one.start:
            found.append(
                AlbumFinding(
                    "warning",
                    "short_without_pause",
                    one.track.number,
                    one.track.title,
                    f"{sounding / FRAMES_PER_S:.2f} s without the pause behind it, 4 s with it",
                    "some plants count without the pause: lengthen the track",
                )
            )
        if place and one.pause is not None and one.start - one.pause < _SHORT_PAUSE_FRAMES:
            found.append(
                AlbumFinding(
                    "note",
                    "short_pause",
                    one.track.number,
                    one.track.title,
                    f"the pause in front of it is {one.start - one.pause} CD frames short",
                    "some plants and players want a second or none at all",
                )
            )
    if layout.playing_frames > LONG_DISC_FRAMES:
        last = layout.tracks[-1].track
        found.append(
            AlbumFinding(
                "warning",
                "long_disc",
                last.number,
                last.title,
                f"disc {layout.number} ends at {disc_time(layout.playing_frames)}, beyond 78:00:00",
                "ask the plant whether it takes that",
            )
        )
    return found


def _gap_text(gap_s: float) -> str:
    """What lies between two tracks, in words."""
    return f"a pause of {gap_s:g} s" if gap_s >= 0.0 else f"a cross-fade of {-gap_s:g} s"
