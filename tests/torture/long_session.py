"""`python -m tests.torture.long_session [--minutes 60]`: a large session under everybody's eyes.

32 stems at 96 kHz play on `null` in a loop, with a console in control that edits once a second, 12 observers
that read as consoles do, and a render of the same session beside it, again and again. A line a minute:
under-runs, load of the audio loop, memory and file descriptors of the engine, size of its journal, and how
long edits took. The exit code is 1 after an under-run, an edit that was not answered, a render that failed,
or where memory or descriptors keep growing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import soundfile

from engine.errors import StemlatheError
from engine.link.records import Role
from engine.processes.client import Client, attach_to
from engine.server.journal import journal_path
from tests.torture.ground import PATIENCE_S, Ground
from tests.torture.played import Played

_RATE, _STEMS, _SECONDS, _OBSERVERS = 96_000, 32, 20, 12
#: How often a console looks, s.
_FRAME_S = 1.0 / 25.0
#: Memory may grow so much after the first minutes: histories fill up. In bytes.
_GROWTH_BYTES, _SETTLING_MINUTES = 64 << 20, 5
_STEM = """[[stems]]
name = "Stem {number}"
path = "{number}.wav"
chain = [
  {{ type = "eq", bands = [ {{ shape = "high_pass", frequency_hz = 30.0 }},
    {{ shape = "peak", frequency_hz = 400.0, gain_db = -2.0 }} ] }},
  {{ type = "compressor", threshold_db = -24.0, ratio = 1.8, attack_ms = 15.0, release_ms = 120.0 }} ]
"""


def _write_session(folder: Path) -> None:
    numbers = np.random.default_rng(5)
    text = f'format = 1\ntitle = "Large"\nsample_rate = {_RATE}\n'
    for number in range(_STEMS):
        sound = 0.02 * numbers.standard_normal((_SECONDS * _RATE, 2), np.float32)
        soundfile.write(folder / f"{number}.wav", sound, _RATE, subtype="PCM_16")
        text += _STEM.format(number=number)
    text += (
        '[master]\nchain = [ { type = "limiter" } ]\n[[deliverables]]\nname = "cd"\nloudness_lufs = -14.0\n'
    )
    (folder / "s.toml").write_text(text, encoding="utf-8")


def _render(ground: Ground, folder: Path) -> subprocess.Popen[bytes]:
    return ground.start(["render", str(folder / "s.toml"), "--out", str(folder / "out"), "--force"])


class _Session:
    """The engine, who looks at it, and what came of it minute by minute."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        self._ground, self._folder = ground, folder
        self._played = Played(folder, loop_frames=_SECONDS * _RATE)
        self._observers: list[Client] = [
            attach_to(self._played.entry, Role.OBSERVER, wait_s=PATIENCE_S) for _ in range(_OBSERVERS)
        ]
        self._engine = psutil.Process(self._played.entry.identity.pid)
        self._rendering = _render(ground, folder)
        self.renders = self.edits = self._answered = self._failed = 0
        self.memory: list[int] = []
        self.descriptors: list[int] = []

    def _look(self) -> None:
        for client in (self._played.desk, *self._observers):
            client.snapshot()
            client.document()
            client.answers() if client is not self._played.desk else None

    def minute(self, number: int) -> None:
        """Plays on for a minute and prints its line."""
        until_s, taken_s = time.monotonic() + 60.0, []
        while time.monotonic() < until_s:
            second_s = time.monotonic() + 1.0
            wish = {"path": f"stems[{self.edits % _STEMS}].trim_db", "value": (self.edits % 60) / 10.0 - 3.0}
            begun_s = time.monotonic()
            self.edits += 1
            with contextlib.suppress(StemlatheError):
                if self._played.desk.request("set", wish, timeout_s=PATIENCE_S).kind == "done":
                    taken_s.append(time.monotonic() - begun_s)
                    self._answered += 1
            while time.monotonic() < second_s:
                self._look()
                time.sleep(_FRAME_S)
            if self._rendering.poll() is not None:
                self._failed += self._ground.end(self._rendering).returncode not in (0, 1)
                self.renders += 1
                self._rendering = _render(self._ground, self._folder)
        self.memory.append(self._engine.memory_info().rss)
        self.descriptors.append(self._engine.num_fds())
        output = self._played.desk.snapshot().output
        journal = journal_path(self._played.song).stat().st_size
        load = [100 * one for one in (output.load_mean, output.load_p999, output.load_max)]
        edits_ms = [1000 * one for one in taken_s or [0.0]]
        cells = (number, output.xruns, f"{load[0]:.1f}", f"{load[1]:.1f}", f"{load[2]:.0f}")
        cells += (self.memory[-1] >> 20, self.descriptors[-1], journal >> 10)
        cells += (f"{statistics.median(edits_ms):.0f}", f"{max(edits_ms):.0f}", self.renders)
        print("|", *(f"{cell} |" for cell in (*cells, f"{os.getloadavg()[0]:.1f}")), flush=True)

    def verdict(self) -> list[str]:
        """What was not as it has to be."""
        found = []
        if xruns := self._played.desk.snapshot().output.xruns:
            found.append(f"{xruns} under-runs")
        if unanswered := self.edits - self._answered:
            found.append(f"{unanswered} edits were not answered")
        if self._failed:
            found.append(f"{self._failed} renders failed")
        settled = self.memory[_SETTLING_MINUTES:] or self.memory[-1:]
        if settled[-1] - settled[0] > _GROWTH_BYTES:
            found.append(f"memory grew by {(settled[-1] - settled[0]) >> 20} MB")
        if len(self.descriptors) > 1 and self.descriptors[-1] > max(
            self.descriptors[: len(self.descriptors) // 2]
        ):
            found.append(f"descriptors grew from {self.descriptors[0]} to {self.descriptors[-1]}")
        return found

    def close(self) -> None:
        """Ends everything."""
        self._rendering.terminate()
        self._ground.end(self._rendering)
        for client in self._observers:
            client.close()
        self._played.close()


def main() -> int:
    """Plays for so long; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-") as name, Ground(Path(name)) as ground:
        folder = ground.fresh()
        _write_session(folder)
        session = _Session(ground, folder)
        print(
            "| min | under-runs | load % | p99.9 % | max % | MB | fds | journal kB | edit ms | worst ms ",
            end="",
        )
        print("| renders | machine |\n|" + " ---: |" * 12, flush=True)
        for number in range(1, arguments.minutes + 1):
            session.minute(number)
        found = session.verdict()
        session.close()
    verdict = "; ".join(found) or "as it has to be"
    print(f"\n{session.edits} edits, {session.renders} renders beside it: {verdict}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
