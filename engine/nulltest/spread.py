"""Work on rows of an excerpt, shared out over the cores stretch by stretch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.cores import usable_cores

Doubles = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Item = TypeVar("Item")
Found = TypeVar("Found")

#: Frames of all rows that are worked on at a time: they stay in a core's second-level cache.
_CHUNK_FRAMES = 4096


#: Threads that stay; threads of theirs do not see it, and what is spread out from within them gets its own.
_kept: ContextVar[ThreadPoolExecutor | None] = ContextVar("_kept", default=None)


@contextmanager
def threads_kept() -> Iterator[None]:
    """Within it `spread` uses the same threads: a search spreads hundreds of sums of a millisecond."""
    with ThreadPoolExecutor(usable_cores()) as pool:
        token = _kept.set(pool)
        try:
            yield
        finally:
            _kept.reset(token)


def spread(function: Callable[[Item], Found], items: Iterable[Item]) -> list[Found]:
    """Results of a function that lets go of the GIL, one for every item, in their order."""
    kept = _kept.get()
    if kept is not None:
        return list(kept.map(function, items))
    with ThreadPoolExecutor(usable_cores()) as pool:
        return list(pool.map(function, items))


def row_products(rows: Sequence[Complexes]) -> Doubles:
    """Inner products over both channels: `(rows, rows)`.

    Args:
        rows: each `(stretches, frames)`, L + iR; they need not lie next to each other.
    """
    frames = rows[0].shape[1]

    def of(stretch: int) -> Doubles:
        chunk = np.empty((len(rows), 2 * _CHUNK_FRAMES))
        found = np.zeros((len(rows), len(rows)))
        for first in range(0, frames, _CHUNK_FRAMES):
            part = chunk[:, : 2 * min(_CHUNK_FRAMES, frames - first)]
            for number, row in enumerate(rows):
                part[number] = row[stretch, first : first + _CHUNK_FRAMES].view(np.float64)
            found += part @ part.T
        return found

    return _summed(of, len(rows[0]))


def channel_products(rows: Sequence[Complexes]) -> Doubles:
    """Inner products of single channels: `(2 · rows, 2 · rows)`, the left ones of all rows first."""
    count, frames = len(rows), rows[0].shape[1]

    def of(stretch: int) -> Doubles:
        chunk = np.empty((2 * count, _CHUNK_FRAMES))
        found = np.zeros((2 * count, 2 * count))
        for first in range(0, frames, _CHUNK_FRAMES):
            part = chunk[:, : min(_CHUNK_FRAMES, frames - first)]
            for number, row in enumerate(rows):
                sound = row[stretch, first : first + _CHUNK_FRAMES]
                part[number], part[count + number] = sound.real, sound.imag
            found += part @ part.T
        return found

    return _summed(of, len(rows[0]))


def products_with(rows: Sequence[Complexes], sound: Complexes) -> Doubles:
    """Inner products of rows with one more over both channels: `(rows,)`."""

    def of(stretch: int) -> Doubles:
        there = sound[stretch].view(np.float64)
        return np.array([float(np.dot(row[stretch].view(np.float64), there)) for row in rows])

    return _summed(of, len(sound))


def weighted_sum(rows: Sequence[Complexes], gains: Doubles) -> Complexes:
    """The sum of rows at gains, `(stretches, frames)`."""
    frames = rows[0].shape[1]
    found = np.empty((len(rows[0]), frames), np.complex128)

    def of(stretch: int) -> None:
        one = np.empty(_CHUNK_FRAMES, np.complex128)
        for first in range(0, frames, _CHUNK_FRAMES):
            chunk = slice(first, first + _CHUNK_FRAMES)
            into = found[stretch, chunk]
            np.multiply(rows[0][stretch, chunk], gains[0], out=into)
            for row, gain in zip(rows[1:], gains[1:], strict=True):
                into += np.multiply(row[stretch, chunk], gain, out=one[: len(into)])

    spread(of, range(len(found)))
    return found


def _summed(of: Callable[[int], Doubles], stretches: int) -> Doubles:
    """The sum over stretches, always in their order."""
    found: Doubles = np.sum(spread(of, range(stretches)), axis=0)
    return found
