"""Conversions between decibels and linear gain, with the one convention used everywhere.

Levels are re full scale 1.0 (an RMS of 1.0 is 0 dBFS, no AES17 offset). Minus infinity is a legal
level in here; it becomes `null` only on its way into JSON.
"""

from __future__ import annotations

import math
import re

from engine.elementary import log10, power_of_ten

NEGATIVE_INFINITY = float("-inf")
#: The sign of a negative figure; a hyphen is shorter and joins words.
MINUS = "−"
#: A hyphen that stands for one: before a figure, not within a word or name, or in an exponent.
_MINUS_SIGN = re.compile(r"(?<![A-Za-z0-9])-(?=[0-9.])|(?<=[0-9]e)-(?=[0-9])")


def gain_from_db(gain_db: float) -> float:
    """Linear gain of `gain_db`; exactly 1.0 at 0 dB and 0.0 at −∞."""
    return 1.0 if gain_db == 0.0 else power_of_ten(gain_db / 20.0)


def db_from_gain(gain: float) -> float:
    """Level in dB of a linear amplitude ≥ 0; −∞ at 0."""
    return 20.0 * log10(gain) if gain > 0.0 else NEGATIVE_INFINITY


def db_from_power(power: float) -> float:
    """Level in dB of a mean square ≥ 0; −∞ at 0."""
    return 10.0 * log10(power) if power > 0.0 else NEGATIVE_INFINITY


def power_from_db(level_db: float) -> float:
    """Mean square of a level in dB; 0.0 at −∞."""
    return power_of_ten(level_db / 10.0)


def number_text(
    value: float | None, digits: int | None = 1, *, signed: bool = False, significant: int = 6
) -> str:
    """A figure as it is read, whose unit stands elsewhere: with a real minus sign, none on a zero.

    Args:
        value: None and NaN are shown as `—`, the infinities as `∞` and `−∞`.
        digits: after the point; None: as many as it has, at most `significant` in all.
        signed: with a plus sign as well.
        significant: see `digits`.
    """
    if value is None or math.isnan(value):
        return "—"
    text = f"{abs(value):.{significant}g}" if digits is None else f"{abs(value):.{digits}f}"
    if not text.strip("0."):
        value = 0.0
    sign = MINUS if value < 0.0 else "+" if signed else ""
    return sign + ("∞" if math.isinf(value) else text)


def level_text(value: float | None, unit: str, digits: int | None = 1, *, signed: bool = False) -> str:
    """The same with its unit behind it; `—` alone where there is none."""
    text = number_text(value, digits, signed=signed)
    return text if text == "—" else f"{text} {unit}"


def with_minus(text: str) -> str:
    """A text whose negative figures have real minus signs; hyphens of names stay (`mp3-320`)."""
    return _MINUS_SIGN.sub(MINUS, text)


def seconds_text(seconds: float) -> str:
    """A duration as an engineer writes it: `3:07.5`, `1:02:00.0`."""
    tenths = max(0, round(seconds * 10.0))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    clock = f"{minutes:02d}:{rest / 10.0:04.1f}" if hours else f"{minutes}:{rest / 10.0:04.1f}"
    return f"{hours}:{clock}" if hours else clock


def disc_time(frames: int) -> str:
    """A time on a disc as minutes, seconds and CD frames of 1/75 s: `03:07:54`."""
    seconds, rest = divmod(frames, 75)
    return f"{seconds // 60:02d}:{seconds % 60:02d}:{rest:02d}"
