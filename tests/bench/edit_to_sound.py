"""From an edit's command to the first sample that it changes: `python tests/bench/edit_to_sound.py`.

The real engine plays eight stems on `null`, block 512. All stems are the same tone, of 64 frames a period, so
that what has settled repeats itself from quantum to quantum, and the first frame that does not is the edit's.
Two times are told: until that frame stands in the output ring, and until the device takes it. The second
includes the ring (40 ms), which keeps a busy machine from being heard.

Run by another build's interpreter it measures that build; `--idle` measures the processor time of an engine
that is paused, and of one that plays.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

try:
    from engine.processes.client import attach_to
    from engine.processes.launch import start
except ModuleNotFoundError:  # as 58d5ead has it
    from engine.link.client import attach_to
    from engine.link.starting import start
from engine.link.records import Role, State

#: The chains of the render's speed test (`live_load.py`), without its limiter, which is 21 ms late.
STEM_CHAIN = """chain = [
  { type = "eq", bands = [ { shape = "high_pass", frequency_hz = 30.0 },
    { shape = "peak", frequency_hz = 400.0, gain_db = -2.0 },
    { shape = "high_shelf", frequency_hz = 9000.0, gain_db = 1.5 } ] },
  { type = "compressor", threshold_db = -24.0, ratio = 1.8, attack_ms = 15.0, release_ms = 120.0 } ]
"""
MASTER_CHAIN = """chain = [
  { type = "eq", bands = [ { shape = "low_shelf", frequency_hz = 90.0, gain_db = 1.0 },
    { shape = "peak", frequency_hz = 2500.0, gain_db = -0.5 },
    { shape = "high_shelf", frequency_hz = 11000.0, gain_db = 1.0 } ] },
  { type = "compressor", threshold_db = -18.0, ratio = 1.5, attack_ms = 30.0, release_ms = 200.0 } ]
"""
#: Cells of the ring (`engine.live.loop.cells`), and its room in frames.
WRITTEN, READ, FRAMES_AT, CAPACITY = 0, 8, 18, 1 << 15
STEMS, RATE, SECONDS, PERIOD = 8, 48_000, 60, 64
#: What is edited, and the two values that follow each other.
EDITS = {
    "trim": ("stems[3].trim_db", (-3.0, 0.0)),
    "EQ gain": ("stems[2].chain[0].bands[1].gain_db", (3.0, -2.0)),
    "threshold": ("stems[1].chain[1].threshold_db", (-30.0, -24.0)),
    "master EQ": ("master.chain[0].bands[1].gain_db", (-2.0, -0.5)),
    "mute": ("stems[4].mute", (True, False)),
}


def make_session(folder: Path) -> Path:
    """Writes session and stems."""
    tone = 0.06 * np.sin(2.0 * np.pi * np.arange(SECONDS * RATE) / PERIOD)
    text = f'format = 1\ntitle = "Steady"\nsample_rate = {RATE}\n'
    for index in range(STEMS):
        soundfile.write(folder / f"{index}.wav", np.stack([tone, tone], axis=1), RATE, subtype="PCM_24")
        text += f'[[stems]]\nname = "stem {index + 1}"\nrole = "other"\npath = "{index}.wav"\n'
        text += f"trim_db = 0.0\n{STEM_CHAIN}\n"
    path = folder / "steady.toml"
    path.write_text(f"{text}\n[master]\n{MASTER_CHAIN}\n", encoding="utf-8")
    return path


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Waits for `condition`."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise SystemExit("waited in vain")
        time.sleep(0.001)


def processor_s(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ring_of(pid: int) -> mmap.mmap:
    """The memory of a running engine's output ring."""
    for name in Path(f"/proc/{pid}/fd").iterdir():
        if "stemlathe-ring" in os.readlink(name):
            return mmap.mmap(os.open(name, os.O_RDWR), 0)
    raise SystemExit("the engine has no ring")


class Ears:
    """What the engine writes into its ring."""

    def __init__(self, ring: mmap.mmap) -> None:
        self._cells = np.frombuffer(ring, np.int64, 32)
        frames = np.frombuffer(ring, np.float32, 2 * CAPACITY, int(self._cells[FRAMES_AT]))
        self._frames = frames.reshape(-1, 2)

    @property
    def written(self) -> int:
        """Frames written so far."""
        return int(self._cells[WRITTEN])

    @property
    def read(self) -> int:
        """Frames taken so far."""
        return int(self._cells[READ])

    def unlike(self, begin: int, end: int) -> np.ndarray:
        """By how much each frame differs from the one a period before."""
        at = np.arange(begin, end)
        now, before = self._frames[at % CAPACITY, 0], self._frames[(at - PERIOD) % CAPACITY, 0]
        return np.abs(now - before)

    def settled(self) -> bool:
        """Whether the last 50 ms repeat themselves."""
        end = self.written
        return float(self.unlike(end - RATE // 20, end).max()) < 2e-7


def edit_ms(client: Any, ears: Ears, path: str, value: object) -> tuple[float, float]:
    """From sending until the first changed frame is written, and until it is taken."""
    until(ears.settled)
    time.sleep(random.uniform(0.0, 0.02))
    seen = ears.written
    begun = time.perf_counter()
    client.send("set", {"path": path, "value": value})
    while True:
        end = ears.written
        changed = np.flatnonzero(ears.unlike(seen, end) > 1e-6)
        if len(changed):
            break
        seen = end
        time.sleep(0.0001)
        if time.perf_counter() - begun > 10.0:
            raise SystemExit(f"{path}: nothing changes")
    written_ms, frame = 1000.0 * (time.perf_counter() - begun), seen + int(changed[0])
    while ears.read <= frame:
        time.sleep(0.0001)
    return written_ms, 1000.0 * (time.perf_counter() - begun)


def told(name: str, found: list[tuple[float, float]]) -> str:
    """One line: medians and 90th percentiles."""

    def figures(values: Iterable[float]) -> str:
        ordered = sorted(values)
        return f"{statistics.median(ordered):6.1f} p90 {ordered[int(0.9 * len(ordered))]:6.1f} ms"

    return f"{name:10} written {figures(one for one, _ in found)}   taken {figures(one for _, one in found)}"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--edits", nargs="*", choices=EDITS, default=list(EDITS))
    parser.add_argument("--idle", type=float, default=0.0, help="seconds to watch the processor time for")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edit-bench-") as name:
        for variable in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
            os.environ[variable] = name
        entry = start(make_session(Path(name)), device="null")
        client = attach_to(entry, Role.CONTROLLER, wait_s=5.0)
        until(lambda: client.state is not State.LOADING, 300.0)
        pid = entry.identity.pid
        try:
            until(lambda: bool(client.document().parameters))
            if options.idle:  # the background is done; on a busy machine, at idle priority, it may be long
                until(lambda: client.document().match.processed_lufs is not None, 300.0)
            time.sleep(4.0)
            if options.idle:
                time.sleep(2.0)
                for state in (State.PAUSED, State.PLAYING):
                    client.request("play" if state is State.PLAYING else "pause", timeout_s=10.0)
                    time.sleep(3.0)
                    before, begun = processor_s(pid), time.monotonic()
                    time.sleep(options.idle)
                    share = (processor_s(pid) - before) / (time.monotonic() - begun)
                    print(f"{state.name.lower():8} {100.0 * share:5.2f} % of one processor", flush=True)
            loop = {"on": True, "start_frames": 0, "end_frames": SECONDS * RATE}
            client.request("loop", loop, timeout_s=10.0)
            client.request("play", timeout_s=10.0)
            ears = Ears(ring_of(pid))
            until(lambda: client.snapshot().transport.position_frames > RATE)
            print(f"load {os.getloadavg()[0]:.2f}", flush=True)
            for what, (path, values) in ((name, EDITS[name]) for name in options.edits):
                found = [edit_ms(client, ears, path, values[turn % 2]) for turn in range(options.rounds)]
                print(told(what, found), flush=True)
        finally:
            client.request("stop", timeout_s=10.0)
            client.close()


if __name__ == "__main__":
    main()
