"""`python -m tests.survival.make_fixtures FOLDER`: what this version writes, small, for `fixtures/VERSION`.

What is there already is never made again: it is what that version wrote. A version that changes a format
makes a folder of its own with this, and looks through it for paths and names of the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
import zlib
from pathlib import Path

import numpy as np
import soundfile

from engine.cli.main import main
from engine.link.records import Kind
from engine.processes.host import open_host
from engine.processes.registry import private_folder

_RATE = 8_000
_SONG = """format = 1
title = "Falling Water"
sample_rate = 8000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.flac"

[[stems]]
name = "Bass"
role = "bass"
path = "bass.flac"
trim_db = 0.5

[master]
chain = [ { type = "limiter" } ]

[[deliverables]]
name = "streaming"
loudness_lufs = -16.0
encoding = "flac16"
file_name = "{deliverable}"
"""
_ALBUM = """# an album as this version writes and reads it
format = 1
title = "Slow Rivers"
artist = "Nobody"
upc = "4006381333931"
isrc_first = "DEA312600001"
levels = "keep"

[[tracks]]
path = "one.wav"
title = "One"
gap_s = 2.0

[[tracks]]
session = "song.toml"
title = "Falling Water"
gap_s = -1.5
crossfade = "equal_gain"
fade_out_s = 0.5

[vinyl]
size_inch = 12
rpm = 33
sides = [[1], [2]]
"""


def _write_song(folder: Path) -> Path:
    time_s = np.arange(_RATE) / _RATE
    for name, hertz in (("drums", 110.0), ("bass", 55.0)):
        tone = np.round(0.25 * np.sin(2 * np.pi * hertz * time_s) * 32_768) / 32_768
        soundfile.write(folder / f"{name}.flac", np.stack([tone, tone], axis=1), _RATE, subtype="PCM_16")
    session = folder / "song.toml"
    session.write_text(_SONG, encoding="utf-8")
    return session


def make(folder: Path) -> None:
    """Writes everything into a folder; the working folder is left as it is."""
    for name in ("config", "state", "run"):
        (folder / name).mkdir(parents=True, mode=0o700)
    os.environ |= {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    session = _write_song(folder)
    assert main(["deliver", str(session), "--out", str(folder / "delivery")]) == 0
    assert main(["render", str(session), "--resume"]) == 0
    for path in (folder / "run" / "stemlathe" / "ended").glob("*.json"):
        path.rename(folder / "ended.json")
    (folder / "album.toml").write_text(_ALBUM, encoding="utf-8")
    with open_host(Kind.ENGINE, session) as host:
        [path] = private_folder().glob("*.json")
        entry = json.loads(path.read_bytes()) | {"boot_id": str(uuid.UUID(int=0))}
        (folder / "registry.json").write_text(json.dumps(entry), encoding="utf-8")
        segment = Path("/dev/shm") / host.entry.segment
        (folder / "segment.zlib").write_bytes(zlib.compress(segment.read_bytes(), 9))
    lines = (folder / "deliveries.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) | {"machine": "Linux x86_64"} for line in lines]
    (folder / "deliveries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in told))
    for name in ("config", "state", "run"):
        shutil.rmtree(folder / name)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
