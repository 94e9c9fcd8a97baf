"""Levels and verdicts as pages write them."""

from __future__ import annotations

from engine.papers.document import Cell, Tone
from engine.report.measure import FileMeasurement

_TONES: dict[str, Tone] = {"pass": "good", "warn": "warn", "fail": "bad", "error": "bad", "warning": "warn"}
_CODINGS = {
    "PCM_16": "16 bit",
    "PCM_24": "24 bit",
    "PCM_32": "32 bit",
    "FLOAT": "32-bit float",
    "DOUBLE": "64-bit float",
    "MPEG_LAYER_III": "MP3",
    "OPUS": "Opus",
    "VORBIS": "Vorbis",
}


def judged(word: str) -> Cell:
    """A verdict or a severity in its tone."""
    return Cell(word, _TONES.get(word, "plain"))


def coding(subtype: str) -> str:
    """A sample coding as a client knows it: `24 bit`, `MP3`; what has no such word keeps its name."""
    return _CODINGS.get(subtype, subtype)


def format_text(measured: FileMeasurement) -> str:
    """`44.1 kHz, 24 bit, stereo`."""
    layout = {1: "mono", 2: "stereo"}.get(measured.channels, f"{measured.channels} channels")
    return f"{measured.sample_rate / 1000:g} kHz, {coding(measured.subtype)}, {layout}"
