"""`?`: the keys that work where the focus is."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions.help import help_groups
from tui.controls.controls import Controls


class HelpScreen(ModalScreen[None]):
    """The list; any key that does not scroll it closes it.

    Args:
        controls: whose keys.
    """

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll { width: 76; max-height: 90%; height: auto; padding: 1 2; background: $panel; }
    """
    _SCROLLING: ClassVar[frozenset[str]] = frozenset(
        {"up", "down", "pageup", "pagedown", "home", "end", "j", "k", "space"}
    )

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self._controls = controls
        self._list = VerticalScroll()

    def compose(self) -> ComposeResult:
        """Headings and lines."""
        with self._list:
            yield Static(self._text())

    def _text(self) -> Text:
        text = Text()
        view = self._controls.view
        about = getattr(self._controls.panels.get(view.focus.panel), "help", "")
        if about:
            text.append(f"{about}\n\n")
        for group in help_groups(self._controls.keymap, view):
            text.append(f"{group.title}\n", "bold underline")
            for entry in group.entries:
                text.append(f"{entry.keys:<14} ", "bold")
                text.append(f"{entry.help:<42} :{entry.command}\n", "" if entry.usable else "dim")
            text.append("\n")
        return text

    def on_key(self, event: events.Key) -> None:
        """Scrolls or closes."""
        event.stop()
        event.prevent_default()
        if not self.is_current:  # it has been closed by the key before
            return
        moves = {"j": "down", "k": "up", "space": "pagedown"}
        move = moves.get(event.key, event.key)
        if event.key not in self._SCROLLING:
            self.dismiss()
        elif move == "up":
            self._list.scroll_up(animate=False)
        elif move == "down":
            self._list.scroll_down(animate=False)
        elif move == "pageup":
            self._list.scroll_page_up(animate=False)
        elif move == "pagedown":
            self._list.scroll_page_down(animate=False)
        elif move == "home":
            self._list.scroll_home(animate=False)
        else:
            self._list.scroll_end(animate=False)
