"""The far ends: a client that sends anything, and a terminal that does."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
import time
from random import Random

from engine.errors import StemlatheError
from engine.link.failures import QueueFull
from engine.link.identity import is_alive
from engine.link.messages import COMMANDS
from engine.link.records import Kind, Role
from engine.paths import state_dir
from engine.processes.client import attach
from engine.processes.host import open_host
from tests.torture.ground import PATIENCE_S, Fault, Ground, Row
from tests.torture.played import Played

_ODD = (
    None,
    True,
    -1,
    2**62,
    2**70,
    1e300,
    "",
    "x" * 3000,
    "\0",
    "\x1b]0;x\x07",
    [],
    {},
    [[[[]]]],
    "stems[0].trim_db",
)


def _message(number: Random) -> bytes:
    """A message that is right in parts."""
    kind = number.choice((*COMMANDS, "nonsense", "x" * number.randrange(8000), 7, None))
    word = COMMANDS.get(kind) if isinstance(kind, str) else None
    names = list(word.items) if word is not None else ["x"]
    payload = {name: number.choice(_ODD) for name in names if number.random() < 0.9}
    content = {
        "kind": kind,
        "id": number.choice((1, 0, -1, 2**63, "a")),
        "revision": None,
        "payload": payload,
    }
    stored = json.dumps(content).encode()
    if number.random() < 0.4:
        data = bytearray(stored)
        data[number.randrange(len(data))] = number.randrange(256)
        stored = bytes(data)
    return stored if number.random() < 0.9 else number.randbytes(number.randrange(4000))


def client(ground: Ground, number: Random, row: Row) -> None:
    """A hostile client beside a good one, on a host in this process: the good one is always answered."""
    with (
        open_host(Kind.ENGINE, ground.song / "s.toml") as host,
        attach(host.entry.name, Role.CONTROLLER, wait_s=0.0) as good,
        attach(host.entry.name, Role.CONTROLLER, wait_s=0.0) as bad,
    ):
        host.poll()
        good.answers()
        for _ in range(400):
            row.times += 1
            with contextlib.suppress(QueueFull, StemlatheError):
                bad._place.commands.send(_message(number))  # type: ignore[union-attr]
            if number.random() < 0.05:
                cells = bad._segment.client_cells
                cells[number.randrange(len(cells) // 2, len(cells))] = number.choice((0, 1, 2**63, 2**64 - 1))
            host.poll()
            bad.answers() if number.random() < 0.5 else None
        asked = good.send("ping")
        until_s = time.monotonic() + PATIENCE_S
        answers: list[int] = []
        while asked not in answers and time.monotonic() < until_s:
            host.poll()
            answers += [message.id for message in good.answers()]
        if asked not in answers:
            row.lose("a good client was not answered beside a hostile one")
    row.said["the good client was answered"] += 1


#: Letters that leave the console or stop its engine, or begin to type text; the rest is pressed at random.
_LEAVING = frozenset(b"qQ\x03\x04\x1a\x1c\x13\x11")


def _bytes(number: Random) -> bytes:
    kind = number.randrange(7)
    if kind == 0:
        data = number.randbytes(number.randrange(1, 40))
    elif kind == 1:
        data = (
            b"\x1b["
            + bytes(number.choice(b"0123456789;:?<>") for _ in range(9))
            + number.choice((b"m", b"u", b"~", b"R", b"t"))
        )
    elif kind == 2:
        data = number.choice(("é", "日", "𝄞")).encode()[: number.randrange(1, 3)]
    elif kind == 3:
        data = b"\x1b[M" + bytes(number.randrange(32, 256) for _ in range(3))
    elif kind == 4:
        data = b"\x1b[200~" + number.randbytes(30) + b"\x1b[201~"
    elif kind == 5:
        data = f"\x1b[48;{number.choice((0, 1, 50, 99999))};{number.choice((0, 1, 200, 99999))};0;0t".encode()
    else:
        data = bytes(
            number.choice(b"jkhlmsSprxXabdcuzftvgi?/:\t\x1b[]<>'M,.=-+0123456789") for _ in range(20)
        )
    return bytes(byte for byte in data if byte not in _LEAVING)


def terminal(ground: Ground, number: Random, row: Row) -> None:
    """A console fed with anything: it stays, or leaves as it was told to, and the engine plays on."""
    log = state_dir() / "logs" / "console.log"
    with ground.copy() as folder:
        played = Played(folder)
        pid, descriptor = pty.fork()
        if not pid:
            os.environ["TERM"] = "xterm-256color"
            run = "from engine.cli.main import run; run()"
            os.execv(sys.executable, [sys.executable, "-P", "-c", run, "open", str(played.song)])
        os.set_blocking(descriptor, False)
        until_s, code = time.monotonic() + 6.0, None
        while time.monotonic() < until_s and code is None:
            with contextlib.suppress(OSError):
                os.read(descriptor, 1 << 20)
            if time.monotonic() > until_s - 4.5:
                row.times += 1
                with contextlib.suppress(OSError):
                    os.write(descriptor, _bytes(number))
                if number.random() < 0.05:
                    size = struct.pack("HHHH", number.randrange(1, 90), number.randrange(1, 300), 0, 0)
                    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)
            done, status = os.waitpid(pid, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if done else None
            time.sleep(0.03)
        if code not in (None, 0):
            row.lose(f"the console ended by itself with {code}: {log.read_text(errors='replace')[-900:]}")
        if code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(descriptor)
        if log.exists() and "Traceback" in log.read_text(errors="replace"):
            row.lose(f"a traceback of the console: {log.read_text(errors='replace')[-900:]}")
        if not is_alive(played.entry.identity):
            row.lose("the engine ended with what was typed into its console")
        row.said["the console stays" if code is None else "the console left"] += 1
        played.close()


FAULTS: dict[str, Fault] = {"hostile client": client, "hostile terminal": terminal}
