"""Sessions and signals that the tests of null test and intake share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from engine.session.model import Master, Reference, Session, Stem

Doubles = NDArray[np.float64]

RATE = 48000


def noise(seed: int, frames: int, rms: float = 0.1, channels: int = 2) -> Doubles:
    """White noise, the sum of the channels' mean squares scaled to `rms` exactly."""
    x = np.random.default_rng(seed).standard_normal((frames, channels))
    return x * (rms / math.sqrt(np.mean(x**2)))


def make_session(
    folder: Path,
    stems: dict[str, Doubles],
    mix: Doubles | None,
    *,
    subtype: str = "DOUBLE",
    rate: int = RATE,
    **corrections: Mapping[str, object],
) -> Session:
    """Writes stems and mix; `corrections` by stem name."""
    models = []
    for name, samples in stems.items():
        path = folder / f"{name}.wav"
        soundfile.write(path, samples, rate, subtype)
        keys: dict[str, Any] = {"source_gain_db": 0.0, "polarity_inverted": False, "offset_samples": 0.0}
        keys |= corrections.get(name, {})
        keys = {"chain": (), "trim_db": 3.0, "mute": True, "solo": False} | keys
        models.append(Stem(name=name, role="other", path=path, sha256=None, **keys))
    reference = None
    if mix is not None:
        soundfile.write(folder / "mix.wav", mix, rate, subtype)
        reference = Reference(folder / "mix.wav", None)
    return Session(folder / "s.toml", "t", RATE, reference, tuple(models), Master(), ())


def three_stems() -> dict[str, Doubles]:
    """Three different stems of 4 s that are silent for the first and last half second."""
    stems = {name: noise(seed, 4 * RATE) for seed, name in enumerate(("A", "B", "C"))}
    for stem in stems.values():
        stem[: RATE // 2] = stem[-RATE // 2 :] = 0.0
    return stems


def total(stems: Mapping[str, Doubles]) -> Doubles:
    """The float sum of all stems."""
    return np.asarray(sum(stems.values()))
