"""The palette: every action that works here, and every choice of those that take one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tui.actions.keys import keys_label
from tui.actions.registry import Action
from tui.controls import arguments
from tui.controls.controls import Controls
from tui.overlay.chooser import Chooser, Item

#: What else an action is called, by who comes from another program.
ALSO = {
    "render": "export bounce print write files",
    "view_render": "export bounce report",
    "view_compare": "a/b ab report spectrum",
    "view_loudness": "lufs report target deliverable",
    "view_intake": "check report import problems",
    "view_null": "report difference residual",
    "view_history": "undo list report versions",
    "processed_dry": "a/b ab bypass compare original",
    "reference": "a/b ab compare mix original",
    "residual": "difference null",
    "delta": "difference removed added hear listen solo",
    "band_alone": "solo band listen sidechain",
    "snapshot": "a/b ab recall state",
    "store": "snapshot a/b copy state",
    "default": "reset value",
    "reset": "clear peak hold clip overs max",
    "rename": "name title stem label",
    "role": "kind type instrument",
    "stem_earlier": "reorder order",
    "stem_later": "reorder order",
    "move_stem": "reorder order place",
    "note": "notes comment memo remark text",
    "session_note": "notes comment memo remark text",
    "trim": "fader gain level volume",
    "step_up": "gain louder trim fader",
    "step_down": "gain softer trim fader",
    "mute": "silence off",
    "polarity": "phase invert flip",
    "side": "difference s",
    "mono": "sum fold down",
    "bypass_chain": "off disable",
    "edit_chain": "eq compressor limiter processor plugin insert",
    "add_processor": "insert plugin eq compressor limiter de-esser saturator",
    "target": "deliverable preset lufs",
    "version": "instrumental a cappella tv stems",
    "file_name": "rename output pattern template naming",
    "open": "load session file browse",
    "recent": "last session history open again",
    "new": "create session import stems",
    "save_as": "write copy duplicate rename session",
    "save": "write store session",
    "leave": "quit exit close",
    "stop_engine": "quit kill exit",
    "play_pause": "start stop",
    "copy": "clipboard yank figures path note",
    "theme": "colour color appearance dark light",
    "repaint": "refresh redraw clear screen",
    "marker": "cue point locator",
    "loop": "cycle repeat",
}


def entries(controls: Controls) -> Iterator[tuple[str, Action, str]]:
    """Label, action and argument of every entry that can be done now."""
    view = controls.view
    for action in controls.actions:
        if controls.refusal(action, view):
            continue
        yield action.help, action, ""
        if action.name not in ("set", "type_value"):
            for argument in arguments.arguments(action, view):
                yield f"{action.help}: {argument}", action, argument


def run(controls: Controls, action: Action, argument: str) -> None:
    """Does an entry; asks for what it needs and was not given."""
    if action.needs_argument and not argument:
        controls.ask(
            f"{action.help}: {action.argument}", "", lambda typed: controls.perform(action.name, typed)
        )
    else:
        controls.perform(action.name, argument)


def palette(controls: Controls) -> Chooser:
    """The list; choices of an action only once something is typed."""

    def items() -> list[Item]:
        return palette_items(controls, searching=bool(made) and bool(made[0].line.text))

    made: list[Chooser] = []
    made.append(Chooser("every action", items))
    return made[0]


def palette_items(controls: Controls, *, searching: bool) -> list[Item]:
    """All entries; `searching`: with every choice of those that take one."""
    return [
        Item(
            label,
            partial(run, controls, action, argument),
            about=f":{action.command}" if not argument else "",
            right="" if argument else keys_label(controls.keymap.keys_in(action, controls.view.focus.panel)),
            also=ALSO.get(action.name, ""),
        )
        for label, action, argument in entries(controls)
        if searching or not argument
    ]
