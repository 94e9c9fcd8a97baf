"""The whole song at a glance: peaks and RMS, limiting and overs, what is old, what is not known."""

from __future__ import annotations

import dataclasses

import pytest
from desk_views import Studio
from documents import with_words

from tui.desk.overview import Overview
from tui.desk.pace import Moment
from tui.display.cells import CellBuffer
from tui.view import View

WIDTH = 100
LEVEL_6_DB = round(255 - 6.02 * 255 / 60)
LEVEL_12_DB = round(255 - 12.04 * 255 / 60)


def song(*, marks: dict | None = None, rms: bool = True, markers: tuple = ()) -> View:
    """A song of two halves: at full scale, then at half of it; its RMS lies 6 dB below each."""
    view = Studio().view()
    peaks = bytes([255] * 500 + [LEVEL_6_DB] * 500)
    body = bytes([LEVEL_6_DB] * 500 + [LEVEL_12_DB] * 500) if rms else b""
    overview = {"bins": 1000, "peaks": peaks.hex(), "rms": body.hex()}
    words = {"markers": list(markers), "marks": marks, "overview": overview}
    document = with_words(view.document, words)
    transport = view.snapshot.transport._replace(position_frames=0, loop_start_frames=-1, loop_end_frames=-1)
    return dataclasses.replace(
        view, document=document, snapshot=dataclasses.replace(view.snapshot, transport=transport)
    )


def drawn(view: View, rows: int = 5) -> CellBuffer:
    buffer = CellBuffer(WIDTH, rows)
    Overview(buffer.canvas).draw(Moment(view))
    return buffer


def marks(reductions: bytes = bytes(1000), overs: bytes = bytes(1000), *, old: bool = False) -> dict:
    return {"reductions": reductions.hex(), "overs": overs.hex(), "old": old}


def column(buffer: CellBuffer, x: int, style: str) -> int:
    """Rows of a column in a style that are not blank."""
    return sum(
        styles[x] == style and glyphs[x] not in " ⠀"
        for glyphs, styles in zip(buffer.glyphs, buffer.styles, strict=True)
    )


def test_half_the_amplitude_is_half_the_height_and_rms_is_the_solid_part():
    buffer = drawn(song(marks=marks()))
    loud, quiet = 25, 75
    # four rows: full scale fills them, its RMS two; half of it fills two, its RMS one
    assert (column(buffer, loud, "waveform"), column(buffer, loud, "dim")) == (2, 2)
    assert (column(buffer, quiet, "waveform"), column(buffer, quiet, "dim")) == (1, 1)
    assert buffer.glyphs[3][loud] == "█"
    assert buffer.glyphs[0][loud] == "⣿"


def test_where_it_is_limited_and_over_is_marked():
    reductions = bytes([0] * 200 + [30] * 200 + [200] * 100 + [0] * 500)
    overs = bytes([0] * 900 + [1] * 10 + [0] * 90)
    buffer = drawn(song(marks=marks(reductions, overs)))
    row, styles = buffer.glyphs[4], buffer.styles[4]
    assert row[10] == " "
    assert row[30] == "▄"  # 3 dB of 6
    assert row[45] == "█"
    assert styles[30] == "reduction"
    assert [x for x in range(WIDTH) if row[x] == "▲"] == [90]
    assert styles[90] == "bold over"


def test_what_is_of_another_state_is_dimmed_and_what_is_not_known_says_so():
    reductions = bytes([30] * 1000)
    old = drawn(song(marks=marks(reductions, bytes([1] * 1000), old=True)))
    assert set(old.styles[4]) == {"faint"}
    assert "not known yet" in drawn(song(marks=None)).text()
    assert "nothing is limited, nothing is over" in drawn(song(marks=marks())).text()
    # a master without a limiter has no reductions at all
    assert (
        "nothing is limited"
        in drawn(song(marks={"reductions": "", "overs": "00" * 1000, "old": False})).text()
    )


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_markers_get_a_row_before_limiting_does(rows):
    view = song(marks=marks(bytes([60] * 1000)))
    assert drawn(view, rows).glyphs[rows - 1][50] == "█"
    marked = song(marks=marks(bytes([60] * 1000)), markers=({"position_frames": 0, "name": "Verse"},))
    assert "▾Verse" in drawn(marked, rows).text()
    assert (drawn(marked, rows).styles[rows - 1][50] == "reduction") == (rows > 3)


def test_markers_come_and_go():
    buffer = CellBuffer(WIDTH, 4)
    overview = Overview(buffer.canvas)
    plain, marked = (
        song(marks=marks()),
        song(marks=marks(), markers=({"position_frames": 0, "name": "Verse"},)),
    )
    for view in (plain, marked, plain):
        overview.draw(Moment(view))
        assert buffer.text() == drawn(view, 4).text()


def test_without_rms_peaks_are_the_whole_picture():
    """An engine of before tells none; neither does a song in a single row."""
    for view, rows in ((song(rms=False), 6), (song(), 1)):
        assert not any("dim" in row for row in drawn(view, rows).styles)


def test_the_playhead_leaves_what_was_there():
    view = song(marks=marks())
    buffer = CellBuffer(WIDTH, 6)
    overview = Overview(buffer.canvas)
    overview.draw(Moment(view))
    before = buffer.text()
    length = view.snapshot.transport.length_frames
    for share in (0.5, 0.9, 0.0):
        transport = view.snapshot.transport._replace(position_frames=int(share * length))
        moved = dataclasses.replace(view.snapshot, transport=transport)
        overview.draw(Moment(dataclasses.replace(view, snapshot=moved)))
    assert buffer.text() == before
