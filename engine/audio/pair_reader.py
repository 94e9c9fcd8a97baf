"""Reads two mono files as the left and right channel of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.layout import Layout
from engine.audio.reader import Reader
from engine.errors import InputError


class PairReader:
    """The reader of a pair (see `engine.audio.reader.Reader`).

    Args:
        path: of the pair, for messages.
        sides: the paths of left and right.
        open_side: opens one of them.

    Raises:
        InputError: kind `pair`: one is not mono, or they differ in rate or length.
    """

    layout: Layout | None = None

    def __init__(self, path: Path, sides: tuple[Path, Path], open_side: Callable[[Path], Reader]) -> None:
        left = open_side(sides[0])
        try:
            right = open_side(sides[1])
        except BaseException:
            left.close()
            raise
        self._sides = left, right
        problem = _why_no_pair(sides, left, right)
        if problem is not None:
            self.close()
            raise InputError(f"{path}: is no pair of mono files: {problem}", kind="pair", path=path)
        self.sample_rate, self.channels = left.sample_rate, 2
        self.frames, self.declared_frames = left.frames, max(left.declared_frames, right.declared_frames)
        self.subtype = left.subtype if left.subtype == right.subtype else "DOUBLE"
        self.bits = None if left.bits is None or right.bits is None else max(left.bits, right.bits)
        self.time_reference = left.time_reference
        self.is_compressed = left.is_compressed or right.is_compressed
        self.notes = tuple(
            f"{file.name}: {note}"
            for file, side in zip(sides, self._sides, strict=True)
            for note in side.notes
        )

    def read(self, start_frame: int, out: NDArray[np.float64], first_column: int, columns: int) -> int:
        """Fills the columns; returns how many values are not finite."""
        return sum(
            side.read(start_frame, out, first_column + number, 1) for number, side in enumerate(self._sides)
        )

    def close(self) -> None:
        """Closes both files."""
        for side in self._sides:
            side.close()


def _why_no_pair(sides: tuple[Path, Path], left: Reader, right: Reader) -> str | None:
    for file, side in zip(sides, (left, right), strict=True):
        if side.channels != 1:
            return f"{file.name} has {side.channels} channels: name the two as stems of their own"
    if left.sample_rate != right.sample_rate:
        rates = f"{left.sample_rate} and {right.sample_rate} Hz"
        return f"they have {rates}: export both at one rate"
    if left.frames != right.frames:
        return f"they have {left.frames} and {right.frames} frames: export both over the same range"
    if left.time_reference != right.time_reference:
        return "their time references differ: export both from the same start"
    return None
