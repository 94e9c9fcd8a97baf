"""Small sessions on disk, players that run as fast as the test takes their blocks, and running engines."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_server import end_server, has_portaudio, start_server, unavailable
from studio import SONG_FRAMES, Studio, ask, open_studio

from engine.link.records import Role
from engine.live.loop import cells
from engine.live.loop.ring import take_block
from engine.live.player.changes import Programme
from engine.live.player.player import Player, State
from engine.live.player.ring_memory import CAPACITY_FRAMES
from engine.processes.client import Client
from engine.session.files import load_session
from engine.session.model import Session

LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 }'
CHAIN = (
    'chain = [ { type = "eq", bands = [ { shape = "high_pass", frequency_hz = 40.0 }, '
    '{ shape = "peak", frequency_hz = 800.0, gain_db = 2.0 } ] }, '
    '{ type = "compressor", threshold_db = -30.0, ratio = 2.0, attack_ms = 10.0 } ]\n'
)


def beat(frames: int, seed: int, sample_rate: int = 48_000) -> np.ndarray:
    """`(frames, 2)`: noise bursts over a tone, peaks near −10 dBFS."""
    random = np.random.default_rng(seed)
    time_s = np.arange(frames) / sample_rate
    envelope = np.exp(-8.0 * ((time_s * (2 + seed)) % 1.0))[:, None]
    tone = np.sin(2 * np.pi * 110.0 * (1 + seed) * time_s)[:, None]
    return np.clip(0.1 * random.standard_normal((frames, 2)) * envelope + 0.1 * tone, -0.99, 0.99)


@pytest.fixture
def write_session(tmp_path: Path) -> Callable[..., Session]:
    """Writes stems (`name: signal`) and a session; loads it."""

    def write(
        stems: Mapping[str, np.ndarray],
        *,
        master: str = f"chain = [ {LIMITER} ]",
        stem_keys: str | Mapping[str, str] = "",
        extra: str = "",
        sample_rate: int = 48_000,
        subtype: str | Mapping[str, str] = "PCM_24",
    ) -> Session:
        text = f'format = 1\ntitle = "Live"\nsample_rate = {sample_rate}\n{extra}\n'
        for name, signal in stems.items():
            kind = subtype if isinstance(subtype, str) else subtype.get(name, "PCM_24")
            file = tmp_path / (f"{name}.flac" if kind == "FLAC" else f"{name}.wav")
            soundfile.write(file, signal, sample_rate, subtype="PCM_24" if kind == "FLAC" else kind)
            keys = stem_keys if isinstance(stem_keys, str) else stem_keys.get(name, "")
            text += f'[[stems]]\nname = "{name}"\nrole = "other"\npath = "{file.name}"\n{keys}\n'
        path = tmp_path / "live.toml"
        path.write_text(f"{text}\n[master]\n{master}\n", encoding="utf-8")
        return load_session(path)

    return write


class Tape:
    """A player whose blocks the test takes itself, and everything its master bus and its output carried.

    Args:
        player: paused at its beginning.
        block_frames: taken at once.
        pulls: False: something else takes the blocks.
    """

    def __init__(self, player: Player, block_frames: int, *, pulls: bool = True) -> None:
        self.player = player
        self._block = np.zeros((block_frames, 2), np.float32)
        self._pulls = pulls
        self._parts: list[np.ndarray] = []
        self._positions: list[np.ndarray] = []
        self._heard: list[np.ndarray] = []
        self._heard_positions: list[np.ndarray] = []
        self._taken = 0
        # without this the loop would overwrite what has not been looked at
        player.board.publish(cells.TAP_WAITS, 1)
        if pulls:
            player.ring.admit(1, 0)

    def _step(self) -> None:
        """Takes a block, if there is one, and reads the tap."""
        ring = self.player.ring
        if self._pulls and ring.waiting_frames >= len(self._block):
            read = int(ring.cells[cells.RING_READ])
            at = np.arange(read, read + len(self._block)) % CAPACITY_FRAMES
            self._heard_positions.append(ring._positions[at])
            take_block(ring.address, 1, self._block.reshape(-1))
            self._heard.append(self._block.copy())
        else:
            time.sleep(0.0002)
        end = self.player.tapped_frames
        if end > self._taken:
            block, positions = self.player.read_tap(self._taken, end)
            assert len(block) == end - self._taken
            self._parts.append(block)
            self._positions.append(positions)
            self._taken = end
            self.player.board.publish(cells.TAP_TAKEN, end)

    def until(self, done: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Takes blocks until `done()`."""
        limit = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < limit, f"not reached: {self.player.state}, frame {self._taken}"
            self._step()
        self._step()

    def until_frames(self, frames: int) -> None:
        """Until at least so many frames have been played."""
        self.until(lambda: self._taken >= frames)

    def until_end(self) -> None:
        """Until the song has ended."""
        self.until(lambda: self.player.state is State.ENDED)

    def until_settled(self) -> None:
        """Until what was posted has come in."""
        self.until(lambda: self.player.is_settled)

    @property
    def heard(self) -> np.ndarray:
        """`(frames, 2)` float32 that the device was given so far."""
        return np.concatenate([np.zeros((0, 2), np.float32), *self._heard])

    @property
    def heard_positions(self) -> np.ndarray:
        """Song position of each of these frames; the same all along while nothing plays."""
        return np.concatenate([np.zeros(0, np.int64), *self._heard_positions])

    @property
    def signal(self) -> np.ndarray:
        """`(frames, 2)` float64 so far."""
        return np.concatenate([np.zeros((0, 2)), *self._parts])

    @property
    def positions(self) -> np.ndarray:
        """Song position of each frame so far."""
        return np.concatenate([np.zeros(0, np.int64), *self._positions])


@pytest.fixture
def play() -> Iterator[Callable[..., Tape]]:
    """Makes players of sessions; ends them after the test."""
    with contextlib.ExitStack() as stack:

        def start(what: Session | Programme, *, block_frames: int = 512, pulls: bool = True) -> Tape:
            programme = what if isinstance(what, Programme) else Programme(what)
            player = Player(programme, block_frames=block_frames)
            stack.callback(player.close)
            return Tape(player, block_frames, pulls=pulls)

        yield start


@pytest.fixture
def material() -> Callable[..., np.ndarray]:
    """`beat`, for tests that need a signal."""
    return beat


@pytest.fixture
def server(monkeypatch, tmp_path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of this test's own, under a name of its own."""
    if shutil.which("jackd") is None:
        unavailable("jackd is not installed (Debian: apt install jackd2)")
    if not has_portaudio():
        unavailable("PortAudio is not installed (Debian: apt install libportaudio2)")
    # one name per worker: JACK has room for eight names, and those of killed servers stay taken
    name = f"stemlathe-test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    server = start_server(name, tmp_path / "jackd.log")
    yield server
    end_server(server)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    """A session and its running engine, for all tests of a module."""
    with open_studio() as studio:
        studio.start()
        yield studio


@pytest.fixture
def desk(studio: Studio) -> Iterator[Client]:
    """A console in control of the session as it is in the file, paused at its beginning."""
    client = studio.attach()
    if client.role is not Role.CONTROLLER:
        ask(client, "take_over")
    ask(client, "pause")
    first = client.document().history[0].revision
    ask(client, "history", revision=first)
    ask(client, "listen", source="processed")
    ask(client, "target", deliverable=None)
    ask(client, "loop", on=False, start_frames=0, end_frames=SONG_FRAMES)
    ask(client, "seek", position_frames=0)
    yield client
    ask(client, "hand_over", client=None)
    client.close()
