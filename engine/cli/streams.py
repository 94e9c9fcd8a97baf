"""Standard output and error of the command line: whatever is at their other end, nothing ends in a traceback.

Who reads may leave early, the disk behind a redirection may be full, and a descriptor may be closed from
the start. Text goes through `engine.terminal_text` on its way out.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

from engine.errors import StemlatheError, machine_error
from engine.terminal_text import visible

# the interpreter's own streams would close what ours write to when they are collected
_kept: list[Any] = []


class _Stream(io.TextIOWrapper):
    """A standard stream that shows control characters instead of sending them."""

    def write(self, text: str) -> int:
        self.write_as_it_is(visible(text))
        return len(text)

    def write_as_it_is(self, text: str) -> None:
        """Writes text that is made for a terminal."""
        super().write(text)


class Output(_Stream):
    """Standard output: a failure is told as one of the machine's, but for a reader who has left."""

    def write_as_it_is(self, text: str) -> None:
        with _told_as_ours():
            super().write_as_it_is(text)

    def flush(self) -> None:
        with _told_as_ours():
            super().flush()


class Errors(_Stream):
    """Standard error: what cannot be told there cannot be told at all."""

    def write_as_it_is(self, text: str) -> None:
        with contextlib.suppress(OSError):
            super().write_as_it_is(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()


@contextlib.contextmanager
def _told_as_ours() -> Any:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        to_nowhere()  # what is kept for a next attempt must not fail again
        raise machine_error(error, "standard output", "write") from error


class AsItIs:
    """The way round `visible` for what draws itself, as `rich` does with bars and colours.

    Args:
        stream: of this module.
    """

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write_as_it_is(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def as_it_is(stream: Any) -> Any:
    """`stream` for what draws itself."""
    return AsItIs(stream) if isinstance(stream, _Stream) else stream


def make_streams() -> None:
    """Puts our own streams in place; a closed one becomes one to nowhere."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # else the next file that is opened would be taken for it, and written to
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _made(Output, sys.stdout, 1)
    sys.stderr = _made(Errors, sys.stderr, 2)


def _made(kind: type[_Stream], former: Any, descriptor: int) -> _Stream:
    if former is None:
        former = open(descriptor, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (it stays open)
    _kept.append(former)
    return kind(
        former.buffer,
        encoding=former.encoding,
        # a file name that the terminal cannot show must not end the program
        errors="backslashreplace",
        line_buffering=former.line_buffering,
        write_through=descriptor == 2,
    )


def finish(code: int) -> int:
    """Sends what is left; every way out of the program leads here.

    Args:
        code: that the program would end with.

    Returns:
        That code, or that of what was in the way.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        to_nowhere()
    except StemlatheError as error:
        to_nowhere()
        print(f"stemlathe: {error.message}", file=sys.stderr)
        code = int(error.exit_code)
    sys.stderr.flush()
    return code


def to_nowhere() -> None:
    """Nobody reads any more: what is still written, at the interpreter's end at the latest, must not fail."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
