"""What to apply to each stem so that the sum comes as near to the reference as it can."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.inner_products import GainFit, Gram, fit_gains, measure_gram
from engine.nulltest.lags import propose_lags
from engine.nulltest.lanes import LaneSpecs
from engine.progress import Progress, silent
from engine.report.null import StemFit
from engine.units import db_from_gain

#: Lags are looked for while gains leave more than this part of the reference's energy (−50 dB) …
_UNEXPLAINED = 1e-5
#: … and believed when they lower what gains alone leave to a tenth of its energy or less.
_BELIEVED = 0.1
#: A round of lags that lowers the energy by less than half ends the search.
_WORTH_A_ROUND = 0.5
_ROUNDS = 3

#: A stem is absent when its gain is below −20 dB and that is no accident of noise (4 standard errors).
_ABSENT_BELOW_GAIN = 0.1
_SIGNIFICANT_ERRORS = 4.0


@dataclass(frozen=True)
class Fit:
    """The best explanation by gains, polarities and whole-sample lags.

    Attributes:
        stems: what to apply to each.
        residual_power: mean square of the residual with that applied, over the whole song.
        gram: inner products with the lags of `stems` applied.
        gains: least-squares gains that go with it.
    """

    stems: tuple[StemFit, ...]
    residual_power: float
    gram: Gram
    gains: GainFit


@dataclass(frozen=True)
class _Attempt:
    specs: LaneSpecs
    lags: tuple[int, ...]
    gram: Gram
    gains: GainFit


def fit_levels(specs: LaneSpecs, gram: Gram) -> Fit:
    """The explanation by gains and polarities alone."""
    gains = fit_gains(gram)
    stems = stem_fits(specs, gains, np.zeros(len(specs.stems)))
    return Fit(stems, gains.energy / max(1, gram.samples), gram, gains)


def stem_fits(specs: LaneSpecs, gains: GainFit, offsets: NDArray[np.float64]) -> tuple[StemFit, ...]:
    """What to apply to each stem.

    Args:
        specs: the comparison.
        gains: of the stems.
        offsets: of the stems, samples.
    """
    return tuple(
        _stem_fit(spec.name, gains, number, float(offsets[number])) for number, spec in enumerate(specs.stems)
    )


def fit_stems(specs: LaneSpecs, progress: Progress = silent) -> Fit:
    """Fits every stem to the reference: least-squares gains, and lags where gains explain little.

    A gain is what least squares over the whole song says, whether or not gain is the cause: bus
    processing on the reference shows up in it too. A lag is only given when it lowers the residual
    by 10 dB or more beyond what gains alone can do.

    Raises:
        InputError: a file cannot be read.
    """
    without = best = _attempt(specs, (0,) * len(specs.stems), progress)
    for _ in range(_ROUNDS):
        if best.gains.energy <= _UNEXPLAINED * best.gram.reference:
            break
        better = _with_lags(specs, best, progress)
        if better is None:
            break
        best = better
    if best.gains.energy > _BELIEVED * without.gains.energy:
        best = without
    stems = stem_fits(specs, best.gains, np.asarray(best.lags, np.float64))
    return Fit(stems, best.gains.energy / max(1, best.gram.samples), best.gram, best.gains)


def _with_lags(specs: LaneSpecs, best: _Attempt, progress: Progress) -> _Attempt | None:
    """The next better attempt: with all lags that are proposed, or with the surest alone."""
    proposals = propose_lags(specs.later(best.lags), best.gram)
    moved = [number for number, proposal in enumerate(proposals) if proposal.lag]
    if not moved:
        return None
    surest = min(moved, key=lambda number: proposals[number].left)
    for chosen in [moved, [surest]] if len(moved) > 1 else [moved]:
        lags = tuple(
            lag + (proposal.lag if number in chosen else 0)
            for number, (lag, proposal) in enumerate(zip(best.lags, proposals, strict=True))
        )
        candidate = _attempt(specs.later(lags), lags, progress)
        if candidate.gains.energy <= _WORTH_A_ROUND * best.gains.energy:
            return candidate
    return None


def _attempt(specs: LaneSpecs, lags: tuple[int, ...], progress: Progress) -> _Attempt:
    gram = measure_gram(specs, progress)
    return _Attempt(specs, lags, gram, fit_gains(gram))


def _stem_fit(name: str, gains: GainFit, number: int, offset: float) -> StemFit:
    gain, error = float(gains.gains[number]), float(gains.errors[number])
    if abs(gain) < _ABSENT_BELOW_GAIN and abs(gain - 1.0) > _SIGNIFICANT_ERRORS * error:
        return StemFit(name, fitted_gain_db=-math.inf, present=False)
    return StemFit(
        name,
        fitted_gain_db=db_from_gain(abs(gain)),
        fitted_offset_samples=offset,
        polarity="inverted" if gain < 0.0 else "normal",
    )
