"""What is drawn, and what keys do: the place where panels, actions and application meet."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.link.messages import Message
from tui.display.cells import Canvas
from tui.view import Panel, View

if TYPE_CHECKING:
    from tui.app import Console

_EIGHTHS = " ▁▂▃▄▅▆▇█"


class Picture:
    """A plain picture of the stems' levels."""

    def __init__(self) -> None:
        self.console: Console | None = None

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws this moment."""
        title = str(view.document.get("title", "…"))
        canvas.put(
            0,
            0,
            f" {title} · {view.name} · {view.health.value} · {view.role.name.lower()}",
            "title on panel",
            canvas.width,
        )
        rows = canvas.height - 4
        for index, stem in enumerate(view.snapshot.stems):
            left = 2 + index * 8
            style = "focus" if index == view.focus.stem else "text"
            name = view.session.stems[index].name if view.session else ""
            canvas.put(left, 1, name, style, 7)
            for channel, level in enumerate((stem.peak_left_dbfs, stem.peak_right_dbfs)):
                eighths = round(max(0.0, min(1.0, (level + 60.0) / 60.0)) * rows * 8)
                for row in range(rows):
                    glyph = _EIGHTHS[min(8, max(0, eighths - 8 * row))]
                    band = (
                        "meter_high" if row > rows * 0.9 else "meter_mid" if row > rows * 0.7 else "meter_low"
                    )
                    canvas.put(left + 2 * channel, 1 + rows - row, glyph, band)
            canvas.put(left, canvas.height - 2, f"{stem.peak_left_dbfs:6.1f}", "value", 7)
        position = view.snapshot.position_s
        canvas.put(
            0,
            canvas.height - 1,
            f" {position or 0.0:8.1f} s  {view.message[0]}",
            "dim on panel",
            canvas.width,
        )

    def answers(self, messages: Sequence[Message]) -> None:
        """What the engine has said."""

    def key(self, name: str, panel: Panel, *, lost: bool) -> None:
        """A key."""
        console = self.console
        assert console is not None
        focus = console.focus_now
        step = {"j": 1, "down": 1, "k": -1, "up": -1}.get(name)
        if step is not None:
            stems = len(console.view().snapshot.stems)
            console.set_focus_to(dataclasses.replace(focus, stem=min(max(0, focus.stem + step), stems - 1)))
        elif name == "q":
            console.exit()
        elif name == "space":
            playing = console.view().snapshot.transport.state.name == "PLAYING"
            console.send_command("pause" if playing else "play", {}, None)
        elif name == "colon":
            console.ask(":", "", lambda text: console.say(f"typed {text}", "note"))
        elif name == "N":
            console.notify("a toast")
