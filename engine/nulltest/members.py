"""Stems that do not belong into the set: the same one twice, and prints of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.inner_products import Gram

Doubles = NDArray[np.float64]

#: Stems whose normalised inner product is at least this are the same sound.
_TWINS = 0.9999
#: A print leaves at most this part of its energy when it is made of the others …
_LEAVES = 0.05
#: … at gains that lie within this part of each other, of those that it holds at all …
_ALIKE, _HOLDS = 0.35, 0.3
#: … and the mix is nearer to the stems without it by this part.
_NEARER = 0.7


@dataclass(frozen=True)
class Print:
    """A stem that is a sum of others.

    Attributes:
        number: its place in the session, from 0.
        parts: numbers of the stems that it holds.
        left: part of its energy that these do not make.
    """

    number: int
    parts: tuple[int, ...]
    left: float


def twins(gram: Gram) -> dict[int, int]:
    """Stems that have the sound of one before them: their numbers, and that one's."""
    found: dict[int, int] = {}
    scale = np.sqrt(np.maximum(np.diagonal(gram.stems), 1e-300))
    alike = gram.stems / np.outer(scale, scale)
    for second in range(len(scale)):
        for first in range(second):
            if alike[first, second] >= _TWINS and first not in found:
                found[second] = first
                break
    return found


def prints(gram: Gram, twice: dict[int, int]) -> list[Print]:
    """Stems that are sums of others and are there besides them, the surest first.

    Args:
        gram: of the whole song.
        twice: stems that are the same as one before them.
    """
    found: list[Print] = []
    kept = [n for n in range(len(gram.stems)) if n not in twice and gram.stems[n, n] > 0.0]
    energy, residual = gram.energy, gram.residual.copy()
    while len(kept) > 2:
        astray = [n for n in kept if _without(gram, residual, energy, n) < _NEARER * energy]
        candidates = [one for n in astray if (one := _print(gram.stems, n, kept)) is not None]
        if not candidates:
            break
        best = min(candidates, key=lambda one: one.left)
        energy = _without(gram, residual, energy, best.number)
        residual = residual + gram.stems[:, best.number]
        kept.remove(best.number)
        found.append(best)
    return found


def _without(gram: Gram, residual: Doubles, energy: float, number: int) -> float:
    """Energy of reference − Σ stems when a stem is left out."""
    return float(energy + 2.0 * residual[number] + gram.stems[number, number])


def _print(gram: Doubles, number: int, kept: list[int]) -> Print | None:
    from scipy.optimize import nnls  # half a second for whoever needs it, which few mixes do

    others = [n for n in kept if n != number]
    inside, against, own = gram[np.ix_(others, others)], gram[others, number], float(gram[number, number])
    values, vectors = np.linalg.eigh(inside)
    known = values > 1e-12 * values.max()
    root = np.sqrt(values[known])[:, None] * vectors[:, known].T
    gains, _ = nnls(root, (vectors[:, known].T @ against) / np.sqrt(values[known]))
    left = float(own - 2.0 * gains @ against + gains @ inside @ gains) / own
    held = gains > _HOLDS * gains.max(initial=0.0)
    if left > _LEAVES or held.sum() < 2 or float(np.ptp(gains[held])) > _ALIKE * float(gains[held].max()):
        return None
    return Print(number, tuple(n for n, one in zip(others, held, strict=True) if one), max(0.0, left))
