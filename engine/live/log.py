"""What a process of the engine says for the record: only that, so nothing that stops it may stop anything.

Standard error is the log, and the log lies on a disk that may be full, slow or gone. What cannot be
written there is lost, and whoever said it goes on.
"""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from pathlib import Path

from engine.terminal_text import one_line, visible

_STANDARD_ERROR = 2


def say(text: str) -> None:
    """Writes a line with the time of day. Never raises."""
    _write(f"{time.strftime('%H:%M:%S')} {visible(text)}\n")


def say_last(text: str) -> None:
    """Writes the line that whoever started this process shows its user. Never raises."""
    _write(f"stemlathe: {one_line(text)}\n")


def say_failure(failure: BaseException) -> None:
    """Writes a traceback. Never raises."""
    _write("".join(traceback.format_exception(failure)))


def _write(text: str) -> None:
    # not `print`: what a full disk has refused would stay in its buffer and be refused again at the end
    with contextlib.suppress(OSError):
        rest = text.encode("utf-8", "backslashreplace")
        while rest:
            rest = rest[os.write(_STANDARD_ERROR, rest) :]


def open_log(path: Path) -> int:
    """A descriptor that a child writes its log to; that of nowhere where the file cannot be opened."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
