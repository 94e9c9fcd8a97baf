"""What only the console without a picture can do, besides everything else."""

from __future__ import annotations

from tui.actions.registry import Declare

_action = Declare("say")

ACTIONS = (
    _action("again", "grave_accent", "say the last answer again"),
    _action("signs", "", "numbers with signs (-14.0) or in words (minus 14.0)", "[on or off]"),
    _action("wait", "", "wait until nothing is being worked at", "[seconds at most]"),
    _action("keys_mode", "", "single keys do things; a line only after :"),
    _action("line_mode", "", "every line is a command or a key, then enter"),
)
