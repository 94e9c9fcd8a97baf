"""What the album file says of the whole album: chosen from a list, typed, and written at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.session.album.model import Album
from engine.session.editing import Change
from tui.controls.asking import Asking

#: Keys of the album file as text or number, and what they are called here.
_KEYS = (
    ("title", "title"),
    ("artist", "artist"),
    ("upc", "EAN or UPC"),
    ("catalogue_number", "catalogue number"),
    ("label", "label"),
    ("isrc_first", "first ISRC, counted up for tracks that name none"),
    ("loudness_lufs", "loudness of the whole in LUFS, empty: as it is"),
)
_SIDES = "sides of the record, as in 1-5 / 6-10, empty: none"


def ask_about(controls: Asking, album: Album, change: Callable[[str, Sequence[Change]], object]) -> None:
    """Offers all of it.

    Args:
        controls: to ask with.
        album: as it is.
        change: makes changes of the album file, told what they are about.
    """
    now = {
        "title": album.title,
        "artist": album.credits.artist,
        "upc": album.upc or "",
        "catalogue_number": album.catalogue_number,
        "label": album.label,
        "isrc_first": next((track.isrc for track in album.tracks if track.isrc), None) or "",
        "loudness_lufs": "" if album.loudness_lufs is None else f"{album.loudness_lufs:g}",
    }
    sides = " / ".join(map(_numbers_text, () if album.vinyl is None else album.vinyl.sides))
    names = [*((words.partition(",")[0], now[key]) for key, words in _KEYS), ("sides of the record", sides)]

    def picked(place: int) -> None:
        if place == len(_KEYS):
            controls.ask(_SIDES, sides, lambda text: _set_sides(controls, album, text, change))
            return
        key, words = _KEYS[place]
        controls.ask(words, now[key], lambda text: _set(controls, key, text, change))

    controls.choose("the whole album", names, picked)


def _set(controls: Asking, key: str, text: str, change: Callable[[str, Sequence[Change]], object]) -> None:
    value: Any = text.strip() or None
    if key == "loudness_lufs" and value is not None:
        try:
            value = float(text.replace("−", "-").replace(",", "."))
        except ValueError:
            controls.say(f"'{text}' is no loudness, as in -14", "warning")
            return
    change(f"{key} of the album", [((key,), value)])


def _set_sides(
    controls: Asking, album: Album, text: str, change: Callable[[str, Sequence[Change]], object]
) -> None:
    try:
        sides = [_numbers(side) for side in text.split("/")] if text.strip() else None
    except ValueError:
        controls.say(f"'{text}' is no list of sides, as in 1-5 / 6-10", "warning")
        return
    if sides is None or album.vinyl is None:
        change("sides of the record", [(("vinyl",), None if sides is None else {"sides": sides})])
    else:
        change("sides of the record", [(("vinyl", "sides"), sides)])


def _numbers(text: str) -> list[int]:
    """`1-3 7` → 1, 2, 3, 7; raises ValueError."""
    found: list[int] = []
    for word in text.replace(",", " ").split():
        first, _, last = word.partition("-")
        found += range(int(first), int(last or first) + 1)
    if not found:
        raise ValueError("a side without tracks")
    return found


def _numbers_text(numbers: Sequence[int]) -> str:
    """The other way round."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
