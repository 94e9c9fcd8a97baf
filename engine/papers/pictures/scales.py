"""What the axes of pictures have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from engine.units import number_text

#: Steps of a time axis, s.
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_TICKS = 13


def clock_text(seconds: float) -> str:
    """`3:07`, `1:02:00`: a place on a time axis."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def time_axis(axes: Any, duration_s: float) -> None:
    """A time axis from 0 to the end, in minutes and seconds."""
    step = next((one for one in _TIME_STEPS_S if duration_s / one <= _MOST_TICKS), _TIME_STEPS_S[-1])
    ticks = [step * n for n in range(int(duration_s // step) + 1)]
    axes.set_xlim(0.0, max(duration_s, 0.1))
    axes.set_xticks(ticks, [clock_text(tick) for tick in ticks])


def frequency_axis(axes: Any) -> None:
    """A logarithmic axis of the audible frequencies."""
    axes.set_xscale("log")
    axes.set_xlim(20.0, 20_000.0)
    ticks = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
    axes.set_xticks(ticks, [f"{tick / 1000:g}k" if tick >= 1000 else str(tick) for tick in ticks])
    axes.minorticks_off()


def level_ticks(axes: Any, low: float, high: float, most: int = 9) -> None:
    """Levels from `low` to `high`, dB, at a step that reads well."""
    step = next((one for one in (1, 2, 3, 5, 6, 10, 20) if (high - low) / one <= most), 20)
    first = math.ceil(low / step) * step
    ticks = [first + step * n for n in range(int((high - first) // step) + 1)]
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, [number_text(tick, None) for tick in ticks])


def finite(values: Iterable[float]) -> list[float]:
    """Those that are levels."""
    return [value for value in values if math.isfinite(value)]


def gaps(values: Sequence[float], floor: float) -> list[float]:
    """Levels for a line: what is below `floor` is left out."""
    return [value if value >= floor else math.nan for value in values]
