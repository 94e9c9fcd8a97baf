"""Text of levels and lists on a terminal."""

from __future__ import annotations

import os

from engine.cli import show
from engine.cli.show import joined


def test_items_are_never_broken_inside(monkeypatch):
    items = [f"figure {number} dB" for number in range(20)]
    monkeypatch.setattr(show.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(show.shutil, "get_terminal_size", lambda: os.terminal_size((40, 24)))
    lines = joined(items, indent=4).splitlines()
    assert len(lines) > 5
    assert all(len(line) <= 40 and line.startswith("    figure") for line in lines)
    assert " · ".join(items) == " ".join(line.strip() for line in lines)


def test_a_pipe_gets_one_line():
    assert len(joined(["a b"] * 100, indent=2).splitlines()) == 1
