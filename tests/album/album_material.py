"""Album files and tracks of the album tests: small, seeded, in the test's own folder."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from engine.report.album import AlbumReport
from engine.session.toml_text import literal

RATE = 44100


@dataclass(frozen=True)
class MadeAlbum:
    """An album and where it lies."""

    folder: Path
    report: AlbumReport


def music(seconds: float, seed: int, rate: int = RATE, level: float = 0.2) -> np.ndarray:
    """Stereo noise with a slow swell, `(frames, 2)`, never silent and never near full scale."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.31 * np.arange(frames) / rate)
    return level * swell[:, None] * rng.uniform(-1.0, 1.0, (frames, 2))


def write_music(path: Path, seconds: float, seed: int, subtype: str = "PCM_24", **more: Any) -> np.ndarray:
    """Writes such music and returns what the file holds."""
    rate = more.pop("rate", RATE)
    sf.write(path, music(seconds, seed, rate, **more), rate, subtype=subtype)
    samples, _ = sf.read(path, always_2d=True)
    return samples


def album_text(tracks: list[Mapping[str, Any]], **root: Any) -> str:
    """An album file."""
    head = {"format": 1, "title": "Slow Rivers", **root}
    vinyl = head.pop("vinyl", None)
    discs = head.pop("discs", [])
    lines = [f"{key} = {literal(value)}" for key, value in head.items()]
    for track in tracks:
        lines += ["", "[[tracks]]", *(f"{key} = {literal(value)}" for key, value in track.items())]
    for disc in discs:
        lines += ["", "[[discs]]", f"tracks = {literal(disc)}"]
    if vinyl is not None:
        lines += ["", "[vinyl]", *(f"{key} = {literal(value)}" for key, value in vinyl.items())]
    return "\n".join(lines) + "\n"


def session_text(stem: str, title: str, rate: int = RATE, drive_db: float = 0.0) -> str:
    """A session of one stem with a limiter."""
    return textwrap.dedent(f"""
        title = "{title}"
        sample_rate = {rate}
        [[stems]]
        name = "{title} stem"
        role = "music"
        path = "{stem}"
        [master]
        chain = [ {{ type = "limiter", ceiling_dbtp = -1.0, drive_db = {drive_db} }} ]
    """)
