"""States of the session: undo, snapshots, target, version, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.link.document import StoredSnapshot
from engine.session.reading import nearest
from engine.session.versions import known_versions
from engine.units import level_text
from tui.controls.asking import Asking, Handler
from tui.view import Panel, View

LETTERS = "ABCD"


def undo(controls: Asking, view: View, argument: str) -> None:
    """Takes the last edit back."""
    _step_in_history(controls, view, "undo", "nothing to undo")


def redo(controls: Asking, view: View, argument: str) -> None:
    """Makes it again."""
    _step_in_history(controls, view, "redo", "nothing to redo")


def _step_in_history(controls: Asking, view: View, kind: str, nothing: str) -> None:
    # what was just asked for is not in the engine's words yet: it comes before this, and is taken back
    newer = kind == "undo" and controls.pending.edits
    document = view.document
    if not newer and not (document.can_undo if kind == "undo" else document.can_redo):
        controls.say(nothing)
        return
    if controls.send(kind) is not None:
        label = "" if newer else document.undo_label if kind == "undo" else document.redo_label
        controls.say(f"{kind}: {label or 'one step'}")


def stored(view: View) -> dict[str, StoredSnapshot]:
    """The snapshots that hold something, by letter."""
    snapshots = view.document.snapshots
    return {letter: found for letter in LETTERS if (found := snapshots.get(letter)) is not None}


def snapshot(controls: Asking, view: View, argument: str) -> None:
    """Switches to a snapshot: the named one, or the next that holds something."""
    known = stored(view)
    letter = argument.upper()
    if letter and letter not in known:
        what = "is empty: C stores one" if letter in LETTERS and len(letter) == 1 else "is none of A to D"
        controls.say(f"snapshot {letter} {what}", "error")
    elif not known:
        controls.say("no snapshot is stored yet: C stores this state")
    else:
        letter = letter or next_letter(view, known)
        id = controls.send("snapshot", {"letter": letter, "action": "recall"})
        controls.expect_state(id, "transport", snapshot=LETTERS.index(letter))
        if id is not None:
            controls.say(f"snapshot {letter}: {known[letter].label or 'without a name'}")


def next_letter(view: View, known: Mapping[str, StoredSnapshot]) -> str:
    """The letter after the chosen one among those that hold something."""
    at = view.snapshot.transport.snapshot
    following = [LETTERS[(at + step) % len(LETTERS)] for step in range(1, len(LETTERS) + 1)]
    return next(letter for letter in following if letter in known)


def store(controls: Asking, view: View, argument: str) -> None:
    """Stores this state: under a letter, or the first that is free."""
    known, letter = stored(view), argument.upper()
    free = [candidate for candidate in LETTERS if candidate not in known]
    if letter and (letter not in LETTERS or len(letter) != 1):
        controls.say(f"'{argument}' is none of A to D", "error")
    elif not letter and not free:
        controls.say("all four snapshots hold something: :store B overwrites one", "warning")
    else:
        letter = letter or free[0]
        if controls.send("snapshot", {"letter": letter, "action": "store"}) is not None:
            controls.say(f"stored as snapshot {letter}")


def go_to(controls: Asking, view: View, argument: str) -> None:
    """Goes to a state of the history by its number."""
    known = [entry.revision for entry in view.document.history]
    if not argument.isdecimal() or int(argument) not in known:
        controls.say(f"there is no state '{argument}': g h lists them", "error")
    else:
        controls.send("history", {"revision": int(argument)})


def _chosen(controls: Asking, names: Sequence[str], now: str, argument: str, what: str) -> str | None:
    """The named one, or the one after the present one, going round."""
    if not argument:
        return names[(names.index(now) + 1) % len(names)] if now in names else names[0]
    fold = argument.casefold()
    found = [name for name in names if name.casefold() == fold]
    found = found or [name for name in names if name.casefold().startswith(fold)]
    if len(found) == 1:
        return found[0]
    hint = f"'{argument}' may be {', '.join(found)}" if found else nearest(argument, names)
    controls.say(f"there is no single {what} '{argument}': {hint}", "error")
    return None


def target(controls: Asking, view: View, argument: str) -> None:
    """Chooses the deliverable that is aimed at; `none` is the session's own drive."""
    deliverables = view.session.deliverables if view.session is not None else ()
    if not deliverables:
        controls.say(
            "the session has no deliverable to aim at: give it one under [[deliverables]]", "warning"
        )
        return
    names = ["none", *(deliverable.name for deliverable in deliverables)]
    chosen = _chosen(controls, names, view.document.target or "none", argument, "target")
    if (
        chosen is None
        or controls.send("target", {"deliverable": None if chosen == "none" else chosen}) is None
    ):
        return
    found = next((deliverable for deliverable in deliverables if deliverable.name == chosen), None)
    if found is None:
        controls.say("no target: the session's own drive and ceiling")
    else:
        aim = "no loudness" if found.loudness_lufs is None else level_text(found.loudness_lufs, "LUFS", None)
        ceiling = "" if found.ceiling_dbtp is None else f", {level_text(found.ceiling_dbtp, 'dBTP', None)}"
        controls.say(f"target {found.name}: {aim}{ceiling}")


def version(controls: Asking, view: View, argument: str) -> None:
    """Chooses the version that is played."""
    if view.session is None:
        return
    # the single stems are files, not something to listen to
    names = [name for name in known_versions(view.session) if name != "stems"]
    wanted = argument.replace(" ", "_").replace("-", "_")
    chosen = _chosen(controls, names, view.document.version or "master", wanted, "version")
    if chosen is not None and controls.send("version", {"version": chosen}) is not None:
        controls.say(f"version {chosen}")


def reset(controls: Asking, view: View, argument: str) -> None:
    """Resets the maxima and clears the overs."""
    if controls.send("reset") is not None:
        controls.say("maxima reset, overs cleared")


def save(controls: Asking, view: View, argument: str) -> None:
    """Writes the session file."""
    document = view.document
    is_saved = document.revision >= 0 and document.revision == document.saved_revision
    if is_saved and not controls.pending:
        controls.say("nothing to save: the file is as you hear it")
    elif controls.send("save") is not None:
        controls.say("saved")


def render(controls: Asking, view: View, argument: str) -> None:
    """Shows the renders; there it starts them."""
    controls.show(Panel.RENDER)


HANDLERS: Mapping[str, Handler] = {
    "undo": undo,
    "redo": redo,
    "snapshot": snapshot,
    "store": store,
    "state": go_to,
    "target": target,
    "version": version,
    "reset": reset,
    "save": save,
    "render": render,
}
