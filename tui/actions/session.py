"""The session, the engine and the program."""

from __future__ import annotations

from tui.actions.registry import Action, Declare
from tui.view import Panel

_action = Declare("session")
#: Where a deliverable is in view.
_DELIVERABLES = frozenset({Panel.STEMS, Panel.MASTER, Panel.LOUDNESS, Panel.RENDER})

_listen = Declare("monitor", control=True)

ACTIONS = (
    _action("undo", "u", "undo", control=True, footer="undo"),
    _action("redo", "ctrl+r", "redo", control=True),
    _action("snapshot", "c", "next snapshot A–D", "[letter]", control=True),
    _action("store", "C", "store a snapshot", "[letter]", control=True),
    _action("state", "", "go to a state of the history", "number", control=True),
    _action("target", "t", "next target (deliverable)", "[name or none]", control=True, footer="target"),
    _action("version", "v", "next version (master, instrumental …)", "[name]", control=True),
    _action("reset", "z", "reset the maxima and clear overs", control=True),
    _action("save", "W", "save the session", control=True, footer="save"),
    _action("open", "B,o", "open a session or an album", "[file or folder]"),
    _action("recent", "B,r", "open a session of before again", "[number or name]"),
    _action("new", "B,n", "make a session from stems", "[files or folder]"),
    _action("save_as", "B,w", "save under another name", "[file]"),
    _action(
        "file_name",
        "F",
        "names of a deliverable's files",
        "[template]",
        control=True,
        key_panels=_DELIVERABLES,
    ),
    _action("render", "R", "render", footer="render"),
    _action("device", "", "play through another device", "name, number or null", control=True),
    _action("take_over", "", "take control from another console"),
    _action("hand_over", "", "give control away", "[console's number]", control=True),
    _action("copy", "Y", "copy figures, a path or a note to the clipboard", "[what]"),
    _action("theme", "", "colours", "[name]"),
    _action("write_keymap", "", "write keymap.toml with every key"),
    _action("tour", "T", "hide the demo's tour, or go on with it"),
    _action("filter", "slash", "find a row of the list in view", "[words]"),
    _action("repaint", "ctrl+l", "draw everything again"),
    _action("command", "colon", "command line"),
    _action("palette", "ctrl+p", "palette of all actions"),
    _action("help", "question_mark", "keys that work here", "[words]", footer="help"),
    Action("restart", ("enter",), "restart the engine in the same state", "session", lost=True),
    _action("how_to_leave", "ctrl+c", "how to leave"),
    _action("leave", "q", "leave at once, the engine stays as it is", footer="leave"),
    _action("stop_engine", "Q", "stop the engine (asks)"),
    _action(
        "go_to_state",
        "enter",
        "go to the chosen state",
        panels=frozenset({Panel.HISTORY}),
        control=True,
        footer="go there",
    ),
    _listen(
        "choose_source",
        "enter",
        "listen to the chosen source",
        panels=frozenset({Panel.COMPARE}),
        footer="listen",
    ),
)
