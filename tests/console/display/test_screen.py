"""What stands on a real terminal's screen is what was drawn: text and colours, whatever happened."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pty_screen import PtyScreen, expected

from tui.display.styles import Codes

SHOWN = Path(__file__).parents[1] / "shown_console.py"


class Shown:
    """A console on a terminal, with a fake engine behind it."""

    def __init__(self, dump: Path, columns: int, rows: int, **environment: str) -> None:
        self.dump = dump
        values = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        command = [sys.executable, str(SHOWN), str(dump)]
        self.pty = PtyScreen(command, columns, rows, environment=values)
        self.pty.until(dump.with_suffix(".ready").exists)
        self.pty.until(lambda: "Drums" in self.pty.text())

    def assert_shows_what_was_drawn(self) -> None:
        """Holds the picture and compares every cell."""
        os.kill(self.pty.pid, signal.SIGUSR1)
        self.pty.until(self.dump.exists)
        self.pty.settle()
        rows = json.loads(self.dump.read_text("utf-8"))
        screen = self.pty.screen
        assert (len(rows[0]), len(rows)) == (screen.columns, screen.lines)
        wrong = []
        for row, cells in enumerate(rows):
            for column, (glyph, codes) in enumerate(cells):
                wanted = expected(glyph, Codes(tuple(codes[0]), codes[1], codes[2]))
                found = self.pty.cell(row, column)
                if glyph == " " and not {"underscore", "reverse"} & (wanted[3] | found[3]):
                    # the colour of a blank cannot be seen, nor whether it is bold
                    wanted, found = (" ", "", wanted[2], frozenset()), (found[0], "", found[2], frozenset())
                # colours and attributes of the right half of a wide glyph are its left half's
                if found != wanted and glyph:
                    wrong.append((row, column, found, wanted))
        assert wrong == []


@pytest.fixture
def show(start_fake: Callable[..., Any], folders: Path) -> Iterator[Callable[..., Shown]]:
    """Starts engine and console; both are ended with the test."""
    shown: list[Shown] = []

    def start(*options: str, **environment: str) -> Shown:
        start_fake(*options)
        shown.append(Shown(folders / "dump.json", 100, 30, **environment))
        return shown[-1]

    yield start
    for one in shown:
        one.pty.close()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"COLORTERM": ""},
        {"TERM": "xterm", "COLORTERM": ""},
        {"NO_COLOR": "1"},
        {"STEMLATHE_STOCK_SCREEN": "1"},
    ],
    ids=["truecolour", "256", "16", "none", "stock"],
)
def test_screen_equals_buffer_after_keys(show, environment):
    shown = show(**environment)
    for _ in range(15):
        shown.pty.keys("jjk")
        shown.pty.pump(0.02)
    shown.assert_shows_what_was_drawn()


def test_screen_equals_buffer_after_a_line_was_typed_and_closed(show):
    shown = show()
    shown.pty.keys(":")
    shown.pty.until(lambda: shown.pty.text().splitlines()[-1].startswith(" :"))
    for _ in range(4):
        shown.pty.keys("xy")
        shown.pty.pump(0.03)
    shown.pty.until(lambda: "xyxyxyxy" in shown.pty.text().splitlines()[-1])
    shown.pty.keys("\x1b")
    shown.pty.until(lambda: "xyxyxyxy" not in shown.pty.text())
    shown.assert_shows_what_was_drawn()


def test_screen_equals_buffer_after_palette_and_toast(show):
    shown = show()
    shown.pty.keys("\x10")
    shown.pty.until(lambda: "action" in shown.pty.text())
    shown.pty.keys("mu")
    shown.pty.until(lambda: "mute" in shown.pty.text())
    shown.pty.keys("\x1b")
    shown.pty.until(lambda: "▔▔▔" not in shown.pty.text())
    shown.pty.keys("jjj")
    os.kill(shown.pty.pid, signal.SIGUSR2)  # a toast for half a second
    shown.pty.until(lambda: "a toast" in shown.pty.text())
    shown.pty.keys("kjkj")
    shown.pty.until(lambda: "a toast" not in shown.pty.text())
    shown.assert_shows_what_was_drawn()


def test_screen_equals_buffer_after_a_storm_of_sizes(show):
    shown = show()
    for step in range(12):
        shown.pty.resize(80 + 7 * (step % 5), 24 + 3 * (step % 4))
        shown.pty.keys("j" if step % 2 else "k")
        shown.pty.pump(0.015)
    shown.pty.resize(97, 31)
    shown.pty.pump(0.8)
    shown.assert_shows_what_was_drawn()


def test_screen_equals_buffer_with_wide_names(show):
    shown = show("--title", "夜の川 ファンク")
    shown.pty.pump(0.3)
    assert "夜の川" in shown.pty.text()
    shown.assert_shows_what_was_drawn()
