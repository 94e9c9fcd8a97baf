"""Third-octave levels of a programme beside those of what it is compared with, at equal loudness."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from engine.papers.document import Picture
from engine.papers.inks import Inks
from engine.papers.pictures.scales import finite, frequency_axis, level_ticks
from engine.report.history import ProgrammeHistory
from engine.units import level_text

#: Bands this far below the loudest are noise, and no difference is drawn of them.
_DEPTH_DB = 70.0


@dataclass(frozen=True)
class Compared:
    """A programme and its name, with the loudness that it is matched by.

    Attributes:
        name: in the legend.
        history: whose spectrum is drawn.
        integrated_lufs: None: it is drawn as it is.
    """

    name: str
    history: ProgrammeHistory
    integrated_lufs: float | None


def spectrum_picture(one: Compared, other: Compared | None) -> Picture | None:
    """The spectrum of `one`, against `other` where there is one; None for silence."""
    if not finite(one.history.band_dbfs):
        return None
    shift_db = 0.0
    matched = other is not None and one.integrated_lufs is not None and other.integrated_lufs is not None
    if (
        matched
        and other is not None
        and one.integrated_lufs is not None
        and other.integrated_lufs is not None
    ):
        shift_db = one.integrated_lufs - other.integrated_lufs
    words = f"Third-octave spectrum of {one.name}"
    if other is not None:
        differences = _differences(one, other, shift_db)
        widest = max(differences, key=lambda found: abs(found[1]), default=None)
        words += f" against {other.name}{' at equal loudness' if matched else ''}"
        if widest is not None:
            words += f"; largest difference {level_text(widest[1], 'dB', signed=True)} at {_hz(widest[0])}"
    return Picture(
        title="Spectrum" if other is None else f"Spectrum against {other.name}",
        description=words,
        height_in=2.1 if other is None else 2.5,
        draw=lambda figure, inks: _draw(figure, inks, one, other, shift_db),
    )


def _hz(frequency: float) -> str:
    return f"{frequency / 1000:.2g} kHz" if frequency >= 1000 else f"{frequency:.0f} Hz"


def _differences(one: Compared, other: Compared, shift_db: float) -> list[tuple[float, float]]:
    """Band by band, where both have something: frequency and level of one minus the other."""
    levels, others = one.history.band_dbfs, [level + shift_db for level in other.history.band_dbfs]
    floor = max([*finite(levels), *finite(others)], default=0.0) - _DEPTH_DB
    return [
        (frequency, level - with_level)
        for frequency, level, with_level in zip(one.history.band_hz, levels, others, strict=True)
        if level > floor and with_level > floor
    ]


def _draw(figure: Any, inks: Inks, one: Compared, other: Compared | None, shift_db: float) -> None:
    if other is None:
        levels = figure.add_subplot()
    else:
        grid = figure.add_gridspec(2, 1, height_ratios=(2.2, 1.0))
        levels = figure.add_subplot(grid[0])
        below = figure.add_subplot(grid[1], sharex=levels)
    history = one.history
    shown = finite(history.band_dbfs)
    if other is not None:
        theirs = [level + shift_db for level in other.history.band_dbfs]
        shown += finite(theirs)
        label = f"{other.name}, {level_text(shift_db, 'dB', signed=True)}" if shift_db else other.name
        levels.plot(
            history.band_hz,
            _visible(theirs),
            color=inks.other,
            linewidth=1.2,
            linestyle=(0, (3, 1.5)),
            label=label,
        )
    levels.plot(
        history.band_hz,
        _visible(history.band_dbfs),
        color=inks.line,
        linewidth=1.4,
        marker="o",
        markersize=1.8,
        label=one.name,
    )
    top = max(shown) + 4.0
    level_ticks(levels, max(top - _DEPTH_DB, min(shown) - 3.0), top, most=7)
    levels.set_ylabel("dBFS per ⅓ octave")
    levels.grid(color=inks.rule, linewidth=0.5)
    legend = levels.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)
    for text in legend.get_texts():
        text.set_color(inks.muted)
    frequency_axis(levels)
    if other is not None:
        levels.tick_params(labelbottom=False)
        _draw_differences(below, inks, _differences(one, other, shift_db))
    else:
        levels.set_xlabel("Hz")


def _visible(levels: Any) -> list[float]:
    return [level if math.isfinite(level) else math.nan for level in levels]


def _draw_differences(axes: Any, inks: Inks, differences: list[tuple[float, float]]) -> None:
    widest = max((abs(level) for _, level in differences), default=0.0)
    limit = max(3.0, math.ceil(widest + 0.5))
    edge = 10.0**0.04
    for frequency, level in differences:
        axes.bar(
            frequency / edge,
            level,
            width=frequency * (edge - 1.0 / edge),
            align="edge",
            color=inks.line,
            linewidth=0,
        )
    axes.axhline(0.0, color=inks.muted, linewidth=0.7)
    axes.grid(axis="y", color=inks.rule, linewidth=0.5)
    level_ticks(axes, -limit, limit, most=5)
    frequency_axis(axes)
    axes.set_ylabel("difference dB")
    axes.set_xlabel("Hz")
