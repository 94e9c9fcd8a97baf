"""Small catalogues: folders of songs, each a session with two stems."""

from __future__ import annotations

import hashlib
from pathlib import Path

import soundfile
from rendered import beat

_TEXT = """format = 1
title = "{title}"
sample_rate = 48000
[master]
chain = [ {{ type = "limiter", ceiling_dbtp = -1.0 }} ]
[[deliverables]]
name = "streaming"
loudness_lufs = -14.0
encoding = "wav24"
[[deliverables]]
name = "cd"
loudness_lufs = -12.0
sample_rate = 44100
encoding = "wav16"
"""
_STEM = '[[stems]]\nname = "{name}"\nrole = "other"\npath = "{name}.wav"\ntrim_db = -3.0\n'


def write_song(folder: Path, number: int, *, seconds: float = 1.5, title: str = "") -> Path:
    """A song's folder with its session; returns that of the session."""
    folder.mkdir(parents=True)
    text = _TEXT.format(title=title or f"Song {number}")
    for seed, name in enumerate(("Drums", "Voice"), start=number + 1):
        soundfile.write(folder / f"{name}.wav", beat(round(48000 * seconds), seed), 48000, subtype="PCM_24")
        text += _STEM.format(name=name)
    session = folder / "song.toml"
    session.write_text(text, encoding="utf-8")
    return session


def write_catalogue(folder: Path, songs: int, *, seconds: float = 1.5) -> list[Path]:
    """Songs in a folder, one folder each; their sessions."""
    return [write_song(folder / f"song {number}", number, seconds=seconds) for number in range(songs)]


def rendered_files(folder: Path) -> dict[str, str]:
    """The hash of every file below `renders` folders, by its name; records left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("renders/*"))
        if path.is_file()
    }
