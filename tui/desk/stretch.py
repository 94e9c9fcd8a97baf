"""Which stretch of the song the time lines show: all of it, or the page of it that holds the position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from tui.view import CLOSEST_ZOOM, View

_Values = TypeVar("_Values", bound=Sequence[object])
#: What the whole song is called where a stretch is named.
WHOLE = "whole"
_CHOICES = tuple(1 << power for power in range(CLOSEST_ZOOM.bit_length()))


class Stretch(NamedTuple):
    """One of `zoom` equal pages of the song.

    A picture of `width` cells shows cells `page * width` and on of one that is `zoom` times as wide: what
    has a place in the song keeps it, whichever page shows it.

    Attributes:
        zoom: how many such pages the song has; 1: the whole song is shown.
        page: which of them, from 0.
        song_frames: length of the song; ≤ 0: not known.
    """

    zoom: int = 1
    page: int = 0
    song_frames: int = 0

    @property
    def begin_frames(self) -> int:
        """The first frame that is shown."""
        return self.page * max(0, self.song_frames) // self.zoom

    @property
    def end_frames(self) -> int:
        """The first frame behind what is shown."""
        return (self.page + 1) * max(0, self.song_frames) // self.zoom

    @property
    def name(self) -> str:
        """What share of the song it is: `1/4`."""
        return zoom_name(self.zoom)

    def place(self, frames: int, width: int) -> int:
        """The column of a frame of the song; < 0 or ≥ `width` where another page shows it.

        What lies before the song or behind it is at its first or last column. The song has a length.
        """
        wide = self.zoom * width
        return min(wide - 1, max(0, frames * wide // self.song_frames)) - self.page * width

    def cell(self, frames: int, width: int) -> int:
        """The column of a frame of the song; −1: it is not set (< 0) or not shown, or there is no song."""
        if self.song_frames <= 0 or frames < 0:
            return -1
        place = self.place(frames, width)
        return place if 0 <= place < width else -1

    def part(self, values: _Values) -> _Values:
        """Of values in equal steps along the song, those that are shown; one at least, if there are any."""
        begin = self.page * len(values) // self.zoom
        return values[begin : max(begin + 1, (self.page + 1) * len(values) // self.zoom)]  # type: ignore[return-value]

    def slots(self, cell: int, width: int, count: int) -> tuple[int, int]:
        """Of `count` equal steps along the song, the first of a column and the first behind it."""
        wide, at = self.zoom * width, self.page * width + cell
        begin = at * count // wide
        return begin, max(begin + 1, (at + 1) * count // wide)


def stretch_of(view: View) -> Stretch:
    """The stretch that a view shows: it turns to the next page when the song comes there."""
    transport, zoom = view.snapshot.transport, view.focus.zoom
    length = transport.length_frames
    if length <= 0:
        return Stretch(1, 0, length)
    return Stretch(zoom, min(zoom - 1, max(0, transport.position_frames * zoom // length)), length)


def zoom_name(zoom: int) -> str:
    """`whole`, `1/2`, `1/4` …"""
    return WHOLE if zoom == 1 else f"1/{zoom}"


def zoom_of(text: str) -> int:
    """What a user means by `whole`, `1/4` or `4`.

    Raises:
        ValueError: there is no such zoom; the text says which there are.
    """
    names = {zoom_name(zoom): zoom for zoom in _CHOICES}
    word = text.strip().lower()
    found = names.get(word) or names.get("1/" + word) or (1 if word == "1" else None)
    if found is None:
        raise ValueError(f"the song is shown {', '.join(names)}: there is no '{text.strip()}'")
    return found
