"""Values and chains."""

from __future__ import annotations

from tui.actions.registry import Declare
from tui.view import Panel

_CHAIN = frozenset({Panel.CHAIN})

#: In the matrix of renders these keys go to the version beside.
_STEPS = frozenset(Panel) - {Panel.RENDER}

_action = Declare("values", control=True)

ACTIONS = (
    _action("step_down", "h minus", "a step down", key_panels=_STEPS),
    _action("step_up", "l plus", "a step up", key_panels=_STEPS),
    _action("coarse_down", "H", "a coarse step down"),
    _action("coarse_up", "L", "a coarse step up"),
    _action("type_value", "equals_sign", "type an exact value", "[value]", footer="value"),
    _action("default", "backspace", "back to the default"),
    _action("set", "", "any key of the session file", "key value: stems[0].trim_db 0.5"),
    _action("edit_chain", "e", "edit this chain", control=False, footer="chain"),
    _action("bypass", "x", "bypass the processor", footer="bypass"),
    _action("bypass_chain", "X", "bypass the whole chain, or as it was", strip=True),
    _action("open_value", "enter", "switch, choose or type the value", panels=_CHAIN),
    _action("add_processor", "n", "a new processor after this one", "[type]", footer="new", panels=_CHAIN),
    _action("add_band", "N", "a new band", footer="band", panels=_CHAIN),
    _action("remove", "D delete", "remove the processor or band", footer="remove", panels=_CHAIN),
    _action("move_later", "J", "move the processor or band down", panels=_CHAIN),
    _action("move_earlier", "K", "move the processor or band up", panels=_CHAIN),
    _action("grab", "E", "drag the point in the picture", footer="drag", panels=_CHAIN),
    _action("next_part", "right_curly_bracket", "next band or processor", control=False, panels=_CHAIN),
    _action(
        "previous_part", "left_curly_bracket", "previous band or processor", control=False, panels=_CHAIN
    ),
)
