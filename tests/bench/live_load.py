"""Load and latency of the real-time engine on the `null` device: `python tests/bench/live_load.py`.

Load is the processing time of a block over its duration. Each case plays as long as `--seconds` says.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from engine.compiler.warm import ensure_compiled
from engine.live.background import Background
from engine.live.background.results import Match
from engine.live.devices.null_device import NullDevice
from engine.live.loop import cells
from engine.live.player.changes import Programme
from engine.live.player.monitor import MonitorSection
from engine.live.player.player import Player
from engine.live.player.ring_memory import CAPACITY_FRAMES
from engine.session.files import load_session
from engine.session.model import Session

BLOCK_FRAMES = 512
#: The chain of the render's speed test: high-pass, peak, high-shelf, compressor on every stem.
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
  { type = "compressor", threshold_db = -18.0, ratio = 1.5, attack_ms = 30.0, release_ms = 200.0 },
  { type = "limiter", ceiling_dbtp = -1.0, drive_db = 6.0 } ]
"""

TARGET = """[[deliverables]]
name = "loud"
loudness_lufs = -12.0
ceiling_dbtp = -1.0
encoding = "wav24"
"""


def stem(index: int, frames: int, sample_rate: int) -> np.ndarray:
    """`(frames, 2)`: coloured noise under a rhythm plus a tone, like a busy stem."""
    random = np.random.default_rng(index)
    time_s = np.arange(frames) / sample_rate
    noise = random.standard_normal((frames, 2))
    noise[1:] += 0.9 * noise[:-1]
    envelope = np.exp(-3.0 * ((time_s * (1.0 + index % 4)) % 1.0))[:, None]
    tone = np.sin(2.0 * np.pi * 55.0 * (index + 1) * time_s)[:, None]
    return np.clip((0.05 * noise + 0.08 * tone) * envelope, -0.99, 0.99)


def make_session(folder: Path, stems: int, sample_rate: int, seconds: float) -> Path:
    """Writes the session and its 24-bit stems."""
    text = f'format = 1\ntitle = "Load"\nsample_rate = {sample_rate}\n'
    for index in range(stems):
        name = f"stem {index + 1}"
        signal = stem(index, round(seconds * sample_rate), sample_rate)
        soundfile.write(folder / f"{name}.wav", signal, sample_rate, subtype="PCM_24")
        text += f'[[stems]]\nname = "{name}"\nrole = "other"\npath = "{name}.wav"\n{STEM_CHAIN}\n'
    path = folder / "load.toml"
    path.write_text(f"{text}\n[master]\n{MASTER_CHAIN}\n{TARGET}\n", encoding="utf-8")
    return path


class _Editor:
    """Keeps the background busy: the next edit comes when the former has been worked through."""

    def __init__(self, session: Session, text: str) -> None:
        self._session = session
        self._text = text
        self._background = Background()
        self.edits = 0
        self._submit()

    def _submit(self) -> None:
        self.edits += 1
        text = self._text.replace("gain_db = -2.0", f"gain_db = {-2.0 - 0.01 * self.edits}", 1)
        self._background.submit(self._session, text, self.edits, "loud", "master")

    def look(self) -> None:
        """Goes on with the next edit when it is time."""
        if any(isinstance(result, Match) for result in self._background.poll()):
            self._submit()

    def close(self) -> None:
        """Ends the background."""
        self._background.close()


def measure_load(stems: int, sample_rate: int, seconds: float, *, background: bool) -> None:
    """Plays a whole song and prints its load.

    Args:
        stems: how many.
        sample_rate: Hz.
        seconds: length of the song.
        background: a target is solved and the loudness map filled all the while.
    """
    with tempfile.TemporaryDirectory() as name:
        path = make_session(Path(name), stems, sample_rate, seconds)
        session = load_session(path)
        player = Player(Programme(session), block_frames=BLOCK_FRAMES)
        device = NullDevice(player.ring, 1, sample_rate, BLOCK_FRAMES)
        editor = _Editor(session, path.read_text(encoding="utf-8")) if background else None
        player.play()
        while not player.has_been_heard:
            time.sleep(0.1)
            if editor is not None:
                editor.look()
        if editor is not None:
            editor.close()
        loads, xruns = player.loads(), player.ring.xruns
        device.stop()
        player.close()
    beside = "" if editor is None else f", background busy ({editor.edits} edits)"
    print(
        f"{stems} stems, {sample_rate / 1000:g} kHz, block {BLOCK_FRAMES}{beside}: "
        f"mean {100 * loads.mean:.1f} %, 99.9th percentile {100 * loads.p999:.1f} %, "
        f"largest {100 * loads.largest:.1f} %, "
        f"{loads.blocks} blocks, {xruns} under-runs"
    )


class _Ears:
    """What the device took last."""

    def __init__(self, player: Player) -> None:
        self._ring = player.ring
        memory = player.ring._memory
        frames = np.frombuffer(memory, np.float32, 2 * CAPACITY_FRAMES, 8 * cells.RING_CELLS)
        self._frames = frames.reshape(-1, 2)

    @property
    def level(self) -> float:
        """Magnitude of that frame."""
        read = int(self._ring.cells[cells.RING_READ]) - 1
        return float(abs(self._frames[read % CAPACITY_FRAMES, 0]))


def _milliseconds(command: Callable[[], None], is_heard: Callable[[], bool]) -> float:
    begun = time.perf_counter()
    command()
    while not is_heard():
        if time.perf_counter() - begun > 5.0:
            return float("nan")
    spent = 1000.0 * (time.perf_counter() - begun)
    time.sleep(0.2)
    return spent


def _commands(player: Player, turn: int) -> dict[str, float]:
    """One of each command, in ms from the call until it is heard; silence is what ends a fade."""
    ears, programme = _Ears(player), player.programme
    mute = turn % 2 == 0
    stems = tuple(replace(one, mute=mute) for one in programme.session.stems)
    muted = replace(programme, session=replace(programme.session, stems=stems), revision=turn + 1)
    target = player.sample_rate * (2 + turn)
    found = {
        "monitor": _milliseconds(
            lambda: player.set_monitor(MonitorSection(level_db=-300.0)), lambda: ears.level < 1e-6
        )
    }
    player.set_monitor(MonitorSection())
    time.sleep(0.2)
    found["edit"] = _milliseconds(lambda: player.set_programme(muted), lambda: (ears.level < 1e-9) == mute)
    found["seek"] = _milliseconds(
        lambda: player.seek(target),
        lambda: target <= player.position_frames < target + player.sample_rate // 2,
    )
    return found


def measure_latency(rounds: int) -> None:
    """From a call to what the device takes: monitor level, mute and seek."""
    with tempfile.TemporaryDirectory() as name:
        session = load_session(make_session(Path(name), 8, 48_000, 20.0))
        player = Player(Programme(session), block_frames=BLOCK_FRAMES)
        device = NullDevice(player.ring, 1, 48_000, BLOCK_FRAMES)
        player.play()
        time.sleep(0.5)
        found = [_commands(player, turn) for turn in range(rounds)]
        latency_ms = 1000.0 * player.latency_frames / player.sample_rate
        ring_ms = 1000.0 * player.ring_frames / player.sample_rate
        device.stop()
        player.close()
    print(f"ring {ring_ms:.1f} ms, block {1000 * BLOCK_FRAMES / 48_000:.1f} ms, chain {latency_ms:.1f} ms")
    for what in found[0]:
        values = [one[what] for one in found]
        print(f"{what} to sound: median {statistics.median(values):.1f} ms, largest {max(values):.1f} ms")


def main() -> None:
    """Runs all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=12)
    arguments = parser.parse_args()
    ensure_compiled()
    for background in (False, True):
        measure_load(8, 48_000, arguments.seconds, background=background)
        measure_load(16, 96_000, arguments.seconds, background=background)
    measure_latency(arguments.rounds)


if __name__ == "__main__":
    main()
