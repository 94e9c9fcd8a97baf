"""What is left between the stems and the mix: along the song, and by octave."""

from __future__ import annotations

import math
from typing import Any

from engine.papers.document import Picture
from engine.papers.inks import Inks
from engine.papers.pictures.scales import clock_text, finite, level_ticks, time_axis
from engine.report.null import FAIL_RESIDUAL_DBFS, PASS_RESIDUAL_DBFS, NullReport
from engine.units import level_text

_FLOOR_DBFS = -144.0


def residual_picture(null: NullReport) -> Picture:
    """The residual of a null test with the limits of its verdict."""
    level = null.residual_rms_dbfs
    words = "Residual of the null test: " + (
        f"{level_text(level, 'dBFS')} RMS" if math.isfinite(level) else "nothing at all"
    )
    if math.isfinite(null.worst_at_s) and math.isfinite(level):
        words += f", worst at {clock_text(null.worst_at_s)}"
    return Picture(
        title="What is left between stems and mix",
        description=words,
        height_in=2.1,
        draw=lambda figure, inks: _draw(figure, inks, null),
    )


def _draw(figure: Any, inks: Inks, null: NullReport) -> None:
    grid = figure.add_gridspec(1, 2, width_ratios=(2.4, 1.0))
    along, octaves = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    series = null.residual_over_time
    levels = [max(level, _FLOOR_DBFS) for level in series.rms_dbfs]
    bands = [max(band.residual_rms_dbfs, _FLOOR_DBFS) for band in null.bands]
    low = max(_FLOOR_DBFS, min([*finite(levels), *finite(bands), PASS_RESIDUAL_DBFS]) - 6.0)
    high = max([*levels, *bands, FAIL_RESIDUAL_DBFS]) + 6.0
    times = [series.window_s * n for n in range(len(levels))]
    along.fill_between(times, low, levels, color=inks.area, linewidth=0, step="post")
    along.step(times, levels, where="post", color=inks.line, linewidth=0.9)
    octaves.bar(
        range(len(bands)),
        [level - low for level in bands],
        bottom=low,
        color=inks.line,
        width=0.7,
        linewidth=0,
    )
    for axes in (along, octaves):
        axes.axhline(PASS_RESIDUAL_DBFS, color=inks.good, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.axhline(FAIL_RESIDUAL_DBFS, color=inks.bad, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.grid(axis="y", color=inks.rule, linewidth=0.5)
        level_ticks(axes, low, high, most=7)
    for level, word, ink in (
        (PASS_RESIDUAL_DBFS, " passes below", inks.good),
        (FAIL_RESIDUAL_DBFS, " fails above", inks.bad),
    ):
        place = along.get_yaxis_transform()
        along.text(0.01, level, word, transform=place, color=ink, fontsize=7, va="bottom")
    along.set_ylabel("dBFS RMS")
    time_axis(along, max(series.window_s * len(levels), 0.1))
    octaves.tick_params(labelleft=False)
    names = [_octave(math.sqrt(band.low_hz * band.high_hz)) for band in null.bands]
    octaves.set_xticks(range(len(names)), names, rotation=90)
    octaves.set_xlabel("octave, Hz")


def _octave(frequency: float) -> str:
    """Nominal: 31.5, 63, 125 … 16k."""
    nominal = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000)
    near = min(nominal, key=lambda one: abs(math.log(frequency / one)))
    return f"{near / 1000:g}k" if near >= 1000 else f"{near:g}"
