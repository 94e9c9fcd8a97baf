"""Material for the benchmarks: eight dense stems of four minutes, made once, never committed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

SAMPLE_RATE = 48_000
DURATION_S = 240
STEMS = 8


def stem_signal(index: int, duration_s: int = DURATION_S) -> np.ndarray:
    """`(frames, 2)`: coloured noise under a rhythmic envelope plus a tone, like a busy stem."""
    random = np.random.default_rng(index)
    frames = SAMPLE_RATE * duration_s
    time = np.arange(frames) / SAMPLE_RATE
    noise = random.standard_normal((frames, 2)).astype(np.float32)
    noise[1:] += 0.9 * noise[:-1]
    beat = (time * (1.0 + index % 4)) % 1.0
    section = 0.6 + 0.4 * np.sin(2.0 * np.pi * time / 60.0 + index)
    envelope = (np.exp(-3.0 * beat) * section).astype(np.float32)[:, None]
    tone = np.sin(2.0 * np.pi * 55.0 * (index + 1) * time).astype(np.float32)[:, None]
    return np.clip(0.05 * noise * envelope + 0.08 * tone * envelope, -0.99, 0.99)


def make_stems(folder: Path) -> list[Path]:
    """Writes the stems (24-bit WAV) unless they are there; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"stem {index + 1}.wav" for index in range(STEMS)]
    for index, path in enumerate(paths):
        if not path.exists():
            partial = path.with_suffix(".partial")
            soundfile.write(partial, stem_signal(index), SAMPLE_RATE, format="WAV", subtype="PCM_24")
            partial.rename(path)
    return paths
