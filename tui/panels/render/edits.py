"""Deliverables and versions come, change and go: pure functions on the session's TOML tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.session.fields import BUILT_IN_VERSIONS
from engine.session.files import Change
from engine.session.reading import folded
from tui.controls.naming import free_name
from tui.controls.not_possible import NotPossibleError

#: A deliverable that says nothing about it has this version only.
_USUAL_VERSIONS = ("master",)


@dataclass(frozen=True, slots=True)
class Edit:
    """What to send.

    Attributes:
        label: for the history.
        changes: keys and new values.
    """

    label: str
    changes: tuple[Change, ...]


def deliverables_of(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The deliverables as they are written."""
    return list(tree.get("deliverables", ()))


def versions_of(deliverable: Mapping[str, Any]) -> list[str]:
    """The versions that a deliverable names, as it is written."""
    return list(deliverable.get("versions", _USUAL_VERSIONS))


def deliverable_added(tree: Mapping[str, Any], name: str, preset: str | None) -> Edit:
    """A new deliverable at the end.

    Args:
        tree: of the session.
        name: wanted; numbered where it is taken.
        preset: the target that fills it; None: what the session's own settings are.
    """
    there = deliverables_of(tree)
    table = {"name": free_name(name, (str(one.get("name")) for one in there))}
    if preset is not None:
        table["preset"] = preset
    label = f"deliverable {table['name']} added"
    if "deliverables" not in tree:
        return Edit(label, ((("deliverables",), [table]),))
    return Edit(label, ((("deliverables", len(there)), table),))


def deliverable_removed(tree: Mapping[str, Any], number: int) -> Edit:
    """Without one of the deliverables."""
    name = deliverables_of(tree)[number].get("name", "")
    return Edit(f"deliverable {name} removed", ((("deliverables", number), None),))


def deliverable_moved(tree: Mapping[str, Any], number: int, to: int) -> Edit:
    """One of the deliverables at another place of the list.

    Raises:
        NotPossibleError: it is the first or the last already.
    """
    there = deliverables_of(tree)
    if not 0 <= to < len(there):
        raise NotPossibleError(f"it is the {'first' if to < 0 else 'last'} deliverable already")
    left = [*there[:number], *there[number + 1 :]]
    moved = [*left[:to], there[number], *left[to:]]
    return Edit(
        f"deliverable {there[number].get('name', '')} is number {to + 1}", ((("deliverables",), moved),)
    )


def tag_changed(tree: Mapping[str, Any], key: str, value: Any, shown: str) -> Edit:
    """Another value of `[metadata]`, which is made, or goes, as need be.

    Args:
        tree: of the session.
        key: of the value.
        value: None: no such tag.
        shown: the key and the value in words.

    Raises:
        NotPossibleError: nothing would change.
    """
    there = tree.get("metadata")
    if value is None and key not in (there or {}):
        raise NotPossibleError("that is so already")
    if there is None:
        return Edit(f"tag {shown}", ((("metadata",), {key: value}),))
    if value is None and len(there) == 1:
        return Edit(f"tag {shown}", ((("metadata",), None),))
    return Edit(f"tag {shown}", ((("metadata", key), value),))


def deliverable_changed(tree: Mapping[str, Any], number: int, key: str, value: Any, shown: str) -> Edit:
    """Another value of one key.

    Args:
        tree: of the session.
        number: of the deliverable.
        key: of the value.
        value: None: back to what holds without it.
        shown: the key and the value in words.
    """
    name = deliverables_of(tree)[number].get("name", "")
    return Edit(f"{name} {shown}", ((("deliverables", number, key), value),))


def version_planned(tree: Mapping[str, Any], number: int, version: str, order: Sequence[str]) -> Edit:
    """A version into a deliverable, or out of it.

    Args:
        tree: of the session.
        number: of the deliverable.
        version: which.
        order: of all versions.

    Raises:
        NotPossibleError: it is the only one.
    """
    table = deliverables_of(tree)[number]
    there = versions_of(table)
    if version in there:
        left = [one for one in there if one != version]
        word = "without"
    else:
        left = sorted({*there, version}, key=lambda one: order.index(one) if one in order else len(order))
        word = "with"
    if not left:
        raise NotPossibleError(f"{version} is its only version: Z takes the deliverable out")
    change: Change = (("deliverables", number, "versions"), left)
    return Edit(f"{table.get('name', '')} {word} {version}", (change,))


def version_added(tree: Mapping[str, Any], name: str, number: int | None) -> Edit:
    """A version of the user's own, without moves yet, and into a deliverable.

    Args:
        tree: of the session.
        name: of the version.
        number: of the deliverable that gets it; None: none does.

    Raises:
        NotPossibleError: there is one of that name.
    """
    _refuse_taken(tree, name)
    changes = [*_set_in_versions(tree, name, {"trims_db": {}})]
    if number is not None:
        there = versions_of(deliverables_of(tree)[number])
        changes.append((("deliverables", number, "versions"), [*there, name]))
    return Edit(f"version {name} added", tuple(changes))


def _refuse_taken(tree: Mapping[str, Any], name: str, besides: str = "") -> None:
    if not name:
        raise NotPossibleError("a version needs a name")
    for known in (*BUILT_IN_VERSIONS, *tree.get("versions", {})):
        if folded(known) == folded(name) and known != besides:
            raise NotPossibleError(f"there is a version '{known}' already: U changes it")


def _set_in_versions(tree: Mapping[str, Any], name: str, table: Any) -> list[Change]:
    if "versions" not in tree:
        return [(("versions",), {name: table})]
    return [(("versions", name), table)]


def _without_version(tree: Mapping[str, Any], name: str) -> list[Change]:
    """A section of versions that would be empty goes too."""
    versions = tree.get("versions", {})
    return [(("versions",), None)] if set(versions) <= {name} else [(("versions", name), None)]


def version_changed(tree: Mapping[str, Any], version: str, key: str, value: Any, shown: str) -> Edit:
    """Another value of what a version says for itself; its section is made, or goes, as need be.

    Args:
        tree: of the session.
        version: its name.
        key: of the value.
        value: None: as the master section has it.
        shown: the key and the value in words.

    Raises:
        NotPossibleError: nothing would change.
    """
    label = f"version {version} {shown}"
    table = tree.get("versions", {}).get(version)
    if table is None:
        if value is None:
            raise NotPossibleError("that is so already")
        return Edit(label, tuple(_set_in_versions(tree, version, {key: value})))
    if value is None and key not in table:
        raise NotPossibleError("that is so already")
    if value is None and len(table) == 1 and version in BUILT_IN_VERSIONS:
        return Edit(label, tuple(_without_version(tree, version)))
    return Edit(label, ((("versions", version, key), value),))


def version_trim(tree: Mapping[str, Any], version: str, stem: str, trim_db: float, shown: str) -> Edit:
    """How much louder a stem is in a version of the user's own; 0 dB is not written."""
    table = tree["versions"][version]
    trims = {name: value for name, value in table.get("trims_db", {}).items() if folded(name) != folded(stem)}
    if trim_db:
        trims[stem] = trim_db
    changes: list[Change] = [(("versions", version, "trims_db"), trims)]
    if trims and table.get("linked") is True:
        changes.append((("versions", version, "linked"), None))  # other trims make another mix
    return Edit(f"version {version} {shown}", tuple(changes))


def version_renamed(tree: Mapping[str, Any], old: str, new: str) -> Edit:
    """Another name for a version of the user's own, also where deliverables name it.

    Raises:
        NotPossibleError: there is one of that name.
    """
    _refuse_taken(tree, new, besides=old)
    if new == old:
        raise NotPossibleError("that is so already")
    changes: list[Change] = [(("versions", new), tree["versions"][old]), (("versions", old), None)]
    for number, deliverable in enumerate(deliverables_of(tree)):
        names = versions_of(deliverable)
        if old in names:
            renamed = [new if name == old else name for name in names]
            changes.append((("deliverables", number, "versions"), renamed))
    return Edit(f"version {old} is called {new}", tuple(changes))


def version_removed(tree: Mapping[str, Any], version: str) -> Edit:
    """Without a version of the user's own, also where deliverables name it.

    Raises:
        NotPossibleError: it always exists, or a deliverable has no other.
    """
    if version in BUILT_IN_VERSIONS:
        raise NotPossibleError(f"{version} always exists: P takes it out of a deliverable")
    changes = _without_version(tree, version)
    for number, deliverable in enumerate(deliverables_of(tree)):
        names = versions_of(deliverable)
        if version in names:
            left = [name for name in names if name != version]
            if not left:
                name = deliverable.get("name", "")
                raise NotPossibleError(f"{version} is the only version of {name}: give that another first")
            changes.append((("deliverables", number, "versions"), left))
    return Edit(f"version {version} removed", tuple(changes))
