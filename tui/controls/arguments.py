"""What may follow a command, as far as it can be listed: for completion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.errors import StemlatheError
from engine.processes.recent import recent_sessions
from engine.session.files import parse_key
from engine.session.playback import OFF, playback_systems
from engine.session.processors import PROCESSORS
from engine.session.roles import roles
from engine.session.versions import known_versions
from engine.session.words import parameter_at, value_text
from tui.actions.registry import Action
from tui.controls.chains import suited
from tui.controls.copying import of_session
from tui.controls.listening import PLAIN
from tui.controls.places import chain_of, focused
from tui.controls.state import LETTERS, stored
from tui.controls.tracks import all_tracks, references
from tui.view import View


def _stems(view: View) -> list[str]:
    return ["master", *(stem.name for stem in view.session.stems)] if view.session is not None else []


def _targets(view: View) -> list[str]:
    deliverables = view.session.deliverables if view.session is not None else ()
    return ["none", *(deliverable.name for deliverable in deliverables)]


def _versions(view: View) -> list[str]:
    return [name for name in known_versions(view.session) if name != "stems"] if view.session else []


def _markers(view: View) -> list[str]:
    return [marker.name for marker in view.document.markers]


def _types(view: View) -> list[str]:
    return list(PROCESSORS)


def _processors(view: View) -> list[str]:
    """The types in the chosen chain."""
    chain = chain_of(view.session, view.focus.stem) if view.session is not None else ()
    return list(dict.fromkeys(processor.type for processor in chain))


def _presets(view: View) -> list[str]:
    """Presets that the chosen strip can take."""
    return [] if view.session is None else [one.name for one in suited(view, view.focus.stem)[0]]


def _keys(view: View) -> list[str]:
    """Keys of the session with their present values, ready to be changed."""
    found = []
    for text in view.document.parameters:
        parameter = parameter_at(view.session, parse_key(text)) if view.session is not None else None
        if parameter is not None:
            found.append(text)
    return found


def _systems() -> list[str]:
    try:
        return list(playback_systems())
    except StemlatheError:
        return []  # said where it is asked for


def _value(view: View) -> list[str]:
    place = focused(view.session, view.focus) if view.session is not None else None
    if place is None:
        return []
    return list(place.parameter.choices) or [value_text(place.parameter, place.value)]


def _places(view: View) -> list[str]:
    return [str(place) for place, _ in enumerate(view.session.stems if view.session else (), 1)]


_ARGUMENTS: Mapping[str, Callable[[View], list[str]]] = {
    "go": _stems,
    "role": lambda view: list(roles()),
    "move_stem": _places,
    "target": _targets,
    "version": _versions,
    "jump": _markers,
    "remove_marker": _markers,
    "add_processor": _types,
    "set": _keys,
    "type_value": _value,
    "listen": lambda view: [source.name.lower() for source in PLAIN],
    "translate": lambda view: [OFF, *_systems()],
    "snapshot": lambda view: list(stored(view)),
    "store": lambda view: list(LETTERS),
    "state": lambda view: [str(entry.revision) for entry in view.document.history],
    "recent": lambda view: [path.stem for path in recent_sessions()],
    "copy": lambda view: [one.name for one in of_session(view) if one.text],
    "preset": _presets,
    "track": lambda view: [one.name for one in all_tracks(view)],
    "remove_reference": lambda view: [one.name for one in references(view)],
    "link": lambda view: [stem.name for stem in view.session.stems] if view.session else [],
    "delta": _processors,
    "band_alone": _processors,
    "device": lambda view: ["null", "default"],
    "hand_over": lambda view: [str(client.index) for client in view.document.clients or ()],
}


def arguments(action: Action, view: View) -> list[str]:
    """What may follow an action's name; empty where it cannot be listed."""
    listed = _ARGUMENTS.get(action.name)
    return listed(view) if listed is not None else []
