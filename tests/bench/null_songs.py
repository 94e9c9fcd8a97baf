"""Songs for the null test's bench: synthetic stems, stretches of the demo song, stretches of real stems."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from null_faults import RATE, Doubles, silent_ends, song

#: Length of a song, s.
SECONDS = 20.0
SYNTHETIC, DEMO, REAL = 12, 4, 6
#: Seed of the first synthetic song.
FIRST_SEED = 1000
#: A stem this far below the loudest says nothing in a stretch of a song and is left out, dB.
_TOO_QUIET_DB = -40.0


def songs(
    real: Path | None, seconds: float = SECONDS, first_seed: int = FIRST_SEED
) -> dict[str, Callable[[], dict[str, Doubles]]]:
    """Names of songs, and what makes their stems.

    Args:
        real: a folder of audio files that are the stems of one song of at least 30 s; None: without.
        seconds: length of a song.
        first_seed: of the synthetic songs; another one makes songs that nothing was developed on.
    """
    found: dict[str, Callable[[], dict[str, Doubles]]] = {}
    for seed in range(SYNTHETIC):
        found[f"synthetic-{seed}"] = functools.partial(song, first_seed + seed, seconds, 4 + seed % 5)
    for part in range(DEMO):
        found[f"demo-{part}"] = functools.partial(_demo, part, seconds)
    for part in range(REAL if real is not None else 0):
        found[f"real-{part}"] = functools.partial(_real, real, part, seconds)
    return found


@functools.cache
def _demo_stems() -> dict[str, Doubles]:
    from engine.demo.files import write_demo

    with tempfile.TemporaryDirectory() as folder:
        written = write_demo(Path(folder))
        return {path.stem: soundfile.read(path)[0] for path in sorted(written.stems)}


def _demo(part: int, seconds: float) -> dict[str, Doubles]:
    """A stretch of the demo song; every stem at a level of its own."""
    stems = _demo_stems()
    frames = round(seconds * RATE)
    last = min(len(samples) for samples in stems.values()) - frames
    start = round(last * part / max(1, DEMO - 1))
    return _audible({name: samples[start : start + frames] for name, samples in stems.items()}, part)


@functools.cache
def _real_stems(folder: Path) -> dict[str, Doubles]:
    return {path.stem: soundfile.read(path, always_2d=True)[0] for path in sorted(folder.iterdir())}


def _real(folder: Path, part: int, seconds: float) -> dict[str, Doubles]:
    """A stretch of the real song; in every other one two stems are split at 700 Hz into two each."""
    stems = _real_stems(folder)
    frames = round(seconds * RATE)
    last = min(len(samples) for samples in stems.values()) - frames
    start = round(last * (part // 2) / max(1, (REAL + 1) // 2 - 1))
    cut = {name: samples[start : start + frames] for name, samples in stems.items()}
    if part % 2:
        for name in list(cut)[:2]:
            taps = scipy.signal.firwin(1023, 700.0, fs=RATE)
            low = scipy.signal.fftconvolve(cut[name], taps[:, None], "same", axes=0)
            cut[f"{name} high"] = cut[name] - low
            cut[name] = low
    return _audible(cut, part)


def _audible(stems: dict[str, Doubles], seed: int) -> dict[str, Doubles]:
    """The stems that sound, each at a level of its own, the sum at a peak of −3 dBFS."""
    random = np.random.default_rng(seed)
    powers = {name: float(np.mean(samples**2)) for name, samples in stems.items()}
    loudest = max(powers.values())
    kept = {
        # a stretch cut out of a song begins and ends in silence, as an exported song does
        name: samples * silent_ends(len(samples))[:, None] * 10.0 ** (random.uniform(-4.0, 4.0) / 20.0)
        for name, samples in stems.items()
        if powers[name] > loudest * 10.0 ** (_TOO_QUIET_DB / 10.0)
    }
    peak = float(np.abs(sum(kept.values())).max())
    return {name: samples * (0.7 / peak) for name, samples in kept.items()}
