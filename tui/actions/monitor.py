"""What is heard and how loud: nothing of it reaches a render."""

from __future__ import annotations

from tui.actions.registry import Declare
from tui.view import Panel

#: What the renders have there is a deliverable: Z takes it out, O delivers it.
_NOT_IN_RENDERS = frozenset(Panel) - {Panel.RENDER}

_action = Declare("monitor", control=True)

ACTIONS = (
    _action("processed_dry", "a", "the song, or from it its dry stems, level-matched", footer="dry"),
    _action("reference", "b", "the reference mix, level-matched", footer="mix"),
    _action("residual", "d", "listen to the null residual"),
    _action("codec", "G", "what a codec makes of the master, level-matched", "[aac-256, opus-160 … or off]"),
    _action("listen", "", "choose what is heard", "processed, dry, reference or residual"),
    _action("next_track", "asterisk", "the track that was left, or the next to compare with, level-matched"),
    _action("track", "", "listen to a reference, an earlier render or a file", "[name or file]"),
    _action(
        "add_reference",
        "I",
        "keep tracks to compare with in the session",
        "[file]",
        key_panels=frozenset({Panel.COMPARE}),
    ),
    _action("remove_reference", "", "take a track to compare with out of the session", "name"),
    _action(
        "delta",
        "Z",
        "what the processor removes or adds, alone",
        "[processor]",
        strip=True,
        key_panels=_NOT_IN_RENDERS,
    ),
    _action(
        "band_alone",
        "O",
        "one band alone, or what the de-esser hears",
        "[processor] [band]",
        strip=True,
        key_panels=_NOT_IN_RENDERS,
    ),
    _action("monitor_down", "comma", "monitor 1 dB down"),
    _action("monitor_up", "full_stop", "monitor 1 dB up"),
    _action("monitor", "", "monitor level", "dB"),
    _action("dim", "exclamation_mark", "dim by 20 dB", footer="dim"),
    _action("mono", "f", "monitor in mono"),
    _action("side", "y", "monitor the side signal only"),
    _action("swap", "w", "swap left and right"),
    _action("translate", "at", "hear it as on a phone, in a car …, or plain", "[name or off]"),
)
