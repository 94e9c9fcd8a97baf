"""Whatever is wanted in whatever order, the terminal ends up showing it."""

from __future__ import annotations

import unicodedata

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pty_screen import expected

from tui.display.cells import CellBuffer
from tui.display.mirror import Mirror
from tui.display.styles import Codes, Depth, Palette, transition
from tui.looks.themes import load_themes

COLUMNS, ROWS = 24, 4
STYLES = ("text", "bold accent", "meter_low", "dim on selected", "underline value", "reverse bad", "faint")
GLYPHS = ("a", "B", "█", "▁", "−", "é", " ", "   ", "夜", "x夜y", "e\u0301", "╱")

puts = st.lists(
    st.tuples(
        st.integers(0, COLUMNS - 1),
        st.integers(0, ROWS - 1),
        st.sampled_from(GLYPHS),
        st.sampled_from(STYLES),
    ),
    max_size=12,
)


class Show:
    """A buffer, its mirror, and an emulated terminal."""

    def __init__(self, depth: Depth = Depth.TRUE) -> None:
        self.buffer = CellBuffer(COLUMNS, ROWS)
        self.palette = Palette(load_themes().by_name["studio-dark"].colours, depth)
        self.mirror = Mirror(COLUMNS, ROWS)
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self.screen)
        self._stream.feed("\x1b[?7l")

    def send(self, budget_bytes: int) -> int:
        """Brings the mirror up to date and sends some; returns the bytes."""
        for span in self.buffer.take_changes():
            glyphs = self.buffer.glyphs[span.row][span.begin : span.end]
            styles = self.buffer.styles[span.row][span.begin : span.end]
            self.mirror.want(span.row, span.begin, map(self.palette.cell, glyphs, styles))
        text = self.mirror.encode(budget_bytes)
        self._stream.feed(text)
        return len(text)

    def wrong(self) -> list[object]:
        """Cells that differ in what can be seen."""
        found = []
        for row in range(ROWS):
            for column in range(COLUMNS):
                glyph = self.buffer.glyphs[row][column]
                if glyph == "":
                    continue
                char = self.screen.buffer[row][column]
                names = {name for name in ("bold", "underscore", "reverse") if getattr(char, name)}
                shown = (char.data, char.fg, char.bg, frozenset(names))
                # the emulator composes what stands apart
                wanted = expected(
                    unicodedata.normalize("NFC", glyph), self.palette.codes(self.buffer.styles[row][column])
                )
                if glyph == " " and not {"underscore", "reverse"} & (wanted[3] | shown[3]):
                    wanted, shown = (" ", "", wanted[2], frozenset()), (shown[0], "", shown[2], frozenset())
                if shown != wanted:
                    found.append((row, column, shown, wanted))
        return found


@settings(max_examples=60)
@given(st.lists(st.tuples(puts, st.integers(1, 400)), max_size=8))
def test_screen_shows_what_was_put(rounds):
    show = Show()
    for drawn, budget_bytes in rounds:
        for x, y, glyphs, style in drawn:
            show.buffer.canvas.put(x, y, glyphs, style)
        show.send(budget_bytes)
    for _ in range(2 * COLUMNS * ROWS):
        if not show.mirror.pending:
            break
        show.send(1)
    assert not show.mirror.pending
    assert show.wrong() == []


def test_nothing_is_sent_twice():
    show = Show()
    show.buffer.canvas.put(2, 1, "−14.0 LUFS", "value")
    show.send(100_000)
    show.buffer.mark_all()
    assert show.send(100_000) == 0


def test_a_budget_is_kept_within_a_run_of_cells():
    show = Show()
    show.buffer.canvas.put(0, 0, "x" * COLUMNS, "value")
    assert show.send(10) <= 60
    assert show.mirror.pending


def test_two_cells_in_one_colour_cost_a_move_and_a_glyph_each():
    show = Show()
    show.send(100_000)
    show.buffer.canvas.put(3, 1, "▇", "meter_low")
    first = show.send(1000)
    show.buffer.canvas.put(8, 1, "▆", "meter_low")
    assert show.send(1000) == len("\x1b[4C▆") < first


def test_after_the_terminal_was_somebody_elses_everything_is_sent_again():
    show = Show()
    show.send(100_000)
    show.screen.reset()
    show.mirror.forget()
    show.send(100_000)
    assert show.wrong() == []


@pytest.mark.parametrize(
    ("old", "new", "sequence"),
    [
        (Codes(), Codes(), ""),
        (None, Codes(), "\x1b[m"),
        (Codes((), "31"), Codes((), "32"), "\x1b[32m"),
        (Codes(("1",), "31"), Codes((), "31"), "\x1b[22m"),
        (Codes(("1", "4"), "38;5;72", "48;5;233"), Codes(), "\x1b[m"),
        (Codes(("1",), "31"), Codes(("2",), "31"), "\x1b[22;2m"),
    ],
)
def test_colours_change_in_as_few_bytes_as_there_are(old, new, sequence):
    assert transition(old, new) == sequence
