"""The picture of the loudness panel: figures, deliverables, and every known target."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.session.model import Deliverable
from engine.session.targets import Target
from engine.units import number_text
from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.glyphs.big import big
from tui.glyphs.blocks import bar
from tui.glyphs.numbers import NONE, change, level, percent
from tui.panels.loudness.histogram import SMALLEST, draw_histogram
from tui.panels.page import Piece, put_lines, put_pieces, window_start
from tui.panels.render.plan import Outcome

#: The canvas has to be this high for figures three rows high.
_BIG_FROM = 24
#: A difference to the target within this is on it (`engine.deliver.verify`, long programmes), LU.
_ON_TARGET_LU = 0.1
_NAME_WIDTH = 18
#: Cells that hold every title of the shipped targets, and from which on there is room for sources beside.
_TITLE_WIDTH, _SOURCED_FROM = 36, 79
#: From so many columns on a histogram stands beside the tables.
WIDE_FROM = 150


@dataclass(frozen=True)
class Known:
    """What is known of the song's loudness as it plays.

    Attributes:
        integrated_lufs: NaN: nothing yet.
        lra_lu: likewise.
        true_peak_dbtp: maximum since the maxima were reset; −∞: nothing yet.
        plr_db: likewise NaN.
        psr_db: of the last 3 s.
        heard: share of the song that they are known of, 0…1.
        outdated: share that was heard before the newest edits, 0…1.
    """

    integrated_lufs: float
    lra_lu: float
    true_peak_dbtp: float
    plr_db: float
    psr_db: float
    heard: float
    outdated: float


@dataclass(frozen=True)
class LoudnessPicture:
    """What is drawn.

    Attributes:
        deliverables: of the session.
        targets: those of the list.
        presets: all known ones, by name.
        problem: why there are none; empty: there are.
        known: of the song as it plays.
        playing: the deliverable whose target is played; None: the session's own drive.
        on_disk: the last rendered master of each deliverable.
        revision: of the live session: renders of an earlier one are old.
        chosen: row, counted through deliverables and then targets.
        counts: places of the song by short-term loudness (`tui.panels.loudness.histogram.counted`).
    """

    deliverables: Sequence[Deliverable]
    targets: Sequence[Target]
    presets: Mapping[str, Target]
    problem: str
    known: Known
    playing: str | None
    on_disk: Mapping[str, Outcome]
    revision: int
    chosen: int
    counts: Mapping[int, int] = field(default_factory=dict)


def draw_loudness(canvas: Canvas, picture: LoudnessPicture) -> None:
    """Draws everything; `canvas` is blank."""
    if canvas.width >= WIDE_FROM and canvas.height > SMALLEST[1]:
        left = canvas.width * 11 // 20
        beside = canvas.part(left + 2, 1, canvas.width - left - 3, canvas.height - 1)
        old = picture.known.outdated > 0.0
        draw_histogram(beside, picture.counts, picture.known.integrated_lufs, picture.targets, outdated=old)
        for y in range(1, canvas.height):
            canvas.put(left, y, "│", "border")
        canvas = canvas.part(0, 0, left, canvas.height)
    x = canvas.put(1, 0, "LOUDNESS", "title") + 3
    put_pieces(canvas, x, 0, _coverage(picture.known))
    top = 1 + _draw_figures(canvas.part(1, 1, canvas.width - 2, canvas.height - 1), picture)
    rows = min(len(picture.deliverables), max(1, (canvas.height - top - 6) // 2))
    _draw_deliverables(canvas.part(1, top, canvas.width - 2, rows + 1), picture)
    top += rows + 2
    about = detail(picture, canvas.width - 4)
    room = max(2, canvas.height - top - min(len(about), 3 if canvas.height < _BIG_FROM else 6))
    _draw_targets(canvas.part(1, top, canvas.width - 2, room), picture)
    put_lines(canvas, 3, top + room, about, "dim", canvas.height - top - room)


def _coverage(known: Known) -> list[Piece]:
    """How much of the song the figures are known of."""
    if known.heard >= 1.0 and not known.outdated:
        return [("● the whole song", "good")]
    pieces: list[Piece] = [
        (f"○ partial: {percent(known.heard).strip()} of the song known ", "warn"),
        (bar(round(48 * known.heard), 6), "unheard"),
    ]
    if known.outdated:
        pieces.append((f"  {percent(known.outdated).strip()} before the newest edits", "warn"))
    return pieces


def _draw_figures(canvas: Canvas, picture: LoudnessPicture) -> int:
    """Integrated loudness and what belongs to it; returns the rows."""
    known, x, rows = picture.known, 0, 2
    digits = big(level(known.integrated_lufs).strip()) if canvas.height >= _BIG_FROM else None
    if digits is not None:
        for row, text in enumerate(digits):
            canvas.put(0, row, text, "bold loudness")
        canvas.put(len(digits[0]) + 1, 2, "LUFS", "label")
        x, rows = len(digits[0]) + 9, 4
    figures = (
        ("integrated", f"{level(known.integrated_lufs)} LUFS"),
        ("LRA", f"{level(known.lra_lu)} LU"),
        ("true peak", f"{level(known.true_peak_dbtp)} dBTP"),
        ("PLR", f"{level(known.plr_db)} dB"),
    )
    begin = x
    for label, value in figures[digits is not None :]:
        x += canvas.put(x, 0, f"{label} ", "label")
        x += canvas.put(x, 0, value, "value") + 2
    drive = "the session's own drive" if picture.playing is None else f"the target of {picture.playing}"
    remark = "   true peak: since the maxima were reset (z)"
    put_pieces(canvas, begin, 1, [("plays at ", "label"), (drive, "value"), (remark, "faint")])
    return rows


def _draw_deliverables(canvas: Canvas, picture: LoudnessPicture) -> None:
    """One row each: target, difference, ceiling, margin, and what is on disk."""
    # with less room the units stand above the figures
    units = canvas.width >= _SOURCED_FROM
    disk = "on disk" if units else "on disk, LUFS dBTP"
    heading = f"{'target':>8} {'now':>7} {'ceiling':>8} {'margin':>7}   {disk:<22}"
    canvas.put(0, 0, "deliverable", "label", _NAME_WIDTH)
    canvas.put(_NAME_WIDTH, 0, heading, "label", canvas.width - _NAME_WIDTH)
    if not picture.deliverables:
        canvas.put(0, 1, "none: add [[deliverables]] to the session file", "dim")
        return
    rows = canvas.height - 1
    at = min(picture.chosen, len(picture.deliverables) - 1)
    first = window_start(at, len(picture.deliverables), rows)
    for y, number in enumerate(range(first, min(len(picture.deliverables), first + rows)), start=1):
        deliverable = picture.deliverables[number]
        background = " on selected" if number == picture.chosen else ""
        mark = "▶" if deliverable.name == picture.playing else "▸" if number == picture.chosen else " "
        canvas.put(0, y, f"{mark} {deliverable.name}", f"text{background}", _NAME_WIDTH)
        target, ceiling = deliverable.loudness_lufs, deliverable.ceiling_dbtp
        pieces = [(f"{level(target, 8)} ", "target"), _difference(target, picture.known)]
        pieces += [(f" {level(ceiling, 8)} ", "value"), _margin(ceiling, picture.known), ("   ", "text")]
        pieces += _on_disk(picture.on_disk.get(deliverable.name), picture.revision, units=units)
        put_pieces(canvas, _NAME_WIDTH, y, [(text, f"{style}{background}") for text, style in pieces])
    if len(picture.deliverables) > rows:
        canvas.put(_NAME_WIDTH - 5, 0, f"{first + 1}+", "faint")


def _difference(target_lufs: float | None, known: Known) -> Piece:
    """How far what plays is from a target, LU."""
    if target_lufs is None or not math.isfinite(known.integrated_lufs):
        return f"{NONE:>7}", "dim"
    difference = round(known.integrated_lufs - target_lufs, 1)
    sign = " " if abs(difference) <= _ON_TARGET_LU else "▲" if difference > 0.0 else "▼"
    style = "good" if sign == " " else "warn"
    return f"{change(difference, 6)}{sign}", style


def _margin(ceiling_dbtp: float | None, known: Known) -> Piece:
    """How far the true peak lies below a ceiling, dB; negative: above it."""
    if ceiling_dbtp is None or math.isnan(known.true_peak_dbtp):
        return f"{NONE:>7}", "dim"
    margin = ceiling_dbtp - known.true_peak_dbtp
    if math.isinf(margin):
        return f"{NONE:>7}", "dim"
    over = margin < -0.05
    return f"{level(margin, 6)}{'✖' if over else ' '}", "bad" if over else "value"


def _on_disk(outcome: Outcome | None, revision: int, *, units: bool) -> list[Piece]:
    if outcome is None:
        return [("not rendered", "faint")]
    output = outcome.outputs[0]
    lufs, dbtp = _two(output.integrated_lufs), _two(output.true_peak_dbtp)
    figures = f"{lufs} LUFS {dbtp} dBTP" if units else f"{lufs} {dbtp}"
    sign, style = ("✓", "good") if output.holds else ("✖", "bad")
    if outcome.revision < revision:
        # the sign that the renders have for it
        return [(f"{sign}○ ", "dim"), (figures, "dim")]
    return [(f"{sign} ", style), (figures, "value")]


def _two(value: float | None) -> str:
    return number_text(value, 2)


def _draw_targets(canvas: Canvas, picture: LoudnessPicture) -> None:
    """Every known target, and where the song lies."""
    # whose figures they are stands in the lines below too
    sourced = canvas.width >= _SOURCED_FROM
    heading = f"{'LUFS':>6} {'dBTP':>6}  {'the song is':<20} {'who says so' if sourced else ''}"
    title_width = max(_NAME_WIDTH, min(_TITLE_WIDTH, canvas.width - 36))
    canvas.put(0, 0, "target", "label", title_width)
    canvas.put(title_width, 0, heading, "label", canvas.width - title_width)
    if picture.problem:
        lines = textwrap.wrap(picture.problem, canvas.width, break_on_hyphens=False)
        put_lines(canvas, 0, 1, lines, "bad", canvas.height - 1)
        return
    at = picture.chosen - len(picture.deliverables)
    room = canvas.height - 1
    first = window_start(max(0, at), len(picture.targets), room)
    for y, number in enumerate(range(first, min(len(picture.targets), first + room)), start=1):
        target = picture.targets[number]
        background = " on selected" if number == at else ""
        canvas.put(0, y, f"{'▸' if number == at else ' '} {target.title}", f"text{background}", title_width)
        figures = f"{level(target.loudness_lufs)} {level(target.ceiling_dbtp)}  "
        x = title_width + canvas.put(title_width, y, figures, f"target{background}")
        text, style = service(target, picture.known)
        x += canvas.put(x, y, f"{text:<20} ", f"{style}{background}")
        source = (target.source or "your own") if sourced else ""
        canvas.put(x, y, source, f"dim{background}", canvas.width - x)
    if len(picture.targets) > room:
        last = min(len(picture.targets), first + room)
        canvas.put(8, 0, f"{first + 1}–{last}/{len(picture.targets)}", "faint", title_width - 8)


def service(target: Target, known: Known) -> Piece:
    """Where the song lies: a service that normalises turns it down by what it is above."""
    if target.loudness_lufs is None:
        return "as it is", "dim"
    if not math.isfinite(known.integrated_lufs):
        return NONE, "dim"
    above = round(known.integrated_lufs - target.loudness_lufs, 1)
    if abs(above) <= _ON_TARGET_LU:
        return "on it", "good"
    sign = "▲" if above > 0.0 else "▼"
    return f"{sign} {abs(above):.1f} LU {'above' if above > 0.0 else 'below'}", "warn"


def detail(picture: LoudnessPicture, width: int) -> list[str]:
    """Source and note of the chosen target, or of the chosen deliverable's preset."""
    at = picture.chosen - len(picture.deliverables)
    target: Target | None = None
    if at >= 0:
        target = picture.targets[at] if at < len(picture.targets) else None
    elif picture.deliverables:
        preset = picture.deliverables[picture.chosen].preset
        target = picture.presets.get(preset) if preset is not None else None
        if target is None:
            return wrapped("no preset: the figures are the session's own", width)
    if target is None:
        return []
    read = f", read on {target.date}" if target.date else ""
    return wrapped(f"{target.title}: {target.source}{read}. {target.note}", width)
