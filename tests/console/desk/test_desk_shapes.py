"""Whatever the size, the number of stems and the names: nothing leaves its place."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from desk_pictures import KEYS, SIZES, drawn, whole
from desk_views import Studio
from documents import with_words
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.desk.columns import Column, columns
from tui.desk.desk import Desk
from tui.desk.overview import heights
from tui.display.cells import PLAIN, Canvas, CellBuffer
from tui.screen.layout import Screen
from tui.view import Focus, Panel


class Watched(Canvas):
    """A canvas that refuses to be drawn upon outside itself."""

    __slots__ = ()

    def part(self, x, y, width, height):
        """A part of it, watched too; wholly inside."""
        assert x >= 0
        assert y >= 0
        assert x + width <= self.width
        assert y + height <= self.height
        found = super().part(x, y, width, height)
        return Watched(found._buffer, found._left, found._top, found.width, found.height)

    def cells(self, x, y, glyphs, styles):
        """Checks its place before it draws."""
        glyphs = list(glyphs)
        assert x >= 0
        assert 0 <= y < self.height
        assert x + len(glyphs) <= self.width
        assert all(cell_len(glyph) == 1 for glyph in glyphs)
        super().cells(x, y, glyphs, styles)


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).filter(
    lambda name: name.strip()
)


@settings(max_examples=25)
@given(
    width=st.integers(80, 240),
    height=st.integers(24, 80),
    stems=st.integers(1, 32),
    panel=st.sampled_from([Panel.STEMS, Panel.MASTER]),
    time_s=st.floats(0.0, 222.0),
)
def test_nothing_is_drawn_outside_at_any_size(width, height, stems, panel, time_s):
    buffer = CellBuffer(width + 4, height + 2)
    screen, desk = Screen(), Desk()
    canvas = Watched(buffer, 2, 1, width, height)
    view = Studio(stems=stems).view(time_s, focus=Focus(panel=panel))
    panels = {Panel.STEMS: desk.draw, Panel.MASTER: desk.draw}
    for step in range(3):
        screen.draw(canvas, dataclasses.replace(view, now_s=time_s + step), panels, KEYS)
    assert all(style == PLAIN for row in buffer.styles for style in (*row[:2], *row[-2:]))
    for edge in (buffer.glyphs[0], buffer.glyphs[-1]):
        assert set(edge) == {" "}
    assert all(row[:2] == [" ", " "] and row[-2:] == [" ", " "] for row in buffer.glyphs)
    assert whole(buffer)


@settings(max_examples=25)
@given(width=st.integers(79, 240), rows=st.sampled_from([1, 2]))
def test_columns_never_overlap(width, rows):
    found = columns(width, rows)
    placed = sorted({(column.x, column.width) for column in found if isinstance(column, Column)})
    for (x, size), (following, _) in itertools.pairwise(placed):
        assert x + size < following
    assert placed[-1][0] + placed[-1][1] <= width
    assert found.meter.width >= 16
    assert found.name.width >= 8


@settings(max_examples=25)
@given(name=names, other=names, size=st.sampled_from(SIZES))
def test_any_name_is_harmless(name, other, size):
    studio = Studio(stems=2)
    stems = tuple(
        dataclasses.replace(stem, name=text)
        for stem, text in zip(studio.session.stems, (name, other), strict=True)
    )
    session = dataclasses.replace(studio.session, stems=stems, title=name)
    view = studio.view(session=session)
    view = dataclasses.replace(view, document=with_words(view.document, {"title": name}), name=other)
    assert whole(drawn(view, size).buffer)


def test_the_overview_spends_its_height_on_the_song_that_is_there():
    """A quiet mix fills it as a loud one does; half the amplitude is half the height."""
    decibel = 255.0 / 60.0
    quiet, loud = (bytes(round(level - drop * decibel) for drop in (0, 6, 12, 40)) for level in (200, 255))
    for peaks in (quiet, loud):
        found = heights(peaks)
        assert found[0] == 1.0
        assert abs(found[1] - 0.5) < 0.01
        assert abs(found[2] - 0.25) < 0.01
        assert found[3] < 0.011
    assert heights(bytes(3)) == [0.0, 0.0, 0.0]
    assert heights(b"") == []


def test_the_song_is_in_sight_however_many_stems_there_are():
    """With 14 stems on 120 × 36 the master has twelve rows: ten of figures and meters, and the song."""
    for stems in range(1, 33):
        picture = drawn(Studio(stems=stems).view(), (120, 36))
        assert "unheard" in picture.buffer.text(), stems


@pytest.mark.parametrize("stems", [1, 5, 14, 32])
@pytest.mark.parametrize("panel", [Panel.STEMS, Panel.MASTER])
def test_a_screen_of_24_rows_with_the_line_of_tmux_is_enough(stems: int, panel: Panel) -> None:
    text = drawn(Studio(stems=stems).view(focus=Focus(panel)), (80, 23)).buffer.text()
    for part in ("LUFS", "MAX", "−0.8", "NULL", "PLAYING", "MONITOR", "space"):
        assert part in text
    assert "Drums" in text or panel is Panel.MASTER
