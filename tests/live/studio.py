"""A session on disk, folders of its own, and the engine that runs it: for tests of the process."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from processes import wait_until

from engine.compiler.warm import ensure_compiled
from engine.link.identity import is_alive
from engine.link.messages import Message
from engine.link.records import Role, State
from engine.processes.client import Client, attach_to
from engine.processes.edit_files import put
from engine.processes.launch import log_path, start
from engine.processes.registry import Entry, running
from engine.processes.sweep import remove_dead_segments
from engine.session.files import read_text_session
from engine.session.model import Session

RATE = 48_000
SONG_FRAMES = 6 * RATE
TEXT = """format = 1
title = "Falling Water"
sample_rate = 48000

[reference]
path = "mix.wav"

[[stems]] # with sticks
name = "Drums"
role = "drums"
path = "drums.wav"
chain = [ { type = "compressor", threshold_db = -30.0 } ]

[[stems]]
name = "Bass"
role = "bass"
path = "bass.wav"

[[stems]]
name = "Vocals"
role = "vocals"
path = "vocals.wav"

[master]
chain = [ { type = "eq", bands = [ { frequency_hz = 1000.0, gain_db = 1.0 } ] }, { type = "limiter" } ]

[[deliverables]]
name = "streaming"
loudness_lufs = -14.0

[[deliverables]]
name = "cd"
encoding = "wav16"
"""


def write_stem(path: Path, seed: int, frames: int = SONG_FRAMES, rate: int = RATE) -> np.ndarray:
    """A decaying tone twice a second with a little noise, 24-bit."""
    time_s = np.arange(frames) / rate
    tone = 0.2 * np.sin(2 * np.pi * 110.0 * seed * time_s) * np.exp(-4.0 * (time_s % 0.5))
    noise = 0.01 * np.random.default_rng(seed).standard_normal((frames, 2))
    signal = np.clip(tone[:, None] + noise, -0.9, 0.9)
    soundfile.write(path, signal, rate, subtype="PCM_24")
    return signal


def write_song(folder: Path) -> Path:
    """Three stems, their sum as the reference, and a session."""
    total = sum(
        write_stem(folder / f"{name}.wav", seed) for seed, name in enumerate(("drums", "bass", "vocals"), 1)
    )
    soundfile.write(folder / "mix.wav", np.asarray(total), RATE, subtype="PCM_24")
    path = folder / "song.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


class Studio:
    """A session, its engine, and consoles attached to it.

    Args:
        folder: for everything.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.song = write_song(folder)
        self.entry: Entry | None = None
        self._clients: list[Client] = []
        self._pids: set[int] = set()

    def start(self, **options: Any) -> Client:
        """Starts the engine on `null`, or finds it; returns a console in control once it is loaded."""
        self.entry = start(self.song, **{"device": "null", **options})
        self._pids.add(self.entry.identity.pid)
        client = self.attach()
        wait_until(lambda: client.state is not State.LOADING, 300.0)  # it may have kernels to compile
        return client

    def attach(self, role: Role = Role.CONTROLLER) -> Client:
        """Another console."""
        assert self.entry is not None
        client = attach_to(self.entry, role, wait_s=2.0)
        self._clients.append(client)
        return client

    def log(self) -> str:
        """What the engine has said."""
        return log_path(self.song).read_text(encoding="utf-8")

    def kill(self) -> None:
        """Ends the engine as the kernel does when memory runs out."""
        assert self.entry is not None
        os.kill(self.entry.identity.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(self.entry.identity))  # type: ignore[union-attr]

    def close(self) -> None:
        """Ends everything."""
        for client in self._clients:
            client.close()
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        # and what a test has started by itself, or was about to; the runtime folder is this studio's own
        for entry in running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(entry.identity.pid, signal.SIGKILL)
            wait_until(lambda entry=entry: not is_alive(entry.identity))  # type: ignore[misc]
        remove_dead_segments()


def text_of(client: Client) -> str:
    """The live session's text."""
    return str(client.document().text)


def session_of(client: Client, studio: Studio) -> Session:
    """The live session."""
    return read_text_session(text_of(client), studio.song)


def published(client: Client, revision: int) -> None:
    """Until the document has caught up with an answer."""
    wait_until(lambda: client.document().revision == revision)


def position(client: Client) -> int:
    """Where the song is, frames."""
    return client.snapshot().transport.position_frames


@contextlib.contextmanager
def open_studio() -> Iterator[Studio]:
    """A studio with state and runtime folders of its own."""
    ensure_compiled()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="studio-") as name:
        for variable in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
            patch.setenv(variable, name)
        studio = Studio(Path(name))
        try:
            yield studio
        finally:
            studio.close()


def ask(console: Client, kind: str, /, **payload: Any) -> Message:
    """Sends a command that must be carried out; returns its answer."""
    answer = console.request(kind, payload, timeout_s=20.0)
    assert answer.kind == "done", answer
    return answer


def refused(console: Client, kind: str, /, **payload: Any) -> str:
    """Sends a command that must be refused; returns the code."""
    answer = console.request(kind, payload, timeout_s=20.0)
    assert answer.kind == "error", answer
    return str(answer.payload["code"])


def edit(client: Client, label: str, *changes: tuple[str, Any]) -> Message:
    """Sends a structural edit."""
    import json

    name = put(json.dumps({"label": label, "changes": changes}).encode())
    return ask(client, "edit", reference=name)
