"""The cue sheet line by line: where a pause is written, and what no quotation mark may break."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.album.cue import cue_sheet
from engine.album.texts import master_id

PREGAP = 150


def track(on_disc: int, pause: int | None, start: int, *indexes: int, **more: Any) -> Any:
    """A track as the layout has it, in CD frames."""
    values = {"title": f"Track {on_disc}", "artist": "", "writer": "", "isrc": None} | more
    credits = SimpleNamespace(artist=values["artist"], writer=values["writer"])
    told = SimpleNamespace(on_disc=on_disc, title=values["title"], credits=credits, isrc=values["isrc"])
    return SimpleNamespace(track=told, pause=pause, start=start, indexes=indexes)


def album(**more: Any) -> Any:
    """An album file, as far as its names go."""
    values = {"upc": None, "title": "Slow Rivers", "catalogue_number": "", "discs": (1,)} | more
    return SimpleNamespace(**values, credits=SimpleNamespace(artist="The Band", writer=""))


def sheet(*tracks: Any, **more: Any) -> list[str]:
    return cue_sheet(album(**more), SimpleNamespace(tracks=tracks), "album.wav").split("\n")  # type: ignore[arg-type]


def test_a_sheet() -> None:
    found = sheet(
        track(1, 0, PREGAP, isrc="DEA312600001", artist="Others", writer="Somebody"),
        track(2, 4650, 4800, 5400, 6150),
        upc="4006381333931",
    )
    assert found == [
        "CATALOG 4006381333931",
        'TITLE "Slow Rivers"',
        'PERFORMER "The Band"',
        'FILE "album.wav" WAVE',
        "  TRACK 01 AUDIO",
        '    TITLE "Track 1"',
        '    PERFORMER "Others"',
        '    SONGWRITER "Somebody"',
        "    ISRC DEA312600001",
        "    INDEX 01 00:00:00",
        "  TRACK 02 AUDIO",
        '    TITLE "Track 2"',
        "    INDEX 00 01:00:00",
        "    INDEX 01 01:02:00",
        "    INDEX 02 01:10:00",
        "    INDEX 03 01:20:00",
        "",
    ]


@pytest.mark.parametrize(
    ("on_disc", "pause", "start", "is_written"),
    [
        (2, 900, 900, False),
        (2, 899, 900, True),
        (2, None, 900, False),
        (1, 0, PREGAP, False),
        (1, 0, PREGAP + 1, True),
    ],
)
def test_a_pause_of_nothing_is_none_and_the_first_two_seconds_are_not_in_the_file(
    on_disc: int, pause: int | None, start: int, is_written: bool
) -> None:
    assert any("INDEX 00" in line for line in sheet(track(on_disc, pause, start))) is is_written


def test_quotation_marks_are_written_as_apostrophes() -> None:
    assert "    TITLE \"a 'b' c\"" in sheet(track(1, 0, PREGAP, title='a "b" c'))


@pytest.mark.parametrize(
    ("discs", "title", "name"),
    [
        (1, "Album", "CAT 1 Album"),
        (2, "Album", "CAT 1 Album CD2"),
        (1, "x" * 42, f"CAT 1 {'x' * 42}"),
        (1, "x" * 43, f"CAT 1 {'x' * 42}"),
        (2, "x" * 38, f"CAT 1 {'x' * 38} CD2"),
        (2, "x" * 39, f"CAT 1 {'x' * 38} CD2"),
    ],
)
def test_the_name_of_the_master_has_48_characters_with_the_disc(discs: int, title: str, name: str) -> None:
    made = album(title=title, catalogue_number="CAT 1", discs=tuple(range(discs)))
    assert master_id(made, 2) == name
    assert len(name) <= 48
