"""Music-like signals for the render tests."""

from __future__ import annotations

import numpy as np


def musical(seconds: float, sample_rate: int = 48_000, seed: int = 1) -> np.ndarray:
    """`(frames, 2)`: a beat of filtered noise over two tones; peaks near −6 dBFS, crest near 14 dB."""
    random = np.random.default_rng(seed)
    frames = round(seconds * sample_rate)
    time = np.arange(frames) / sample_rate
    noise = random.standard_normal((frames, 2))
    noise[1:] = 0.5 * (noise[1:] + noise[:-1])
    beat = np.exp(-6.0 * ((time * 2.0) % 1.0))[:, None]
    tone = (np.sin(2 * np.pi * 110 * time) + 0.5 * np.sin(2 * np.pi * 440 * time + seed))[:, None]
    return np.clip(0.1 * noise * beat + 0.12 * tone * (0.5 + 0.5 * beat), -0.99, 0.99)
