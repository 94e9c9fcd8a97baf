"""Proof of what a machine computes: the numbers of plans, and a short programme run through one.

Two machines with equal proofs make the same files of the same session. Four routes lead to other bits,
and the programme goes through all of them: compiled kernels, the C library, NumPy, and soxr.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from engine.audio.convert import Converter
from engine.audio.dither import quantise
from engine.plan.build import build_bus
from engine.plan.layout import Columns, rack_module
from engine.plan.output import Fades, OutputSettings, build_output
from engine.plan.stream import Stream
from engine.rack.operation import Operation, Use
from engine.session.chains import limiter_of
from engine.session.files import read_text_session
from engine.session.model import Processor, Session

_RATE = 48000
_OUTPUT_RATE = 44100
_FRAMES = 24000
#: Hex digits that are told: enough to tell machines apart.
_DIGITS = 16

_COMPRESSOR = "threshold_db = -33.3, ratio = 2.7, attack_ms = 3.3, release_ms = 77.0, makeup_db = 1.1"
_SESSION = f"""format = 1
title = "proof"
sample_rate = {_RATE}
[[stems]]
name = "A"
path = "a.wav"
offset_samples = 3.37
source_gain_db = -2.9
trim_db = 0.7
chain = [
  {{ type = "eq", bands = [ {{ shape = "high_pass", frequency_hz = 31.7 }},
    {{ shape = "peak", frequency_hz = 2917.0, gain_db = 3.7, q = 1.7 }},
    {{ shape = "high_shelf", frequency_hz = 9901.0, gain_db = -2.3 }},
    {{ shape = "tilt", frequency_hz = 811.0, gain_db = 1.9, channels = "mid" }} ] }},
  {{ type = "compressor", {_COMPRESSOR}, detector = "rms", sidechain_highpass_hz = 101.0 }},
  {{ type = "deesser", threshold_db = -43.0 }},
  {{ type = "saturator", drive_db = 6.1 }},
]
[[stems]]
name = "B"
path = "b.wav"
polarity_inverted = true
chain = [
  {{ type = "multiband", crossovers_hz = [ 173.0, 3109.0 ], bands = [
    {{ {_COMPRESSOR} }}, {{ {_COMPRESSOR} }}, {{ {_COMPRESSOR} }} ] }},
  {{ type = "saturator", character = "hard", drive_db = 14.0, mix = 0.7 }},
  {{ type = "stereo", width = 1.21, mono_below_hz = 113.0 }},
]
[master]
chain = [
  {{ type = "eq", phase = "linear", bands = [ {{ shape = "peak", frequency_hz = 401.0, gain_db = -2.1 }} ] }},
  {{ type = "limiter", ceiling_dbtp = -1.3, drive_db = 9.0 }},
]
"""


@dataclass(frozen=True)
class Proof:
    """What a machine computes, as hex digits.

    Attributes:
        designs: hash of the packed plan's numbers: filters, tables, gains.
        sound: hash of a short programme after rate conversion, limiter and dither.
    """

    designs: str
    sound: str


@cache
def proof() -> Proof:
    """This machine's; takes about half a second."""
    session = read_text_session(_SESSION, Path("proof.toml"))
    bus = build_bus(session, session.stems)
    fades = Fades(0, 44100 * _FRAMES // _RATE, 999, 3001, "exp")
    limiter = limiter_of(session)
    assert limiter is not None
    output = build_output(OutputSettings(_OUTPUT_RATE, limiter.values, 9.0, fades))
    designs = hashlib.sha256()
    for plan in (bus.plan, output):
        designs.update(np.ascontiguousarray(plan.parameters, "<f8").data)
    noise = _noise(2 * len(bus.inputs))
    mixed = Stream(bus.plan, noise.shape[1])
    converter = Converter(_RATE, _OUTPUT_RATE, 2)
    limited = Stream(output)
    blocks = [converter.process(mixed.process(noise)), converter.process(mixed.finish(), last=True)]
    result = np.concatenate(
        [*(limited.process(np.ascontiguousarray(one)) for one in blocks), limited.finish()]
    )
    words = np.empty(result.shape, np.int32)
    quantise(np.ascontiguousarray(result), bits=24, key=1, first_frame=0, out=words)
    sound = hashlib.sha256(np.ascontiguousarray(result, "<f8").data)
    sound.update(words.astype("<i4").data)
    return Proof(designs.hexdigest()[:_DIGITS], sound.hexdigest()[:_DIGITS])


def _noise(columns: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Whole numbers from a linear congruential generator, so that no library has a say."""
    state, values = 1, []
    for _ in range(2048 * columns):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 41) - 2**22)
    pattern = np.array(values, np.float64).reshape(2048, columns) / 2.0**23
    swell = (np.arange(_FRAMES) % 6000 / 6000.0)[:, None]
    return np.tile(pattern, (-(-_FRAMES // 2048), 1))[:_FRAMES] * swell


def design_digests(session: Session) -> dict[str, str]:
    """The hash of what each processor's settings are designed to, by its key: `stems[1].chain[0]`.

    Processors that are switched off are left out. At the session's rate.
    """
    found = {}
    for key, processor in _processors(session):
        context = Columns(session.sample_rate, 2)
        prepared = rack_module(processor.type).prepare([Use(processor.values, (0, 1))], context)
        found[key] = _digest(prepared.operations)
    return found


def _processors(session: Session) -> Iterator[tuple[str, Processor]]:
    chains = [(f"stems[{index}]", stem.chain) for index, stem in enumerate(session.stems)]
    for base, chain in (*chains, ("master", session.master.chain)):
        for place, processor in enumerate(chain):
            if processor.enabled:
                yield f"{base}.chain[{place}]", processor


def _digest(operations: Iterable[Operation]) -> str:
    digest = hashlib.sha256()
    for operation in operations:
        digest.update(operation.kernel.name.encode())
        digest.update(np.array(operation.words, "<i8").data)
        digest.update(np.ascontiguousarray(operation.parameters, "<f8").data)
    return digest.hexdigest()[:_DIGITS]
