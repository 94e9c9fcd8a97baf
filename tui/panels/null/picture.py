"""The picture of a null test: figures, residual along the song and by octave, causes with their cure."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.report.null import NullBand, NullReport, StemFit
from engine.report.null_causes import CAUSES, NullCause, is_correctable
from engine.units import number_text
from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.glyphs.big import ROWS as BIG_ROWS
from tui.glyphs.big import big
from tui.glyphs.blocks import bar
from tui.glyphs.braille import area
from tui.glyphs.numbers import change, level
from tui.panels.page import (
    Piece,
    clock_or_none,
    explain,
    job_pieces,
    put_lines,
    put_pieces,
    verdict_piece,
    window_start,
    with_fix,
)
from tui.work.verb_job import Job

#: What the plots span, dBFS: below the floor there is nothing left of a 20-bit word.
_FLOOR_DBFS = -120.0
_BANDS_WIDTH = 42
_AXIS_WIDTH = 5
#: The canvas has to be this high for figures three rows high.
_BIG_FROM = 24
_MARKS_DBFS = (0, -20, -40, -60, -80, -100)
#: Colours of the residual: above −40 dBFS a test fails, below −60 it may pass (`engine.report.null`).
_FAIL_DBFS, _PASS_DBFS = -40.0, -60.0
_NO_REFERENCE = (
    "The session has no reference mix, so there is nothing to compare the stems with. "
    'Add it to the session file: [reference] and path = "mix.wav".'
)
_WHAT_IT_DOES = (
    "Sums the stems, with nothing but their corrections, and compares the sum with the reference mix. "
    "A residual below −60 dBFS passes."
)
_NO_DOTS = "\N{BRAILLE PATTERN BLANK}"


@dataclass(frozen=True)
class NullPicture:
    """What is drawn.

    Attributes:
        report: of the verb; None: no test has ended yet.
        job: the newest test; None: none was asked for.
        chosen: the chosen cause.
        outdated: the stems have changed since the report.
        has_reference: the session names a mix.
        now_s: CLOCK_MONOTONIC.
        engine: verdict and residual that the engine has found by itself; None: it has not.
    """

    report: NullReport | None
    job: Job | None
    chosen: int
    outdated: bool
    has_reference: bool
    now_s: float
    engine: tuple[str, float] | None = None


def draw_null(canvas: Canvas, picture: NullPicture) -> None:
    """Draws everything; `canvas` is blank."""
    x = canvas.put(1, 0, "NULL TEST", "title") + 3
    report = picture.report
    if not picture.has_reference:
        explain(canvas, 3, _NO_REFERENCE)
        return
    if report is not None:
        heading: list[Piece] = [verdict_piece(report.verdict)]
        if report.exact:
            heading.append(("  exact: the stems are the mix", "good"))
        if picture.outdated:
            heading.append(("  outdated: the stems have changed, n tests again", "warn"))
        put_pieces(canvas, x, 0, heading)
    if report is None and picture.engine is not None:
        verdict, residual = picture.engine
        found = (f"  residual {level(residual).strip()} dBFS", "value")
        put_pieces(canvas, x, 0, [verdict_piece(verdict), found, ("  as the engine found it", "dim")])
    pieces = job_pieces(picture.job, picture.now_s, "n runs the test, with plots and causes")
    put_pieces(canvas, 1, 1, pieces)
    if report is None:
        explain(canvas, 3, _WHAT_IT_DOES)
        return
    top = 1 + bool(pieces)
    top += _draw_figures(canvas.part(1, top, canvas.width - 1, canvas.height - top), report)
    _draw_body(canvas.part(0, top, canvas.width, canvas.height - top), picture, report)


def _draw_figures(canvas: Canvas, report: NullReport) -> int:
    """The levels; returns the rows they take."""
    residual = report.residual_rms_dbfs
    x, rows = 0, 2
    digits = big(level(residual).strip()) if canvas.height >= _BIG_FROM else None
    if digits is not None:
        style = "bold " + _colour(residual)
        for row, text in enumerate(digits):
            canvas.put(0, row, text, style)
        canvas.put(len(digits[0]) + 1, BIG_ROWS - 1, "dBFS RMS", "label")
        x, rows = len(digits[0]) + 12, BIG_ROWS + 1
    worst = level(report.worst_window_rms_dbfs).strip()
    difference = report.level_difference_db
    place = clock_or_none(report.worst_at_s)
    figures = (
        ("residual", f"{level(residual).strip()} dBFS"),
        ("its peak", f"{level(report.residual_peak_dbfs).strip()} dBFS"),
        ("re the mix", f"{level(report.residual_relative_db).strip()} dB"),
        ("worst", f"{worst} at {place}" if place != "—" else worst),
        ("stems − mix", "—" if math.isnan(difference) else f"{signed(difference, 3)} dB"),
        ("with fixes", f"{level(report.residual_after_fix_rms_dbfs).strip()} dBFS"),
    )
    width = (canvas.width - x) // 3
    for number, (label, value) in enumerate(figures):
        row, column = divmod(number, 3)
        begin = x + column * width
        begin += canvas.put(begin, row, f"{label} ", "label")
        canvas.put(begin, row, value, "value", width - len(label) - 2)
    return rows


def _draw_body(canvas: Canvas, picture: NullPicture, report: NullReport) -> None:
    bands, causes, stems = report.bands, report.causes, report.stems
    plot_rows = min(len(bands) + 1, canvas.height - 3)
    spare = canvas.height - plot_rows - 2 - 4 * len(causes)
    stems_rows = len(stems) + 2 if causes and spare >= len(stems) + 2 else 0
    plot_rows += max(0, min(spare - stems_rows, plot_rows))
    bands_width = min(_BANDS_WIDTH, canvas.width // 2)
    left = canvas.part(1, 0, canvas.width - bands_width - 3, plot_rows)
    _draw_time(left, report)
    _draw_bands(canvas.part(canvas.width - bands_width, 0, bands_width, plot_rows), bands)
    top = plot_rows + (canvas.height - plot_rows > 5)
    rest = canvas.part(1, top, canvas.width - 2, canvas.height - top)
    if stems_rows:
        _draw_stems(rest.part(0, rest.height - stems_rows + 1, rest.width, stems_rows - 1), stems)
        rest = rest.part(0, 0, rest.width, rest.height - stems_rows)
    _draw_causes(rest, causes, picture.chosen, no_causes(report))


def _colour(level_dbfs: float) -> str:
    if level_dbfs > _FAIL_DBFS:
        return "bad"
    return "warn" if level_dbfs > _PASS_DBFS else "good"


def signed(value: float, digits: int) -> str:
    """A figure with its sign."""
    return number_text(value, digits, signed=True)


def _height(level_dbfs: float) -> float:
    """A level as the share of the plot's height."""
    return 0.0 if level_dbfs < _FLOOR_DBFS else min(1.0, 1.0 - level_dbfs / _FLOOR_DBFS)


@functools.lru_cache(maxsize=4)
def _area(heights: tuple[float, ...], cells: int, rows: int) -> tuple[str, ...]:
    """The plot; kept, because the line above it changes while the next test runs."""
    return tuple(text.replace(_NO_DOTS, " ") for text in area(heights, cells, rows))


def _draw_time(canvas: Canvas, report: NullReport) -> None:
    """The residual along the song: an area over dBFS, and where it is worst."""
    series = report.residual_over_time
    levels = series.rms_dbfs
    rows, cells = canvas.height - 2, canvas.width - _AXIS_WIDTH
    canvas.put(0, 0, "residual along the song, dBFS", "label")
    if rows < 1 or cells < 4 or not levels:
        return
    heights = tuple(_height(value) for value in levels)
    for row, text in enumerate(_area(heights, cells, rows)):
        top_dbfs = _FLOOR_DBFS * row / rows
        mark = [one for one in _MARKS_DBFS if one <= top_dbfs and one > _FLOOR_DBFS * (row + 1) / rows]
        canvas.put(0, 1 + row, number_text(mark[0], 0).rjust(4) if mark else "", "faint", _AXIS_WIDTH)
        canvas.cells(_AXIS_WIDTH, 1 + row, text, [_colour(top_dbfs - 1e-6)] * cells)
    if not any(heights):
        canvas.put(_AXIS_WIDTH, 1 + rows // 2, "nothing above −120 dBFS anywhere", "dim")
    _draw_places(canvas, rows + 1, cells, report, series.window_s * len(levels))


def _draw_places(canvas: Canvas, y: int, cells: int, report: NullReport, song_s: float) -> None:
    canvas.put(_AXIS_WIDTH, y, f"{clock_or_none(song_s):>{cells}}", "faint")
    worst_s = report.worst_at_s
    if math.isnan(worst_s) or song_s <= 0.0:
        canvas.put(_AXIS_WIDTH, y, "00:00", "faint")
        return
    place = min(cells - 1, int(cells * worst_s / song_s))
    text = f"▲ {clock_or_none(worst_s)}"
    begin = place if place + len(text) <= cells else place - len(text) + 1
    if begin < place:
        text = f"{clock_or_none(worst_s)} ▲"
    if begin + len(text) > cells - 6:
        canvas.fill(_AXIS_WIDTH, y, cells, 1)
    canvas.put(_AXIS_WIDTH + max(0, begin), y, text, "marker")


def _draw_bands(canvas: Canvas, bands: Sequence[NullBand]) -> None:
    """Octaves from the highest down, as a spectrum stood on its side."""
    width = max(4, canvas.width - 30)
    canvas.put(0, 0, f"{'octave':>7}  {'residual':<{width + 8}}  {'stems−mix':>9}", "label")
    shown = list(reversed(bands))
    if len(shown) > canvas.height - 1:
        canvas.put(0, 0, f"{len(shown) - canvas.height + 1} more octaves need a higher window", "warn")
    for row, band in enumerate(shown[: canvas.height - 1], start=1):
        residual, difference = band.residual_rms_dbfs, band.level_difference_db
        style = _colour(residual) if band.carries_signal else "dim"
        middle_hz = math.sqrt(band.low_hz * band.high_hz)
        x = canvas.put(0, row, f"{frequency(middle_hz):>7}", "text" if band.carries_signal else "dim")
        x += canvas.put(x, row, f" {level(residual, 7)} ", "value" if band.carries_signal else "dim")
        x += canvas.put(x, row, bar(round(8 * width * _height(residual)), width), style) + 1
        if not band.carries_signal:
            canvas.put(x, row, "  no signal", "dim")
        elif math.isnan(difference):
            canvas.put(x, row, "  one only ✖", "bad")
        else:
            text = f"{signed(difference, 2) if abs(difference) < 99.0 else change(difference):>8} "
            canvas.put(x, row, f"{text}dB {'✓' if band.holds else '✖'}", "value" if band.holds else "bad")


def frequency(middle_hz: float) -> str:
    """The nominal name of an octave (IEC 61260-1:2014, annex E)."""
    names = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
    nearest = min(names, key=lambda name: abs(math.log(name / middle_hz)))
    return f"{nearest / 1000:g} kHz" if nearest >= 1000 else f"{nearest:g} Hz"


def cure(cause: NullCause) -> str:
    """How a cause is mended: by a key, or by somebody else."""
    return "⏎ applies" if is_correctable(cause.kind, cause.channel) else "new bounce"


def cause_line(cause: NullCause) -> str:
    """A cause, where it lies, and its amount."""
    where = "" if cause.stem is None else f" in {cause.stem}"
    where += "" if cause.channel is None else f", {cause.channel}"
    amount = cause.amount
    text = "" if amount is None else f"  {_amount(amount)} {cause.unit or ''}".rstrip()
    return f"{CAUSES[cause.kind].title}{where}{text}"


def _amount(amount: float) -> str:
    digits = 0 if float(amount).is_integer() else 2
    return signed(float(amount), digits)


def no_causes(report: NullReport) -> str:
    """What stands where there is no cause: that the sum is the mix only where it is, sample by sample."""
    if report.exact:
        return "no causes to tell: the stems are what was mixed"
    peak = level(report.residual_peak_dbfs).strip()
    place = clock_or_none(report.worst_at_s)
    return f"no causes to tell: the difference is small enough to pass, up to {peak} dBFS, most at {place}"


def _draw_causes(canvas: Canvas, causes: Sequence[NullCause], chosen: int, without: str) -> None:
    """One line a cause, and under the chosen one its evidence and its fix; `without`: where there is none."""
    if canvas.height < 1:
        return
    if not causes:
        put_lines(canvas, 0, 0, wrapped(without, canvas.width), "dim", canvas.height)
        return
    y, width = 0, canvas.width
    detail = with_fix(causes[chosen].evidence, causes[chosen].fix, width - 4)
    room = max(1, canvas.height - min(len(detail), max(2, canvas.height - 1)))
    listed = canvas.height > 4
    if listed:
        canvas.put(
            0, 0, f"CAUSES  {len(causes)}, most likely first   j k choose   F applies all fixes", "label"
        )
        y, room = 1, room - 1
    first = window_start(chosen, len(causes), room) if room > 0 else chosen
    for number in range(first, min(len(causes), first + max(1, room))):
        cause, is_chosen = causes[number], number == chosen
        style = " on selected" if is_chosen else ""
        mark = "▸" if is_chosen else " "
        right = f"{round(100 * cause.confidence):3d}% sure   {cure(cause):<10}"
        place = f"{number + 1}/{len(causes)} " if not listed else ""
        canvas.put(0, y, f"{mark} {place}{cause_line(cause)}", f"bold text{style}", width - len(right))
        canvas.put(width - len(right), y, right, f"value{style}")
        y += 1
        if is_chosen:
            y += put_lines(canvas, 2, y, detail, "dim", min(len(detail), canvas.height - y))


def _draw_stems(canvas: Canvas, stems: Sequence[StemFit]) -> None:
    """What fits each stem best, whatever the causes say."""
    name_width = min(30, canvas.width - 40)
    canvas.put(0, 0, f"{'to apply to':<{name_width}} {'gain dB':>8} {'samples':>10}  polarity", "label")
    for row, stem in enumerate(stems, start=1):
        canvas.put(0, row, stem.name, "text", name_width)
        if not stem.present:
            canvas.put(name_width, row, f"{'—':>9} {'—':>10}  not in the mix", "warn")
            continue
        gain, offset = signed(stem.fitted_gain_db, 2), signed(stem.fitted_offset_samples, 2)
        inverted = stem.polarity == "inverted"
        neutral = gain.strip("+−0.") == "" and offset.strip("+−0.") == "" and not inverted
        text = f"{gain:>9} {offset:>10}  {'Ø invert' if inverted else 'as it is'}"
        canvas.put(name_width, row, text, "dim" if neutral else "value")
