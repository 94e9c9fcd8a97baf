"""Stems that move together: what is done to one's trim or chain is done to the others, in the same step."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.link.failures import MessageRefused
from engine.session.editing import Change
from engine.session.fields import TRIM_DB
from engine.session.model import Session
from engine.session.reading import KeyPath

Tree = Mapping[str, Any]


def require_groups(groups: Any, session: Session) -> list[list[str]]:
    """Links as they are kept: each at least two stems that are there, none in two.

    Raises:
        MessageRefused: they are not.
    """
    names = {stem.name for stem in session.stems}
    seen: set[str] = set()
    for group in groups:
        if not isinstance(group, list) or len(group) < 2 or not all(isinstance(one, str) for one in group):
            raise MessageRefused("a link is a list of two stems or more", kind="bad_payload")
        for name in group:
            if name not in names:
                raise MessageRefused(f"there is no stem '{name}' to link", kind="no_stem")
            if name in seen:
                raise MessageRefused(f"'{name}' is linked twice: once is enough", kind="bad_payload")
            seen.add(name)
    return [list(group) for group in groups]


def renamed(groups: Sequence[Sequence[str]], before: Session, after: Session) -> list[list[str]]:
    """Links after an edit: a stem that is called otherwise at its place stays linked, one that went not."""
    names = [stem.name for stem in after.stems]
    new: dict[str, str] = {}
    if len(before.stems) == len(names):
        new = {
            stem.name: name for stem, name in zip(before.stems, names, strict=True) if stem.name not in names
        }
    kept = [[new.get(name, name) for name in group if new.get(name, name) in names] for group in groups]
    return [group for group in kept if len(group) > 1]


def with_linked(tree: Tree, groups: Sequence[Sequence[str]], changes: Sequence[Change]) -> list[Change]:
    """Changes with those that links add to them.

    A trim moves the others' by as much, within their range. A value of a processor is set where the
    other chain has the same processor at the same place. Processors and bands that come, go or move
    do so in chains of the same processors; what differs in their values stays different.

    Args:
        tree: of the session's text, before the changes.
        groups: names of the stems of each link.
        changes: as they were asked for. A stem that they name themselves is left to them.
    """
    if not groups:
        return list(changes)
    stems = tree.get("stems", [])
    places = {_name(stem): place for place, stem in enumerate(stems)}
    asked = {key[1] for key, _ in changes if len(key) > 2 and key[0] == "stems"}
    added: list[Change] = []
    for key, value in changes:
        if len(key) < 3 or key[0] != "stems" or key[1] not in range(len(stems)):
            continue
        own = int(key[1])
        group = next((group for group in groups if _name(stems[own]) in group), ())
        others = [places[name] for name in group if name in places and places[name] not in asked]
        for other in others:
            added += _followed(stems[own], stems[other], key, value, other)
    return [*changes, *added]


def _name(stem: Mapping[str, Any]) -> str:
    file = stem.get("path", "")
    file = file[0] if isinstance(file, list) and file else file
    return str(stem.get("name") or str(file).rsplit("/", 1)[-1].rsplit(".", 1)[0])


def _followed(
    own: Mapping[str, Any], other: Mapping[str, Any], key: KeyPath, value: Any, place: int
) -> Iterator[Change]:
    """What one change of a stem is for another one."""
    rest = key[2:]
    if rest == ("trim_db",):
        step = (TRIM_DB.default if value is None else value) - own.get("trim_db", TRIM_DB.default)
        moved = round(other.get("trim_db", TRIM_DB.default) + step, 6)
        low, high = TRIM_DB.lower(), TRIM_DB.upper(0)
        yield ("stems", place, "trim_db"), min(max(moved, low), high)
        return
    chain, others = own.get("chain", []), other.get("chain", [])
    if rest == ("chain",):
        if value is not None and _kinds(chain) == _kinds(others):
            yield ("stems", place, "chain"), _restructured(chain, value, others)
    elif len(rest) > 2 and rest[0] == "chain" and isinstance(rest[1], int):
        at = rest[1]
        alike = at < len(chain) and at < len(others) and chain[at].get("type") == others[at].get("type")
        if alike and _has_place(others[at], rest[2:]):
            yield ("stems", place, *rest), copy.deepcopy(value)


def _kinds(chain: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [table.get("type") for table in chain]


def _has_place(table: Any, path: KeyPath) -> bool:
    """Whether a value can be set there: all but the last part of the way exists."""
    for part in path[:-1]:
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _restructured(before: Sequence[Any], after: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    """What `other` becomes when `before` becomes `after`: what came, went and moved does so there too."""
    former, later = [_text(table) for table in before], [_text(table) for table in after]
    kept: dict[int, int] = {}
    for block in difflib.SequenceMatcher(None, former, later, autojunk=False).get_matching_blocks():
        kept |= {block.b + step: block.a + step for step in range(block.size)}
    # what moved is found again by its content, what changed by its type
    free = [place for place in range(len(former)) if place not in kept.values()]
    for alike in (_same_text, _same_type):
        for place in range(len(after)):
            if place not in kept:
                found = next((one for one in free if alike(before[one], after[place])), None)
                if found is not None:
                    kept[place] = found
                    free.remove(found)
    return [
        _changed(before[kept[place]], after[place], other[kept[place]])
        if place in kept
        else copy.deepcopy(new)
        for place, new in enumerate(after)
    ]


def _same_text(one: Any, other: Any) -> bool:
    return _text(one) == _text(other)


def _same_type(one: Any, other: Any) -> bool:
    """Whether both are processors of a type; bands have none, and are not taken for each other."""
    return "type" in one and one["type"] == other.get("type")


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """`other` with what became different between the two."""
    made = copy.deepcopy(dict(other))
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if new is None:
            made.pop(name, None)
        elif _is_tables(old) and _is_tables(new) and len(made.get(name, ())) == len(old or ()):
            made[name] = _restructured(old or (), new, made[name])
        else:
            made[name] = copy.deepcopy(new)
    return made


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _text(table: Any) -> str:
    return json.dumps(table, sort_keys=True, default=str)
