"""Runs one command line of ours in a process of its own, which ends with whoever started it.

The child's standard input is a pipe whose other end only the parent holds. When the parent is gone, be it
killed, the pipe ends, and the child interrupts itself: unfinished files are removed, and nothing goes on
writing beside whoever does the work again.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.processes.launch import safe_environment

_PROGRAM = """
import threading
from engine.batch.child import end_with_parent
threading.Thread(target=end_with_parent, daemon=True).start()
from engine.cli.entry import run
run()
"""
_FD = "STEMLATHE_PROGRESS_FD"
#: What a batch system sets for its own threads, and what would slow a render down.
_FOREIGN = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_")
_GRACE_S = 10.0
_BLIND_S = 0.1
_LONGEST_LINE = 1 << 16


def end_with_parent() -> None:
    """What a thread of the child does: interrupts the child when standard input ends."""
    import _thread

    while os.read(0, 4096):
        pass
    _thread.interrupt_main()
    time.sleep(_GRACE_S)
    os._exit(130)


@dataclass
class Child:
    """A running command.

    Attributes:
        process: of the command.
        progress: how far it is, 0 to 1.
        begun_s: when it was started (monotonic).
    """

    process: subprocess.Popen[bytes]
    progress: float = 0.0
    begun_s: float = field(default_factory=time.monotonic)
    _lines: int = -1
    _rest: bytes = b""
    _stdout: Any = None
    _stderr: Any = None

    def poll(self) -> int | None:
        """The exit code; None while it runs. Takes in what it tells of its progress."""
        self._take_progress()
        return self.process.poll()

    def _take_progress(self) -> None:
        while self._lines >= 0:
            try:
                data = os.read(self._lines, _LONGEST_LINE)
            except BlockingIOError:
                return
            if not data:
                self.close()
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            any(self._take_line(line) for line in reversed(lines))  # the newest that tells it

    def _take_line(self, line: bytes) -> bool:
        try:
            progress = json.loads(line).get("progress")
        except ValueError:
            return False
        if not isinstance(progress, (int, float)):
            return False
        self.progress = float(progress)
        return True

    def close(self) -> None:
        """Lets go of the pipe of progress."""
        if self._lines >= 0:
            os.close(self._lines)
            self._lines = -1

    def result(self) -> tuple[int, dict[str, Any]]:
        """Exit code and JSON document of a command that has ended."""
        self.close()
        code = self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._stdout.seek(0)
        self._stderr.seek(0)
        said, told = self._stdout.read(), self._stderr.read().decode(errors="replace").strip()
        self._stdout.close()
        self._stderr.close()
        try:
            document = json.loads(said)
        except ValueError:
            last = told.splitlines()[-1].removeprefix("stemlathe: ") if told else "it said nothing"
            kind = "killed" if code < 0 else "failed"
            text = f"its process was ended by signal {-code}" if code < 0 else last
            document = {"error": {"kind": kind, "message": text, "path": None}}
        return (code if code >= 0 else 4), document

    def ask_to_end(self) -> None:
        """As if the parent were gone."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def end(self) -> None:
        """Asks it to end, and waits until it has."""
        self.ask_to_end()
        try:
            self.process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.close()


def start(words: Sequence[str]) -> Child:
    """Starts `stemlathe` with these words.

    Args:
        words: the command line after `stemlathe`, with `--json`.
    """
    environment = {name: value for name, value in safe_environment().items() if name not in _FOREIGN}
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    stdout, stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 (the child's)
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, *words],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env={**environment, _FD: str(writing)},
            pass_fds=(writing,),
            start_new_session=True,  # a ctrl+c reaches it through its parent alone
        )
    finally:
        os.close(writing)
    return Child(process, _lines=reading, _stdout=stdout, _stderr=stderr)


def wait_for_any(children: Iterable[Child], longest_s: float | None) -> None:
    """Waits until one of them has ended, or so long; nothing is asked meanwhile.

    Where the system has no descriptors of processes, it waits a tenth of a second.

    Args:
        children: that run.
        longest_s: None: until one ends.
    """
    if not hasattr(os, "pidfd_open"):
        time.sleep(_BLIND_S)
        return
    ends = select.poll()
    descriptors: list[int] = []
    try:
        for child in children:
            descriptors.append(os.pidfd_open(child.process.pid))
            ends.register(descriptors[-1], select.POLLIN)
        ends.poll(None if longest_s is None else 1000.0 * longest_s)
    except ProcessLookupError:
        return  # it has ended
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def end_all(children: Iterable[Child]) -> None:
    """Ends what still runs, all at once."""
    found = list(children)
    for child in found:
        child.ask_to_end()
    for child in found:
        child.end()


def host_name() -> str:
    """Of this machine."""
    return socket.gethostname()


def outputs_of(document: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """The outputs in a verb's document."""
    return tuple(document.get("outputs", ()))
