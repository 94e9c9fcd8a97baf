"""`/`: the rows of the view as a list that shrinks to what fits; enter goes to the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol, runtime_checkable

from tui.controls.controls import Controls
from tui.controls.strips import choose
from tui.overlay.chooser import Chooser, Item
from tui.view import MASTER, Panel, View


@runtime_checkable
class Listed(Protocol):
    """A panel whose rows have names."""

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Name of every row in order, and what it is about."""


@runtime_checkable
class Findable(Protocol):
    """A panel in which more than the rows that are shown can be gone to."""

    def spots(self, view: View) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Name of every spot, what it is about, and the fields of the focus that go there."""


def row_list(controls: Controls) -> Chooser | None:
    """The list; None: the view has none."""
    view = controls.view
    focus = view.focus
    if focus.panel in (Panel.STEMS, Panel.MASTER):
        return _strips(controls, view)
    panel = controls.panels.get(focus.panel)
    if isinstance(panel, Findable):
        spots = [
            Item(name, partial(controls.focus, **to), about=about) for name, about, to in panel.spots(view)
        ]
        return Chooser(focus.panel.value, lambda: spots) if spots else None
    if not isinstance(panel, Listed):
        return None
    items = [
        Item(name, partial(controls.focus, row=row, column=0), about=about)
        for row, (name, about) in enumerate(panel.labels(view))
    ]
    return Chooser(focus.panel.value, lambda: items, focus.row) if items else None


def _strips(controls: Controls, view: View) -> Chooser | None:
    if view.session is None:
        return None
    stems = view.session.stems
    items = [
        Item(stem.name, partial(choose, controls, view, index), about=stem.role, right=str(index + 1))
        for index, stem in enumerate(stems)
    ]
    items.append(Item("master", partial(choose, controls, view, MASTER), right="0"))
    at = len(stems) if view.focus.stem == MASTER else view.focus.stem
    return Chooser("stems", lambda: items, at)
