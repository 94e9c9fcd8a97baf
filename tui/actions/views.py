"""What is shown."""

from __future__ import annotations

from tui.actions.registry import Action
from tui.view import Panel

#: The panels in the order in which tab goes round, with the action that shows each.
TAB_ORDER = (
    Panel.STEMS,
    Panel.MASTER,
    Panel.CHAIN,
    Panel.INTAKE,
    Panel.NULL,
    Panel.COMPARE,
    Panel.LOUDNESS,
    Panel.RENDER,
    Panel.HISTORY,
    Panel.ALBUM,
)


def _view(panel: Panel, keys: str, help: str) -> Action:
    return Action(f"view_{panel.value}", tuple(keys.split()), help, "view")


ACTIONS = (
    _view(Panel.STEMS, "g,s", "the stems"),
    _view(Panel.MASTER, "g,m", "the master"),
    _view(Panel.INTAKE, "g,i", "the intake"),
    _view(Panel.NULL, "g,n", "the null test"),
    _view(Panel.COMPARE, "A g,c", "compare what is heard"),
    _view(Panel.LOUDNESS, "g,l", "loudness against the targets"),
    _view(Panel.RENDER, "g,r", "the renders"),
    _view(Panel.HISTORY, "g,h", "the history"),
    _view(Panel.ALBUM, "g,a", "the album"),
    Action("next_panel", ("tab",), "next panel", "view", footer="panel"),
    Action("previous_panel", ("shift+tab",), "previous panel", "view"),
    Action("back", ("escape",), "back to the stems", "view"),
    Action("next_warning", ("semicolon",), "next warning or note", "view"),
)
