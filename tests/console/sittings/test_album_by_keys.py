"""From finished files to a made album by keys, on a real terminal with the real engine on `null`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pty_screen import PtyScreen
from terminals import ROOT, STEMLATHE

from engine.compiler.warm import ensure_compiled
from engine.processes.registry import running
from engine.processes.terminate import end
from engine.session.album.files import load_album

RATE = 44_100
PATIENCE_S = 120.0


@pytest.fixture
def album(folders: Path) -> Iterator[Path]:
    """Two finished files and the album file that names them; its engine is ended with the test."""
    music = folders / "music"
    music.mkdir()
    random = np.random.default_rng(5)
    for name in ("01 Opening", "02 Coda"):
        samples = 0.1 * random.uniform(-1.0, 1.0, (5 * RATE, 2))
        soundfile.write(music / f"{name}.wav", samples, RATE, "PCM_24")
    path = music / "album.toml"
    path.write_text(
        'title = "Slow Rivers"\n'
        '[[tracks]]\npath = "01 Opening.wav"\ntitle = "Opening"\n'
        '[[tracks]]\npath = "02 Coda.wav"\ntitle = "Coda"\ngap_s = 2.0\n',
        encoding="utf-8",
    )
    yield path
    for entry in running():
        end(entry)


def test_an_album_of_finished_files_is_opened_edited_and_made(album: Path) -> None:
    """On the smallest terminal; `test_album_panel` draws the view in every size."""
    ensure_compiled()
    environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    words = [*STEMLATHE, "open", str(album), "--device", "null"]
    pty = PtyScreen(words, 80, 24, environment={**os.environ, **environment})

    def sees(*texts: str) -> None:
        pty.until(lambda: all(text in pty.text() for text in texts), PATIENCE_S)

    try:
        sees("Slow Rivers", "Opening", "Coda", "00:05", "R makes the album", "PAUSED")
        pty.keys("J")
        sees("▸ 2 Opening", "1 Coda")
        pty.keys("L")
        sees("3.00")
        pty.keys("R")
        sees("made: ")
    finally:
        pty.close()
    tracks = load_album(album).tracks
    assert [(track.title, track.gap_s) for track in tracks] == [("Coda", 2.0), ("Opening", 3.0)]
    made = album.parent / "Slow-Rivers"
    assert (made / "ddp" / "IMAGE.DAT").is_file()
    assert (made / "approval.html").is_file()
    assert sorted(path.name for path in (made / "tracks").iterdir()) == ["01 Coda.wav", "02 Opening.wav"]
