"""The render benchmark's chain in pedalboard, as a program of its own: stems in, master out.

    python peer_pedalboard.py OUT.wav STEM.wav …

Pedalboard's limiter is no true-peak limiter; nothing is measured afterwards.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from pedalboard import (
    Compressor,
    Gain,
    HighpassFilter,
    HighShelfFilter,
    Limiter,
    LowShelfFilter,
    PeakFilter,
    Pedalboard,
)
from pedalboard.io import AudioFile


def stem_board() -> Pedalboard:
    return Pedalboard(
        [
            HighpassFilter(30.0),
            PeakFilter(1_000.0, 1.5, 1.0),
            HighShelfFilter(8_000.0, 1.0, 0.7071),
            Compressor(-24.0, 2.0, 15.0, 120.0),
        ]
    )


def master_board() -> Pedalboard:
    return Pedalboard(
        [
            LowShelfFilter(100.0, 1.0, 0.7071),
            PeakFilter(3_000.0, -1.0, 1.0),
            HighShelfFilter(10_000.0, 1.0, 0.7071),
            Compressor(-18.0, 1.5, 30.0, 200.0),
            Gain(4.0),
            Limiter(-1.0, 100.0),
        ]
    )


def main(out: str, stems: list[str]) -> None:
    total: np.ndarray | None = None
    kernels_s = 0.0
    rate = 0.0
    for path in stems:
        with AudioFile(path) as file:
            rate = file.samplerate
            audio = file.read(file.frames)
        begun = time.perf_counter()
        processed = stem_board()(audio, rate)
        total = processed if total is None else total + processed
        kernels_s += time.perf_counter() - begun
    assert total is not None
    begun = time.perf_counter()
    master = master_board()(total, rate)
    kernels_s += time.perf_counter() - begun
    with AudioFile(out, "w", rate, 2, bit_depth=24) as file:
        file.write(master)
    print(f"kernels {kernels_s:.3f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
