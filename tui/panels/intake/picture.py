"""The picture of an intake: findings with their cure, and the figures of every stem."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.report.check import CheckReport, StemFigures
from engine.report.findings import Finding
from engine.units import NEGATIVE_INFINITY, seconds_text
from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.glyphs.braille import area
from tui.glyphs.numbers import correlation, level, rate
from tui.panels.intake.waves import SEEN_S, draw_waves, rows_each
from tui.panels.page import (
    Piece,
    explain,
    job_pieces,
    put_lines,
    put_pieces,
    verdict_piece,
    window_start,
    with_fix,
)
from tui.work.verb_job import Job

#: Severities with their sign and style.
_SIGNS = {"error": ("✖", "bad"), "warning": ("▲", "warn"), "note": ("·", "note")}
_NAME_CELLS = 12
_ZEROS = "·"
#: So far below the loudest part of a stem there is nothing to be seen in its miniature, dB; above that
#: there is a dot at least, one of four.
_SEEN_DB, _LEAST_HEIGHT = 60.0, 0.25
_LEAST_FINDING_ROWS = 5
_WHAT_IT_DOES = "Reads every stem once and says whether the set can be trusted: rate, length, bits, clipping."


@dataclass(frozen=True)
class IntakePicture:
    """What is drawn.

    Attributes:
        report: of the verb; None: no check has ended yet.
        job: the newest check.
        chosen: row, counted through findings and then stems.
        outdated: files or corrections have changed since the report.
        told: what a replaced stem has changed; empty: nothing to tell.
        now_s: CLOCK_MONOTONIC.
    """

    report: CheckReport | None
    job: Job | None
    chosen: int
    outdated: bool
    told: str
    now_s: float


@dataclass(frozen=True)
class _Column:
    """A column of the stems' table.

    Attributes:
        heading: over it.
        width: cells.
        text: of one stem.
        rank: the higher, the sooner it is left out.
    """

    heading: str
    width: int
    text: Callable[[StemFigures], str]
    rank: int


def draw_intake(canvas: Canvas, picture: IntakePicture) -> None:
    """Draws everything; `canvas` is blank."""
    x = canvas.put(1, 0, "INTAKE", "title") + 3
    report = picture.report
    if report is not None:
        heading: list[Piece] = [verdict_piece(report.verdict), (f"  {counts(report.findings)}", "dim")]
        if picture.outdated:
            heading.append(("  outdated: n checks again", "warn"))
        put_pieces(canvas, x, 0, heading)
    pieces = job_pieces(picture.job, picture.now_s, "n checks the stems")
    put_pieces(canvas, 1, 1, pieces)
    if report is None:
        explain(canvas, 3, _WHAT_IT_DOES)
        return
    top = 1 + bool(pieces)
    if picture.told:
        lines = wrapped(picture.told, canvas.width - 2)
        top += put_lines(canvas, 1, top, lines, "accent", 3)
    body = canvas.part(0, top, canvas.width, canvas.height - top)
    findings, stems = report.findings, report.stems
    wanted = _LEAST_FINDING_ROWS + max(0, len(findings) - 1) if findings else 1
    finding_rows = max(min(wanted, body.height - len(stems) - 2), min(wanted, body.height // 2))
    _draw_findings(body.part(1, 0, body.width - 2, finding_rows), findings, picture.chosen)
    below = body.part(1, finding_rows + 1, body.width - 2, body.height - finding_rows - 1)
    rows = rows_each(len(stems), below.width, below.height - len(stems) - 2)
    table = below.part(0, 0, below.width, len(stems) + 1 if rows else below.height)
    _draw_stems(table, stems, findings, picture.chosen, miniatures=not rows)
    if rows:
        waves = below.part(0, len(stems) + 2, below.width, rows * len(stems) + 2)
        draw_waves(waves, stems, rows, _stem_of(picture.chosen, findings, stems))


def _stem_of(chosen: int, findings: Sequence[Finding], stems: Sequence[StemFigures]) -> str | None:
    """The stem that a row is, or that the finding of a row is about."""
    if chosen < len(findings):
        return findings[chosen].stem
    row = chosen - len(findings)
    return stems[row].name if row < len(stems) else None


def counts(findings: Sequence[Finding]) -> str:
    """How many of each severity."""
    counted = [(name, sum(one.severity == name for one in findings)) for name in _SIGNS]
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counted if count)


def _draw_findings(canvas: Canvas, findings: Sequence[Finding], chosen: int) -> None:
    """One line a finding; the chosen one whole, with its fix."""
    if not findings:
        canvas.put(0, 0, "nothing to complain about", "good")
        return
    at = min(chosen, len(findings) - 1)
    told = findings[at]
    detail = with_fix(told.message, told.fix, canvas.width - 4) if chosen < len(findings) else []
    detail_rows = min(len(detail), max(1, canvas.height - 1)) if detail else 0
    room = max(1, canvas.height - detail_rows)
    first = window_start(at, len(findings), room)
    y = 0
    for number in range(first, min(len(findings), first + room)):
        finding, is_chosen = findings[number], number == chosen
        sign, style = _SIGNS[finding.severity]
        background = " on selected" if is_chosen else ""
        canvas.put(0, y, f"{'▸' if is_chosen else ' '} {sign} ", f"{style}{background}")
        what = finding.kind.replace("_", " ")
        where = f"{finding.stem}: " if finding.stem else ""
        text = f"{what}  {where}{'' if is_chosen else finding.message}"
        canvas.put(4, y, text, f"text{background}", canvas.width - 4)
        y += 1
        if is_chosen:
            y += put_lines(canvas, 4, y, detail, "dim", detail_rows)
    if first + room < len(findings):
        hidden = f" {len(findings) - first - room} more ↓"
        canvas.put(canvas.width - len(hidden), canvas.height - 1, hidden, "faint")


def _bits(stem: StemFigures) -> str:
    declared, used = stem.bits, stem.true_bits
    return "—" if used is None else f"{used}" if declared in (None, used) else f"{used}<{declared}"


def _channel_dc(stem: StemFigures) -> str:
    worst = max((abs(value) for value in stem.dc_offset if math.isfinite(value)), default=0.0)
    return f"{100 * worst:.3f}"


def extent(stem: StemFigures, cells: int = 24) -> str:
    """Where a file sounds: a line from its first sample that is no zero to its last, dots for the zeros."""
    length_s = stem.duration_s
    if not length_s > 0.0:
        return ""
    zeros_s = (stem.leading_zeros_s, stem.trailing_zeros_s)
    # what is there is seen, however short it is
    before, after = (min(cells - 1, round(cells * seconds / length_s)) for seconds in zeros_s)
    before += int(before == 0 and zeros_s[0] >= SEEN_S)
    after += int(after == 0 and zeros_s[1] >= SEEN_S)
    return _ZEROS * before + "━" * max(1, cells - before - after) + _ZEROS * min(after, cells - before - 1)


def miniature(stem: StemFigures, cells: int = 24) -> str:
    """The stem in a row: its RMS along the file, linear; `·` where there are zeros at its ends."""
    line, levels = extent(stem, cells), stem.rms_along_dbfs
    loudest = max(levels, default=NEGATIVE_INFINITY)
    if not line or loudest == NEGATIVE_INFINITY:
        return line
    heights = [
        0.0 if level < loudest - _SEEN_DB else max(_LEAST_HEIGHT, 10.0 ** ((level - loudest) / 20.0))
        for level in levels
    ]
    return "".join(
        end if end == _ZEROS else wave for end, wave in zip(line, area(heights, cells, 1)[0], strict=True)
    )


#: The table's columns, for who draws and for who tells.
COLUMNS = (
    _Column("rate", 5, lambda stem: rate(stem.sample_rate), 0),
    _Column("ch", 2, lambda stem: str(stem.channels), 0),
    _Column("length", 9, lambda stem: seconds_text(stem.duration_s), 0),
    _Column("format", 7, lambda stem: stem.subtype[:7], 2),
    _Column("bits", 5, _bits, 0),
    _Column("peak", 6, lambda stem: level(stem.sample_peak_dbfs), 3),
    _Column("dBTP", 6, lambda stem: level(stem.true_peak_dbtp), 0),
    _Column("RMS", 6, lambda stem: level(stem.rms_dbfs), 0),
    _Column("crest", 5, lambda stem: level(stem.crest_db, 5), 4),
    _Column("floor", 6, lambda stem: level(stem.noise_floor_dbfs), 5),
    _Column("DC %", 6, _channel_dc, 6),
    _Column("corr", 5, lambda stem: correlation(stem.correlation), 7),
    _Column("silent", 6, lambda stem: f"{100 * stem.silent_share:.0f}%", 8),
    _Column("clipped", 7, lambda stem: str(stem.clipped_samples), 6),
)
#: And one that is a picture.
_MINIATURE = _Column("RMS along it, · zeros", 24, miniature, 9)


def _fitting(width: int, *, miniatures: bool) -> list[_Column]:
    """The columns for which there is room beside the name, most important ones first to stay."""
    columns = [*COLUMNS, *([_MINIATURE] if miniatures else [])]
    while sum(column.width + 1 for column in columns) > width - _NAME_CELLS:
        least = max(columns, key=lambda column: (column.rank, columns.index(column)))
        if least.rank == 0:
            break
        columns.remove(least)
    return columns


def _draw_stems(
    canvas: Canvas,
    stems: Sequence[StemFigures],
    findings: Sequence[Finding],
    chosen: int,
    *,
    miniatures: bool,
) -> None:
    """A row for each stem; its worst finding as a sign in front."""
    room = canvas.height - 1
    if room < 1:
        return
    columns = _fitting(canvas.width - 4, miniatures=miniatures)
    name_width = min(40, canvas.width - 4 - sum(column.width + 1 for column in columns))
    heading = "".join(f" {column.heading:>{column.width}}" for column in columns)
    canvas.put(4, 0, "stem", "label", name_width)
    canvas.put(4 + name_width, 0, heading, "label")
    worst = _worst(findings)
    row = chosen - len(findings)
    about = findings[chosen].stem if 0 <= chosen < len(findings) else None
    names = [stem.name for stem in stems]
    at = row if row >= 0 else names.index(about) if about in names else 0
    first = window_start(at, len(stems), room)
    for y, number in enumerate(range(first, min(len(stems), first + room)), start=1):
        stem = stems[number]
        sign, style = _SIGNS.get(worst.get(stem.name, ""), (" ", "text"))
        background = " on selected" if number == row else ""
        mark = "▸" if number == row else "‣" if stem.name == about else " "
        canvas.put(0, y, f"{mark} {sign} ", f"{style}{background}")
        canvas.put(4, y, stem.name, f"text{background}", name_width)
        cells = "".join(f" {column.text(stem):>{column.width}}" for column in columns)
        canvas.put(4 + name_width, y, cells, f"value{background}")
    if len(stems) > room:
        shown = f"{first + 1}–{min(len(stems), first + room)}"
        canvas.put(4, 0, f"stem {shown}", "label", name_width)


def _worst(findings: Sequence[Finding]) -> dict[str, str]:
    """The severity of each stem's worst finding; findings come worst first."""
    found: dict[str, str] = {}
    for finding in findings:
        if finding.stem is not None:
            found.setdefault(finding.stem, finding.severity)
    return found
