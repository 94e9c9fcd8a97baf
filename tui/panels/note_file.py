"""Writes a note where the user wants it; never over a file that is there without asking."""

from __future__ import annotations

from pathlib import Path

from engine.errors import StemlatheError
from engine.session.atomic import write_atomic
from tui.controls.asking import Asking


def ask_for_note(text: str, path: Path | None, name: str, controls: Asking) -> None:
    """Writes `text` to `path`, or to where the user says.

    Args:
        text: of the note.
        path: None: asked for.
        name: proposed, in the user's home folder: the folder of the stems is not littered.
        controls: to ask with.
    """
    if path is not None:
        _write(text, path, controls)
        return
    proposed = Path.home() / name.replace("/", "_").replace(": ", " - ")
    controls.ask("write the note to", str(proposed), lambda line: _asked(text, line, controls), files=True)


def _asked(text: str, line: str, controls: Asking) -> None:
    if line.strip():
        _write(text, Path(line.strip()).expanduser(), controls)


def _write(text: str, path: Path, controls: Asking, *, replace: bool = False) -> None:
    try:
        write_atomic(path, (text + "\n").encode(), replace=replace)
    except StemlatheError as error:
        if error.kind == "exists":
            controls.confirm(
                f"{path} is there already: replace it?", lambda: _write(text, path, controls, replace=True)
            )
        else:
            controls.say(error.message, "error")
        return
    controls.say(f"written: {path}")
