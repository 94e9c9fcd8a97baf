"""Progress for a program that runs a verb: JSON lines on a descriptor that it opened.

`STEMLATHE_PROGRESS_FD=n` names the descriptor. Each line is `{"label": ..., "done": ..., "total": ...}`,
at most ten a second of each step besides its first and its last. A render adds how far everything is
(`progress` 0 to 1, `left_s`, `speed`, null where it is not known) and tells `{"integrated_lufs": ...}`
after each pass that measured it, and `{"output": {...}}` for each file that has been written and
measured. Standard error stays free for the sentences that errors are told in.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.report.plain import as_json

if TYPE_CHECKING:
    from engine.link.records import Job
    from engine.report.render import OutputReport

#: Names the descriptor to write to.
VARIABLE = "STEMLATHE_PROGRESS_FD"
#: Between two lines of one step, s.
PERIOD_S = 0.1
# a line stays below PIPE_BUF (POSIX: 512 bytes), so that it is written whole or not at all
_LABEL_LENGTH = 60


class ProgressLines:
    """A `Progress` that writes lines to a descriptor, which is not inherited by further processes.

    It never waits: a reader that is slow misses lines, and one that has left is told nothing more.

    Args:
        descriptor: open for writing.

    Attributes:
        whole: tells how far everything is; None: only steps are known.
    """

    def __init__(self, descriptor: int) -> None:
        self.whole: Callable[[], Job] | None = None
        self._descriptor: int | None = descriptor
        self._told_s: dict[str, float] = {}
        self._lock = threading.Lock()
        os.set_inheritable(descriptor, False)
        os.set_blocking(descriptor, False)

    def __call__(self, label: str, done: float, total: float) -> None:
        """Tells that `done` of `total` of the step `label` is done."""
        now_s = time.monotonic()
        with self._lock:
            if self._descriptor is None or (
                done < total and now_s - self._told_s.get(label, -PERIOD_S) < PERIOD_S
            ):
                return
            self._told_s[label] = now_s
            content = {"label": label[:_LABEL_LENGTH], "done": done, "total": total}
            if self.whole is not None:
                job = self.whole()
                content |= as_json({"progress": job.progress, "left_s": job.left_s, "speed": job.speed})
            self._write(content)

    def measured(self, *, integrated_lufs: float) -> None:
        """Tells what a pass has measured."""
        with self._lock:
            self._write({"integrated_lufs": integrated_lufs})

    def delivered(self, output: OutputReport) -> None:
        """Tells of a finished file; the verb's own document tells everything about it."""
        content = as_json(output)
        del content["attribution"]
        with self._lock:
            self._write({"output": content})

    def _write(self, content: Mapping[str, Any]) -> None:
        """Writes a line if there is room for it; the lock is held."""
        if self._descriptor is None:
            return
        line = json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            os.write(self._descriptor, line.encode("utf-8", "replace"))
        except BlockingIOError:
            return
        except OSError:
            self._close()

    def close(self) -> None:
        """Tells nothing more. A second call does nothing."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


def progress_lines() -> ProgressLines | None:
    """Lines to whoever asked for them in the environment, once; None where nobody did.

    Raises:
        UsageError: the variable names no open descriptor.
    """
    value = os.environ.pop(VARIABLE, None)
    if value is None:
        return None
    try:
        return ProgressLines(int(value))
    except (ValueError, OSError) as error:
        raise UsageError(f"{VARIABLE}: '{value}' is no open descriptor: leave it out or open it") from error
