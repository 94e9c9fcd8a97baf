"""The history panel: every state of the session, and what has changed since it was saved or rendered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import StemlatheError
from engine.link.document import StoredSnapshot
from engine.session.files import read_session_text
from tui.actions.registry import Action
from tui.controls.asking import Asking
from tui.display.cells import Canvas
from tui.panels.history.differences import text_differences
from tui.panels.history.told import tell_history
from tui.panels.history.undo_tree import Line, steps_between, tree_lines
from tui.panels.sheet import Sheet, put_wrapped
from tui.panels.told import Told
from tui.view import View

_LIST_SHARE, _LIST_MINIMUM = 0.55, 44
_TIME_CELLS = 9
_DAY_S = 86400.0


class HistoryPanel:
    """Shows the undo tree and goes to its states.

    Attributes:
        actions: its own stand in the common registry.
    """

    actions: tuple[Action, ...] = ()

    def __init__(self) -> None:
        self._sheet = Sheet()
        self._saved: tuple[Any, str | None, str] = (None, None, "")

    def rows(self, view: View) -> int:
        """States there are."""
        return len(view.document.history)

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Goes to the chosen state."""
        if name != "go_to_state":
            return False
        lines = _lines(view)
        if not lines:
            controls.say("nothing has been changed yet")
            return True
        entry = lines[min(view.focus.row, len(lines) - 1)].entry
        if entry.revision == view.document.revision:
            controls.say("this is the present state")
        elif controls.send("history", {"revision": entry.revision}) is not None:
            controls.say(f"state {entry.revision}: {entry.label}")
        return True

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Every state, for `/`."""
        return [(line.entry.label, f"state {line.entry.revision}") for line in _lines(view)]

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        document = view.document
        saved = document.saved_revision == document.revision
        since = (
            ("since the file was saved", ["nothing"] if saved else self._since_saved(view)),
            ("since the last render", _since_render(view)),
        )
        row, present = view.focus.row, document.revision
        return tell_history(_lines(view), _marks(view), row, since, _snapshots(view), present)

    def draw(self, canvas: Canvas, view: View) -> None:
        """Shows the history."""
        document = view.document
        state = (
            document.revision,
            document.saved_revision,
            document.rendered_revision,
            [(entry.revision, entry.label) for entry in document.history],
            {letter: stored and stored.revision for letter, stored in _snapshots(view).items()},
        )
        # the day may turn while the console is open
        day = int(time.time() / _DAY_S)
        if not self._sheet.is_due(canvas, "page", (state, view.focus.row, view.session is None, day)):
            return
        page = self._sheet.page(canvas)
        left = min(max(int(canvas.width * _LIST_SHARE), _LIST_MINIMUM), canvas.width)
        self._draw_tree(page.part(0, 0, left, canvas.height), view)
        for y in range(canvas.height):
            page.put(left, y, "│", "border")
        self._draw_changes(page.part(left + 2, 0, canvas.width - left - 2, canvas.height), view)
        self._sheet.show(canvas)

    def _draw_tree(self, canvas: Canvas, view: View) -> None:
        lines, marks = _lines(view), _marks(view)
        count = f"{len(lines)} state{'' if len(lines) == 1 else 's'}"
        canvas.put(1, 0, "HISTORY", "title")
        canvas.put(max(10, canvas.width - len(count) - 1), 0, count, "dim")
        if not lines:
            canvas.put(1, 2, "nothing has been changed yet", "dim")
            return
        height = canvas.height - 1
        at = min(view.focus.row, len(lines) - 1)
        first = max(0, min(at - height // 2, len(lines) - height))
        lanes = max(len(line.lanes) for line in lines[first : first + height])
        for y, line in enumerate(lines[first : first + height], 1):
            chosen = first + y - 1 == at
            _draw_state(canvas, y, line, lanes, marks.get(line.entry.revision, ()), chosen=chosen)
        if first > 0:
            canvas.put(canvas.width - 1, 1, "↑", "dim")
        if first + height < len(lines):
            canvas.put(canvas.width - 1, height, "↓", "dim")

    def _draw_changes(self, canvas: Canvas, view: View) -> None:
        document = view.document
        saved, present = document.saved_revision, document.revision
        y = _heading(canvas, 0, "since the file was saved")
        if present < 0:
            y += put_wrapped(canvas, 1, y, "the session is being loaded", "dim", 2)
        elif saved == present:
            y += put_wrapped(canvas, 1, y, "nothing: the file is as you hear it", "good", 2)
        else:
            room = max(3, (canvas.height - y) // 2)
            y += _list(canvas, y, self._since_saved(view), "there is no difference in the values", room)
        y = _heading(canvas, y + 1, "since the last render")
        y += _list(
            canvas, y, _since_render(view), "nothing: the files are as you hear it", canvas.height - y - 6
        )
        y = _heading(canvas, y + 1, "snapshots: c goes round, C stores")
        for letter, stored in _snapshots(view).items():
            if y >= canvas.height:
                return
            label = f"state {stored.revision}  {stored.label}" if stored else "—"
            canvas.put(1, y, f"{letter}  {label}", "text" if stored else "dim", canvas.width - 1)
            y += 1

    def _since_saved(self, view: View) -> list[str]:
        """Lines about what the file does not have."""
        if view.session is None:
            return []
        document = view.document
        key = (document.path, document.saved_revision)
        if self._saved[0] != key:
            try:
                self._saved = (key, read_session_text(Path(document.path)), "")
            except StemlatheError as error:
                self._saved = (key, None, error.message)
        _, text, problem = self._saved
        if text is None:
            return [problem]
        try:
            return text_differences(text, document.text)
        except ValueError as error:
            return [f"the file cannot be compared: {error}"]


def _lines(view: View) -> list[Line]:
    return tree_lines(view.document.history, view.document.revision)


def _snapshots(view: View) -> dict[str, StoredSnapshot | None]:
    stored = view.document.snapshots
    return {letter: stored.get(letter) for letter in "ABCD"}


def _marks(view: View) -> dict[int, tuple[str, ...]]:
    """What is to be said of a state besides its label, by revision."""
    marks: dict[int, tuple[str, ...]] = {}
    named = [
        ("saved", view.document.saved_revision),
        ("rendered", view.document.rendered_revision),
    ]
    named += [(letter, stored.revision) for letter, stored in _snapshots(view).items() if stored]
    for name, revision in named:
        if revision is not None:
            marks[revision] = (*marks.get(revision, ()), name)
    return marks


def _draw_state(
    canvas: Canvas, y: int, line: Line, lanes: int, marks: Sequence[str], *, chosen: bool
) -> None:
    ground = " on selected" if chosen else ""
    width = canvas.width - 1
    canvas.put(0, y, "▸" if chosen else " ", f"bold focus{ground}")
    canvas.put(1, y, line.lanes, f"accent{ground}" if line.on_way else f"dim{ground}", lanes)
    canvas.put(1 + lanes, y, _time_text(line.entry.time), f"dim{ground}", _TIME_CELLS)
    shown = " ".join(f"[{mark}]" for mark in marks)
    start = 1 + lanes + _TIME_CELLS
    room = width - start - (len(shown) + 1 if shown else 0)
    style = "bold text" if line.lanes.startswith("●") else "text" if line.on_way else "dim"
    canvas.put(start, y, line.entry.label or "the beginning", f"{style}{ground}", max(room, 0))
    if shown:
        canvas.put(width - len(shown) - 1, y, f" {shown}", f"label{ground}", len(shown) + 1)


def _time_text(seconds: float) -> str:
    """Time of the day; of another day, its date."""
    moment, now = time.localtime(seconds), time.localtime()
    same = (moment.tm_year, moment.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M:%S" if same else "%d %b", moment)


def _since_render(view: View) -> list[str]:
    rendered = view.document.rendered_revision
    if rendered is None:
        return ["it is not known which state was rendered last: R renders this one"]
    history = view.document.history
    undone, made = steps_between(history, rendered, view.document.revision)
    return [*(f"taken back: {label}" for label in undone), *made]


def _heading(canvas: Canvas, y: int, text: str) -> int:
    canvas.put(0, y, text, "bold title", canvas.width)
    return y + 1


def _list(canvas: Canvas, y: int, lines: Sequence[str], nothing: str, room: int) -> int:
    """Writes lines, at most `room`; the last says how many more there are. Returns the rows used."""
    room = max(min(room, canvas.height - y), 0)
    if not lines:
        return put_wrapped(canvas, 1, y, nothing, "dim", min(room, 2))
    if len(lines) == 1:
        return put_wrapped(canvas, 1, y, lines[0], "text", room)
    shown = list(lines[:room])
    if len(lines) > room > 0:
        shown[-1] = f"… and {len(lines) - room + 1} more"
    for row, line in enumerate(shown):
        canvas.put(1, y + row, line, "text", canvas.width - 1)
    return len(shown)
