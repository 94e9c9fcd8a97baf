"""What of a session is its sound: the part that snapshots hold and bring back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.session.editing import Change

#: Keys of a stem that are moves of the mastering, with what they are where the file leaves them out.
_OF_STEMS: Mapping[str, Any] = {"chain": [], "trim_db": 0.0, "mute": False}


def sound_changes(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Change]:
    """The changes after which a session sounds as another state of it.

    Args:
        present: tree of the session now.
        wanted: tree of the state whose sound is wanted; stems are told by their names, else by their
            files, and a stem that one of the two lacks is left alone.
    """
    changes: list[Change] = []
    stored = {_name(stem): stem for stem in wanted.get("stems", ())}
    names = {_name(stem) for stem in present.get("stems", ())}
    # a stem that was called otherwise then is known by its file
    renamed = {str(stem.get("path")): stem for name, stem in stored.items() if name not in names}
    for index, stem in enumerate(present.get("stems", ())):
        former = stored.get(_name(stem)) or renamed.get(str(stem.get("path")))
        if former is None:
            continue
        for key, default in _OF_STEMS.items():
            if stem.get(key, default) != former.get(key, default):
                changes.append((("stems", index, key), former.get(key)))
    chains = [tree.get("master", {}).get("chain", []) for tree in (present, wanted)]
    if chains[0] != chains[1]:
        changes.append((("master", "chain"), wanted.get("master", {}).get("chain")))
    return changes


def _name(stem: Mapping[str, Any]) -> str:
    """As the session calls it: its name, else its file's."""
    path = stem.get("path", "")
    path = path[0] if isinstance(path, list) and path else path
    return str(stem.get("name") or str(path).rsplit("/", 1)[-1].rsplit(".", 1)[0]).casefold()
