"""What the work panels share: a page that writes only what differs, wrapped text, verdicts, job lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len

from engine.units import NEGATIVE_INFINITY
from tui.display.cells import Canvas, CellBuffer
from tui.glyphs.blocks import bar
from tui.glyphs.numbers import short_clock
from tui.jobs import Job, Stage

#: A verdict's sign, word and style: told by shape and letters before it is told by colour.
VERDICTS = {
    "pass": ("● PASS", "bold good"),
    "warn": ("▲ WARN", "bold warn"),
    "fail": ("✖ FAIL", "bold bad"),
}
_BAR_CELLS = 20
#: A piece of a line: text and style.
Piece = tuple[str, str]


class Page:
    """A page that is put together whole and then written where it differs from what is on the screen.

    Whoever owns it draws only when `is_due`; then the page is blank, and `show` writes it.
    """

    def __init__(self) -> None:
        self._key: Any = None
        self._buffer = CellBuffer(0, 0)
        self._shown: CellBuffer | None = None
        self.canvas = self._buffer.canvas

    def is_due(self, canvas: Canvas, key: Any) -> bool:
        """Whether something has changed since the last time; `key` holds everything that is drawn.

        Args:
            canvas: where it will be shown. Another object, another page.
            key: compared by equality.
        """
        whole = (canvas, canvas.width, canvas.height, key)
        if self._key is not None and self._key[0] is canvas and self._key[1:] == whole[1:]:
            return False
        if self._key is None or self._key[0] is not canvas or self._key[1:3] != whole[1:3]:
            self._shown = None
        self._key = whole
        self._buffer = CellBuffer(canvas.width, canvas.height)
        self.canvas = self._buffer.canvas
        return True

    def show(self, canvas: Canvas) -> None:
        """Writes the page: the rows that differ from the page before."""
        before, page = self._shown, self._buffer
        for row, (glyphs, styles) in enumerate(zip(page.glyphs, page.styles, strict=True)):
            if before is None or glyphs != before.glyphs[row] or styles != before.styles[row]:
                canvas.cells(0, row, glyphs, styles)
        self._shown = page

    def forget(self) -> None:
        """What is on the screen is somebody else's: the next time is the first."""
        self._key = self._shown = None


def put_pieces(canvas: Canvas, x: int, y: int, pieces: Iterable[Piece]) -> int:
    """Writes pieces one after another; returns the column behind the last."""
    for text, style in pieces:
        x += canvas.put(x, y, text, style)
    return x


def put_lines(canvas: Canvas, x: int, y: int, lines: Sequence[str], style: str, rows: int) -> int:
    """Writes lines under each other, at most `rows`; the last shows where there is more. Returns how many."""
    shown = list(lines[:rows])
    if len(lines) > rows > 0:
        shown[-1] = f"{shown[-1]} …"
    for number, line in enumerate(shown):
        canvas.put(x, y + number, line, style, canvas.width - x)
    return len(shown)


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of at most `width` cells, broken between words; wide characters count as two.

    Args:
        text: words; a word longer than a line stands alone, and is cut where it is drawn.
        width: cells.
        first: begins the first line.
        rest: begins the others.
    """
    lines, line, empty = [], first, True
    for word in text.split():
        if not empty and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line, empty = rest, True
        line = f"{line}{word}" if empty else f"{line} {word}"
        empty = False
    return [*lines, line]


def window_start(chosen: int, count: int, room: int) -> int:
    """The first row shown of a list of `count` of which `room` fit, so that the chosen one is among them."""
    return max(0, min(chosen - room // 2, count - room))


def level_or_silence(value: Any) -> float:
    """A level out of a JSON document, where null is silence."""
    return NEGATIVE_INFINITY if value is None else float(value)


def clock_or_none(seconds: Any) -> str:
    """A song position out of a JSON document: `1:07`; `—` for none."""
    return "—" if seconds is None else short_clock(float(seconds)).strip()


def verdict_piece(verdict: Any) -> Piece:
    """A verdict as sign and word."""
    return VERDICTS.get(str(verdict), ("? none", "dim"))


def job_pieces(job: Job | None, now_s: float, nothing: str, cancel_key: str = "D") -> list[Piece]:
    """One line about a job: how far it is while it runs, what went wrong after; nothing once it is done.

    Args:
        job: the newest; None: nothing was asked for yet.
        now_s: CLOCK_MONOTONIC.
        nothing: said where there is no job.
        cancel_key: that ends it.
    """
    if job is None:
        return [(nothing, "dim")]
    if job.stage is Stage.WAITING:
        return [("waits its turn", "dim"), (f"   {cancel_key} cancels", "faint")]
    if job.stage is Stage.ENDING:
        return [("ending, unfinished files are removed …", "warn")]
    if job.stage is Stage.CANCELLED:
        return [("cancelled", "dim")]
    if job.stage is Stage.FAILED:
        return [("✖ ", "bad"), (job.error, "bad")]
    if job.stage is Stage.DONE:
        return []
    left = "" if math.isnan(job.left_s) else f"  {short_clock(job.left_s).strip()} left"
    return [
        (f"{round(100 * job.progress):3d}% ", "value"),
        (bar(round(8 * _BAR_CELLS * job.progress), _BAR_CELLS), "accent"),
        (f"{left:<12}", "value"),
        (f" {cancel_key} cancels  ", "faint"),
        (job.label or "starting", "dim"),
    ]


def job_key(job: Job | None) -> Any:
    """What of a job is drawn, for `Page.is_due`."""
    return None if job is None else (id(job), job.changes)
