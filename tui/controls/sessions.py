"""Other sessions: opened, opened again, saved under another name, without leaving the console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from engine.errors import StemlatheError
from engine.link.records import Role, State
from engine.paths import whole_path
from engine.processes.album_of import album_of, note_album
from engine.processes.recent import recent_sessions
from engine.session.album.files import load_album
from engine.session.files import save_session_text
from engine.session.rebasing import text_for
from tui.controls.asking import Asking, Handler
from tui.controls.browsing import SESSION_ENDINGS, browse_session, listing
from tui.view import Panel, View


def here(view: View) -> Path | None:
    """The session that is shown; None before the engine has told it."""
    path = view.document.path
    return Path(str(path)) if path else None


def _folder(view: View) -> Path:
    path = here(view)
    return Path.cwd() if path is None else path.parent


def open_session(controls: Asking, view: View, argument: str) -> None:
    """Opens a session or album file: the named one, that of a named folder, or a chosen one."""
    if not argument:
        browse_session(controls, "open a session", _folder(view), lambda path: leave_for(controls, path))
        return
    path = _typed(view, argument)
    if path.is_dir():
        try:
            found = listing(path, SESSION_ENDINGS)[1]
        except OSError as error:
            controls.say(f"{path}: cannot be read: {error.strerror or error}", "error")
            return
        if len(found) != 1:
            browse_session(controls, "open a session", path, lambda one: leave_for(controls, one))
            return
        path = found[0]
    leave_for(controls, path)


def _typed(view: View, argument: str) -> Path:
    path = Path(argument.strip()).expanduser()
    return whole_path(_folder(view) / path)


def recent(controls: Asking, view: View, argument: str) -> None:
    """Opens a session of before: by number or a part of its path, or from the list."""
    known = [path for path in recent_sessions() if path != here(view)]
    if not known:
        controls.say("no other session was opened yet: :open opens one")
        return
    if not argument:
        names = [(path.stem, str(path.parent)) for path in known]
        controls.choose("open again", names, lambda number: leave_for(controls, known[number]))
        return
    if argument.isdecimal():
        fitting = known[int(argument) - 1 : int(argument)] if int(argument) else []
    else:
        wanted = argument.casefold()
        fitting = [path for path in known if wanted == path.stem.casefold()]
        fitting = fitting or [path for path in known if wanted in str(path).casefold()]
    if len(fitting) == 1:
        leave_for(controls, fitting[0])
    else:
        several = ", ".join(path.stem for path in (fitting or known)[:6])
        controls.say(f"there is no single recent session '{argument}': there is {several}", "error")


def leave_for(controls: Asking, path: Path, *, fresh: bool = False) -> None:
    """Goes to another session; asks first where something plays or is not saved.

    An album of which this session is a track is shown where one is: there is nothing to leave.

    Args:
        controls: to ask with.
        path: of the session file, or of an album file.
        fresh: it was just made: its engine plays where this one does.
    """
    view = controls.view
    if path == here(view) and not view.engine_is_lost:
        controls.say(f"{path.name} is what you see already")
        return
    if _is_shown_here(path, here(view)):
        controls.show(Panel.ALBUM)
        return
    playing = view.snapshot.transport.state is State.PLAYING
    unsaved = view.document.revision != view.document.saved_revision
    concerned = view.role is Role.CONTROLLER and not view.engine_is_lost and (playing or unsaved)
    if not concerned:
        controls.surface.open_session(path, fresh=fresh)
        return
    title = view.session.title if view.session is not None else "this session"
    names: list[tuple[str, str]] = []
    ways: list[Callable[[], None]] = []

    def offer(name: str, about: str, *, save: bool = False, pause: bool = False) -> None:
        names.append((name, about))
        ways.append(lambda: controls.surface.open_session(path, save=save, pause=pause, fresh=fresh))

    if unsaved:
        offer("save it and go", "and pause it" if playing else "", save=True, pause=playing)
    if playing:
        offer("pause it and go", "its edits stay in its journal, unsaved" if unsaved else "", pause=True)
    offer(
        "leave it as it is and go",
        "it plays on" if playing else "its edits stay in its journal, unsaved",
    )
    names.append(("stay here", ""))
    ways.append(lambda: None)
    state = " and ".join(
        word for word, holds in (("plays", playing), ("has unsaved edits", unsaved)) if holds
    )
    controls.choose(f"{title} {state}: go to {path.name}?", names, lambda number: ways[number]())


def _is_shown_here(path: Path, session: Path | None) -> bool:
    """Whether a path is an album that this session's album view shows, from now on at the latest."""
    if session is None:
        return False
    if album_of(session) == path:
        return True
    try:
        tracks = load_album(path, require_files=False).tracks
        if not any(track.session == session for track in tracks):
            return False
        note_album(session, path)
    except (OSError, StemlatheError):  # no album, or one that is told about where it is opened
        return False
    return True


def save_as(controls: Asking, view: View, argument: str) -> None:
    """Writes the live session to another file and goes on in that one; this file stays as it is."""
    path = here(view)
    if path is None or view.session is None:
        controls.say("the session is still being loaded", "warning")
    elif argument:
        _save_as(controls, argument)
    else:
        controls.ask("save as", str(_fresh(path)), lambda line: _save_as(controls, line), files=True)


def _fresh(path: Path) -> Path:
    """A name beside a file that nobody has yet: `song 2.toml`."""
    stem, number = path.stem, 2
    before, _, last = stem.rpartition(" ")
    if before and last.isdecimal():
        stem, number = before, int(last) + 1
    while (found := path.with_name(f"{stem} {number}{path.suffix}")).exists():
        number += 1
    return found


def _save_as(controls: Asking, line: str, *, replace: bool = False) -> None:
    view = controls.view
    path = here(view)
    if not line.strip() or path is None:
        return
    to = _typed(view, line)
    if to.is_dir():
        to = to / path.name
    elif to.suffix.lower() != ".toml":
        to = to.with_name(f"{to.name}.toml")
    if to == path:
        controls.say("that is this session's own file: W saves it", "warning")
        return
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        text = text_for(view.document.text, path, to)
        save_session_text(to, text, replace=replace)
    except StemlatheError as error:
        if error.kind == "exists":
            controls.confirm(
                f"{to.name} is there already: replace it?", lambda: _save_as(controls, line, replace=True)
            )
        else:
            controls.say(error.message, "error")
        return
    except OSError as error:
        controls.say(f"{to.parent}: cannot be made: {error.strerror or error}", "error")
        return
    playing = view.snapshot.transport.state is State.PLAYING
    controls.surface.open_session(
        to, pause=playing, fresh=True, said=f"saved as {to.name}; {path.name} stays as it was last saved"
    )


HANDLERS: Mapping[str, Handler] = {"open": open_session, "recent": recent, "save_as": save_as}
