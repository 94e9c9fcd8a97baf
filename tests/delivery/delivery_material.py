"""One small session to deliver, and what was told about its delivery."""

from __future__ import annotations

import os
from pathlib import Path

import soundfile
from deliver_material import musical

from engine.delivery.sums import hashes_of, sums_text
from engine.report.deliver import VerifyReport

RATE = 48_000
TEXT = """\
# made by hand
format = 1
title = "Süß Song"
sample_rate = 48000

[reference]
path = "mix.wav"

[[stems]]
name = "Drums"
role = "drums"
path = "audio/one.wav" # the first

[[stems]]
name = "Voice"
role = "vocals"
path = "two.wav"
trim_db = 0.5

[master]
chain = [ { type = "limiter", ceiling_dbtp = -1.0, release_ms = 100.0 } ]

[[deliverables]]
name = "streaming"
preset = "spotify"
loudness_lufs = -9.0
sample_rate = 48000
versions = ["master", "instrumental"]
"""


def write_session(folder: Path) -> Path:
    """Two stems of four seconds that sum to the mix, and their session."""
    (folder / "audio").mkdir(parents=True)
    one, two = (0.5 * musical(4.0, seed=seed) for seed in (1, 2))
    soundfile.write(folder / "audio" / "one.wav", one, RATE, "FLOAT")
    soundfile.write(folder / "two.wav", two, RATE, "FLOAT")
    soundfile.write(folder / "mix.wav", one + two, RATE, "FLOAT")
    path = folder / "song.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def told(report: VerifyReport) -> set[tuple[str, str | None]]:
    """Kinds and files of the errors."""
    return {(one.kind, one.path) for one in report.findings if one.severity == "error"}


def status(report: VerifyReport, name: str) -> str:
    return next(file.status for file in report.files if file.path.name == name)


def seal(folder: Path) -> None:
    """Writes new sums over whatever is there now, as somebody who knows the tools would."""
    names = [name for name in os.listdir(folder) if name != "SHA256SUMS"]
    if "MD5SUMS" in names:
        plain = {name: hashes_of(folder / name).md5 for name in names if name != "MD5SUMS"}
        (folder / "MD5SUMS").write_bytes(sums_text(plain))
    (folder / "SHA256SUMS").write_bytes(sums_text({name: hashes_of(folder / name).sha256 for name in names}))
