"""The panel in view, as it was told last: what of it is news now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from tui.panels.page import is_progress
from tui.panels.told import Told, teller
from tui.plain.topics import Desk
from tui.view import Focus, Panel, View

#: A panel that nobody has moved in is looked at once in so many looks.
_EVERY = 5
#: Their titles and lines are figures: told when they are asked for.
_DESKS = (Panel.STEMS, Panel.MASTER)


class PanelInView:
    """What has been told of the panel in view.

    Args:
        panels: of the console.
    """

    def __init__(self, panels: Mapping[Panel, Any]) -> None:
        self._tellers = {panel: teller(one, panel.value) for panel, one in panels.items()}
        self._focus = Focus()
        self._title, self._lines = "", list[str]()

    def told(self, view: View) -> Told:
        """The panel in view, in words."""
        return self._tellers.get(view.focus.panel, Desk()).told(view)

    def begin(self, focus: Focus) -> None:
        """Nothing has been told yet: the row under the focus is news."""
        self._focus = dataclasses.replace(focus, row=-1)

    def heard(self, told: Told, focus: Focus) -> None:
        """All of the panel has been told: none of it is news."""
        self._title, self._lines = told.title, list(told.lines)
        self._focus = focus

    def news(self, view: View, looked: int) -> Iterator[str]:
        """The panel where it is another, or says something else; the row where it is another.

        Args:
            view: now.
            looked: counts the looks at the engine.
        """
        before, focus = self._focus, view.focus
        if focus == before and looked % _EVERY:
            return
        told = self.told(view)
        is_desk = focus.panel in _DESKS
        another = focus.panel is not before.panel and not (is_desk and before.panel in _DESKS)
        another |= focus.panel is Panel.CHAIN and focus.stem != before.stem
        titled, lines, self._title = self._title, self._lines, told.title
        verdict = not is_desk and told.title != titled  # with it come rows that nobody has heard of
        self._focus, self._lines = focus, [] if is_desk else list(told.lines)
        if another or verdict:
            yield told.title
        if another or (not is_desk and list(told.lines) != lines):
            working = [line for line in told.lines if is_progress(line)]
            news = [line for line in told.lines if another or line not in lines]
            for line in news if another or not working else ():
                if line not in working:
                    yield line
        if told.row and (another or verdict or focus != before):
            yield told.row
