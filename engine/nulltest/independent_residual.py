"""Whether what remains is sound of its own: how much of it stems, filtered or moved, can explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.fourier import rfft
from engine.nulltest.bus_models import energy, fit_curve, fit_dynamics
from engine.nulltest.clock import REACH_FRAMES, WINDOW_FRAMES, lag_in
from engine.nulltest.hypotheses import ABSENT_BELOW
from engine.nulltest.kernels import add_cross_spectra
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import Complexes
from engine.nulltest.spread import spread

Doubles = NDArray[np.float64]

#: Windows of the spectra, frames.
_WINDOW_FRAMES, _HOP_FRAMES = 4096, 2048
#: A stem that would have to be turned up by 20 dB or more in a band does not explain what sounds there: the
#: part (power) of the residual at which a stem's own weighs half.
_TURNED_UP = 1e-2
#: In how many windows, those of the loudest residual, a stem is moved.
_FOLLOWED_WINDOWS = 8


def explained_share(stage: Stage, gains: Doubles, total: Complexes | None = None) -> float:
    """Part of the residual that is the stems' sound after all, 0 to 1.

    The largest of: a filter for every stem (multiple coherence), a gain of the sum that moves, and a
    curve of the sum.

    Args:
        stage: with the stems placed.
        gains: `(stems,)` linear gains in the sum.
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
    rows, bins = (*stage.rows[:-1], rest), _WINDOW_FRAMES // 2 + 1
    window = np.hanning(_WINDOW_FRAMES).astype(np.float32)

    def cross_spectra(stretch: int) -> Complexes:
        sums = np.zeros((len(rows), len(rows), bins), np.complex128)
        for channel in range(2):
            sounds = [row[stretch].view(np.float64)[channel::2].astype(np.float32) for row in rows]
            views = [np.lib.stride_tricks.sliding_window_view(sound, _WINDOW_FRAMES) for sound in sounds]
            spectra = [rfft(view[::_HOP_FRAMES] * window, axis=-1) for view in views]
            add_cross_spectra(np.stack(spectra), sums)
        return sums

    upper: Complexes = np.sum(spread(cross_spectra, range(len(rest))), axis=0).transpose(2, 0, 1)
    diagonal = np.eye(len(rows), dtype=np.bool_)
    products = np.where(diagonal, upper, upper + upper.conj().transpose(0, 2, 1))
    inside, against = products[:, :-1, :-1], products[:, :-1, -1:]
    own = products[:, -1, -1].real
    trace = np.trace(inside, axis1=1, axis2=2).real / inside.shape[1]
    ridge = 1e-6 * trace + _TURNED_UP * own + 1e-300
    inside = inside + ridge[:, None, None] * np.eye(inside.shape[1])
    found = np.linalg.solve(inside, against)
    explained = (against.conj().transpose(0, 2, 1) @ found).real[:, 0, 0]
    return float(np.clip(explained, 0.0, own).sum() / max(float(own.sum()), 1e-300))


def followed_share(stage: Stage, gains: Doubles) -> float:
    """Part of the residual that goes when one stem is moved window by window, 0 to 1: the most of any.

    A stem whose lag wanders leaves a residual that no filter explains over a whole stretch. The gain is
    kept as it is: sound of its own then gains nothing from moving a stem away from its place.

    Args:
        stage: with the stems placed.
        gains: `(stems,)` linear gains in the sum.
    """
    rest = stage.mix - stage.total(gains)
    frames = rest.shape[1]
    starts = range(REACH_FRAMES, frames - REACH_FRAMES - WINDOW_FRAMES + 1, WINDOW_FRAMES)
    places = [(row, at) for row in range(len(rest)) for at in starts]
    places.sort(key=lambda place: -energy(rest[place[0], place[1] : place[1] + WINDOW_FRAMES]))

    def followed(number: int) -> float:
        if abs(gains[number]) < ABSENT_BELOW or stage.gram[number, number] <= 0.0:
            return 0.0
        goes = there = 0.0
        for row, at in places[:_FOLLOWED_WINDOWS]:
            around = slice(at - REACH_FRAMES, at + WINDOW_FRAMES + REACH_FRAMES)
            one = float(gains[number]) * stage.rows[number][row, around]
            part = one[REACH_FRAMES:-REACH_FRAMES]
            _, after, before = lag_in(part, rest[row, around] + one, free=False)
            goes, there = goes + max(0.0, before - after), there + before
        return goes / max(there, 1e-300)

    return max(spread(followed, range(stage.count)), default=0.0)
