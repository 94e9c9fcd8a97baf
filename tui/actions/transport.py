"""Where the song is."""

from __future__ import annotations

from tui.actions.registry import Declare

_action = Declare("transport", control=True)

ACTIONS = (
    _action("play_pause", "space", "play or pause", footer="play"),
    _action("seek_back", "left", "5 s back"),
    _action("seek_forward", "right", "5 s on"),
    _action("seek_back_far", "less_than_sign", "30 s back"),
    _action("seek_forward_far", "greater_than_sign", "30 s on"),
    _action("start", "home", "to the start"),
    _action("end", "end", "to the end"),
    _action("seek", "", "to a time of the song", "time: 1:23.5, 83.5, +10 or -10"),
    _action("previous_marker", "left_square_bracket", "to the previous marker"),
    _action("next_marker", "right_square_bracket", "to the next marker"),
    _action("marker", "M", "set a marker here", "[its name]"),
    _action("jump", "apostrophe", "jump to a marker", "[name or number]"),
    _action("remove_marker", "", "remove a marker", "name or number"),
    _action("loop_in", "i", "begin the loop here"),
    _action("loop_out", "o", "end the loop here"),
    _action("loop", "r", "loop on or off", "[from to]", footer="loop"),
)
