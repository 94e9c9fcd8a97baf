"""The sum: pairs of columns added up in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.kernels.abi import QUANTUM_FRAMES, kernel
from engine.kernels.lanes import load2, splat2, store
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
