"""A master there and back through a codec, at any level.

Samples go in as 32-bit float, so that only the codec itself decides what passes full scale, and come back
from decoders that do not clip. What the codec's rates exclude is converted first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.convert import Converter
from engine.audio.source import AudioSource, open_source
from engine.audio.writer import open_writer
from engine.errors import InputError
from engine.meters.loudness import LoudnessMeter
from engine.meters.truepeak import TruePeakMeter
from engine.session.encodings import ENCODINGS, Encoding
from engine.units import gain_from_db

Doubles = NDArray[np.float64]

_BLOCK_FRAMES = 1 << 14


@dataclass(frozen=True)
class Trip:
    """What came back.

    Attributes:
        sample_rate: at which it was encoded, Hz.
        bitrate_kbps: of the whole file, from its size.
        true_peak_dbtp: None for silence.
        overs: samples beyond full scale.
        integrated_lufs: None where there is none.
    """

    sample_rate: int
    bitrate_kbps: int
    true_peak_dbtp: float | None
    overs: int
    integrated_lufs: float | None


def travel(path: Path, codec: str, encoded: Path, gain_db: float = 0.0) -> Trip:
    """Encodes a file, decodes what was written, and measures that.

    Args:
        path: the master.
        codec: one of `engine.session.encodings.ENCODINGS`.
        encoded: where to write; a file of that name is replaced.
        gain_db: applied before encoding.

    Raises:
        InputError: the file cannot be used, or the package that encodes is missing (`codecs_missing`).
        MachineError: the encoded file cannot be written.
    """
    encoding = ENCODINGS[codec]
    with open_source(path) as source:
        if source.channels > 2:
            raise InputError(
                f"{path}: has {source.channels} channels: give a mono or stereo master",
                kind="channels",
                path=path,
            )
        rate = encoding.nearest_rate(source.sample_rate)
        with open_writer(encoded, rate, source.channels, codec, dither_key=0) as writer:
            for block in _at_rate(source, rate, gain_from_db(gain_db)):
                writer.write(block)
    return _measured(encoded, encoding, rate)


def _at_rate(source: AudioSource, rate: int, gain: float) -> Iterator[Doubles]:
    converter = None
    if rate != source.sample_rate:
        converter = Converter(source.sample_rate, rate, source.channels)
    block = np.empty((_BLOCK_FRAMES, source.channels))
    for start in range(0, source.frames, _BLOCK_FRAMES):
        part = block[: source.frames - start]
        source.read_into(start, part, 0, source.channels)
        scaled = part * gain
        yield scaled if converter is None else converter.process(scaled)
    if converter is not None:
        yield converter.process(np.zeros((0, source.channels)), last=True)


def _measured(encoded: Path, encoding: Encoding, rate: int) -> Trip:
    with open_source(encoded) as source:
        loudness = LoudnessMeter(source.sample_rate, source.channels)
        peak = TruePeakMeter(source.sample_rate, source.channels)
        overs = 0
        block = np.empty((_BLOCK_FRAMES, source.channels))
        for start in range(0, source.frames, _BLOCK_FRAMES):
            part = block[: source.frames - start]
            source.read_into(start, part, 0, source.channels)
            loudness.process(part)
            peak.process(part)
            overs += int(np.count_nonzero(np.abs(part) > 1.0))
        seconds = source.frames / source.sample_rate
    size_kbit = encoded.stat().st_size * 8 / 1000
    bitrate = encoding.bitrate_kbps or (round(size_kbit / seconds) if seconds else 0)
    return Trip(rate, bitrate, peak.result().dbtp, overs, loudness.result().integrated_lufs)
