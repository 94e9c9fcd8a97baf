"""A child that tries bad input by the hundred, and may not grow, hang or die: only our errors may come."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from engine.errors import StemlatheError
from tests.torture.ground import Ground, Row

#: Inputs of one child; longest that one may take, s; most that the child may grow by one of them, bytes.
_BATCH, _LONGEST_S, _LARGEST_BYTES = 120, 10, 1 << 30

Try = Callable[[Path], None]


def in_a_child(
    ground: Ground,
    number: Random,
    row: Row,
    make: Callable[[Random], bytes],
    name: str,
    attempt: Try,
    folder: Path | None = None,
) -> None:
    """Lets a child try a batch; what it cannot tell itself (death, a hang) is told for it.

    Args:
        ground: where it happens.
        number: everything random.
        row: takes note.
        make: the content of the next input.
        name: of the file that holds it.
        attempt: what is done with it.
        folder: of that file; None: a new one.
    """
    path = (folder or ground.fresh()) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        try:
            _child(path, number, make, attempt, writer)
        except BaseException:  # of the harness: nothing of the parent's may be tidied up here
            os.write(writer, f"lost:the harness failed: {traceback.format_exc(limit=-3)}\0".encode())
        finally:
            os._exit(1)
    os.close(writer)
    told = b""
    while part := os.read(reader, 65536):
        told += part
    os.close(reader)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for line in told.decode(errors="replace").split("\0"):
        kind, _, text = line.partition(":")
        if kind == "said":
            row.times += 1
            row.say(text)
        elif kind == "lost":
            row.lose(text)
    if code != 0:
        kept = ground.folder.parent / f"{ground.folder.name}-{name}"
        with contextlib.suppress(OSError):
            kept.write_bytes(path.read_bytes())
        row.lose(f"the child ended with {code} at {kept}")


def _child(path: Path, number: Random, make: Callable[[Random], bytes], attempt: Try, writer: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # no mutated byte may be written anywhere but below the folder
        os.chdir(path.parent)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # codec libraries print
    libc = ctypes.CDLL(None)
    for _ in range(_BATCH):
        path.unlink(missing_ok=True)
        path.write_bytes(make(number))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun_s = time.monotonic()
        signal.alarm(6 * _LONGEST_S)  # unhandled: a hang ends the child
        text = "said:taken"
        try:
            attempt(path)
        except StemlatheError as error:
            text = f"said:{error.message}"
        except Exception:
            text = f"lost:{traceback.format_exc(limit=-4)}"
        signal.alarm(0)
        used_s = time.process_time() if time.monotonic() - begun_s > _LONGEST_S else 0.0
        os.write(writer, text.encode(errors="replace").replace(b"\0", b"?") + b"\0")
        if text.startswith("lost:"):
            os.write(writer, b"said:traceback\0")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        if grown > _LARGEST_BYTES:
            os.write(writer, f"lost:{grown >> 20} MB for a file of {path.stat().st_size} bytes\0".encode())
        if used_s > 6 * _LONGEST_S:
            os.write(writer, f"lost:{used_s:.0f} s for a file of {path.stat().st_size} bytes\0".encode())
        libc.malloc_trim(0)
    os._exit(0)
