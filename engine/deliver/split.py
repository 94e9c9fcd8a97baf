"""Integers that add up: the dithered master, split down the tree of its parts.

At every node the first child is dithered from its own signal, with dither of its own, and the second
is what remains of the node: an exact difference of integers. So the leaves add up to the master in
every sample, and with them every version that is a union of leaves.

Errors: a dithered child is within 1.5 LSB of its signal (triangular dither of ±1 LSB, rounding of
±½), a remainder within its node's error plus 1.5 LSB. A leaf at depth d is thus within 1.5 · (1 + d)
LSB. All of it is the difference of independent dithered quantisations, whose mean and variance do
not depend on the signal (Lipshitz, Wannamaker, Vanderkooy, JAES 40(5), 1992). With shaped dither each of
these quantisers shapes its own error: the bounds grow by the filter's gain, the sums stay exact.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.audio.quantiser import Quantiser, quantiser_of
from engine.rack.operation import Doubles
from engine.session.versions import MASTER, Part

Integers = NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int64)

#: Word length of the quantiser's result: parts may pass full scale (24 bits: by up to 42 dB).
_WIDE_BITS = 31


def dither_key(name: str) -> int:
    """The dither of a version or part, by its name."""
    return zlib.crc32(name.encode())


def _first_children(node: Part) -> Iterator[Part]:
    """The parts that are dithered from their own signal."""
    if node.children:
        yield node.children[0]
        for child in node.children:
            yield from _first_children(child)


class Splitter:
    """Splits successive blocks of a master into the integers of its parts.

    Args:
        tree: the parts.
        bits: word length of the file.
        sample_rate: of the file, Hz.
        dither: `tpdf` or `shaped`.
    """

    def __init__(self, tree: Part, bits: int, sample_rate: int, dither: str) -> None:
        self._tree = tree
        self._bits = bits
        self._master = quantiser_of(dither, sample_rate, 2, bits, dither_key(MASTER))
        self._chosen: dict[str, Quantiser] = {}
        for part in _first_children(tree):
            key = dither_key(part.name)
            self._chosen[part.name] = quantiser_of(dither, sample_rate, 2, _WIDE_BITS, key)

    def process(self, block: Doubles) -> Integers:
        """The next frames.

        Args:
            block: `(frames, 2 + 2 · leaves)` float64: the master, then the leaves from left to right.

        Returns:
            `(frames, 2 · leaves)` int64, which add up to what `AudioWriter.write` makes of the master.
        """
        integers = np.empty((block.shape[0], block.shape[1] - 2), np.int64)
        master = np.empty((block.shape[0], 2), np.int32)
        self._master.quantise(np.ascontiguousarray(block[:, :2]), master)
        self._split(self._tree, master.astype(np.int64), block[:, 2:], integers)
        return integers

    def _split(self, node: Part, whole: Integers, lanes: Doubles, out: Integers) -> None:
        if not node.children:
            out[:] = whole
            return
        first, second = node.children
        border = 2 * len(first.leaves())
        chosen = self._dithered(first, lanes[:, :border])
        self._split(first, chosen, lanes[:, :border], out[:, :border])
        self._split(second, whole - chosen, lanes[:, border:], out[:, border:])

    def _dithered(self, part: Part, lanes: Doubles) -> Integers:
        # scaling by a power of two is exact: the same steps in a longer word
        samples = pair_sum(lanes) * 2.0 ** (self._bits - _WIDE_BITS)
        integers = np.empty(samples.shape, np.int32)
        self._chosen[part.name].quantise(samples, integers)
        return integers.astype(np.int64)


def pair_sum(lanes: NDArray[Number]) -> NDArray[Number]:
    """Left and right of pairs of columns, added from the first to the last; C order."""
    total: NDArray[Number] = np.ascontiguousarray(lanes[:, :2])
    for left in range(2, lanes.shape[1], 2):
        total = total + lanes[:, left : left + 2]
    return total
