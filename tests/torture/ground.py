"""Where the faults happen: folders of their own, a small song, and programs that are run and judged."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import numpy as np
import soundfile

from engine.compiler.warm import ensure_compiled
from engine.files import TEMPORARY_PREFIX

ROOT = Path(__file__).resolve().parent.parent.parent
RATE = 48_000
#: A program hangs that neither works nor waits for a core for so long, or does that without end, s.
HANG_S, _ENDLESS_S = 90.0, 3600.0
_LOOK_S = 5.0
#: How long is waited for what takes a moment, s: on a busy machine starts alone take seconds.
PATIENCE_S = 60.0
#: Exit codes of the contract.
CODES = frozenset({0, 1, 2, 3, 4, 130})
_MARK = "STEMLATHE_TORTURE"
_SESSION = """format = 1
title = "Torture"
sample_rate = 48000

[reference]
path = "mix.wav"

[[stems]]
name = "Drums"
path = "drums.wav"
trim_db = 0.5

[[stems]]
name = "Bass"
path = "bass.wav"

[master]
chain = [ { type = "limiter" } ]

[[deliverables]]
name = "streaming"
loudness_lufs = -16.0

[[deliverables]]
name = "flac"
encoding = "flac24"
versions = ["master", "stems"]
"""


@dataclass
class Row:
    """What came of one fault so far.

    Attributes:
        times: it was tried.
        lost: what must not have happened, one text each.
        said: what was told the user, and how often.
    """

    times: int = 0
    lost: list[str] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def lose(self, text: str) -> None:
        """Takes note of a loss."""
        self.lost.append(text.strip()[-1500:])

    def say(self, text: str) -> None:
        """Takes note of what was told, without what differs from time to time."""
        if lines := text.strip().splitlines():
            plain = re.sub(r"(/[^\s:']+)+", "PATH", lines[-1].removeprefix("stemlathe: "))
            self.said[re.sub(r"\d+([.,]\d+)*", "N", plain)[:90]] += 1


Fault = Callable[["Ground", Random, Row], None]


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content; hidden ones of ours left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(TEMPORARY_PREFIX) for part in path.parts)
    }


class Ground:
    """Folders, environment and the untouched song.

    Args:
        folder: for everything.

    Attributes:
        folder: the same.
        song: the untouched session's folder; copied for whoever changes something.
        reference: what a render of it writes, by name.
        render_s: how long one takes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.song = folder / "song"
        self.reference: dict[str, str] = {}
        self.render_s = 1.0
        self._count = 0
        self._took_s: dict[str, float] = {}
        self._former: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        ensure_compiled()
        places = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "STATE")}
        wanted = {**places, "XDG_RUNTIME_DIR": str(self.folder / "run"), _MARK: str(self.folder)}
        wanted["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        (self.folder / "run").mkdir(mode=0o700)
        self._former = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        self._write_song()
        begun_s = time.monotonic()
        out = self.fresh()
        self.judge(self.run(["render", str(self.song / "s.toml"), "--out", str(out)]), Row())
        self.render_s = time.monotonic() - begun_s
        self.reference = tree(out)
        assert self.reference, "the untouched song does not render"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid, _ in self._living():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name, value in self._former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def _write_song(self) -> None:
        self.song.mkdir()
        numbers = np.random.default_rng(7)
        time_s = np.arange(3 * RATE) / RATE
        stems = []
        for name, hertz in (("drums", 110.0), ("bass", 55.0)):
            tone = 0.2 * np.sin(2 * np.pi * hertz * time_s) * np.exp(-4.0 * (time_s % 0.5))
            stem = tone[:, None] + 0.01 * numbers.standard_normal((len(time_s), 2))
            soundfile.write(self.song / f"{name}.wav", stem, RATE, subtype="PCM_24")
            stems.append(stem)
        soundfile.write(self.song / "mix.wav", 0.9 * np.sum(stems, axis=0), RATE, subtype="PCM_24")
        (self.song / "s.toml").write_text(_SESSION, encoding="utf-8")

    def fresh(self) -> Path:
        """A new empty folder."""
        self._count += 1
        made = self.folder / f"at-{self._count}"
        made.mkdir()
        return made

    @contextlib.contextmanager
    def copy(self) -> Iterator[Path]:
        """A copy of the song's folder, gone afterwards."""
        made = self.fresh()
        shutil.copytree(self.song, made, dirs_exist_ok=True)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def start(
        self, words: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Starts a command line."""
        command = [sys.executable, "-P", "-c", "from engine.cli.main import run; run()", *words]
        more = {**os.environ, **(environment or {})}
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=more
        )

    def run(self, words: Sequence[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
        """Runs a command line; one that hangs ends with a code of 124."""
        return self.end(self.start(words, **more))

    def end(self, process: subprocess.Popen[bytes]) -> subprocess.CompletedProcess[bytes]:
        """Waits for a program."""
        still_s, before_s = 0.0, 0.0
        while True:
            try:
                out, errors = process.communicate(timeout=_LOOK_S)
                break
            except subprocess.TimeoutExpired:
                busy_s = self._busy_s(process.pid)
                still_s += _LOOK_S if abs(busy_s - before_s) < 0.1 * _LOOK_S else 0.0
                before_s = busy_s
                if still_s > HANG_S or busy_s > _ENDLESS_S:
                    process.kill()
                    out, errors = process.communicate()
                    return subprocess.CompletedProcess(process.args, 124, out, errors)
        return subprocess.CompletedProcess(process.args, process.returncode, out, errors)

    def _busy_s(self, pid: int) -> float:
        """How long a process and all below it have worked or waited for a core so far, s."""
        busy_s, waiting = 0.0, [pid]
        while waiting:
            one = waiting.pop()
            waiting += self.below(one)
            for path in Path(f"/proc/{one}/task").glob("*/schedstat"):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    busy_s += sum(map(int, path.read_text().split()[:2])) / 1e9
        return busy_s

    def times(self, verb: str, words: Sequence[str]) -> float:
        """How long a verb takes when nothing happens to it, s; run once with these words to find out."""
        if verb not in self._took_s:
            begun_s = time.monotonic()
            self.judge(self.run(words), Row(), frozenset({0, 1}))
            self._took_s[verb] = time.monotonic() - begun_s
        return self._took_s[verb]

    def below(self, pid: int) -> list[int]:
        """The children of a process."""
        with contextlib.suppress(OSError):
            return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def working_on(self, folder: Path) -> list[str]:
        """Command lines of programs that were started here and name a folder, or a file in it."""
        return [command for _, command in self._living() if str(folder) in command]

    def judge(
        self, done: subprocess.CompletedProcess[bytes], row: Row, allowed: frozenset[int] = CODES
    ) -> None:
        """Takes note of what a program said, and of what none may do."""
        told = done.stderr.decode(errors="replace")
        words = " ".join(map(str, done.args[4:]))
        if "Traceback" in told or "Exception ignored" in told:
            row.lose(f"{words}: a traceback: {told}")
        if done.returncode not in allowed:
            row.lose(f"{words}: exit code {done.returncode}: {told}")
        if told.strip():
            row.say(told)
        else:
            row.said[f"exit {done.returncode}"] += 1

    def _living(self) -> list[tuple[int, str]]:
        """Processes that were started here and still run."""
        found = []
        mark = f"{_MARK}={self.folder}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if int(folder.name) == os.getpid() or mark not in (folder / "environ").read_bytes().split(
                    b"\0"
                ):
                    continue
                state = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if state not in "ZX":
                    found.append((int(folder.name), command))
        return found

    def left_behind(self) -> list[str]:
        """Processes, registry files and segments that are still there after everything was ended."""
        until_s = time.monotonic() + PATIENCE_S
        while (living := self._living()) and time.monotonic() < until_s:
            time.sleep(0.1)
        found = [f"still running: {pid} {command[:200]}" for pid, command in living]
        shown = self.run(["ps", "--json"])
        if shown.returncode or b'"pid"' in shown.stdout:
            found.append(f"ps still shows: {shown.stdout.decode()}")
        return found
