"""Candidate explanations stem by stem, put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording
from engine.nulltest.buswise import energy
from engine.nulltest.excerpt import Excerpt
from engine.nulltest.stemwise import StemModel, fit_gains_only, fit_matrices, fit_with_fractions
from engine.report.null import NullCause
from engine.units import db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: Gains nearer to 0 dB than this are not told, nor those within so many standard errors of it.
_SMALLEST_GAIN_DB = 0.02
_STANDARD_ERRORS = 4.0
#: A gain explains this many times (amplitude) what remains.
_FAR_MORE = 10.0
#: A stem below this gain is absent.
_ABSENT_BELOW = 0.1
#: Gains that differ by less than this are alike.
_ALIKE_DB = 0.02
#: What a candidate's energy left is multiplied by in the comparison: the more it can bend, the more.
_MATRIX_PENALTY = 2.0
#: How near a channel matrix is to an exchange or a mono sum.
_MATRIX_WITHIN = 0.08


@dataclass(frozen=True)
class Named:
    """An explanation.

    Attributes:
        causes: most likely first.
        left: energy of an excerpt's residual that it leaves.
        gains: of all stems.
        penalty: for its freedom, ≥ 1.
    """

    causes: tuple[NullCause, ...]
    left: float
    gains: tuple[float, ...]
    penalty: float = 1.0


def stem_candidates(
    names: Sequence[str], excerpt: Excerpt, lags: Sequence[int], start: float, before: float
) -> list[Named]:
    """Gains and whole lags; the same with fractions; channel matrices.

    Args:
        names: of the stems.
        excerpt: with `lags` applied.
        lags: whole samples by which the stems are later than the session has them.
        start: energy of the excerpt's residual.
        before: the same without `lags`.
    """
    plain = fit_gains_only(excerpt)
    candidates = [_named(names, excerpt, plain, lags, start, before)]
    if candidates[0].left <= 1e-9 * energy(excerpt.mix):
        return candidates
    common = _common_fraction(excerpt, plain, start)
    candidates += [
        _named(names, excerpt, model, lags, start, before)
        for model in (common, fit_with_fractions(excerpt))
        if model is not None and model.offsets.any() and model.left < 0.3 * plain.left
    ]
    matrices = _matrix_candidate(names, excerpt, start, before)
    return [*candidates, matrices] if matrices is not None else candidates


def _common_fraction(excerpt: Excerpt, plain: StemModel, start: float) -> StemModel | None:
    """The same fraction for all stems."""
    count = excerpt.stems.shape[1]
    if count < 2:
        return None
    one = fit_with_fractions(
        Excerpt(excerpt.total[:, None], excerpt.mix, excerpt.starts, excerpt.sample_rate)
    )
    return StemModel(one.gains.repeat(count), one.offsets.repeat(count), np.zeros(count), one.left)


def _named(
    names: Sequence[str], excerpt: Excerpt, model: StemModel, lags: Sequence[int], start: float, before: float
) -> Named:
    left = model.left * start
    share = 1.0 - min(1.0, left / before)
    fall_db = db_from_power(before) - db_from_power(left)
    offsets = np.asarray(lags, np.float64) + model.offsets
    gains = np.where(_significant(excerpt, model, left), model.gains, 1.0)
    # a stem that the mix does not hold has no place in it
    offsets[np.abs(gains) < _ABSENT_BELOW] = 0.0
    causes = _offset_causes(names, offsets, excerpt.sample_rate, share, fall_db)
    causes = [*_gain_causes(names, gains, share, fall_db), *causes]
    return Named(tuple(causes), left, tuple(float(gain) for gain in gains))


def _significant(excerpt: Excerpt, model: StemModel, left: float) -> NDArray[np.bool_]:
    powers = np.sum(np.abs(excerpt.stems) ** 2, axis=(0, 2))
    # what remains can lend a stem no more than the gain at which the stem alone would hold all of it
    most = np.sqrt(left / np.maximum(powers, 1e-300))
    errors = np.minimum(model.errors, most)
    db = 20.0 * np.log10(np.maximum(np.abs(model.gains), 1e-9))
    off = (np.abs(db) > _SMALLEST_GAIN_DB) | (model.gains < 0.0)
    told: NDArray[np.bool_] = off & (np.abs(model.gains - 1.0) > _STANDARD_ERRORS * errors) & (powers > 0.0)
    # a gain that is to be corrected has to explain far more than what remains: else it may be its image
    plain = (model.gains < 0.0) | (np.abs(model.gains) < _ABSENT_BELOW)
    told &= plain | (np.abs(model.gains - 1.0) > _FAR_MORE * most)
    return told


def _offset_causes(
    names: Sequence[str], offsets: Doubles, sample_rate: int, share: float, fall_db: float
) -> list[NullCause]:
    if len(names) > 1 and offsets.any() and np.ptp(offsets) < 1e-3:
        return [wording.offset(None, float(np.mean(offsets)), sample_rate, share, fall_db)]
    return [
        wording.offset(name, float(offset), sample_rate, share, fall_db)
        for name, offset in zip(names, offsets, strict=True)
        if offset != 0.0
    ]


def _gain_causes(names: Sequence[str], gains: Doubles, share: float, fall_db: float) -> list[NullCause]:
    """Polarity, absence and gain of each stem; what all have in common told once; the largest first."""
    causes: list[tuple[float, NullCause]] = []
    told: list[tuple[str | None, float]] = [(name, float(g)) for name, g in zip(names, gains, strict=True)]
    if len(names) > 1 and np.all(np.abs(gains) > _ABSENT_BELOW):
        levels = 20.0 * np.log10(np.abs(gains))
        if np.ptp(levels) < _ALIKE_DB and len(set(np.sign(gains))) == 1:
            told = [(None, float(np.sign(gains[0]) * 10.0 ** (np.mean(levels) / 20.0)))]
    for name, gain in told:
        db = db_from_gain(abs(gain))
        if abs(gain) < _ABSENT_BELOW and name is not None:
            causes.append((1.0, wording.extra(name, db, share)))
            continue
        if gain < 0.0:
            causes.append((2.0, wording.polarity(name, share, fall_db)))
        if abs(db) > _SMALLEST_GAIN_DB:
            causes.append((abs(abs(gain) - 1.0), wording.gain(name, db, share, fall_db)))
    return [cause for _, cause in sorted(causes, key=lambda pair: -pair[0])]


def _matrix_candidate(names: Sequence[str], excerpt: Excerpt, start: float, before: float) -> Named | None:
    """Channels exchanged or summed, of one stem, several, or all."""
    matrices, left_part = fit_matrices(excerpt)
    left = left_part * start
    share = 1.0 - min(1.0, left / before)
    found: list[tuple[str, str | None, Doubles]] = []
    for name, matrix in zip(names, matrices, strict=True):
        kind = _matrix_kind(matrix)
        if kind is not None:
            found.append((kind, name, matrix))
    if not found:
        return None
    if len(found) == len(names) > 1 and len({kind for kind, _, _ in found}) == 1:
        found = [(found[0][0], None, found[0][2])]
    causes = tuple(wording.channels(kind, name, _matrix_text(matrix), share) for kind, name, matrix in found)
    return Named(causes, left, tuple(1.0 for _ in names), _MATRIX_PENALTY)


def _matrix_kind(matrix: Doubles) -> str | None:
    size = float(np.abs(matrix).max())
    if size < _ABSENT_BELOW:
        return None
    shape = matrix / size
    if np.abs(np.abs(shape) - np.array([[0.0, 1.0], [1.0, 0.0]])).max() < _MATRIX_WITHIN:
        return "channel_swap"
    if np.abs(shape - 1.0).max() < _MATRIX_WITHIN:
        # a mono stem has equal channels, and the fit of least norm shares them alike: then that is no fault
        return "mono_fold"
    return None


def _matrix_text(matrix: Doubles) -> str:
    rows = ("[" + ", ".join(wording.signed(float(value)) for value in row) + "]" for row in matrix)
    return "[" + ", ".join(rows) + "]"
