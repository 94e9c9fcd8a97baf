"""Tables and bars of the command line: `rich`, with foreign text shown as `engine.terminal_text` shows it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from engine.cli.streams import as_it_is
from engine.terminal_text import UNBOUNDED_COLUMNS, visible

_BLANKS_AT_THE_END = re.compile(r" +(?=\n)")


class _Trimmed:
    """A stream without the blanks that fill up the last column of a table."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(_BLANKS_AT_THE_END.sub("", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class TerminalConsole(Console):
    """A console whose own control sequences pass, and nobody else's.

    Into a file or a pipe lines are as long as they are, unless `COLUMNS` gives a width.

    Args:
        to_errors: it writes to standard error.
        options: as of `rich`.
    """

    def __init__(self, *, to_errors: bool = False, **options: Any) -> None:
        standard = sys.stderr if to_errors else sys.stdout
        stream = as_it_is(standard)
        if not standard.isatty():
            stream = _Trimmed(stream)
            if "COLUMNS" not in os.environ:
                options.setdefault("width", UNBOUNDED_COLUMNS)
        super().__init__(file=stream, **options)

    def on_broken_pipe(self) -> None:
        """A reader who has left is dealt with where all output is: `rich` would end the program with 1."""
        raise BrokenPipeError

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """As of `rich`; every segment of text is made visible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
