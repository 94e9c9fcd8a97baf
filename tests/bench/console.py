"""What the console costs on a terminal: bytes, processor, latency, start, a slow link.

`python tests/bench/console.py [--seconds N] [--session FILE] [PROGRAM …]`. Without a session, an engine
without audio plays eight made-up stems (`tests/console/fake_engine.py`); with one, the real engine plays
that. Everything is measured on a pty of 160 × 48 from outside: bytes as they are read, processor time
from `/proc`, latency from a key to the first byte that only its echo can have caused (the focus mark
moves). For scale, other programs may be named (`btop`), measured the same way without keys.

The link of the slow figures passes bytes on at a rate and delays both directions; how far behind the
terminal is, is the age of each byte when it arrives.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COLUMNS, ROWS = 160, 48
ROOT = Path(__file__).resolve().parents[2]
CONSOLE = [sys.executable, "-c", "from engine.cli.main import run; run()"]
#: The real first frame: a figure of the session is on the screen.
FIRST_FRAME = b"TRIM"
_QUERY = re.compile(rb"\x1b\[6n|\x1b\[\?2026\$p")
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
#: Measuring begins so long after the start, s.
WARM_UP_S = 6.0


@dataclass
class Terminal:
    """A pty, a program on it, and a link between it and the user.

    Attributes:
        rate: bytes per second of the link; None: as fast as it is read.
        delay_s: one way.
        ages: when each piece arrived at the user, and how old it then was, s.
        chunks: when bytes came out of the pty, and how many.
    """

    rate: float | None = None
    delay_s: float = 0.0
    ages: list[tuple[float, float]] = field(default_factory=list)
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    _flying: deque[tuple[float, float, bytes]] = field(default_factory=deque)
    _back: deque[tuple[float, bytes]] = field(default_factory=deque)
    _free_s: float = 0.0

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        """Starts the program."""
        self.began_s = time.monotonic()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(command[0], list(command), environment)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def type(self, text: bytes) -> None:
        """A key; it takes the link's delay."""
        if self.delay_s == 0.0:
            os.write(self._master, text)
            return
        self._back.append((time.monotonic() + self.delay_s, text))

    def run(self, until_s: float) -> bytes:
        """Passes bytes on until that time; returns what came out of the pty."""
        out = b""
        while (now_s := time.monotonic()) < until_s:
            out += self._pass(now_s, min(until_s - now_s, self._next_s(now_s)))
        return out

    def _next_s(self, now_s: float) -> float:
        events = [item[0] for item in (*list(self._flying)[:1], *list(self._back)[:1])]
        return max(0.0, min([event - now_s for event in events], default=1.0))

    def _pass(self, now_s: float, wait_s: float) -> bytes:
        data = b""
        if select.select([self._master], [], [], wait_s)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                time.sleep(wait_s)
        now_s = time.monotonic()
        if data:
            self.chunks.append((now_s, data))
            busy_s = len(data) / self.rate if self.rate else 0.0
            self._free_s = max(self._free_s, now_s) + busy_s
            self._flying.append((self._free_s + self.delay_s, now_s, data))
        while self._flying and self._flying[0][0] <= now_s:
            arrived_s, sent_s, piece = self._flying.popleft()
            self.ages.append((arrived_s, arrived_s - sent_s))
            for question in _QUERY.findall(piece):
                answer = b"\x1b[1;1R" if question.endswith(b"6n") else b"\x1b[?2026;2$y"
                self._back.append((arrived_s + self.delay_s, answer))
        while self._back and self._back[0][0] <= now_s:
            os.write(self._master, self._back.popleft()[1])
        return data

    def end(self) -> None:
        """Ends the program."""
        os.kill(self.pid, signal.SIGTERM)
        deadline_s = time.monotonic() + 5.0
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            self._pass(time.monotonic(), 0.02)
            if time.monotonic() > deadline_s:
                os.kill(self.pid, signal.SIGKILL)
        os.close(self._master)

    def cpu_s(self) -> float:
        """Processor time of the program so far, s."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S


def cost(command: Sequence[str], environment: dict[str, str], seconds: float) -> dict[str, Any]:
    """Bytes per second and processor use, after a warm-up."""
    terminal = Terminal()
    terminal.start(command, environment)
    terminal.run(terminal.began_s + WARM_UP_S)
    first_s = first_frame_s(terminal)
    chunks, cpu_s, begin_s = len(terminal.chunks), terminal.cpu_s(), time.monotonic()
    terminal.run(begin_s + seconds)
    elapsed_s = time.monotonic() - begin_s
    used = terminal.cpu_s() - cpu_s
    size = sum(len(data) for _, data in terminal.chunks[chunks:])
    terminal.end()
    return {
        "kB/s": round(size / elapsed_s / 1000.0, 1),
        "frames/s": round((len(terminal.chunks) - chunks) / elapsed_s, 1),
        "cpu %": round(100.0 * used / elapsed_s, 1),
        "first frame s": first_s,
    }


def first_frame_s(terminal: Terminal) -> float | None:
    """From the start of the command to the first picture of the session, s; None: there was none."""
    seen = b""
    for at_s, data in terminal.chunks:
        seen += data
        if FIRST_FRAME in seen:
            return round(at_s - terminal.began_s, 3)
    return None


def latency(command: Sequence[str], environment: dict[str, str], keys: int) -> dict[str, Any]:
    """Milliseconds from a key to the first byte of its echo, meters running."""
    terminal = Terminal()
    terminal.start(command, environment)
    terminal.run(terminal.began_s + WARM_UP_S)
    found_ms, pause_s = [], 0.0
    for number in range(keys):
        # not in step with the frames
        pause_s = 0.05 + (pause_s + 0.0377) % 0.08
        terminal.run(time.monotonic() + pause_s)
        before, at_s = len(terminal.chunks), time.monotonic()
        terminal.type(b"j" if number % 14 < 7 else b"k")
        while time.monotonic() < at_s + 0.5:
            terminal._pass(time.monotonic(), 0.05)
            echoes = [at for at, data in terminal.chunks[before:] if "▸".encode() in data]
            if echoes:
                found_ms.append(1000.0 * (echoes[0] - at_s))
                break
    terminal.end()
    found_ms.sort()
    return {
        "keys": keys,
        "seen": len(found_ms),
        "p50 ms": round(statistics.median(found_ms), 2),
        "p90 ms": round(found_ms[int(0.9 * (len(found_ms) - 1))], 2),
        "p99 ms": round(found_ms[int(0.99 * (len(found_ms) - 1))], 2),
        "worst ms": round(found_ms[-1], 2),
    }


def slow_link(command: Sequence[str], environment: dict[str, str], seconds: float) -> dict[str, Any]:
    """A link of 10 kB/s and 80 ms round trip: how far behind, and how much is sent."""
    terminal = Terminal(rate=10_000.0, delay_s=0.04)
    terminal.start(command, environment)
    settled_s = terminal.began_s + 8.0
    terminal.run(settled_s + seconds)
    ages = [age for at_s, age in terminal.ages if at_s > settled_s]
    size = sum(len(data) for at_s, data in terminal.chunks if at_s > settled_s)
    frames = sum(1 for at_s, _ in terminal.chunks if at_s > settled_s)
    terminal.end()
    return {
        "worst age s": round(max(ages), 3),
        "kB/s": round(size / seconds / 1000.0, 2),
        "frames/s": round(frames / seconds, 1),
    }


def environment(folder: Path, **values: str) -> dict[str, str]:
    """Folders of this bench alone, and a terminal."""
    folders = {name: str(folder) for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TMUX", "STY")}
    return {**kept, **folders, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **values}


def _start_engine(folder: Path, session: Path | None) -> subprocess.Popen[bytes]:
    script = [sys.executable, str(ROOT / "tests/console/fake_engine.py"), "--stems", "8", "--length", "600"]
    if session is not None:
        script = [sys.executable, "-P", "-m", "engine.server", "--session", str(session)]
        script += ["--device", "null"]
    return subprocess.Popen(script, stdout=subprocess.DEVNULL, cwd=folder, env=environment(folder))


def _wait_for_engine(folder: Path) -> None:
    """Returns when it has loaded; on a first run it compiles the kernels."""
    deadline_s = time.monotonic() + 300.0
    while True:
        done = subprocess.run(
            [*CONSOLE, "ps", "--json"], env=environment(folder), capture_output=True, text=True, check=True
        )
        engines = json.loads(done.stdout)["engines"]
        if engines and engines[0]["state"] != "loading":
            return
        assert time.monotonic() < deadline_s, "the engine does not start"
        time.sleep(0.2)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--session", type=Path)
    parser.add_argument("programs", nargs="*", metavar="PROGRAM")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = _start_engine(folder, options.session)
        attach = [*CONSOLE, "attach"]
        true = environment(folder, COLORTERM="truecolor")
        sixteen = environment(folder, TERM="xterm", COLORTERM="")
        try:
            _wait_for_engine(folder)
            if options.session is not None:  # it plays on when the key's console has left
                terminal = Terminal()
                terminal.start(attach, true)
                terminal.run(terminal.began_s + WARM_UP_S)
                terminal.type(b" ")
                terminal.run(time.monotonic() + 1.0)
                terminal.end()
            print("load", os.getloadavg(), flush=True)
            print("true colour  ", cost(attach, true, options.seconds), flush=True)
            print("16 colours   ", cost(attach, sixteen, options.seconds), flush=True)
            print("key to echo  ", latency(attach, true, options.keys), flush=True)
            print("10 kB/s 80 ms", slow_link(attach, true, options.seconds), flush=True)
            for program in options.programs:
                print(f"{program:<13}", cost([program], true, options.seconds), flush=True)
            print("load", os.getloadavg())
        finally:
            engine.terminate()
            engine.wait()


if __name__ == "__main__":
    main()
