"""The sum: pairs of columns added up in a fixed order; copies and differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import load2, splat2, store
from engine.rack.operation import Operation


@kernel
def _sum(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: destination, sources, their left columns."""
    destination = words_p[0]
    count = words_p[1]
    for begin in range(0, QUANTUM_FRAMES * columns, columns):
        total = load2(frames_p, begin + words_p[2]) if count > 0 else splat2(0.0)
        for source in range(1, count):
            total = total + load2(frames_p, begin + words_p[2 + source])
        store(frames_p, begin + destination, total)


def sum_columns(sources: Sequence[tuple[int, int]], destination: tuple[int, int]) -> Operation:
    """Overwrites a pair of columns with the sum of others, added from the first to the last.

    Args:
        sources: left and right column of each pair, neighbours; none gives silence, one a copy.
            The destination may be among them.
        destination: left and right column, neighbours.
    """
    for left, right in (*sources, destination):
        assert right == left + 1, "the right column follows the left one"
    return Operation(_sum, (destination[0], len(sources), *(left for left, _ in sources)))


@kernel
def _copy(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: copies, then per copy the left columns of source and destination."""
    span = QUANTUM_FRAMES * columns
    for copy in range(words_p[0]):
        source = words_p[1 + 2 * copy]
        to_destination = words_p[2 + 2 * copy] - source
        for at in range(source, source + span, columns):
            store(frames_p, at + to_destination, load2(frames_p, at))


def copy_columns(copies: Sequence[tuple[int, int]]) -> Operation:
    """Copies pairs of columns, one after the other.

    Args:
        copies: left column of each source and of its destination; the right one is the next.
    """
    return Operation(_copy, (len(copies), *(column for copy in copies for column in copy)))


@kernel
def _subtract(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: differences, then per difference the left columns of result, minuend and subtrahend."""
    span = QUANTUM_FRAMES * columns
    for difference in range(words_p[0]):
        result = words_p[1 + 3 * difference]
        to_minuend = words_p[2 + 3 * difference] - result
        to_subtrahend = words_p[3 + 3 * difference] - result
        for at in range(result, result + span, columns):
            store(frames_p, at, load2(frames_p, at + to_minuend) - load2(frames_p, at + to_subtrahend))


def subtract_columns(differences: Sequence[tuple[int, int, int]]) -> Operation:
    """Overwrites pairs of columns with the differences of two others, one after the other.

    Args:
        differences: left columns of the result, of what is subtracted from, and of what is
            subtracted; the result may be one of the two.
    """
    return Operation(_subtract, (len(differences), *(column for one in differences for column in one)))
