"""The line at the bottom in which commands and values are typed, and questions answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label


class _Completions(Suggester):
    """Offers the first command that begins as what was typed."""

    def __init__(self, complete: Callable[[str], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """One completion, or none."""
        return next(iter(self._complete(value)), None) if value else None


class CommandLine(Horizontal):
    """A prompt and an input, over the last row while it is open.

    Args:
        complete: whole command lines that begin with what was typed.
    """

    DEFAULT_CSS = """
    CommandLine { display: none; dock: bottom; height: 1; layer: above; background: $panel; }
    CommandLine.open { display: block; }
    CommandLine Label { width: auto; height: 1; padding: 0 1; color: $accent; }
    CommandLine Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    CommandLine Input:focus { border: none; }
    """

    class Closed(Message):
        """The line is gone: keys are the desk's again."""

    def __init__(self, complete: Callable[[str], Sequence[str]]) -> None:
        super().__init__()
        self._callback: Callable[[str], None] | None = None
        self._confirming = False
        self._label = Label("", markup=False)
        self._completions = _Completions(complete)
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

    def command(self, callback: Callable[[str], None]) -> None:
        """Takes a command line, with completions."""
        self._open(":", "", callback)
        self._input.suggester = self._completions

    def ask(self, prompt: str, initial: str, callback: Callable[[str], None]) -> None:
        """Asks for a line; `callback` gets what was typed unless the user thinks better of it."""
        self._open(prompt, initial, callback)

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        """Asks yes or no; `callback` is called for yes."""
        self._open(f"{question}  y = yes, any other key = no", "", lambda _: callback())
        self._confirming = True

    def _open(self, prompt: str, initial: str, callback: Callable[[str], None]) -> None:
        self._callback, self._confirming = callback, False
        self._label.update(prompt)
        self._input.suggester = None
        self._input.value = initial
        self._input.cursor_position = len(initial)
        self.add_class("open")
        # at once: what is typed behind the colon may have come in the same read
        self.screen.set_focus(self._input)

    def keep_focus(self) -> None:
        """While it is open the keys are its own, whatever else has asked for them."""
        if not self._input.has_focus:
            self.screen.set_focus(self._input)

    def close(self) -> None:
        """Gives the keys back."""
        self._callback = None
        self.remove_class("open")
        self.post_message(self.Closed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        if not self._confirming:
            self._finish(event.value)

    def _finish(self, text: str) -> None:
        callback = self._callback
        self.close()
        if callback is not None:
            callback(text)

    def on_key(self, event: events.Key) -> None:
        """Keys the input has no use for: escape and ctrl+c close, tab completes."""
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            self._input.action_cursor_right()
        elif event.key in ("escape", "ctrl+c"):
            event.stop()
            event.prevent_default()
            self.close()

    def take(self, event: events.Key) -> bool:
        """A key before the input sees it; whether it was an answer to a question, or left an empty line."""
        if self._confirming:
            self._finish("") if event.character in ("y", "Y") else self.close()
            return True
        if event.key == "backspace" and not self._input.value:
            self.close()
            return True
        return False
