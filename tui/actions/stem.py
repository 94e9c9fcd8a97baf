"""Which stem is meant, and its strip."""

from __future__ import annotations

from tui.actions.registry import Declare
from tui.view import Panel

_STRIPS = frozenset({Panel.STEMS})

#: Where a strip is in view, and letters are not a panel's own: elsewhere they would change a stem unseen.
STRIPS_IN_VIEW = frozenset({Panel.STEMS, Panel.MASTER})

#: Stems that have a key of their own.
NUMBERED = 9

_action = Declare("stem", control=True)

ACTIONS = (
    *(
        _action(f"stem_{number}", str(number), f"choose stem {number}", control=False)
        for number in range(1, NUMBERED + 1)
    ),
    _action("choose_master", "0", "choose the master", control=False),
    _action("go", "", "choose a stem", "number or name; 0 or master", control=False),
    _action("row_down", "j down", "next row", control=False),
    _action("row_up", "k up", "previous row", control=False),
    _action("mute", "m", "mute", footer="mute", strip=True),
    _action("solo", "s", "solo", footer="solo", strip=True),
    _action("solo_only", "S", "solo only this, or none", strip=True),
    _action("polarity", "p", "polarity", strip=True),
    _action("trim", "", "the fader", "dB", strip=True),
    _action("rename", "E", "another name for the stem", "[name]", strip=True, key_panels=STRIPS_IN_VIEW),
    _action("role", "I", "another role for the stem", "[role]", strip=True, key_panels=STRIPS_IN_VIEW),
    _action("stem_earlier", "K", "move the stem up", panels=_STRIPS),
    _action("stem_later", "J", "move the stem down", panels=_STRIPS),
    _action("move_stem", "", "move the stem to a place of the list", "number"),
    _action(
        "note",
        "n",
        "note about the stem, or the session on the master",
        "[text]",
        footer="note",
        strip=True,
        key_panels=STRIPS_IN_VIEW,
    ),
    _action("session_note", "", "note about the session", "[text]"),
)
