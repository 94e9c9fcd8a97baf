"""What differs between two session trees, as key paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.session.reading import KeyPath


@dataclass(frozen=True)
class Difference:
    """One value that is not the same in both trees.

    Attributes:
        key: its place.
        before: what stood there; None: nothing.
        after: what stands there now; None: nothing.
    """

    key: KeyPath
    before: Any
    after: Any


def differences(before: Any, after: Any, key: KeyPath = ()) -> Iterator[Difference]:
    """Every value that differs, as deep as both trees have the same shape.

    Lists of another length count as one difference: what was item 2 may be item 3 now.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in (*before, *(name for name in after if name not in before)):
            yield from differences(before.get(name), after.get(name), (*key, name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*key, index))
    elif before != after or type(before) is not type(after):
        yield Difference(key, before, after)


def overlap(first: KeyPath, second: KeyPath) -> bool:
    """Whether one place is the other, or lies inside it."""
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]


def any_overlap(keys: Iterable[KeyPath], others: Iterable[KeyPath]) -> bool:
    """Whether any two of them overlap."""
    others = tuple(others)
    return any(overlap(key, other) for key in keys for other in others)
