"""A whole sitting on a real terminal with the real engine on `null`, up to a verified render."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pty_screen import PtyScreen
from terminals import ROOT, STEMLATHE

from engine.compiler.warm import ensure_compiled
from engine.measure import measure_file
from engine.processes.registry import running
from engine.processes.terminate import end
from engine.session.files import load_session

RATE = 48_000
PATIENCE_S = 60.0


@pytest.fixture
def song(folders: Path) -> Iterator[Path]:
    """Two stems of eight seconds, their sum, and one deliverable; its engine is ended with the test."""
    random = np.random.default_rng(5)
    time_s = np.arange(8 * RATE) / RATE
    beat = 0.2 * np.exp(-8.0 * (time_s * 2.0 % 1.0))[:, None] * random.uniform(-1.0, 1.0, (len(time_s), 2))
    hum = 0.1 * np.sin(2.0 * np.pi * 110.0 * time_s)[:, None] * np.ones(2)
    for name, samples in (("Drums", beat), ("Bass", hum), ("mix", beat + hum)):
        soundfile.write(folders / f"{name}.wav", samples, RATE, "DOUBLE")
    stems = "".join(
        f'[[stems]]\nname = "{name}"\nrole = "{name.lower()}"\npath = "{name}.wav"\n'
        for name in ("Drums", "Bass")
    )
    path = folders / "song.toml"
    path.write_text(
        f'format = 1\ntitle = "Evening"\nsample_rate = {RATE}\n[reference]\npath = "mix.wav"\n{stems}'
        '[master]\nchain = [ { type = "limiter" } ]\n'
        '[[deliverables]]\nname = "web"\nloudness_lufs = -18.0\nencoding = "wav24"\nversions = ["master"]\n',
        encoding="utf-8",
    )
    yield path
    for entry in running():
        end(entry)


@pytest.fixture
def console() -> Iterator[Callable[..., PtyScreen]]:
    """Runs a verb on a terminal of 100×32; what still runs is killed with the test."""
    shown: list[PtyScreen] = []
    environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}

    def run(*words: str) -> PtyScreen:
        shown.append(PtyScreen([*STEMLATHE, *words], 100, 32, environment={**os.environ, **environment}))
        return shown[-1]

    yield run
    for pty in shown:
        pty.close()


def _sees(pty: PtyScreen, *texts: str) -> None:
    pty.until(lambda: all(text in pty.text() for text in texts), PATIENCE_S)


def test_a_sitting_from_the_first_key_to_a_verified_render(song: Path, console) -> None:
    ensure_compiled()
    original = song.read_text("utf-8")
    pty = console("open", str(song), "--device", "null")
    _sees(pty, "Evening", "Drums", "PAUSED")
    pty.keys(" ")
    _sees(pty, "PLAYING")
    pty.keys("1lll")
    _sees(pty, "+0.3", "unsaved")
    pty.keys("e")
    _sees(pty, "CHAIN  Drums", "no processor")
    pty.keys("n")
    _sees(pty, "new processor")
    pty.keys("eq\r")
    _sees(pty, "Equaliser", "3 bands")
    pty.keys("u")
    _sees(pty, "no processor")
    pty.keys("\x12")  # ctrl+r
    _sees(pty, "3 bands")
    pty.keys("gn")
    _sees(pty, "NULL TEST")
    pty.keys("n")
    _sees(pty, "PASS", "exact")

    pty.keys("q")
    assert pty.wait() == 0
    assert [entry.session for entry in running()] == [song]
    assert song.read_text("utf-8") == original  # unsaved edits are the engine's

    again = console("attach")
    _sees(again, "Evening", "unsaved", "+0.3")
    os.kill(again.pid, signal.SIGKILL)
    again.wait()
    pty = console("attach")
    _sees(pty, "Evening", "unsaved", "+0.3")
    pty.until(lambda: "watching" not in pty.text().lower(), PATIENCE_S)
    pty.keys("gr")
    _sees(pty, "RENDER", "R renders 1 of the table")
    pty.keys("R")
    _sees(pty, "save them and render?")
    pty.keys("y")
    _sees(pty, "✓ 1 hold")
    session = load_session(song)
    assert session.stems[0].trim_db == pytest.approx(0.3)
    assert session.stems[0].chain[0].type == "eq"
    written = song.parent / "renders" / "Evening (Master) [web].wav"
    assert measure_file(written).integrated_lufs == pytest.approx(-18.0, abs=0.1)

    pty.keys("Q")
    _sees(pty, "Stop the engine?")
    pty.keys("y")
    assert pty.wait() == 0
    deadline_s = time.monotonic() + PATIENCE_S
    while running():  # it writes down its state before it goes
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
