"""Sessions and short files for the benchmarks, made once in the bench's folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import material
import numpy as np
import soundfile

STEM_CHAIN = """[
  { type = "eq", bands = [
    { shape = "high_pass", frequency_hz = 30.0 },
    { shape = "peak", frequency_hz = 1000.0, gain_db = 1.5, q = 1.0 },
    { shape = "high_shelf", frequency_hz = 8000.0, gain_db = 1.0 } ] },
  { type = "compressor", threshold_db = -24.0, ratio = 2.0, attack_ms = 15.0, release_ms = 120.0 },
]"""

MASTER = """
[master]
chain = [
  { type = "eq", bands = [
    { shape = "low_shelf", frequency_hz = 100.0, gain_db = 1.0 },
    { shape = "peak", frequency_hz = 3000.0, gain_db = -1.0, q = 1.0 },
    { shape = "high_shelf", frequency_hz = 10000.0, gain_db = 1.0 } ] },
  { type = "compressor", threshold_db = -18.0, ratio = 1.5, attack_ms = 30.0, release_ms = 200.0 },
  { type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 },
]

[[deliverables]]
name = "bench"
encoding = "wav24"
"""

_HEAD = f'format = 1\ntitle = "Bench"\nsample_rate = {material.SAMPLE_RATE}\n\n'
_SHORT_S = 30
_SHORT_FILE_S = 10


def render_session(folder: Path, stems: Sequence[Path]) -> Path:
    """A session over `stems` with a chain on each and on the bus."""
    path = folder / "bench.toml"
    rows = [
        f'[[stems]]\nname = "{stem.stem}"\nrole = "other"\npath = "{stem.name}"\nchain = {STEM_CHAIN}\n'
        for stem in stems
    ]
    path.write_text(_HEAD + "\n".join(rows) + MASTER, encoding="utf-8")
    return path


def four_versions_session(folder: Path, stems: Sequence[Path]) -> Path:
    """The same with two deliverables at two rates, a loudness target and four versions each."""
    path = folder / "four versions.toml"
    head = render_session(folder, stems).read_text(encoding="utf-8").partition("[[deliverables]]")[0]
    head = head.replace('role = "other"', 'role = "vocals"', 1)
    tables = [
        f'[[deliverables]]\nname = "{name}"\nencoding = "wav24"\nsample_rate = {rate}\n'
        'loudness_lufs = -12.0\nversions = ["master", "instrumental", "acapella", "tv"]\n'
        for name, rate in (("cd", 44_100), ("video", 48_000))
    ]
    path.write_text(head + "\n".join(tables), encoding="utf-8")
    return path


def advice_session(folder: Path, stems: Sequence[Path]) -> Path:
    """The same with a loudness target, for `advise`."""
    path = folder / "advice.toml"
    text = render_session(folder, stems).read_text(encoding="utf-8")
    path.write_text(text + "loudness_lufs = -12.0\n", encoding="utf-8")
    return path


def null_session(folder: Path, fault: str) -> Path:
    """Five minutes of eight stems and a mix with a fault, "" for one that nulls."""
    folder = folder / "null songs"
    path = folder / f"null {fault or 'plain'}.toml"
    if not path.exists():
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("null_material.py")), str(folder)], check=True
        )
    return path


def short_file(folder: Path) -> Path:
    """Ten seconds of a stem, 24-bit WAV."""
    path = folder / "short.wav"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        signal = material.stem_signal(0, _SHORT_FILE_S)
        soundfile.write(path, signal, material.SAMPLE_RATE, subtype="PCM_24")
    return path


def short_session(folder: Path) -> Path:
    """Half a minute of eight stems and of their exact sum as a float file."""
    folder = folder / "short song"
    path = folder / "short.toml"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    frames = _SHORT_S * material.SAMPLE_RATE
    total, rows = np.zeros((frames, 2)), []
    for index in range(material.STEMS):
        name = f"stem {index + 1}.wav"
        signal = np.round(material.stem_signal(index, _SHORT_S) * 2.0**22) / 2.0**23
        soundfile.write(folder / name, signal, material.SAMPLE_RATE, subtype="PCM_24")
        total += signal
        rows.append(f'[[stems]]\nname = "stem {index + 1}"\nrole = "other"\npath = "{name}"\n')
    soundfile.write(folder / "mix.wav", total, material.SAMPLE_RATE, subtype="DOUBLE")
    path.write_text(_HEAD + '[reference]\npath = "mix.wav"\n\n' + "\n".join(rows), encoding="utf-8")
    return path
