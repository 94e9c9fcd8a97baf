"""The line at the bottom in which commands and values are typed."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label


class CommandLine(Horizontal):
    """A prompt and an input, over the last row while it is open."""

    DEFAULT_CSS = """
    CommandLine { display: none; dock: bottom; height: 1; layer: above; background: $panel; }
    CommandLine.open { display: block; }
    CommandLine Label { width: auto; height: 1; padding: 0 1; color: $accent; }
    CommandLine Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    CommandLine Input:focus { border: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._callback: Callable[[str], None] | None = None
        self._label = Label("", markup=False)
        self._input = Input(compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Prompt and input."""
        yield self._label
        yield self._input

    @property
    def is_open(self) -> bool:
        """Whether it takes the keys."""
        return self.has_class("open")

    def open(self, prompt: str, initial: str, callback: Callable[[str], None]) -> None:
        """Asks; `callback` is called with what was typed unless the user thinks better of it."""
        self._callback = callback
        self._label.update(prompt)
        self._input.value = initial
        self._input.cursor_position = len(initial)
        self.add_class("open")
        self._input.focus()

    def close(self) -> None:
        """Gives the keys back."""
        self._callback = None
        self.remove_class("open")
        self.app.closed_line()  # type: ignore[attr-defined]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        callback, text = self._callback, event.value
        self.close()
        if callback is not None:
            callback(text)

    def on_key(self, event: events.Key) -> None:
        """Escape and ctrl+c close it; backspace in an empty line does, too."""
        empty = event.key == "backspace" and not self._input.value
        if event.key in ("escape", "ctrl+c", "ctrl+g") or empty:
            event.stop()
            event.prevent_default()
            self.close()
