"""What the work panels share: verdicts, findings explained, job lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from engine.units import NEGATIVE_INFINITY
from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.glyphs.blocks import bar
from tui.glyphs.numbers import short_clock
from tui.work.verb_job import Job, Stage

#: A verdict's sign, word and style: told by shape and letters before it is told by colour.
VERDICTS = {
    "pass": ("● PASS", "bold good"),
    "warn": ("▲ WARN", "bold warn"),
    "fail": ("✖ FAIL", "bold bad"),
}
_BAR_CELLS = 20
#: A piece of a line: text and style.
Piece = tuple[str, str]


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


def explain(canvas: Canvas, y: int, text: str) -> None:
    """Fills a panel that has nothing else to show, from row `y` on."""
    put_lines(canvas, 1, y, wrapped(text, canvas.width - 2), "dim", canvas.height - y)


def with_fix(text: Any, fix: Any, width: int) -> list[str]:
    """What was found, in lines, and below it what to do about it."""
    return [*wrapped(str(text), width), *wrapped(str(fix), width, "→ ", "  ")]


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


def verdict_word(verdict: Any) -> str:
    """A verdict as it is said."""
    return str(verdict) if str(verdict) in VERDICTS else "no verdict"


def job_words(job: Job | None, nothing: str) -> str:
    """`job_pieces` as a sentence; empty once it is done."""
    if job is None:
        return nothing
    if job.stage is Stage.RUNNING:
        left = "" if math.isnan(job.left_s) else f", {short_clock(job.left_s).strip()} left"
        return f"running: {round(100 * job.progress)}%{left}, {job.label or 'starting'}"
    if job.stage is Stage.FAILED:
        return f"failed: {job.error}"
    return {
        Stage.WAITING: "waits its turn",
        Stage.ENDING: "ending, unfinished files are removed",
        Stage.CANCELLED: "cancelled",
    }.get(job.stage, "")


def is_progress(line: str) -> bool:
    """Whether a line of `job_words` is about work that has not ended: it is told as it goes on."""
    return line.startswith("running: ") or line in ("waits its turn", "ending, unfinished files are removed")


def job_key(job: Job | None) -> Any:
    """What of a job is drawn, for `Sheet.is_due`."""
    return None if job is None else (id(job), job.changes)
