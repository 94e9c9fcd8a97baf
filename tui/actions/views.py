"""What is shown: one action for each panel that has keys of its own, and those that go round."""

from __future__ import annotations

from tui.actions.registry import Action
from tui.view import Panel

#: The panels in the order in which tab goes round.
TAB_ORDER = tuple(Panel)


def _view(panel: Panel) -> Action:
    return Action(f"view_{panel.value}", tuple(panel.keys.split()), panel.help, "view")


ACTIONS = (
    *(_view(panel) for panel in Panel if panel.keys),
    Action("next_panel", ("tab",), "next panel", "view", footer="panel"),
    Action("previous_panel", ("shift+tab",), "previous panel", "view"),
    Action("back", ("escape",), "back to the stems", "view"),
    Action(
        "zoom",
        ("right_parenthesis",),
        "a shorter stretch of the song on the time lines",
        "view",
        argument="[whole, 1/2, 1/4 or 1/8]",
    ),
    Action("zoom_out", ("left_parenthesis",), "a longer stretch of the song on the time lines", "view"),
    Action("next_warning", ("semicolon",), "next warning or note", "view"),
)
