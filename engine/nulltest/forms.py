"""What the mix's channels hold of each stem's: both in another form, or each at a gain of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.hypotheses import ABSENT_BELOW
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import FORMS, Complexes, Placing
from engine.nulltest.solve import solve
from engine.nulltest.spread import channel_products

Doubles = NDArray[np.float64]

#: How near a channel matrix is to a form, at most.
_MATRIX_WITHIN = 0.12
#: Channels are changed in different ways when their gains differ by this part …
_LOPSIDED = 0.01
#: … and hold at most this part of each other.
_CROSSED = 0.08
#: A difference of channels of at most this part of the energy is none.
_MONO = 1e-7


def proposed_forms(stage: Stage) -> dict[int, Placing]:
    """Where stems are put by what the mix holds of their channels, of those for which that is new."""
    found = {}
    for number, matrix in enumerate(fit_matrices(stage)):
        place = None if stage.gram[number, number] <= 0.0 else _formed(stage, number, matrix)
        if place is not None:
            found[number] = place
    return found


def _formed(stage: Stage, number: int, matrix: Doubles) -> Placing | None:
    was = stage.places[number]
    if was.is_lopsided:
        return _sides_again(stage, number, matrix)
    if was.form:
        return None
    form = matrix_form(matrix)
    if form:
        return replace(was, form=form)
    found = matrix_sides(matrix, is_mono(stage.rows[number]))
    return None if found is None else replace(was, sides=found)


def _sides_again(stage: Stage, number: int, matrix: Doubles) -> Placing | None:
    """A stem whose channels have gains of their own, these as they are seen now."""
    was = stage.places[number]
    left, right = was.sides
    if min(abs(left), abs(right)) < ABSENT_BELOW:
        return None
    row = stage.rows[number]
    # where both channels are the same sound, only together they say what is held
    crossed = 1.0 if is_mono(row.real / left + 1j * (row.imag / right)) else 0.0
    one = float(matrix[0, 0] + crossed * matrix[0, 1] * right / left)
    two = float(matrix[1, 1] + crossed * matrix[1, 0] * left / right)
    return replace(was, sides=(left * one, right * two))


def fit_matrices(stage: Stage) -> Doubles:
    """What each channel of the mix holds of each channel of every stem: `(stems, 2, 2)`.

    [stem, mix channel, stem channel], by least squares on the deviation from the stems as placed.
    """
    count = stage.count
    gram = channel_products(stage.rows)
    order = [*range(count), *range(count + 1, 2 * count + 1)]
    inside = gram[np.ix_(order, order)]
    matrices = np.zeros((count, 2, 2))
    for channel in range(2):
        against = gram[order, count if channel == 0 else 2 * count + 1]
        unity = np.zeros(2 * count)
        unity[channel * count : (channel + 1) * count] = 1.0
        found = unity + solve(inside, against - inside @ unity)
        matrices[:, channel, 0], matrices[:, channel, 1] = found[:count], found[count:]
    return matrices


def matrix_form(matrix: Doubles) -> str:
    """One of `FORMS`, at any gain, or nothing."""
    size = float(np.abs(matrix).max())
    if size < ABSENT_BELOW:
        return ""
    for name, form in FORMS.items():
        shape = np.array(form) / np.abs(form).max()
        if min(np.abs(matrix / size - sign * shape).max() for sign in (1.0, -1.0)) < _MATRIX_WITHIN:
            return name
    return ""


def matrix_sides(matrix: Doubles, mono: bool) -> tuple[float, float] | None:
    """Gains of left and right where they differ and neither holds anything of the other.

    Args:
        matrix: of a stem, as by `fit_matrices`.
        mono: left and right of the stem are the same, so that only the sums of rows are known.
    """
    left, right = (float(gain) for gain in (matrix.sum(axis=1) if mono else np.diagonal(matrix)))
    size = max(abs(left), abs(right))
    crossed = 0.0 if mono else max(abs(float(matrix[0, 1])), abs(float(matrix[1, 0])))
    if size < ABSENT_BELOW or crossed > _CROSSED * size or abs(left - right) < _LOPSIDED * size:
        return None
    return left, right


def is_mono(row: Complexes) -> bool:
    """Whether left and right are the same."""
    apart = row.real - row.imag
    return float(np.vdot(apart, apart)) <= _MONO * float(np.vdot(row, row).real)


def is_mono_file(stage: Stage, number: int) -> bool:
    """Whether left and right of a stem's file are the same, whatever gains its channels are placed at."""
    place, row = stage.places[number], stage.rows[number]
    left, right = place.sides
    if place.form or stage.gram[number, number] <= 0.0 or min(abs(left), abs(right)) < ABSENT_BELOW:
        return False
    return is_mono(row.real / left + 1j * (row.imag / right))
