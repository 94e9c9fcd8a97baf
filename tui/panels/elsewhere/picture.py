"""The picture of the song elsewhere: two tables and the sentences that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.display.cells import Canvas, clipped
from tui.display.wrapping import wrapped
from tui.glyphs.numbers import change as signed_change
from tui.glyphs.numbers import short_clock
from tui.panels.page import Piece, explain, job_pieces, put_lines, put_pieces, window_start
from tui.work.verb_job import Job

if TYPE_CHECKING:
    from engine.report.translation import MaskedSpan, Masker, Masking, TranslationReport

_NAME_CELLS = 18
#: Cells of a system's column: `+12.3` and a heading of up to eight letters.
_SYSTEM_CELLS = 9
#: Styles of what a loss means for a stem.
_STYLES = {"gone": "bad", "weak": "warn", "quieter": "note", "kept": "text", "louder": "note"}
#: Spans that fit behind a row of the masking table.
_MOST_SPANS = 3
_WHAT_IT_DOES = (
    "Tells how many LU each stem loses on a phone, a laptop, earbuds, in a car, in a club and on a small "
    "radio, and which octaves of which stem mask the vocal, and when."
)


@dataclass(frozen=True)
class ElsewherePicture:
    """What is drawn.

    Attributes:
        report: of `advise --translation`; None: nothing has been judged yet.
        job: the newest run of it.
        chosen: row, counted through the mix, the stems and then what masks the vocal.
        outdated: the session has been edited since.
        now_s: CLOCK_MONOTONIC, s.
    """

    report: TranslationReport | None
    job: Job | None
    chosen: int
    outdated: bool
    now_s: float


def row_labels(report: TranslationReport) -> list[str]:
    """The mix and the stems, as their rows are called."""
    return ["the mix", *(str(stem.stem) for stem in report.stems)]


def masker_label(masker: Masker) -> str:
    """Who masks the vocal in which octave: `Guitars 2k`."""
    name = "all together" if masker.stem is None else masker.stem
    octave_hz = masker.octave_hz
    octave = f"{octave_hz / 1000.0:g}k" if octave_hz >= 1000.0 else f"{octave_hz:.0f}"
    return f"{name} {octave}"


def draw_elsewhere(canvas: Canvas, picture: ElsewherePicture) -> None:
    """Draws everything; `canvas` is blank."""
    x = canvas.put(1, 0, "ELSEWHERE", "title") + 3
    report = picture.report
    if report is not None and picture.outdated:
        canvas.put(x, 0, "outdated: the session was edited, n judges again", "warn")
    elif report is not None:
        canvas.put(x, 0, "@ lets you hear a system", "dim")
    pieces = job_pieces(picture.job, picture.now_s, "n judges the playback systems")
    put_pieces(canvas, 1, 1, pieces)
    if report is None:
        explain(canvas, 3, _WHAT_IT_DOES)
        return
    y = 1 + bool(pieces)
    below = 3 + len(report.sentences) + len(report.masking.maskers)
    room = canvas.height - y - 1 - min(canvas.height // 2, below)
    y += _draw_losses(canvas.part(1, y, canvas.width - 2, canvas.height - y), report, picture.chosen, room)
    rest = canvas.part(1, y + 1, canvas.width - 2, canvas.height - y - 1)
    used = 0
    for sentence in report.sentences:
        if used >= rest.height // 3:
            break
        used += put_lines(rest, 0, used, wrapped(sentence, rest.width), "text", 2)
    below = used + bool(used)
    _draw_masking(
        rest.part(0, below, rest.width, rest.height - below),
        report.masking,
        picture.chosen - len(report.stems) - 1,
    )


def _draw_losses(canvas: Canvas, report: TranslationReport, chosen: int, room: int) -> int:
    """LU that each signal loses on each system, on `room` rows or less; returns its rows.

    Those of a stem are coloured by what that means.
    """
    systems = [system.name for system in report.systems]
    names = row_labels(report)
    room = max(2, min(len(names), room))
    first = window_start(min(chosen, len(names) - 1), len(names), room)
    x = canvas.put(0, 0, "LU lost", "dim") + 1
    if room < len(names):
        canvas.put(x, 0, f"{first + 1}–{first + room}/{len(names)}", "faint", _NAME_CELLS + 1 - x)
    shown = max(0, (canvas.width - _NAME_CELLS - 2) // _SYSTEM_CELLS)
    for column, system in enumerate(systems[:shown]):
        canvas.put(_NAME_CELLS + 2 + column * _SYSTEM_CELLS, 0, f"{system[:8]:>8}", "dim")
    rows = [report.mix, *report.stems]
    for y, number in enumerate(range(first, min(len(rows), first + room)), 1):
        background = " on selected" if number == chosen else ""
        name = clipped(f"{'▸' if number == chosen else ' '} {names[number]}", _NAME_CELLS + 1)
        canvas.put(0, y, name, f"text{background}", _NAME_CELLS + 2 + shown * _SYSTEM_CELLS - 1)
        for column, loss in enumerate(rows[number].losses[:shown]):
            change = loss.loudness_change_lu
            text = "—" if change is None else signed_change(change).strip()
            style = "text" if number == 0 else _STYLES.get(loss.word or "", "dim")
            canvas.put(_NAME_CELLS + 2 + column * _SYSTEM_CELLS, y, f"{text:>8}", f"{style}{background}")
    return 1 + min(len(rows) - first, room)


def _draw_masking(canvas: Canvas, masking: Masking, chosen: int) -> None:
    """What masks the vocal, worst first."""
    if canvas.height <= 0:
        return
    if masking.reason is not None:
        put_lines(canvas, 0, 0, wrapped(f"masking: {masking.reason}", canvas.width), "dim", canvas.height)
        return
    maskers = masking.maskers
    vocals = ", ".join(masking.vocals)
    if not maskers:
        canvas.put(0, 0, f"nothing masks {vocals}", "good")
        return
    what = "octave, for how long, signal to mask, when"
    text = f"what masks {vocals}: {what}"
    if cell_len(text) > canvas.width:
        text = f"what masks the {len(masking.vocals)} vocals: {what}"
    canvas.put(0, 0, text, "dim")
    room = canvas.height - 1
    first = window_start(max(0, chosen), len(maskers), room)
    if below := max(0, len(maskers) - first - max(0, room)):
        more = f"  {below} more ↓"
        canvas.put(canvas.width - len(more), 0, more, "note")
    for y, number in enumerate(range(first, min(len(maskers), first + room)), 1):
        masker, is_chosen = maskers[number], number == chosen
        background = " on selected" if is_chosen else ""
        sign = "▸" if is_chosen else " "
        pieces: list[Piece] = [
            (f"{sign} {clipped(masker_label(masker), _NAME_CELLS):<{_NAME_CELLS}}", f"text{background}"),
            (f"{masker.masked_s:>7.1f} s", f"value{background}"),
            (f"{signed_change(masker.signal_to_mask_db).strip():>7} dB  ", f"value{background}"),
            (_spans(masker.spans), f"dim{background}"),
        ]
        put_pieces(canvas, 0, y, pieces)


def _spans(spans: Sequence[MaskedSpan]) -> str:
    """The longest spans in the song's order: `0:12–0:15`."""
    longest = sorted(spans, key=lambda span: span.start_s - span.end_s)[:_MOST_SPANS]
    told = [
        f"{short_clock(span.start_s).strip()}–{short_clock(span.end_s).strip()}"
        for span in sorted(longest, key=lambda span: span.start_s)
    ]
    return ", ".join(told) + (" …" if len(spans) > _MOST_SPANS else "")
