"""The master's figures: loudness, true peak, dynamics, drive, null lamp."""

from __future__ import annotations

from collections.abc import Sequence

from tui.desk.known import moving_style, outdated_share
from tui.desk.nulltest import null_reading
from tui.desk.pace import Moment
from tui.desk.row import Piece, Row
from tui.desk.target import ceiling_dbtp, target_lufs
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.big import big
from tui.view import View

#: How far integrated loudness may be from the target, LU: the tolerance of EBU R 128 for live
#: programmes is 1.0, of files 0.2; what the solve promises is 0.1.
_ON_TARGET_LU = 0.2
#: From this share on the whole song has been heard, as far as per cents tell.
_WHOLE = 0.9995
#: A reading this far above the ceiling is over it, dB: half the last decimal shown.
_OVER_DB = 0.05
#: What the first of two lines shows; the second has all others.
_FIRST_LINE = ("I", "S", "M", "LRA")
#: One figure: label, text, unit, style, remark and its style.
Figure = tuple[str, str, str, str, str, str]


def figures(view: View) -> list[Figure]:
    """All figures, the most important first."""
    master, status, moving = view.snapshot.master, view.snapshot.status, moving_style(view)
    return [
        _integrated(view),
        ("S", numbers.reading(master.short_term_lufs), "LUFS", moving, "short-term 3 s", "faint"),
        ("M", numbers.reading(master.momentary_lufs), "LUFS", moving, "momentary 400 ms", "faint"),
        _true_peak(view),
        ("TP", numbers.reading(master.true_peak_dbtp), "dBTP", moving, "true peak now", "faint"),
        ("LRA", numbers.level(master.lra_lu), "LU", "value", _heard(status.loudness_heard), "faint"),
        ("PLR", numbers.level(master.plr_db), "dB", "value", "peak to loudness", "faint"),
        ("PSR", numbers.level(master.psr_db), "dB", moving, "of the last 3 s", "faint"),
        _drive(view),
        _lamp(view),
    ]


def _integrated(view: View) -> Figure:
    value, target = view.snapshot.master.integrated_lufs, target_lufs(view)
    text, outdated = numbers.reading(value), outdated_share(view)
    if outdated > 0.0:
        text = f"~{text.strip()}".rjust(len(text))
        return ("I", text, "LUFS", "bold dim", f"{_percent_of(outdated)} before edits", "warn")
    if target is None:
        return ("I", text, "LUFS", "bold value", "no target", "faint")
    missed = value - target
    if missed != missed or value < -100.0:
        return ("I", text, "LUFS", "bold value", f"target {numbers.level(target, 0)}", "target")
    near = abs(missed) <= _ON_TARGET_LU
    side = "above" if missed > 0.0 else "below"
    remark = "on target" if near else f"{numbers.level(abs(missed), 0)} LU {side} target"
    # a verdict is one of the whole song as it is now
    style = "good" if near else "bad" if missed > 0.0 else "target"
    settled = view.snapshot.status.loudness_heard >= _WHOLE and not view.snapshot.status.drive_stale
    return ("I", text, "LUFS", f"bold {style if settled else 'value'}", remark, "good" if near else "target")


def _true_peak(view: View) -> Figure:
    value, ceiling = view.snapshot.master.true_peak_max_dbtp, ceiling_dbtp(view)
    text = numbers.reading(value)
    if ceiling is None:
        return ("MAX", text, "dBTP", "bold value", "no ceiling", "faint")
    if value > ceiling + _OVER_DB:
        return ("MAX", text, "dBTP", "bold over", f"!OVER {numbers.level(ceiling, 0)}", "bold over")
    style = "bold good" if value > numbers.METER_FLOOR_DB else "bold value"
    return ("MAX", text, "dBTP", style, f"ceiling {numbers.level(ceiling, 0)}", "faint")


def _percent_of(share: float) -> str:
    """A share that is not nothing, and so never told as nothing."""
    return numbers.percent(max(share, 0.01), 0)


def _heard(share: float) -> str:
    if share >= _WHOLE:
        return "whole song heard"
    return f"{numbers.percent(share, 0)} heard" if share > 0.0 else "nothing heard yet"


def _drive(view: View) -> Figure:
    status = view.snapshot.status
    remark, style = ("STALE: to be solved", "warn") if status.drive_stale else ("into limiter", "faint")
    return ("DRV", numbers.change(status.drive_db, 6), "dB", "value", remark, style)


def _lamp(view: View) -> Figure:
    found = null_reading(view)
    return ("NULL", found.text.rjust(6), "", found.style, found.remark, found.remark_style)


class ReadingList:
    """The figures one below the other; in two columns where `canvas` is too low for one."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shown: list[Figure] = []

    def draw(self, moment: Moment) -> None:
        """Shows the figures of `moment`."""
        if not moment.figures and self._shown:
            return
        shown, self._shown = self._shown, figures(moment.view)
        for index, figure in enumerate(self._shown):
            before = shown[index] if shown else None
            if figure != before:
                self._draw(index, figure, only_text=before is not None and figure[2:] == before[2:])

    def _draw(self, index: int, figure: Figure, only_text: bool) -> None:
        canvas, count = self._canvas, len(self._shown)
        columns = 1 if canvas.height >= count else 2
        column, row = divmod(index, -(-count // columns))
        width = canvas.width // columns
        label, text, unit, style, remark, remark_style = figure
        x = column * width
        # a lamp is as wide as a figure with its sign: it would touch the label
        canvas.put(x + 4, row, text.rjust(7) if label == "NULL" else text, style, 7)
        if only_text:
            return
        canvas.put(x, row, label, "label", 4)
        canvas.put(x + 11, row, unit, "dim", 5)
        room = width - 17
        if room >= 6:
            canvas.put(x + 16, row, remark, remark_style, room)
        elif remark.startswith(("!OVER", "STALE")):
            canvas.put(x + 11, row, remark[:5], remark_style, 5)


class ReadingRows:
    """The figures in two lines, for the smallest desk."""

    def __init__(self, canvas: Canvas) -> None:
        self._rows = (Row(canvas, 0), Row(canvas, 1))
        self._begun = False

    def draw(self, moment: Moment) -> None:
        """Shows the figures of `moment`."""
        if not moment.figures and self._begun:
            return
        self._begun = True
        found = figures(moment.view)
        chosen = Piece(("▸",) if moment.view.focus.stem < 0 else ("",), "focus", 0)
        first = [figure for figure in found if figure[0] in _FIRST_LINE]
        self._rows[0].draw([chosen, *_pieces(first)])
        self._rows[1].draw(_pieces([figure for figure in found if figure not in first]))


def _pieces(found: Sequence[Figure]) -> list[Piece]:
    pieces = []
    for rank, (label, text, unit, style, remark, remark_style) in enumerate(found):
        pieces.append(Piece((f"{label} {text} {unit}".rstrip(), f"{label} {text}"), style, rank))
        if remark.startswith("!OVER"):
            pieces.append(Piece(("OVER", "!"), "bold over", 0))
        elif remark.startswith("STALE"):
            pieces.append(Piece(("STALE", "~"), "warn", 1))
        elif label == "NULL":
            pieces.append(Piece((remark, ""), remark_style, 6))
        elif label == "I":
            pieces.append(Piece((remark, ""), remark_style, 3))
    return pieces


class BigReadings:
    """Integrated loudness and the true-peak maximum, three rows high, each under its name."""

    ROWS = 4

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shown: tuple[tuple[str, str], ...] = ()

    def draw(self, moment: Moment) -> None:
        """Shows the figures of `moment`."""
        if not moment.figures and self._shown:
            return
        found = {figure[0]: figure for figure in figures(moment.view)}
        # what is old is dimmed; there is no large sign for it
        shown = tuple((found[name][1].replace("~", " "), found[name][3]) for name in ("I", "MAX"))
        if shown == self._shown:
            return
        self._shown = shown
        width = self._canvas.width // 2
        titles = ("INTEGRATED LUFS", "MAX dBTP")
        for place, (title, (text, style)) in enumerate(zip(titles, shown, strict=True)):
            x = place * width
            self._canvas.put(x, 0, title.rjust(width - 1), "label", width)
            for row, line in enumerate(big(text, width - 1)):
                self._canvas.put(x, 1 + row, line, style, width)
