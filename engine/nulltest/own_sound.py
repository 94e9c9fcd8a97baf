"""Whether what remains is sound of its own: how much of it stems, filtered or moved, can explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.buswise import energy, fit_curve, fit_dynamics
from engine.nulltest.stage import Complexes, Stage

Doubles = NDArray[np.float64]

#: Windows of the spectra, frames.
_WINDOW_FRAMES, _HOP_FRAMES = 4096, 2048


def explained_share(stage: Stage, gains: Doubles, total: Complexes | None = None) -> float:
    """Part of the residual that is the stems' sound after all, 0 to 1.

    The largest of: a filter for every stem (multiple coherence), a gain of the sum that moves, and a
    curve of the sum.

    Args:
        stage: with the stems placed.
        gains: of them.
        total: their sum, where it is to be taken as processed; None: as it is.
    """
    if total is None:
        total = stage.total(gains)
    rest = stage.mix - total
    left = max(energy(rest), 1e-300)
    moving = 1.0 - fit_dynamics(total, rest, stage.sample_rate).left / left
    curved = 1.0 - fit_curve(total, rest).left / left
    return max(0.0, moving, curved, _coherent(stage, rest))


def _coherent(stage: Stage, rest: Complexes) -> float:
    """Multiple coherence of the residual with all stems, weighted by its energy (Bendat and Piersol)."""
    from scipy.fft import rfft

    window = np.hanning(_WINDOW_FRAMES).astype(np.float32)
    spectra = []
    for row in (*stage.rows[:-1], rest):
        views = np.lib.stride_tricks.sliding_window_view(row, _WINDOW_FRAMES, axis=1)[:, ::_HOP_FRAMES]
        both = np.concatenate(
            (views.real.reshape(-1, _WINDOW_FRAMES), views.imag.reshape(-1, _WINDOW_FRAMES))
        )
        spectra.append(rfft(both.astype(np.float32) * window, axis=-1).T)
    stack = np.stack(spectra, axis=1)
    products = (stack @ stack.conj().transpose(0, 2, 1)).astype(np.complex128)
    inside, against = products[:, :-1, :-1], products[:, :-1, -1:]
    own = products[:, -1, -1].real
    trace = np.trace(inside, axis1=1, axis2=2).real / inside.shape[1]
    inside = inside + (1e-6 * trace + 1e-300)[:, None, None] * np.eye(inside.shape[1])
    found = np.linalg.solve(inside, against)
    explained = (against.conj().transpose(0, 2, 1) @ found).real[:, 0, 0]
    return float(np.clip(explained, 0.0, own).sum() / max(float(own.sum()), 1e-300))
