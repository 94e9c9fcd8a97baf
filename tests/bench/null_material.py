"""Writes five minutes of eight stems, and mixes of them with a fault each, for the rows of the null test.

python null_material.py FOLDER

A process of its own, because the fault injector of the tests has a module of the same name as a bench here.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "nulltest"))

import numpy as np
import soundfile
from null_export_faults import ALL_FAULTS
from null_faults import RATE, inject_into, song

#: A mix that nulls, and single causes.
FAULTS = ("", "gain", "fraction", "bus_eq", "compressor", "limiter", "resampled")
_PART_S, _TIMES, _STEMS, _SEED = 30.0, 10, 8, 5


def main(folder: Path) -> None:
    """Writes everything; the sessions last, so that what was interrupted is made again."""
    folder.mkdir(parents=True, exist_ok=True)
    part = song(_SEED, _PART_S, _STEMS)
    for stem, samples in part.items():
        soundfile.write(folder / f"{stem}.wav", np.tile(samples, (_TIMES, 1)), RATE, "PCM_24")
    sessions = {}
    for fault in FAULTS:
        case = inject_into(part, _SEED, *([fault] if fault else []), known=ALL_FAULTS)
        mix = f"mix {fault or 'plain'}.wav"
        soundfile.write(folder / mix, np.tile(case.mix, (_TIMES, 1)), RATE, "PCM_24")
        rows = [f'[[stems]]\nname = "{stem}"\nrole = "other"\npath = "{stem}.wav"\n' for stem in part]
        head = f'format = 1\ntitle = "Null"\nsample_rate = {RATE}\n\n[reference]\npath = "{mix}"\n\n'
        sessions[f"null {fault or 'plain'}.toml"] = head + "\n".join(rows)
    for name, text in sessions.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
