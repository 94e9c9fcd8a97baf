"""Least squares by normal equations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

#: Eigenvalues of a normalised Gram matrix below this part of the largest count as zero.
_RANK_LIMIT = 1e-8


def solve(gram: Doubles, against: Doubles) -> Doubles:
    """Least-squares coefficients of least norm.

    Args:
        gram: `(rows, rows)`.
        against: `(rows,)`: inner products of the rows with what they shall make.
    """
    scale = np.sqrt(np.diagonal(gram))
    safe = np.where(scale > 0.0, scale, 1.0)
    values, vectors = np.linalg.eigh(gram / np.outer(safe, safe))
    kept = values > _RANK_LIMIT * max(values.max(initial=0.0), 1e-300)
    coefficients: Doubles = (
        (vectors[:, kept] / values[kept]) @ (vectors[:, kept].T @ (against / safe))
    ) / safe
    return coefficients


def left_of(gram: Doubles, coefficients: Doubles) -> float:
    """Energy that coefficients leave of the last row, rounding aside."""
    weights = np.concatenate((coefficients, [-1.0]))
    return max(float(weights @ gram @ weights), float(gram[-1, -1]) * 1e-15)
