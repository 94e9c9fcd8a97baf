"""Album files and tracks of the album tests: small, seeded, in the test's own folder."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from engine.album.make import make_album
from engine.report.album import AlbumReport
from engine.session.album.files import load_album
from engine.session.toml_text import literal

RATE = 44100
#: Samples of a CD frame, and the least step of a 16-bit sample.
SECTOR = 588
LSB = 2.0**-15


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


def album_text(tracks: Sequence[Mapping[str, Any]], **root: Any) -> str:
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


def make(here: Path, tracks: Sequence[Mapping[str, Any]], **root: Any) -> tuple[AlbumReport, np.ndarray]:
    """Makes an album of those tracks; returns its report and its image as integers."""
    file = here / "album.toml"
    file.write_text(album_text(tracks, **root))
    report = make_album(load_album(file), here / "out", force=True)
    return report, image_of(here / "out" / "ddp")


def image_of(ddp: Path) -> np.ndarray:
    """The samples of a DDP set, `(frames, 2)`."""
    return np.fromfile(ddp / "IMAGE.DAT", "<i2").reshape(-1, 2)


def integers_of(wav: Path) -> np.ndarray:
    """The samples of a 16-bit file."""
    return sf.read(wav, dtype="int16", always_2d=True)[0]


def kinds(report: AlbumReport) -> set[tuple[str, int | None]]:
    """What was found, each with its track."""
    return {(one.kind, one.track) for one in report.findings}
