"""Levels and verdicts as pages write them."""

from __future__ import annotations

import math

from engine.papers.document import Cell, Tone
from engine.report.measure import FileMeasurement

_TONES: dict[str, Tone] = {"pass": "good", "warn": "warn", "fail": "bad", "error": "bad", "warning": "warn"}


def number(value: float | None, digits: int = 1) -> str:
    """A figure whose unit stands elsewhere; `—` where there is none, `−∞` for silence."""
    if value is None or math.isnan(value):
        return "—"
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    return f"{value:.{digits}f}".replace("-", "−")


def signed(value: float | None, digits: int = 2) -> str:
    """The same with its sign."""
    if value is None or not math.isfinite(value):
        return number(value)
    return f"{value:+.{digits}f}".replace("-", "−")


def judged(word: str) -> Cell:
    """A verdict or a severity in its tone."""
    return Cell(word, _TONES.get(word, "plain"))


def format_text(measured: FileMeasurement) -> str:
    """`44.1 kHz, PCM_24, stereo`."""
    layout = {1: "mono", 2: "stereo"}.get(measured.channels, f"{measured.channels} channels")
    return f"{measured.sample_rate / 1000:g} kHz, {measured.subtype}, {layout}"
