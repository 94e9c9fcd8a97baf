"""Shows on files that versions and stems add up to the master.

python3 tests/versions_add_up.py [SESSION.toml]     (without one: the demo's song)

Renders every linked version in 24 and 16 bit and in float into a temporary folder, reads the files
back with libsndfile, and adds them up. Ends with 1 if anything differs that must not.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.demo.files import write_demo
from engine.session.files import load_session
from engine.session.model import Session

LINKED = ("master", "instrumental", "acapella", "tv", "music_effects", "stems")
BITS = {"wav24": 24, "wav16": 16, "wav32f": 0}
#: The largest RMS of a difference of float files, dBFS.
FLOAT_LIMIT_DB = -120.0
_BLOCK_FRAMES = 1 << 16


def _identities(session: Session) -> dict[str, tuple[list[str], list[str]]]:
    """What is added up, and what it has to equal."""
    stems = {stem.name: stem.role for stem in session.stems if not stem.mute}
    lead = [name for name, role in stems.items() if role == "vocals"]
    speech = [name for name, role in stems.items() if role == "dialogue"]
    vocal = [name for name, role in stems.items() if role in ("vocals", "backing_vocals")]
    return {
        "instrumental + acapella = master": (["instrumental", "acapella"], ["master"]),
        "all stems = master": (list(stems), ["master"]),
        "vocal stems = acapella": (vocal, ["acapella"]),
        "other stems = instrumental": ([name for name in stems if name not in vocal], ["instrumental"]),
        "tv + lead vocals = master": (["tv", *lead], ["master"]),
        "music_effects + dialogue = master": (["music_effects", *speech], ["master"]),
    }


def _difference(paths: dict[str, Path], left: list[str], right: list[str]) -> tuple[int, float, float]:
    """Frames that differ, the largest difference, and its RMS; samples as float64, exact up to 24 bits."""
    names = [*left, *right]
    streams = [soundfile.blocks(paths[name], _BLOCK_FRAMES, always_2d=True) for name in names]
    differing, largest, power, samples = 0, 0.0, 0.0, 0
    for blocks in zip(*streams, strict=True):
        total = sum(blocks[: len(left)]) - sum(blocks[len(left) :])
        differing += int(np.count_nonzero(total.any(axis=1)))
        largest = max(largest, float(np.abs(total).max(initial=0.0)))
        power += float(np.sum(total**2))
        samples += total.size
    return differing, largest, float(np.sqrt(power / max(samples, 1)))


def _level(value: float) -> str:
    return f"{20 * np.log10(value):.1f} dBFS" if value > 0.0 else "−∞ dBFS"


def main(arguments: list[str]) -> int:
    """Renders, adds up, prints; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(arguments[0]) if arguments else write_demo(Path(folder) / "demo").session
        session = load_session(path)
        first = replace(session.deliverables[0], versions=LINKED)
        made = tuple(replace(first, name=name, encoding=name) for name in BITS)
        session = replace(session, deliverables=made)
        jobs = plan_jobs(session, deliverables=[], versions=[], folder=Path(folder) / "out", force=False)
        outputs: Any = render(session, jobs).outputs
        failed = False
        for name, bits in BITS.items():
            mine = [output for output in outputs if output.deliverable == name]
            paths = {output.stem or output.version: output.path for output in mine}
            print(f"{name}: {mine[0].frames} frames, drive {mine[0].drive_db:.1f} dB")
            for identity, (left, right) in _identities(session).items():
                differing, largest, rms = _difference(paths, left, right)
                holds = differing == 0 if bits else rms <= 10 ** (FLOAT_LIMIT_DB / 20)
                failed |= not holds
                found = f"{differing} frames differ" if bits else f"RMS {_level(rms)}, peak {_level(largest)}"
                print(f"  {'holds ' if holds else 'FAILS '} {identity:<36} {found}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
