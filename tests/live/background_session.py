"""A session with stems of every class for the background, and what is picked from its results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from engine.session.model import Session

RATE = 48_000
LIMITER = '{ type = "limiter", ceiling_dbtp = -1.0, drive_db = 4.0, release_ms = 100.0 }'
COMPRESSOR = '{ type = "compressor", threshold_db = -24.0, ratio = 2.0 }'
TARGETS = """
[[deliverables]]
name = "loud"
encoding = "wav32f"
loudness_lufs = -13.0
ceiling_dbtp = -2.0
versions = ["master", "instrumental", "vocal_up"]

[[deliverables]]
name = "plain"
encoding = "wav32f"
versions = ["master", "instrumental", "acapella", "tv", "music_effects", "vocal_up"]
"""
KEYS = {
    "drums": f"chain = [ {COMPRESSOR} ]\ntrim_db = 0.5",
    "voice": "offset_samples = 3.25\nsource_gain_db = -1.3",
    "choir": "polarity_inverted = true\noffset_samples = -7.0",
}
ROLES = {"drums": "drums", "voice": "vocals", "choir": "backing_vocals", "speech": "dialogue"}


def write_all_roles(
    write_session: Callable[..., Session], material: Callable[..., np.ndarray], folder: Path
) -> tuple[str, Path]:
    """Stems of every class, a reference that is their sum, two deliverables; the session's text and path."""
    stems = {name: material(2 * RATE, seed) for seed, name in enumerate(ROLES, 1)}
    soundfile.write(folder / "mix.wav", sum(stems.values()), RATE, subtype="FLOAT")
    made = write_session(
        stems,
        stem_keys=KEYS,
        master=f"chain = [ {COMPRESSOR}, {LIMITER} ]",
        extra=f'[reference]\npath = "mix.wav"\n{TARGETS}',
    )
    text = made.path.read_text(encoding="utf-8")
    for name, role in ROLES.items():
        text = text.replace(f'name = "{name}"\nrole = "other"', f'name = "{name}"\nrole = "{role}"')
    made.path.write_text(text, encoding="utf-8")
    return text, made.path


def of(kind: type, told: list) -> list:
    """Results of a kind."""
    return [one for one in told if type(one) is kind]


def last(kind: type, told: list):
    """The latest result of a kind."""
    return of(kind, told)[-1]
