"""Tables and bars of the command line: `rich`, with foreign text shown as `engine.terminal_text` shows it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from engine.cli.streams import as_it_is
from engine.terminal_text import visible


class TerminalConsole(Console):
    """A console whose own control sequences pass, and nobody else's.

    Args:
        to_errors: it writes to standard error.
        options: as of `rich`.
    """

    def __init__(self, *, to_errors: bool = False, **options: Any) -> None:
        super().__init__(file=as_it_is(sys.stderr if to_errors else sys.stdout), **options)

    def on_broken_pipe(self) -> None:
        """A reader who has left is dealt with where all output is: `rich` would end the program with 1."""
        raise BrokenPipeError

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """As of `rich`; every segment of text is made visible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
