"""Draws a desk to the terminal or into an SVG: `python tests/console/picture.py 160x48 [stems] [out.svg]`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parent))

from desk_views import Studio

from tui.desk.desk import Desk
from tui.display.cells import CellBuffer
from tui.screen.layout import Footer, Screen
from tui.view import Panel, View

#: Colours for pictures only; those of the program are in `themes/`.
COLOURS = {
    "text": "#d6d9de", "dim": "#868d97", "faint": "#4b525c", "title": "#f2f4f7", "accent": "#7fb4ff",
    "label": "#9aa5b4", "value": "#e8eaee", "good": "#76c893", "warn": "#f2b950", "bad": "#ff6b61",
    "over": "#ff4d42", "note": "#8ec7e6", "focus": "#ffd479", "selected": "#2a313c",
    "background": "#14171c", "panel": "#1d222a", "border": "#3a424e", "meter_low": "#4fb286",
    "meter_mid": "#e0b84a", "meter_high": "#ff5a4f", "meter_rms": "#2f8f6b", "hold": "#f2f4f7",
    "reduction": "#e58e4f", "share": "#b48ead", "mute": "#ff6b61", "solo": "#ffd479",
    "polarity": "#c792ea", "bypass": "#5f6873", "spectrum": "#6aa9c9", "reference": "#c792ea",
    "residual": "#ff8f6b", "loudness": "#5f9ec2", "target": "#ffd479", "unheard": "#4b525c",
    "waveform": "#6d7f95", "playhead": "#ffffff", "loop": "#7fb4ff", "marker": "#c3a86b",
}  # fmt: skip
KEYS = (
    ("space", "play"), ("←→", "seek"), ("j k", "row"), ("h l", "trim"), ("m", "mute"), ("s", "solo"),
    ("p", "polarity"), ("a", "processed/dry"), ("b", "reference"), ("e", "chain"), ("t", "target"),
    ("u", "undo"), ("R", "render"), ("W", "save"), ("z", "reset"), ("g", "go to"), ("?", "keys"),
    ("q", "leave"),
)  # fmt: skip


def rich_style(name: str) -> Style:
    """The style that a name of the desk stands for in a picture."""
    front, _, back = name.partition(" on ")
    *kinds, colour = front.split()
    return Style.parse(" ".join([*kinds, COLOURS[colour], "on", COLOURS[back or "background"]]))


def drawn(view: View, width: int, height: int) -> CellBuffer:
    """The whole screen with `view`."""
    buffer = CellBuffer(width, height)
    desk = Desk()
    Screen().draw(buffer.canvas, view, {Panel.STEMS: desk.draw, Panel.MASTER: desk.draw}, Footer(KEYS))
    return buffer


def as_text(buffer: CellBuffer) -> list[Text]:
    """Every row with its styles."""
    return [
        Text.assemble(
            *((glyph, rich_style(style)) for glyph, style in zip(glyphs, styles, strict=True) if glyph)
        )
        for glyphs, styles in zip(buffer.glyphs, buffer.styles, strict=True)
    ]


def svg(buffer: CellBuffer, title: str) -> str:
    """The grid as an SVG."""
    console = Console(record=True, width=buffer.width, file=io.StringIO(), force_terminal=True)
    for row in as_text(buffer):
        console.print(row, no_wrap=True, overflow="crop")
    theme = TerminalTheme((20, 23, 28), (214, 217, 222), [(0, 0, 0)] * 8, [(0, 0, 0)] * 8)
    return console.export_svg(title=title, theme=theme)


if __name__ == "__main__":
    size, stems, *rest = [*sys.argv[1:], "8"][:2] + sys.argv[3:]
    columns, rows = map(int, size.split("x"))
    picture = drawn(Studio(stems=int(stems)).view(), columns, rows)
    if rest:
        Path(rest[0]).write_text(svg(picture, "stemlathe"), "utf-8")
    else:
        print(picture.text())
