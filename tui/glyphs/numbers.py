"""Figures as text that keeps its place: fixed width, a real minus, `—` for none, `−∞` for silence."""

from __future__ import annotations

import math

from engine.units import number_text

#: Stands for a value that does not exist.
NONE = "—"
#: Stands for silence.
SILENCE = "−∞"
#: Levels below this read as silence, dB: half the smallest step of 32-bit float's mantissa and then some.
_SILENT_DB = -199.95
_LARGEST_DB = 999.9
#: Meters go no further down, dB: 20 bits; a meter that falls after the end passes it within seconds.
METER_FLOOR_DB = -120.0


def level(value_db: float | None, width: int = 6) -> str:
    """A level or loudness with one decimal, right-aligned: ` −14.0`.

    Args:
        value_db: dB, dBFS, LUFS …; None or NaN: it does not exist, −∞: silence.
        width: cells, ≥ 5.
    """
    if value_db is None or value_db != value_db:
        return NONE.rjust(width)
    if value_db < _SILENT_DB:
        return SILENCE.rjust(width)
    return number_text(min(value_db, _LARGEST_DB)).rjust(width)


def reading(value_db: float | None, width: int = 6) -> str:
    """As `level`, but of a meter: what no converter tells from silence reads as silence."""
    return level(-math.inf if value_db is not None and value_db < METER_FLOOR_DB else value_db, width)


def change(value_db: float | None, width: int = 5) -> str:
    """A gain with its sign: ` +0.5`, ` −3.0`, `  0.0`; see `level`."""
    if value_db is None or not math.isfinite(value_db):
        return level(value_db, width)
    rounded = round(value_db, 1)
    return f"+{rounded:.1f}".rjust(width) if rounded > 0.0 else level(value_db, width)


def correlation(value: float, width: int = 5) -> str:
    """A correlation of −1…1 with two decimals and its sign; NaN in silence."""
    if value != value:
        return NONE.rjust(width)
    return number_text(max(-1.0, min(1.0, value)), 2, signed=round(value, 2) != 0.0).rjust(width)


def percent(share: float, width: int = 4) -> str:
    """A share of 0…1 as `37%`; NaN: none."""
    if share != share:
        return NONE.rjust(width)
    return f"{round(max(0.0, min(9.99, share)) * 100.0)}%".rjust(width)


def clock(seconds: float | None, width: int = 9) -> str:
    """A position as `mm:ss.mmm`; minutes go on beyond 99, as on a transport."""
    if seconds is None or seconds != seconds or seconds < 0.0:
        return NONE.rjust(width)
    milliseconds = int(seconds * 1000.0 + 1e-6)
    minutes, rest = divmod(milliseconds, 60000)
    return f"{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}".rjust(width)


def short_clock(seconds: float | None, width: int = 5) -> str:
    """A length as `mm:ss`: where milliseconds say nothing."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0.0:
        return NONE.rjust(width)
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes:02d}:{rest:02d}".rjust(width)


def rate(rate_hz: int) -> str:
    """A sample rate as engineers say it: `48k`, `44.1k`; none below 1 Hz."""
    return f"{rate_hz / 1000.0:g}k" if rate_hz > 0 else NONE
