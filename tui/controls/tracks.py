"""Other tracks to compare with: the session's references, and what was rendered or delivered before."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.link.document import Listening
from engine.link.records import Source
from engine.session.editing import Change
from engine.session.reading import nearest
from engine.units import level_text
from tui.controls.asking import Asking, Handler
from tui.controls.browsing import browse_audio
from tui.controls.naming import free_name
from tui.controls.written import written
from tui.heard import heard_track
from tui.view import View

#: Beside the session, where renders and deliveries are written by default.
_RENDERS = "renders"
#: Files that are offered as earlier renders, by their endings.
_AUDIO = frozenset({".wav", ".flac", ".aiff", ".aif", ".mp3", ".m4a", ".opus", ".ogg"})
#: Earlier renders that are offered, the newest.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Track:
    """Something to compare with.

    Attributes:
        name: for people.
        path: absolute.
        integrated_lufs: measured; None: not known yet.
        problem: why it cannot be heard; empty: it can.
    """

    name: str
    path: str
    integrated_lufs: float | None = None
    problem: str = ""


def references(view: View) -> list[Track]:
    """The session's other references, with what the engine has measured."""
    return [
        Track(one.name, one.path, one.integrated_lufs, one.problem or "") for one in view.document.references
    ]


def renders(view: View) -> list[Track]:
    """Files beside the session that were rendered before, the newest first."""
    if view.session is None:
        return []
    try:
        with os.scandir(view.session.path.parent / _RENDERS) as entries:
            files = [
                entry for entry in entries if Path(entry.name).suffix.lower() in _AUDIO and entry.is_file()
            ]
            found = [(entry.stat().st_mtime, Path(entry.path)) for entry in files]
    except OSError:
        return []
    return [Track(path.name, str(path.absolute())) for _, path in sorted(found, reverse=True)[:_MOST]]


def all_tracks(view: View) -> list[Track]:
    """References, then earlier renders."""
    return [*references(view), *renders(view)]


def listen_to_track(controls: Asking, wanted: Track) -> None:
    """Listens to a track, level-matched; says why it cannot be heard."""
    if wanted.problem:
        controls.say(wanted.problem, "warning")
        return
    id = controls.send("listen", {"source": "track", "of": wanted.path, "name": wanted.name})
    controls.expect_state(id, "transport", source=Source.TRACK)
    unknown = wanted.integrated_lufs is None
    matched = ", silent until it is measured" if unknown else ", as loud as the song"
    controls.say(f"listening to {wanted.name}{matched}; a goes back, * on")


def next_track(controls: Asking, view: View, argument: str) -> None:
    """From the song to the track that was left for it, else the first; from one to the next, from the last
    to the song."""
    tracks = [one for one in references(view) if not one.problem]
    paths, heard = [one.path for one in tracks], heard_track(view)
    left, controls.left_track = controls.left_track, None
    if left is not None and not heard and (left.path in paths or os.path.isfile(left.path)):
        listen_to_track(controls, left)
        return
    if not tracks and not heard:
        controls.say("the session has no other tracks to compare with: :add-reference and a file")
        return
    at = paths.index(heard) + 1 if heard in paths else 0
    if at < len(tracks):
        listen_to_track(controls, tracks[at])
    else:
        back = controls.send("listen", {"source": "processed"})
        controls.expect_state(back, "transport", source=Source.PROCESSED)


def track(controls: Asking, view: View, argument: str) -> None:
    """Listens to a track by name or file; without one, offers references and earlier renders."""
    tracks = all_tracks(view)
    if not argument:
        if not tracks:
            controls.say("no references and no earlier renders: name a file")
            return
        controls.choose(
            "listen to",
            [(one.name, _about(one)) for one in tracks],
            lambda number: listen_to_track(controls, tracks[number]),
        )
        return
    found = _named(tracks, argument)
    path = Path(os.path.expanduser(argument))
    if len(found) == 1:
        listen_to_track(controls, found[0])
    elif not found and path.is_file():
        listen_to_track(controls, Track(path.name, str(path.absolute())))
    else:
        names = [one.name for one in found or tracks]
        hint = f"it may be {', '.join(names)}" if found else nearest(argument, names) if names else "no file"
        controls.say(f"there is no single track '{argument}': {hint}", "error")


def add_reference(controls: Asking, view: View, argument: str) -> None:
    """Keeps a file as one of the session's references; without one, has files chosen."""
    if view.session is None:
        return
    folder = view.session.path.parent
    if not argument:
        browse_audio(
            controls, "tracks to compare with", folder, lambda files: _keep(controls, controls.view, files)
        )
        return
    path = Path(os.path.expanduser(argument.strip()))
    path = path if path.is_absolute() else folder / path
    if not path.is_file():
        controls.say(f"{path}: is not there: check the name", "error")
        return
    _keep(controls, view, [path])


def _keep(controls: Asking, view: View, files: Sequence[Path]) -> None:
    """One step of the history; names are made different from those that are there."""
    tree = written(view)
    if tree is None or view.session is None:
        controls.say("the session is still being loaded")
        return
    folder, there = view.session.path.parent, view.session.references
    known = {os.path.realpath(one.path) for one in there}
    new = [file for file in dict.fromkeys(files) if os.path.realpath(file) not in known]
    if not new:
        controls.say("it is among the session's references already")
        return
    taken, tables = [one.name for one in there], list[dict[str, Any]]()
    for file in new:
        taken.append(free_name(file.stem, taken))
        # folders are resolved, so that `..` leads where it should
        target = os.path.join(os.path.realpath(file.parent), file.name)
        path = Path(os.path.relpath(target, os.path.realpath(folder))).as_posix()
        tables.append({"name": taken[-1], "path": path})
    first = len(tree.get("references", ()))
    changes: list[Change] = [(("references", first + at), table) for at, table in enumerate(tables)]
    if "references" not in tree:
        changes = [(("references",), tables)]
    names = ", ".join(table["name"] for table in tables)
    controls.edit(f"reference {names} added", changes)
    controls.say(f"{names}: measured now; * listens, level-matched; u takes it back")


def remove_reference(controls: Asking, view: View, argument: str) -> None:
    """Takes one of the session's references out; its file stays."""
    if view.session is None:
        return
    names = [one.name for one in view.session.references]
    found = [place for place, name in enumerate(names) if name.casefold() == argument.strip().casefold()]
    begun = [place for place, name in enumerate(names) if name.casefold().startswith(argument.casefold())]
    found = found or begun
    if not names:
        controls.say("the session has no other tracks to compare with")
    elif len(found) != 1:
        controls.say(f"there is no single track '{argument}': {nearest(argument, names)}", "error")
    else:
        controls.edit(f"reference {names[found[0]]} removed", [(("references", found[0]), None)])
        controls.say(f"{names[found[0]]} is out, its file stays: u brings it back")


def _named(tracks: Sequence[Track], argument: str) -> list[Track]:
    wanted = argument.casefold()
    names = [(one, one.name.casefold()) for one in tracks]
    same = [one for one, name in names if name == wanted]
    begun = [one for one, name in names if name.startswith(wanted)]
    return same or begun or [one for one, name in names if wanted in name]


def _about(one: Track) -> str:
    if one.problem:
        return one.problem
    return "" if one.integrated_lufs is None else level_text(one.integrated_lufs, "LUFS")


def track_of_heard(view: View) -> Track | None:
    """The track that is heard, with what the engine has measured; None: none is."""
    heard, aim = heard_track(view), view.document.listening or Listening()
    known = next((one for one in references(view) if one.path == heard), None)
    if known is not None or not heard:
        return known
    return Track(aim.name or Path(heard).name, heard, aim.integrated_lufs, aim.problem or "")


HANDLERS: Mapping[str, Handler] = {
    "next_track": next_track,
    "track": track,
    "add_reference": add_reference,
    "remove_reference": remove_reference,
}
