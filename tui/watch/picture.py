"""The picture of `watch`: a block of lines for everything that runs or has ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.processes.ended_renders import Ending
from engine.processes.watch_view import Outlook, Sight
from engine.report.render import ToldOutput, ToldSession
from engine.units import number_text, seconds_text
from tui.display.cells import Canvas
from tui.glyphs.blocks import bar
from tui.glyphs.numbers import NONE, level, percent, short_clock
from tui.panels.page import Piece, put_pieces

_BAR_CELLS = 16
_NAME_CELLS = 18
#: Verdicts of files shown under one render; the others are counted.
_FILES = 6

Line = Sequence[Piece]


@dataclass(frozen=True)
class Gone:
    """Something that runs no more and left no word behind.

    Attributes:
        name: as it was listed.
        kind: `engine` or `render`.
        at_s: when that was noticed, seconds since the epoch.
    """

    name: str
    kind: str
    at_s: float


def draw_watch(canvas: Canvas, outlook: Outlook, gone: Sequence[Gone], first: int, now_s: float) -> int:
    """Draws everything; `canvas` is blank.

    Args:
        canvas: the whole screen.
        outlook: what there is.
        gone: what has ended without a word.
        first: line to begin with, ≥ 0.
        now_s: seconds since the epoch.

    Returns:
        How many lines there are in all.
    """
    ended = len(outlook.ended) + len(gone)
    head = f" WATCH   {len(outlook.running)} running · {ended} ended"
    clock = time.strftime("%H:%M:%S", time.localtime(now_s))
    canvas.put(0, 0, head, "title on panel", canvas.width)
    canvas.put(canvas.width - len(clock) - 1, 0, clock, "dim on panel")
    lines = list(_lines(outlook, gone))
    room = canvas.height - 2
    first = max(0, min(first, len(lines) - room))
    for y, line in enumerate(lines[first : first + room], start=1):
        put_pieces(canvas, 1, y, line)
    below = len(lines) - first - room
    more = f"   {below} more lines: j k" if below > 0 else f"   {first} lines above: k" if first else ""
    canvas.put(0, canvas.height - 1, f" q leaves, what runs goes on{more}", "dim on panel", canvas.width)
    return len(lines)


def _lines(outlook: Outlook, gone: Sequence[Gone]) -> Iterator[Line]:
    if not outlook.running and not outlook.ended and not gone:
        yield ()
        yield (("nothing is running", "dim"),)
        yield (("'stemlathe render SESSION' and 'stemlathe open SESSION' are seen here", "faint"),)
    for sight in outlook.running:
        yield from _engine(sight) if sight.status.kind == "engine" else _render(sight)
        yield ()
    if outlook.ended or gone:
        yield (("ENDED within the last ten minutes", "label"),)
    for one in gone:
        yield (
            (f"{'·':<2}", "dim"),
            (f"{one.name:<{_NAME_CELLS}} ", "text"),
            (f"{one.kind} has ended at {_time(one.at_s)}", "dim"),
        )
    for ending in outlook.ended:
        yield from _ending(ending)


def _name(name: str) -> str:
    return name if len(name) <= _NAME_CELLS else name[: _NAME_CELLS - 1] + "…"


def _time(at_s: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at_s))


def _render(sight: Sight) -> Iterator[Line]:
    status = sight.status
    progress = status.progress or 0.0
    left = NONE if sight.left_s is None else short_clock(sight.left_s).strip()
    speed = NONE if sight.speed is None else f"{sight.speed:.0f}"
    yield (
        ("▶ ", "accent"),
        (f"{_name(status.name):<{_NAME_CELLS}} ", "bold text"),
        (f"{percent(progress)} ", "value"),
        (bar(round(8 * _BAR_CELLS * progress), _BAR_CELLS), "accent"),
        (f" {left:>6} left {speed:>4} × ", "value"),
        (f"{sight.unit} {min(sight.outputs_done + 1, max(1, sight.outputs))} of {sight.outputs}", "dim"),
    )
    if sight.unit == "session":
        yield (("  many sessions · ", "dim"), (sight.label, "text"))
    else:
        yield (
            ("  render · ", "dim"),
            (f"{level(sight.integrated_lufs)} LUFS {level(sight.true_peak_dbtp)} dBTP  ", "loudness"),
            (sight.label, "dim"),
        )
    yield ((f"  {status.session}", "faint"),)
    yield from _files(sight.files, newest_last=True)


def _engine(sight: Sight) -> Iterator[Line]:
    status = sight.status
    position = NONE if status.position_s is None else seconds_text(status.position_s)
    length = NONE if sight.length_s is None else seconds_text(sight.length_s)
    load = NONE if status.load_mean is None else percent(status.load_mean).strip()
    sign = {"playing": "▶", "paused": "‖", "failed": "✖"}.get(status.state, "…")
    bad = status.state == "failed"
    yield (
        (f"{sign} ", "bad" if bad else "good"),
        (f"{_name(status.name):<{_NAME_CELLS}} ", "bold text"),
        (f"{status.state:<8} {position:>8} of {length:<8} ", "value"),
        (f"load {load:>4} ", "value"),
        (f"{status.xruns} under-runs", "warn" if status.xruns else "dim"),
    )
    partial = "" if sight.heard is None or sight.heard >= 1.0 else f" of {percent(sight.heard).strip()}"
    target = "" if sight.target_lufs is None else f"  target {level(sight.target_lufs).strip()}"
    yield (
        ("  engine · ", "dim"),
        (f"I {level(sight.integrated_lufs)} LUFS{partial} S {level(sight.short_term_lufs)} ", "loudness"),
        (f"{level(sight.true_peak_dbtp)} dBTP  GR {level(sight.gain_reduction_db).strip()} dB", "value"),
        (target, "target"),
    )
    clients = f"{status.clients} console{'' if status.clients == 1 else 's'}"
    memory = "" if status.rss_mb is None else f" · {status.rss_mb:.0f} MB"
    yield ((f"  {sight.device or 'no device'} · {clients}{memory} · pid {status.pid} · ", "dim"),
           (str(status.session), "faint"))  # fmt: skip
    if status.progress is not None and sight.label:
        yield ((f"  {percent(status.progress).strip()} {sight.label}", "dim"),)


def _ending(ending: Ending) -> Iterator[Line]:
    held = sum(output.holds for output in ending.outputs)
    missed = len(ending.outputs) - held
    if ending.how == "done":
        sign, style = ("✓", "good") if not missed else ("✖", "bad")
        word = ending.summary or f"{held} hold" + (f", {missed} missed" if missed else "")
    else:
        sign, style = ("✖", "bad") if ending.how == "failed" else ("·", "warn")
        word = ending.how + (f", {held} were finished" if held else "")
        word += f": {ending.summary}" if ending.summary else ""
    yield (
        (f"{sign} ", style),
        (f"{_name(ending.name):<{_NAME_CELLS}} ", "text"),
        (f"{word} ", style),
        (f"  {_time(ending.ended_s)}, took {seconds_text(ending.seconds)}", "dim"),
    )
    if ending.message:
        yield ((f"  {ending.message}", "bad"),)
    yield from _files(ending.outputs, newest_last=False)


def _files(outputs: Sequence[ToldOutput | ToldSession], *, newest_last: bool) -> Iterator[Line]:
    """Verdicts: misses first where all are there, the newest where more come."""
    ordered = list(outputs) if newest_last else sorted(outputs, key=lambda one: one.holds)
    shown = ordered[-_FILES:] if newest_last else ordered[:_FILES]
    if len(shown) < len(ordered):
        yield ((f"    … and {len(ordered) - len(shown)} more", "faint"),)
    for output in shown:
        holds = output.holds
        if isinstance(output, ToldSession):  # one of many
            yield (("    ✓ " if holds else "    ✖ ", "good" if holds else "bad"), (output.session, "text"))
            yield from _reasons(output)
            continue
        stem = "" if output.stem is None else f" · {output.stem}"
        name = f"{output.deliverable} · {output.version}{stem}"
        figures = f"{_two(output.integrated_lufs)} LUFS {_two(output.true_peak_dbtp)} dBTP"
        yield (
            ("    ✓ " if holds else "    ✖ ", "good" if holds else "bad"),
            (f"{figures}  ", "value"),
            (name, "text"),
        )
        yield from _reasons(output)


def _reasons(output: ToldOutput | ToldSession) -> Iterator[Line]:
    for reason in output.reasons:
        if " " in reason:
            yield ((f"      {reason}", "bad"),)


def _two(value: float | None) -> str:
    return number_text(value, 2).rjust(6)
