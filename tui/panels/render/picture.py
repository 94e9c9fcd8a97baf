"""The picture of the renders: a matrix, what runs, and the files as they were measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.report.render import ToldOutput
from engine.session.model import Deliverable, Session
from engine.units import number_text
from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.glyphs.numbers import level, rate
from tui.panels.page import Piece, explain, job_pieces, put_pieces, window_start
from tui.panels.render.on_file import OnFile, draw_on_file, draw_strip
from tui.panels.render.plan import Cell, Outcome, Output, columns_of
from tui.work.verb_job import Job, Stage

#: Headings of the versions that every session knows; the user's own keep their names.
_HEADINGS = {
    "master": "master",
    "instrumental": "instr",
    "acapella": "acap",
    "tv": "tv",
    "music_effects": "m&e",
    "stems": "stems",
    "vocal_up": "voc+",
    "vocal_down": "voc−",
}
#: Screens of so many columns show the loudness along every file, in so many cells.
STRIPS_FROM, _STRIP_CELLS = 150, 44
_STRIPS_HEADING = "loudness along each file"
_CELL_WIDTH = 7
_NAME_WIDTH = 20
#: What the heading says in fewer words where it has to.
_OF_TABLE, _UNSAVED = " of the table", " edits: R saves them first"


@dataclass(frozen=True)
class RenderPicture:
    """What is drawn.

    Attributes:
        session: None while it is loaded.
        planned: cells that the deliverables name.
        chosen: cells that `R` renders.
        focus: the cell the keys act on.
        outcomes: what came of cells.
        on_file: what files say of themselves, by path; those that have been read.
        running: cells that are being written.
        waiting: cells whose turn has not come.
        job: the render that runs, else the newest.
        queued: renders that wait.
        unsaved: the live session has edits that its file has not.
        saving: it is being saved before it is rendered.
        revision: of the live session.
        now_s: CLOCK_MONOTONIC.
    """

    session: Session | None
    planned: frozenset[Cell]
    chosen: frozenset[Cell]
    focus: Cell | None
    outcomes: Mapping[Cell, Outcome]
    on_file: Mapping[str, OnFile]
    running: frozenset[Cell]
    waiting: frozenset[Cell]
    job: Job | None
    queued: int
    unsaved: bool
    saving: bool
    revision: int
    now_s: float


def draw_renders(canvas: Canvas, picture: RenderPicture) -> None:
    """Draws everything; `canvas` is blank."""
    x = canvas.put(1, 0, "RENDER", "title") + 3
    session = picture.session
    if session is None:
        return
    heading = list(_heading(picture))
    for long, short in ((_OF_TABLE, ""), (_UNSAVED, ": R saves first")):
        if x + sum(len(text) for text, _ in heading) > canvas.width - 1:
            heading = [(text.replace(long, short), style) for text, style in heading]
    put_pieces(canvas, x, 0, heading)
    pieces = _job_line(picture)
    put_pieces(canvas, 1, 1, pieces)
    top = 1 + bool(pieces)
    if not session.deliverables:
        text = "The session has no deliverables. I adds one, for a target or for none: what is written, at "
        explain(canvas, top + 1, text + "which loudness, in which encoding, and of which versions.")
        return
    rows = min(len(session.deliverables), max(1, (canvas.height - top - 2) // 2))
    _draw_matrix(canvas.part(1, top, canvas.width - 1, rows + 1), picture, session)
    top += rows + 2
    _draw_files(canvas.part(1, top, canvas.width - 2, canvas.height - top), picture)


def _heading(picture: RenderPicture) -> Iterator[Piece]:
    held = sum(outcome.holds for outcome in picture.outcomes.values())
    missed = len(picture.outcomes) - held
    if held:
        yield f"✓ {held} hold  ", "good"
    if missed:
        yield f"✖ {missed} missed  ", "bad"
    count = len(picture.chosen)
    yield f"R renders {count}{_OF_TABLE}", "dim"
    if picture.saving:
        yield "   saving the session …", "warn"
    elif picture.unsaved:
        yield f"   unsaved{_UNSAVED}", "warn"


def _job_line(picture: RenderPicture) -> list[Piece]:
    job = picture.job
    if job is None or job.error_kind == "exists":
        return []
    pieces = job_pieces(job, picture.now_s, "")
    if job.stage is Stage.RUNNING:
        if not math.isnan(job.speed):
            pieces.insert(3, (f"{job.speed:4.0f} ×  ", "value"))
        if not math.isnan(job.loudness_lufs):
            pieces.insert(4, (f"{level(job.loudness_lufs)} LUFS  ", "loudness"))
    if picture.queued:
        pieces.insert(3, (f"+{picture.queued} waiting  ", "dim"))
    return pieces


def target_text(deliverable: Deliverable) -> str:
    """What a deliverable asks for: `−14.0 LUFS −1.0 dBTP 44.1k wav24`."""
    parts = []
    if deliverable.loudness_lufs is not None:
        parts.append(f"{level(deliverable.loudness_lufs).strip()} LUFS")
    if deliverable.ceiling_dbtp is not None:
        parts.append(f"{level(deliverable.ceiling_dbtp).strip()} dBTP")
    if deliverable.sample_rate is not None:
        parts.append(rate(deliverable.sample_rate))
    return " ".join([*parts, deliverable.encoding])


def _draw_matrix(canvas: Canvas, picture: RenderPicture, session: Session) -> None:
    columns = columns_of(session)
    focus_row, focus_column = _focus_of(picture, session)
    room = max(1, (canvas.width - _NAME_WIDTH) // _CELL_WIDTH)
    target_width = canvas.width - _NAME_WIDTH - len(columns) * _CELL_WIDTH
    first = window_start(focus_column, len(columns), room)
    shown = columns[first : first + room]
    canvas.put(0, 0, "deliverable", "label", _NAME_WIDTH - 1)
    for place, version in enumerate(shown):
        heading = _HEADINGS.get(version, version)
        style = "bold focus" if first + place == focus_column else "label"
        canvas.put(_NAME_WIDTH + place * _CELL_WIDTH, 0, heading, style, _CELL_WIDTH - 1)
    if first:
        canvas.put(_NAME_WIDTH - 2, 0, "‹", "warn")
    if first + room < len(columns):
        canvas.put(canvas.width - 1, 0, "›", "warn")
    rows = canvas.height - 1
    begin = window_start(focus_row, len(session.deliverables), rows)
    for y, deliverable in enumerate(session.deliverables[begin : begin + rows], start=1):
        is_focused = begin + y - 1 == focus_row
        canvas.put(0, y, deliverable.name, "bold text" if is_focused else "text", _NAME_WIDTH - 1)
        for place, version in enumerate(shown):
            text, style = _cell(picture, (deliverable.name, version))
            if is_focused and first + place == focus_column:
                style = f"bold {style} on selected"
            canvas.put(_NAME_WIDTH + place * _CELL_WIDTH, y, text, style)
        if target_width >= 12:
            canvas.put(canvas.width - target_width, y, target_text(deliverable), "dim", target_width)
    if len(session.deliverables) > rows:
        canvas.put(_NAME_WIDTH - 4, 0, f"{begin + 1}+", "faint")


def _focus_of(picture: RenderPicture, session: Session) -> tuple[int, int]:
    if picture.focus is None:
        return 0, 0
    names = [deliverable.name for deliverable in session.deliverables]
    return names.index(picture.focus[0]), columns_of(session).index(picture.focus[1])


def _cell(picture: RenderPicture, cell: Cell) -> Piece:
    """The sign of a cell: chosen or not, and what is or became of it."""
    box = "▣" if cell in picture.chosen else "□"
    # what the deliverable names and R would leave out, and the other way round
    plan = "·" if (cell in picture.planned) != (cell in picture.chosen) else " "
    outcome = picture.outcomes.get(cell)
    if cell in picture.running and (outcome is None or outcome.revision != picture.revision):
        return f"{plan}{box} ▶ ", "accent"
    if cell in picture.waiting:
        return f"{plan}{box} … ", "accent"
    if outcome is None:
        return f"{plan}{box}   ", "text" if cell in picture.chosen else "faint"
    age = "○" if outcome.revision < picture.revision else " "
    return f"{plan}{box} {'✓' if outcome.holds else '✖'}{age}"[:5], "good" if outcome.holds else "bad"


def _draw_files(canvas: Canvas, picture: RenderPicture) -> None:
    """The files of the focused cell whole, then the others, a line each."""
    if canvas.height < 1:
        return
    y, focus = 0, picture.focus
    own = picture.outcomes.get(focus) if focus is not None else None
    if focus is not None:
        title = f"{focus[0]} · {focus[1]}"
        if own is None:
            state = "being written" if focus in picture.running else "not rendered yet"
            put_pieces(canvas, 0, 0, [(title, "bold text"), (f"   {state}", "dim")])
            y = 1
        else:
            y = _draw_own(canvas, title, own, picture)
    others = [
        (cell, output)
        for cell, outcome in picture.outcomes.items()
        if cell != focus
        for output in outcome.outputs
    ]
    if others and y + 1 < canvas.height:
        y += 1
        room = canvas.height - y
        shown = others if len(others) <= room else others[: room - 1]
        strips = _STRIP_CELLS if canvas.width + 2 >= STRIPS_FROM else 0
        left = canvas.part(0, 0, canvas.width - strips - 2 * bool(strips), canvas.height)
        right = canvas.part(canvas.width - strips, 0, strips, canvas.height)
        if strips:
            right.put(0, y - 1, _STRIPS_HEADING, "label")
        for cell, output in shown:
            _draw_output(left, y, f"{cell[0]} · {cell[1]}{_stem(output)}", output)
            if strips and output.stem is None:
                draw_strip(right, y, picture.on_file.get(str(output.path)), recorded_hash(output))
            y += 1
        if len(shown) < len(others):
            canvas.put(2, y, f"… and {len(others) - len(shown)} more", "faint")


def _stem(output: Output) -> str:
    return "" if output.stem is None else f" · {output.stem}"


def _draw_own(canvas: Canvas, title: str, outcome: Outcome, picture: RenderPicture) -> int:
    """The focused cell's files; returns the row below."""
    age = "   ○ older than the newest edit" if outcome.revision < picture.revision else ""
    put_pieces(canvas, 0, 0, [(title, "bold text"), (age, "warn")])
    y = 1
    for number, output in enumerate(outcome.outputs):
        if y >= canvas.height:
            hidden = f" {len(outcome.outputs) - number} more … "
            canvas.put(canvas.width - len(hidden), 0, hidden, "warn")
            break
        _draw_output(canvas, y, output.path.name, output)
        y += 1
        found = picture.on_file.get(str(output.path))
        if found is not None:
            y += draw_on_file(canvas, y, found, recorded_hash(output))
        reasons = [reason for reason in output.reasons if " " in reason]
        for line in [line for reason in reasons for line in wrapped(reason, canvas.width - 4)]:
            if y < canvas.height:
                y += canvas.put(4, y, line, "bad", canvas.width - 4) > 0
    if outcome.outputs and y < canvas.height:
        canvas.put(2, y, f"in {outcome.outputs[0].path.parent}", "faint", canvas.width - 2)
        y += 1
    return y


def _draw_output(canvas: Canvas, y: int, name: str, output: Output) -> None:
    """One file: verdict, name, and the figures measured on it, as many as there is room for."""
    holds = output.holds
    figures = list(output_figures(output))
    room = canvas.width - 2 - min(34, canvas.width // 3)
    while len("  ".join(figures)) > room and len(figures) > 2:
        figures.pop()
    text = "  ".join(figures)
    name_width = canvas.width - 3 - len(text)
    canvas.put(0, y, "✓ " if holds else "✖ ", "good" if holds else "bad")
    canvas.put(2, y, name, "text", name_width)
    canvas.put(3 + name_width, y, text, "value")


def output_figures(output: Output) -> Iterator[str]:
    """What was measured on a file, the most important first."""
    aim = "" if output.target_lufs is None else f" of {level(output.target_lufs).strip()}"
    yield f"{_hundredths(output.integrated_lufs)}{aim} LUFS"
    limit = "" if output.ceiling_dbtp is None else f" of {level(output.ceiling_dbtp).strip()}"
    yield f"{_hundredths(output.true_peak_dbtp)}{limit} dBTP"
    yield f"LRA {level(output.lra_lu).strip()}"
    yield f"PLR {level(output.plr_db).strip()}"
    if isinstance(output, ToldOutput):
        return
    if output.limiter_max_gain_reduction_db is not None:
        yield f"limiting {level(output.limiter_max_gain_reduction_db).strip()} dB"
    yield f"drive {level(output.drive_db).strip()} dB"
    yield f"{rate(output.sample_rate)} {output.subtype}"
    yield output.sha256[:12]


def recorded_hash(output: Output) -> str:
    """The hash of a file when it was written; empty where nobody told it."""
    return "" if isinstance(output, ToldOutput) else output.sha256


def _hundredths(value: float | None) -> str:
    return number_text(value, 2)
