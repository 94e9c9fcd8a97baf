"""Clean stems, and sessions of files, for the tests of the intake."""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from null_sessions import RATE, Doubles

from engine.report.check import CheckReport
from engine.report.findings import Finding
from engine.session.model import Master, Reference, Session, Stem

#: Length of the clean stems, frames.
FRAMES = 2 * RATE


@functools.cache
def clean(seed: int, frames: int = FRAMES) -> Doubles:
    """Noise of −20 dBFS that swells and fades, silent for the first and last twelfth (read only)."""
    x = np.random.default_rng(seed).standard_normal((frames, 2)) * 0.1
    t = np.linspace(0.0, 1.0, frames)[:, None]
    x *= np.sin(np.pi * t) ** 2 * (0.6 + 0.4 * np.sin(2 * np.pi * (3 + seed % 5) * t))
    edge = frames // 12
    x[:edge] = x[-edge:] = 0.0
    x.flags.writeable = False
    return x


@dataclass
class Files:
    """Stem files of one session, written with defaults that provoke nothing.

    Attributes:
        folder: where they go.
        stems: samples by name.
        subtypes: sample coding by name, 24 bit if not given.
        rates: sample rate by name, that of the session if not given.
        mix: the reference's samples; None: no reference.
        corrections: keys of a stem by its name.
        time_references: of a `bext` chunk, by stem name or "mix".
    """

    folder: Path
    stems: dict[str, Doubles] = field(default_factory=lambda: {n: clean(i) for i, n in enumerate("ABCD")})
    subtypes: dict[str, str] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=dict)
    mix: Doubles | None = None
    corrections: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    time_references: dict[str, int] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """The file of a stem, or of the mix."""
        return self.folder / f"{name}.wav"

    def write(self) -> Session:
        """Writes the files and returns the session of them."""
        for name, samples in self.stems.items():
            self._write(name, samples)
        if self.mix is not None:
            self._write("mix", self.mix)
        return self.session()

    def session(self) -> Session:
        """The session, without writing anything."""
        keys: dict[str, Any] = {"source_gain_db": 0.0, "polarity_inverted": False, "offset_samples": 0.0}
        keys |= {"chain": (), "trim_db": 0.0, "mute": False, "solo": False, "sha256": None}
        stems = tuple(
            Stem(
                name=name, role="other", path=self.path(name), **(keys | dict(self.corrections.get(name, {})))
            )
            for name in self.stems
        )
        reference = None if self.mix is None else Reference(self.path("mix"), None)
        return Session(self.folder / "session.toml", "t", RATE, reference, stems, Master(), ())

    def _write(self, name: str, samples: Doubles) -> None:
        subtype = self.subtypes.get(name, "PCM_24")
        bits = {"PCM_16": 16, "PCM_24": 24}.get(subtype)
        if bits is not None:
            # soundfile floors; whole numbers survive
            samples = np.round(samples * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1)
        soundfile.write(self.path(name), samples, self.rates.get(name, RATE), subtype)
        if name in self.time_references:
            add_time_reference(self.path(name), self.time_references[name])


def add_time_reference(path: Path, samples: int) -> None:
    """Appends a `bext` chunk (EBU Tech 3285) with this time reference to a wave file."""
    payload = bytes(338) + struct.pack("<Q", samples) + bytes(256)
    data = path.read_bytes() + b"bext" + struct.pack("<I", len(payload)) + payload
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])


def found(report: CheckReport, kind: str) -> list[Finding]:
    """All findings of one kind."""
    return [finding for finding in report.findings if finding.kind == kind]


def kinds(report: CheckReport) -> set[str]:
    """The kinds of all findings."""
    return {finding.kind for finding in report.findings}


def tone(frequency_hz: float, amplitude: float, frames: int = FRAMES, rate: int = RATE) -> Doubles:
    """A stereo sine whose channels are a quarter period apart, faded, silent at both ends for 0.2 s."""
    t = np.arange(frames) / rate
    fade = np.clip((np.minimum(t, t[::-1]) - 0.2) * 5.0, 0.0, 1.0)
    waves = [np.sin(2 * math.pi * frequency_hz * t + phase) for phase in (0.0, math.pi / 2)]
    return amplitude * fade[:, None] * np.stack(waves, axis=1)
