"""What only the application does, as actions by their names: leaving, overlays, themes, the song's zoom."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Protocol

from engine.errors import StemlatheError
from tui.application.bridge import Bridge
from tui.controls.controls import Controls
from tui.desk.stretch import zoom_name, zoom_of
from tui.display.mirror import Mirror
from tui.looks.looks import Looks
from tui.overlay.chooser import Chooser
from tui.overlay.commands import command_prompt
from tui.overlay.help import Help
from tui.overlay.overlay import Overlay
from tui.overlay.palette import palette
from tui.overlay.prompt import Memory
from tui.overlay.rows import row_list
from tui.panels.told import teller
from tui.plain.topics import SAYING, Asked, Desk, topics_named
from tui.screen.output import Stage
from tui.view import CLOSEST_ZOOM, Focus, View
from tui.work.console_services import Workbench


class Whole(Protocol):
    """What is needed of the application.

    Attributes:
        newest: view, as the engine published it.
        controls: what keys, palette and command line do.
        bench: what works for the console.
        stage: what is drawn onto.
        looks: themes and signs.
        mirror: what the terminal shows.
        bridge: the desk as Textual has it.
    """

    newest: View
    controls: Controls
    bench: Workbench
    stage: Stage
    looks: Looks
    mirror: Mirror
    bridge: Bridge

    def exit(self) -> None:
        """Leaves; the engine goes on."""

    def write(self, data: str) -> None:
        """Sends to the terminal."""

    def say(self, text: str, level: str) -> None:
        """Shows a line."""

    def open(self, overlay: Overlay) -> None:
        """Puts something before the desk, which takes the keys."""

    def move_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""

    def show_theme(self) -> None:
        """Draws in the colours of the chosen theme from now on."""

    def begin_restart(self) -> None:
        """Starts the engine again."""


class OwnActions:
    """The actions.

    Args:
        app: the application.
    """

    def __init__(self, app: Whole) -> None:
        self._app = app
        self._memory = Memory()

    def by_name(self) -> Mapping[str, Callable[[str], None]]:
        """What does each, by the name of its action."""
        return {
            "leave": self._leave,
            "command": self._command,
            "palette": self._palette,
            "help": self._help,
            "filter": self._filter,
            "tour": self._tour,
            "next_warning": self._next_warning,
            "zoom": self._zoom,
            "zoom_out": self._zoom_out,
            "repaint": self._repaint,
            "theme": self._next_theme,
            "restart": self._restart,
            "say": self._say,
        }

    def _leave(self, argument: str) -> None:
        """Leaves; the engine goes on."""
        self._app.exit()

    def _command(self, argument: str) -> None:
        """Takes a command line."""
        self._app.open(command_prompt(self._app.controls, self._memory))

    def _palette(self, argument: str) -> None:
        """All actions, by search."""
        self._app.open(palette(self._app.controls))

    def _help(self, argument: str) -> None:
        """The keys that work here."""
        self._app.open(Help(self._app.controls, argument))

    def _filter(self, argument: str) -> None:
        """The list in view, as far as it fits what is typed."""
        # without rows it opens all the same: what was typed ahead are words, not keys of the desk
        rows = row_list(self._app.controls) or Chooser(self._app.controls.view.focus.panel.value, list)
        if argument:
            rows.paste(argument)
        self._app.open(rows)

    def _say(self, argument: str) -> None:
        """Figures in words, in the line for messages."""
        names = topics_named(argument)
        if len(names) != 1:
            self._app.say(f"say takes one of {', '.join(names or SAYING)}", "error")
            return
        panel = self._app.controls.view.focus.panel
        told = (
            teller(self._app.bench.panels[panel], panel.value) if panel in self._app.bench.panels else Desk()
        )
        view = self._app.controls.view
        asked = Asked(view, told.told(view), self._app.bench.runner.jobs)
        self._app.say("; ".join(SAYING[names[0]](asked)), "note")

    def _tour(self, argument: str) -> None:
        """Hides the demo's tour, or goes on with it."""
        self._app.bench.tour.toggle()

    def _repaint(self, argument: str) -> None:
        """Clears the terminal and sends everything again: somebody else has written there."""
        self._app.write("\x1b[0m\x1b[2J")
        self._app.mirror.blank()
        self._app.stage.buffer.mark_all()
        self._app.bridge.refresh()

    def _next_warning(self, argument: str) -> None:
        """Shows the next of several warnings."""
        self._app.stage.next_warning()

    def _zoom(self, argument: str) -> None:
        """Shows a stretch of the song by its name; without one, half of what is shown."""
        try:
            zoom = zoom_of(argument) if argument.strip() else self._app.newest.focus.zoom * 2
        except ValueError as error:
            self._app.say(str(error), "error")
            return
        if zoom > CLOSEST_ZOOM:
            self._app.say(
                f"{zoom_name(CLOSEST_ZOOM)} of the song is the shortest stretch that is shown", "note"
            )
            return
        self._app.move_focus(dataclasses.replace(self._app.newest.focus, zoom=zoom))

    def _zoom_out(self, argument: str) -> None:
        """Shows twice as much of the song, at most all of it."""
        self._app.move_focus(
            dataclasses.replace(self._app.newest.focus, zoom=max(1, self._app.newest.focus.zoom // 2))
        )

    def _next_theme(self, argument: str) -> None:
        """Another theme by name; without one, the next."""
        names = sorted(self._app.looks.themes.by_name)
        name = argument.strip() or names[(names.index(self._app.looks.theme.name) + 1) % len(names)]
        try:
            self._app.looks.choose(name)
            self._app.show_theme()
            self._app.looks.keep()
        except StemlatheError as error:
            self._app.say(error.message, "error")
        else:
            self._app.say(f"theme {name}", "note")

    def _restart(self, argument: str) -> None:
        """Starts the engine again, beside the drawing."""
        self._app.begin_restart()
