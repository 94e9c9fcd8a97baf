"""Reads the `[versions]` of a session: mixes of the user's own, and what versions say for themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.session import fields
from engine.session.declare import Parameter
from engine.session.model import Master, Stem, VersionSection
from engine.session.name_rules import check_file_name, refuse_duplicates
from engine.session.reading import KeyPath, Reader, folded, nearest, shown
from engine.session.recording import read_section


@dataclass
class VersionTables:
    """What the section holds.

    Attributes:
        own: versions of the user's own by name, each `{"trims_db": {stem name: dB}}`.
        unlinked: names of all that are solved for themselves.
        sections: what versions say for themselves, by name.
    """

    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    unlinked: set[str] = field(default_factory=set)
    sections: dict[str, VersionSection] = field(default_factory=dict)


def read_versions(reader: Reader, tree: Any, stems: Sequence[Stem], master: Master) -> VersionTables:
    """The versions of a session.

    Raises:
        SessionError: for anything the format does not allow.
    """
    found = VersionTables()
    if tree is None:
        return found
    if not isinstance(tree, Mapping):
        reader.refuse(("versions",), "is not a table: write each version as [versions.NAME]")
    for name, entry in tree.items():
        key: KeyPath = ("versions", name)
        check_file_name(reader, name, key)
        values = reader.table(entry, key, _fields_of(reader, name, key))
        section = read_section(reader, values, key, master)
        if section != VersionSection():
            found.sections[name] = section
        if name in fields.BUILT_IN_VERSIONS:
            if not values.get("linked", True):
                found.unlinked.add(name)
            continue
        trims = _own_trims(reader, values["trims_db"] or {}, key, stems)
        if entry.get("linked") is True and trims:
            reader.refuse((*key, "linked"), "other trims make another mix: leave the key out, or say false")
        if entry.get("linked") is False:
            found.unlinked.add(name)
        found.own[name] = {"trims_db": trims}
    refuse_duplicates(reader, ((name, ("versions", name)) for name in found.own))
    return found


def _fields_of(reader: Reader, name: str, key: KeyPath) -> Sequence[Parameter]:
    if name in fields.SUBSET_VERSIONS:
        return fields.SUBSET_VERSION
    if name in fields.BUILT_IN_VERSIONS:
        return fields.BUILT_IN_VERSION
    if folded(name) in {folded(known) for known in fields.BUILT_IN_VERSIONS}:
        reader.refuse(key, "is the name of a version that always exists: choose another")
    return fields.VERSION


def _own_trims(reader: Reader, trims: Any, key: KeyPath, stems: Sequence[Stem]) -> dict[str, float]:
    names = {folded(stem.name): stem.name for stem in stems}
    if not isinstance(trims, Mapping):
        reader.refuse((*key, "trims_db"), f"{shown(trims)} is not a table: write {{ Bass = 1.0 }}")
    checked: dict[str, float] = {}
    for stem, trim_db in trims.items():
        place = (*key, "trims_db", stem)
        if folded(stem) not in names:
            reader.refuse(place, f"there is no such stem: {nearest(stem, names.values())}")
        checked[names[folded(stem)]] = reader.value(trim_db, place, fields.TRIM_DB)
    return checked
