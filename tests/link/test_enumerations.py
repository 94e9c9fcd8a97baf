"""Numbers that stand for words in shared memory: no two words share one, and none is left out."""

from __future__ import annotations

import enum

import pytest

from engine.link import records

KINDS = [
    kind
    for kind in vars(records).values()
    if isinstance(kind, type) and issubclass(kind, enum.IntEnum) and kind.__members__
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_word_has_a_number_of_its_own(kind: type[enum.IntEnum]) -> None:
    numbers = [int(one) for one in kind.__members__.values()]
    assert len(set(numbers)) == len(numbers)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] in (0, 1)
