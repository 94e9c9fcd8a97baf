"""Which stem is meant, and its strip."""

from __future__ import annotations

from tui.actions.registry import Declare

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
    _action("mute", "m", "mute", footer="mute"),
    _action("solo", "s", "solo", footer="solo"),
    _action("solo_only", "S", "solo only this, or none"),
    _action("polarity", "p", "polarity"),
    _action("trim", "", "the fader", "dB"),
)
