"""Every stem along its file, on one axis of time: where it sounds, how loud, where it begins and ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.report.check import StemFigures
from engine.units import NEGATIVE_INFINITY, seconds_text
from tui.display.cells import Canvas
from tui.glyphs.braille import waveform
from tui.glyphs.plot import time_axis

#: The canvas has to be this wide.
FROM_COLUMNS = 100
_NAME_CELLS, _FIGURE_CELLS = 24, 10
#: Names begin where those of the table do.
_INDENT = 4
#: Rows of a stem at most: with more it is not seen better.
_MOST_ROWS = 5
#: So far below the loudest part of a stem there is nothing to be seen of it, dB.
_SEEN_DB = 60.0
#: Zeros at an end of a file that are shown at least, s.
SEEN_S = 0.05
_ZEROS, _BEGINS, _ENDS = "·", "├", "┤"


def rows_each(stems: int, width: int, rows: int) -> int:
    """Rows that each of so many stems gets of `rows`; 0: there is no room for all of them."""
    if width < FROM_COLUMNS or not stems:
        return 0
    # a heading above and the time below
    return max(0, min(_MOST_ROWS, (rows - 2) // stems))


def draw_waves(canvas: Canvas, stems: Sequence[StemFigures], rows: int, chosen: str | None) -> None:
    """Draws a heading, the stems and the time.

    Args:
        canvas: blank, with room for all of it.
        stems: of the report.
        rows: of each.
        chosen: name of the stem that the keys are on or a finding is about; None: of none.
    """
    cells = canvas.width - _NAME_CELLS - 2 * _FIGURE_CELLS
    longest_s = max((stem.duration_s for stem in stems), default=0.0)
    figures_x = _NAME_CELLS + cells
    canvas.put(_INDENT, 0, "along the files", "label", _NAME_CELLS - _INDENT)
    legend = f"RMS, each to its own loudest; {_ZEROS} zeros, {_BEGINS} begins, {_ENDS} ends"
    canvas.put(_NAME_CELLS, 0, legend, "dim", cells - 1)
    canvas.put(figures_x, 0, f"{'begins':>{_FIGURE_CELLS}}{'ends':>{_FIGURE_CELLS}}", "label")
    for number, stem in enumerate(stems):
        y, is_chosen = 1 + number * rows, stem.name == chosen
        middle = y + (rows - 1) // 2
        style = "bold text" if is_chosen else "text"
        canvas.put(_INDENT, middle, stem.name, style, _NAME_CELLS - _INDENT - 1)
        area = canvas.part(_NAME_CELLS, y, cells, rows)
        _draw_wave(area, stem, longest_s, "accent" if is_chosen else "waveform")
        begin_s, end_s = stem.leading_zeros_s, stem.duration_s - stem.trailing_zeros_s
        silent = begin_s >= stem.duration_s
        texts = ("silent", "") if silent else (seconds_text(begin_s), seconds_text(end_s))
        for place, text in enumerate(texts):
            canvas.put(figures_x + place * _FIGURE_CELLS, middle, f"{text:>{_FIGURE_CELLS}}", "value")
    _draw_time(canvas.part(_NAME_CELLS, 1 + len(stems) * rows, cells, 1), longest_s)


def _draw_wave(canvas: Canvas, stem: StemFigures, longest_s: float, style: str) -> None:
    """The stem on as many cells as it is long, its zeros as dots on the middle row."""
    if not longest_s > 0.0:
        return
    whole = max(1, round(canvas.width * stem.duration_s / longest_s))
    rows, levels = canvas.height, stem.rms_along_dbfs
    loudest = max(levels, default=NEGATIVE_INFINITY)
    heights = [0.0 if level < loudest - _SEEN_DB else 10.0 ** ((level - loudest) / 20.0) for level in levels]
    if loudest > NEGATIVE_INFINITY:
        for y, line in enumerate(waveform(heights, whole, rows)):
            canvas.put(0, y, line, style, whole)
    middle = (rows - 1) // 2
    per_second = whole / stem.duration_s if stem.duration_s > 0.0 else 0.0
    zeros_s = (stem.leading_zeros_s, stem.trailing_zeros_s)
    # what is there is seen, however short it is
    before, after = (math.ceil(seconds * per_second) if seconds >= SEEN_S else 0 for seconds in zeros_s)
    before = min(whole, before)
    after = min(whole - before, after)
    for x, size in ((0, before), (whole - after, after)):
        canvas.fill(x, 0, size, rows)
        canvas.put(x, middle, _ZEROS * size, "faint", size)
    if before + after < whole:
        if before:
            canvas.put(before - 1, middle, _BEGINS, "marker")
        if after:
            canvas.put(whole - after, middle, _ENDS, "marker")


def _draw_time(canvas: Canvas, longest_s: float) -> None:
    free = 0
    for seconds, label in time_axis(canvas.width, 0.0, longest_s).ticks:
        x = round(canvas.width * seconds / longest_s) if longest_s > 0.0 else 0
        if x >= free and x + len(label) <= canvas.width:
            canvas.put(x, 0, label, "dim")
            free = x + len(label) + 1
