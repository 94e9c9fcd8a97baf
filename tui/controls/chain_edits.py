"""Changes of a chain's structure: processors and bands come, go and move. Pure functions on TOML tables."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.session.declare import Kind, Parameter
from engine.session.model import Session
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath, nearest
from engine.session.roles import roles
from engine.session.starting_values import master_chain, stem_chain
from tui.controls.not_possible import NotPossibleError
from tui.controls.places import base_path
from tui.view import MASTER, Focus

#: What a new band gets where a value has no default.
_NEW_BAND_HZ = 1000.0
#: Ends of the spectrum, for the middle of an outer band, Hz.
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 20000.0


@dataclass(frozen=True, slots=True)
class Edit:
    """What to send, and where the focus goes.

    Attributes:
        label: for the history.
        changes: keys and new values.
        processor: the focus afterwards.
        key: the focus afterwards.
    """

    label: str
    changes: tuple[tuple[KeyPath, Any], ...]
    processor: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain as it is written, with what is pending already in it.

    Attributes:
        base: the key of its strip.
        name: of its strip.
        tables: its processors.
        has_strip: False: the file has no [master] yet.
    """

    base: KeyPath
    name: str
    tables: list[dict[str, Any]]
    has_strip: bool = True

    def edit(self, what: str, tables: list[dict[str, Any]], processor: int, key: str = "") -> Edit:
        """An edit that gives the whole chain."""
        change: tuple[KeyPath, Any] = ((*self.base, "chain"), tables)
        if not self.has_strip:
            change = (self.base, {"chain": tables})
        return Edit(f"{self.name} {what}", (change,), processor, key)


def written_chain(
    tree: Mapping[str, Any] | None, focus: Focus, name: str, pending: Mapping[KeyPath, Any]
) -> Chain:
    """The focused chain as the session's text has it, with values that wait for the engine.

    Args:
        tree: of the live session (`tui.controls.written`).
        focus: whose chain.
        name: of the strip.
        pending: values by key.
    """
    if tree is None:
        raise NotPossibleError("the session cannot be read")
    base = base_path(focus)
    strip = tree.get("master") if focus.stem == MASTER else tree["stems"][focus.stem]
    tables = copy.deepcopy(list((strip or {}).get("chain", ())))
    for path, value in pending.items():
        if path[: len(base)] == base and len(path) > len(base) + 2 and path[len(base)] == "chain":
            _put(tables, path[len(base) + 1 :], value)
    return Chain(base, name, tables, has_strip=strip is not None)


def _put(node: Any, path: KeyPath, value: Any) -> None:
    for part in path[:-1]:
        try:
            node = node[part]
        except (LookupError, TypeError):
            return  # it is not written there: the default holds
    node[path[-1]] = value


def type_named(typed: str, *, on_stem: bool) -> str:
    """The type that a beginning of its name or title means.

    Raises:
        NotPossibleError: none, or several.
    """
    offered = offered_types(on_stem=on_stem)
    wanted = typed.strip().lower().replace(" ", "").replace("-", "")
    titles = {kind: PROCESSORS[kind].title.lower().replace(" ", "").replace("-", "") for kind in offered}
    found = [kind for kind in offered if kind == wanted]
    found = found or [kind for kind in offered if wanted and kind.startswith(wanted)]
    found = found or [kind for kind in offered if wanted and titles[kind].startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not wanted:
        raise NotPossibleError(f"name one of {', '.join(offered)}")
    raise NotPossibleError(f"no single processor is '{typed.strip()}': {nearest(wanted, offered)}")


def offered_types(*, on_stem: bool) -> tuple[str, ...]:
    """The processors that may stand in a chain."""
    return tuple(kind for kind, declared in PROCESSORS.items() if declared.stems or not on_stem)


def added(chain: Chain, focus: Focus, kind: str, session: Session) -> Edit:
    """A new processor after the chosen one, with the card's values for the role; the limiter goes last.

    Raises:
        NotPossibleError: there is one already, and there may be one only.
    """
    last_only = not PROCESSORS[kind].stems
    kinds = [table.get("type") for table in chain.tables]
    if last_only and kind in kinds:
        raise NotPossibleError(f"there is a {kind} already: one is allowed, the last of the master")
    at = focus.processor + 1 if focus.processor >= 0 else len(chain.tables)
    at = len(chain.tables) if last_only else min(at, _first_fixed(chain))
    tables = [*chain.tables[:at], _new_table(kind, focus, session), *chain.tables[at:]]
    return chain.edit(f"{kind} added", tables, at)


def _first_fixed(chain: Chain) -> int:
    """Where what must be last begins."""
    for index, table in enumerate(chain.tables):
        if not PROCESSORS[table["type"]].stems:
            return index
    return len(chain.tables)


def _new_table(kind: str, focus: Focus, session: Session) -> dict[str, Any]:
    rate = session.sample_rate
    if focus.stem == MASTER:
        starting = master_chain(rate)
    else:
        starting = stem_chain(roles()[session.stems[focus.stem].role].card, rate)
    found = next((dict(table) for table in starting if table["type"] == kind), None)
    if found is not None:
        found.pop("enabled")
        return found
    return {"type": kind, **copy.deepcopy(dict(PROCESSORS[kind].initial))}


def removed(chain: Chain, focus: Focus, item: tuple[str, int] | None) -> Edit:
    """Without the chosen band, or without the chosen processor.

    Raises:
        NotPossibleError: nothing is chosen, or the last band of several crossovers would go.
    """
    number = _chosen(chain, focus)
    table = chain.tables[number]
    if item is None:
        tables = [*chain.tables[:number], *chain.tables[number + 1 :]]
        return chain.edit(f"{table['type']} removed", tables, min(number, len(tables) - 1))
    name, index = item
    items, splits = list(table[name]), _splits(table["type"])
    changed = {**table, name: [*items[:index], *items[index + 1 :]]}
    if splits is not None:
        crossovers = list(table[splits.name])
        if len(crossovers) <= (splits.minimum or 0):
            raise NotPossibleError(f"a {table['type']} has two bands at least: D on its heading removes it")
        del crossovers[max(index - 1, 0)]
        changed[splits.name] = crossovers
    left = len(items) - 1
    key = f"{name}[{min(index, left - 1)}]" if left else ""
    return _with(chain, number, changed, f"band {index + 1} removed", key)


def with_band(chain: Chain, focus: Focus, item: tuple[str, int] | None) -> Edit:
    """A new band after the chosen one; where bands share the spectrum, the chosen one is split.

    Raises:
        NotPossibleError: the processor has no bands, or as many as it can have.
    """
    number = _chosen(chain, focus)
    table = chain.tables[number]
    declared = _tables(table["type"])
    if declared is None:
        raise NotPossibleError(f"a {table['type']} has no bands: n adds a processor")
    items = list(table.get(declared.name, ()))
    at = item[1] if item is not None else len(items) - 1
    splits = _splits(table["type"])
    changed = dict(table)
    if splits is not None:
        crossovers = list(table[splits.name])
        if len(crossovers) >= (splits.maximum or math.inf):
            raise NotPossibleError(f"a {table['type']} has at most {len(crossovers) + 1} bands")
        edges = [_LOWEST_HZ, *crossovers, _HIGHEST_HZ]
        crossovers.insert(at, float(f"{math.sqrt(edges[at] * edges[at + 1]):.3g}"))
        changed[splits.name] = crossovers
        band = dict(items[at])
    else:
        band = {field.name: _NEW_BAND_HZ for field in declared.fields if field.required}
    changed[declared.name] = [*items[: at + 1], band, *items[at + 1 :]]
    return _with(chain, number, changed, "band added", f"{declared.name}[{at + 1}]")


def shifted(chain: Chain, focus: Focus, item: tuple[str, int] | None, step: int) -> Edit:
    """The chosen band or processor one place later or earlier.

    Raises:
        NotPossibleError: it is at the end already, or the limiter is in the way.
    """
    number = _chosen(chain, focus)
    table = chain.tables[number]
    if item is not None:
        if _splits(table["type"]) is not None:
            raise NotPossibleError("these bands are ordered by frequency: change the crossovers instead")
        name, index = item
        items, to = list(table[name]), index + step
        if not 0 <= to < len(items):
            raise NotPossibleError("it is at the end already")
        items[index], items[to] = items[to], items[index]
        return _with(chain, number, {**table, name: items}, f"band {index + 1} moved", f"{name}[{to}]")
    to, tables = number + step, list(chain.tables)
    if not 0 <= to < len(tables):
        raise NotPossibleError("it is at the end already")
    for moving in (tables[number]["type"], tables[to]["type"]):
        if not PROCESSORS[moving].stems:
            raise NotPossibleError(f"the {moving} stays last")
    tables[number], tables[to] = tables[to], tables[number]
    return chain.edit(f"{table['type']} moved", tables, to)


def _with(chain: Chain, number: int, table: dict[str, Any], what: str, key: str) -> Edit:
    tables = [*chain.tables[:number], table, *chain.tables[number + 1 :]]
    return chain.edit(f"{table['type']} {what}", tables, number, key)


def _chosen(chain: Chain, focus: Focus) -> int:
    if not 0 <= focus.processor < len(chain.tables):
        raise NotPossibleError("choose a processor first; n adds one")
    return focus.processor


def _tables(kind: str) -> Parameter | None:
    return next((field for field in PROCESSORS[kind].parameters if field.kind is Kind.TABLES), None)


def _splits(kind: str) -> Parameter | None:
    """The list of frequencies that divides the spectrum between the bands, where there is one."""
    return next((field for field in PROCESSORS[kind].parameters if field.kind is Kind.NUMBERS), None)
