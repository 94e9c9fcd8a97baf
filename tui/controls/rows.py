"""Rows and panels: what is chosen and what is shown."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions.views import TAB_ORDER
from tui.controls.asking import Asking, Handler
from tui.controls.strips import choose
from tui.view import MASTER, Panel, View

_DESK = (Panel.STEMS, Panel.MASTER)


def _row(step: int) -> Handler:
    def move(controls: Asking, view: View, argument: str) -> None:
        if view.focus.panel in _DESK:
            _strip(controls, view, step)
            return
        panel = controls.panels.get(view.focus.panel)
        rows = panel.rows(view) if panel is not None else 0
        row = min(max(view.focus.row + step, 0), max(rows - 1, 0))
        if row != view.focus.row:
            controls.focus(row=row, column=0)

    return move


def _strip(controls: Asking, view: View, step: int) -> None:
    """The next strip: the stems in order, then the master."""
    count = len(view.session.stems) if view.session is not None else 0
    at = count if view.focus.stem == MASTER else view.focus.stem
    to = min(max(at + step, 0), count)
    choose(controls, view, MASTER if to == count else to)


def _show(panel: Panel) -> Handler:
    def show(controls: Asking, view: View, argument: str) -> None:
        show_panel(controls, view, panel)

    return show


def show_panel(controls: Asking, view: View, panel: Panel) -> None:
    """Shows a panel; the master's chooses the master, the stems' a stem."""
    focus = view.focus
    if panel is focus.panel:
        return
    stem, processor = focus.stem, -1
    if panel is Panel.MASTER:
        stem = MASTER
    elif panel is Panel.STEMS and focus.panel is Panel.MASTER:
        stem = 0
    elif panel is Panel.CHAIN and view.session is not None:
        chain = view.session.master.chain if stem == MASTER else view.session.stems[stem].chain
        processor = 0 if chain else -1
    controls.focus(panel=panel, stem=stem, processor=processor, key="", row=0, column=0)


def _turn(step: int) -> Handler:
    def turn(controls: Asking, view: View, argument: str) -> None:
        at = TAB_ORDER.index(view.focus.panel)
        show_panel(controls, view, TAB_ORDER[(at + step) % len(TAB_ORDER)])

    return turn


def back(controls: Asking, view: View, argument: str) -> None:
    """Back to the desk."""
    desk = Panel.MASTER if view.focus.stem == MASTER and view.focus.panel is Panel.CHAIN else Panel.STEMS
    if view.focus.panel is not desk:
        controls.focus(panel=desk, processor=-1, key="", row=0, column=0)


HANDLERS: Mapping[str, Handler] = {
    "row_down": _row(1),
    "row_up": _row(-1),
    **{f"view_{panel.value}": _show(panel) for panel in TAB_ORDER if panel is not Panel.CHAIN},
    "next_panel": _turn(1),
    "previous_panel": _turn(-1),
    "back": back,
}
