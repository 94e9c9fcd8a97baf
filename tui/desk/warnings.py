"""What the desk has to say, one line at a time, with reason and figure; it never blocks anything."""

from __future__ import annotations

import time
from typing import NamedTuple

from rich.cells import cell_len

from engine.link.records import DeviceState
from engine.session.model import Session
from engine.session.range_card import card_findings
from tui.desk.nulltest import fails_now, residual_dbfs
from tui.desk.pace import Moment
from tui.desk.words import NOTE_SIGN, first_line
from tui.display.cells import Canvas, clipped
from tui.display.wrapping import wrapped
from tui.glyphs import numbers
from tui.view import MASTER, View

_SIGNS = {"error": ("×", "bold bad"), "warning": ("!", "warn"), "note": ("i", "note")}
#: So many of the engine's newest notices are shown; all of them stay in the document.
_NOTICES = 3
#: How long it is shown, s: what was told once is not true for ever.
_NOTICE_S = 120.0
#: What a mixer can mend better than a mastering engineer.
_MIX = {"trim", "ratio", "eq_gain"}


class Advice(NamedTuple):
    """One line: its level (`error`, `warning`, `note`) and its text."""

    level: str
    text: str


class WarningLine:
    """The line on row 0 of `canvas`; `next` shows the one after this."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._session: Session | None = None
        self._card: tuple[Advice, ...] = ()
        self._shown: tuple[int, int, Advice | None, str] | None = None
        self._turn = -1

    def draw(self, moment: Moment, turn: int, key: str = "") -> None:
        """Shows advice number `turn` of `moment`, the newest being 0; `key` shows the next one."""
        if not moment.histories and turn == self._turn:
            return
        self._turn = turn
        view = moment.view
        if view.session is not self._session:
            self._session = view.session
            self._card = _from_card(view.session)
        found = [*pressing(view), *self._card, *_sentinel(view), *_notices(view), *_written(view)]
        count = len(found)
        # what has no room in one line goes on in the next turn
        room = max(20, self._canvas.width - 6 - len(f"{count}/{count} {key}"))
        pages = [
            (place, Advice(advice.level, line))
            for place, advice in enumerate(found)
            for line in _lines(advice.text, room)
        ]
        place, advice = pages[turn % len(pages)] if pages else (0, None)
        shown = (place, count, advice, key if len(pages) > 1 else "")
        if shown == self._shown:
            return
        self._shown = shown
        self._put(*shown)

    def _put(self, place: int, count: int, advice: Advice | None, key: str) -> None:
        canvas = self._canvas
        if advice is None:
            canvas.put(0, 0, "", "text", canvas.width)
            return
        sign, style = _SIGNS.get(advice.level, _SIGNS["note"])
        number = f"{place + 1}/{count} {key}".rstrip() if count > 1 else key
        room = canvas.width - len(number) - 2
        canvas.put(0, 0, f" {sign} ", style, 3)
        canvas.put(3, 0, clipped(advice.text, room - 4), style.removeprefix("bold "), room - 3)
        canvas.put(room, 0, f"{number} ", "dim", canvas.width - room)


def _lines(text: str, cells: int) -> list[str]:
    """A text in lines of so many cells, broken between words; each but the last says that it goes on."""
    lines = wrapped(text, cells - 2)
    return [f"{line} …" for line in lines[:-1]] + lines[-1:] if cell_len(text) > cells else [text]


def pressing(view: View) -> list[Advice]:
    """What was just said, and what is wrong now."""
    found = []
    text, level = view.message
    if text:
        found.append(Advice(level, text))
    output = view.snapshot.output
    if output.device_state is DeviceState.LOST:
        found.append(
            Advice("error", f"the device is lost: {output.device or 'null'} stands in until it is back")
        )
    if view.document.self_check == "fail":
        found.append(
            Advice(
                "error", "SELF-CHECK failed: with everything bypassed the engine does not play the plain sum"
            )
        )
    if fails_now(view):
        residual = numbers.level(residual_dbfs(view), 0)
        found.append(
            Advice("error", f"the stems do not sum to the mix: {residual} dBFS remain; g n says why")
        )
    found += [
        Advice("error", f"{item.name}: {item.message or 'file ' + item.state}")
        for item in view.document.stems_state
        if item.state != "ok"
    ]
    return found


def standing(view: View) -> list[Advice]:
    """What is wrong or worth knowing, the most pressing first; not what was only just said."""
    said = view.message[0]
    return [
        *(one for one in pressing(view) if one.text != said),
        *_from_card(view.session),
        *_sentinel(view),
        *_notices(view),
        *_written(view),
    ]


def _from_card(session: Session | None) -> tuple[Advice, ...]:
    """What lies outside the conservative ranges: warnings before notes."""
    if session is None:
        return ()
    found = sorted(card_findings(session), key=lambda item: item.severity != "warning")
    return tuple(
        Advice(item.severity, _taught(item.stem, item.kind, item.message, item.fix, item.severity))
        for item in found
    )


def _taught(stem: str | None, kind: str, message: str, fix: str, severity: str) -> str:
    where = "" if stem is None else f"{stem}: "
    reason = "this belongs in the mix; " if severity == "warning" and kind in _MIX else ""
    return f"{where}{message}: {reason}{fix}"


def _written(view: View) -> list[Advice]:
    """The note about what is chosen."""
    session, stem = view.session, view.focus.stem
    if session is None or stem >= len(session.stems):
        return []
    chosen = session.stems[stem]
    name, notes = (session.title, session.notes) if stem == MASTER else (chosen.name, chosen.notes)
    text = first_line(notes)
    return [Advice("note", f"{NOTE_SIGN} {name}: {text}")] if text else []


def _sentinel(view: View) -> list[Advice]:
    return [Advice("warning", text) for text in view.document.sentinel]


def _notices(view: View) -> list[Advice]:
    """The newest notices of the engine, newest first."""
    now = time.time()
    notices = [one for one in view.document.notices if now - one.time < _NOTICE_S]
    notices.sort(key=lambda item: item.time, reverse=True)
    return [Advice("note", item.message) for item in notices[:_NOTICES]]
