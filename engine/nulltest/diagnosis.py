"""Why the stems do not null: explanations compared, the simplest one that explains enough named."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording
from engine.nulltest.bus_causes import bus_candidates
from engine.nulltest.buswise import energy
from engine.nulltest.clock import fit_clock
from engine.nulltest.excerpt import Excerpt, choose_starts, read_excerpt, stretch_frames
from engine.nulltest.fit import Fit
from engine.nulltest.gram import Gram, gram_hop_frames, measure_gram
from engine.nulltest.lanes import LaneSpecs
from engine.nulltest.measure import Levels, worst_window
from engine.nulltest.outside import rounding_noise, unequal_length
from engine.nulltest.stem_causes import Named, stem_candidates
from engine.report.null import NullCause, StemFit
from engine.units import db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: A cause is named when what it leaves is at most this part of the residual's energy (−10 dB).
EXPLAINS_TO = 0.1
#: Sound that the stems explain to less than this part is sound of its own.
_OWN_SOUND = 0.3
#: Stems whose normalised inner product is at least this are the same sound.
_TWINS = 0.9999


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        causes: most likely first.
        stems: the fit of each stem, in the session's order.
        power: mean square of the residual with the corrections of `causes` applied; None: as fitted.
    """

    causes: tuple[NullCause, ...]
    stems: tuple[StemFit, ...]
    power: float | None = None


def diagnose(specs: LaneSpecs, levels: Levels, fit: Fit, passes: bool) -> Diagnosis:
    """Causes of a residual, with the corrections that undo what can be undone.

    Args:
        specs: the comparison.
        levels: of it.
        fit: of it.
        passes: the verdict is a pass: then nothing but rounding noise is told.

    Raises:
        InputError: a file cannot be read.
    """
    noise = rounding_noise(levels, len(specs.stems), specs.sample_rate)
    if passes or fit.gram is None or fit.gains is None:
        return Diagnosis(() if noise is None else (noise,), fit.stems)
    length = unequal_length(specs, levels)
    if length is not None:
        return Diagnosis((length[0],), fit.stems, levels.residual / (2 * levels.frames))
    moved = specs.later(fit.lags)
    excerpt = _excerpt(moved, levels, fit.gram)
    twins = _twins(specs, fit)
    for number, _ in twins:
        excerpt.stems[:, number] = 0.0
    named = _explain(specs, excerpt, fit, levels, [cause for _, cause in twins])
    return _confirmed(specs, levels, fit, named)


def _excerpt(moved: LaneSpecs, levels: Levels, gram: Gram) -> Excerpt:
    length = stretch_frames(moved.sample_rate)
    with moved.open() as lanes:
        common = min(max(lane.frames for lane in lanes.stems), lanes.reference.frames)
    _, worst_s = worst_window(levels, moved.sample_rate)
    worst = round(worst_s * moved.sample_rate)
    starts = choose_starts(gram.activity, gram_hop_frames(moved.sample_rate), length, common, worst)
    return read_excerpt(moved, starts, length)


def _twins(specs: LaneSpecs, fit: Fit) -> list[tuple[int, NullCause]]:
    """Stems that are there twice and that the mix holds once."""
    assert fit.gram is not None
    assert fit.gains is not None
    gram, found = fit.gram, []
    scale = np.sqrt(np.maximum(np.diagonal(gram.stems), 1e-300))
    alike = gram.stems / np.outer(scale, scale)
    deviation = fit.gains.gains - 1.0
    for second in range(len(specs.stems)):
        for first in range(second):
            if alike[first, second] < _TWINS:
                continue
            without = gram.energy + 2.0 * gram.residual[second] + gram.stems[second, second]
            surplus = deviation[first] * scale[first] / scale[second] + deviation[second]
            if without <= EXPLAINS_TO * gram.energy or abs(surplus + 1.0) < 0.05:
                names = specs.stems[second].name, specs.stems[first].name
                share = 1.0 - max(0.0, without) / gram.energy
                found.append((second, wording.duplicated(*names, float(alike[first, second]), share)))
                break
    return found


def _explain(specs: LaneSpecs, excerpt: Excerpt, fit: Fit, levels: Levels, twins: list[NullCause]) -> Named:
    """The best explanation of an excerpt, or the one that nothing explains it."""
    start = max(energy(excerpt.mix - excerpt.total), 1e-300)
    mix = max(energy(excerpt.mix), 1e-300)
    before = levels.residual / max(1, 2 * levels.frames) * 2 * excerpt.mix.size
    before = max(before, start) if any(fit.lags) or twins else start
    if twins and start < 1e-6 * mix:
        return Named(tuple(twins), start, ())
    names = tuple(spec.name for spec in specs.stems)
    candidates = stem_candidates(names, excerpt, fit.lags, start, before)
    if min(candidate.left for candidate in candidates) > 1e-7 * mix:
        candidates += bus_candidates(excerpt, start)
    best = min(candidates, key=lambda candidate: candidate.left * candidate.penalty)
    if best.left > EXPLAINS_TO * before or not best.causes:
        clock = _clock(specs, excerpt, fit)
        if clock is not None:
            return replace(clock, causes=(*twins, *clock.causes))
    own = _missing(excerpt, candidates[0], start, before) if best.left > EXPLAINS_TO * before else None
    if own is not None:
        return replace(own, causes=(*twins, *own.causes))
    if best.left <= EXPLAINS_TO * before and best.causes:
        return replace(best, causes=(*twins, *best.causes))
    if twins:
        return Named(tuple(twins), start, ())
    share = 1.0 - min(1.0, best.left / before)
    level = db_from_power(levels.residual / max(1, 2 * levels.frames))
    return Named((wording.unknown(share, level),), start, ())


def _clock(specs: LaneSpecs, excerpt: Excerpt, fit: Fit) -> Named | None:
    """A clock that runs apart, of all stems or of one."""
    if any(fit.lags):
        excerpt = read_excerpt(specs, excerpt.starts, excerpt.mix.shape[1])
    gains = tuple(1.0 for _ in specs.stems)
    for number in (None, *range(len(specs.stems))):
        model = fit_clock(excerpt, number)
        if model is not None and model.left <= EXPLAINS_TO:
            name = None if number is None else specs.stems[number].name
            cause = wording.drift(name, model.ppm, model.spread, 1.0 - model.left)
            return Named((cause,), model.left, gains)
    return None


def _missing(excerpt: Excerpt, plain: Named, start: float, before: float) -> Named | None:
    """Sound of its own in the mix, beside gains and polarities that stand out all the same."""
    from engine.nulltest.buswise import fit_dynamics, fit_filter

    gains = np.asarray(plain.gains)
    rest = excerpt.mix - np.einsum("k,skf->sf", gains, excerpt.stems)
    left = max(energy(rest), 1e-300)
    total = excerpt.total
    filtered = 1.0 - min(1.0, fit_filter(total, rest, excerpt.sample_rate).left / left)
    moving = 1.0 - min(1.0, fit_dynamics(total, rest, excerpt.sample_rate).left / left)
    each = max(
        1.0 - min(1.0, fit_filter(excerpt.stems[:, number], rest, excerpt.sample_rate).left / left)
        for number in range(excerpt.stems.shape[1])
    )
    explained = max(filtered, moving, each)
    if explained > _OWN_SOUND:
        return None
    level = db_from_power(left / (2 * excerpt.mix.size))
    share = min(left / start, 1.0) * (1.0 - explained)
    own = wording.missing(level, explained, share)
    # beside sound that is not in the set a gain or a lag is too uncertain to be corrected
    sure = tuple(cause for cause in plain.causes if cause.kind in ("polarity", "extra_stem"))
    if left > 0.98 * before or any(cause.kind == "offset" for cause in plain.causes):
        sure = ()
    causes = (own, *sure) if left > 0.5 * before else (*sure, own)
    return Named(causes, left, plain.gains)


def _confirmed(specs: LaneSpecs, levels: Levels, fit: Fit, named: Named) -> Diagnosis:
    """What the corrections among the causes leave of the whole song."""
    assert fit.gram is not None
    count = len(specs.stems)
    gains, offsets = np.ones(count), np.zeros(count)
    for cause in named.causes:
        chosen = [n for n, spec in enumerate(specs.stems) if cause.stem in (None, spec.name)]
        if cause.kind == "gain" and cause.amount is not None:
            gains[chosen] *= 10.0 ** (cause.amount / 20.0)
        elif cause.kind == "polarity":
            gains[chosen] *= -1.0
        elif cause.kind == "offset" and cause.amount is not None:
            offsets[chosen] += cause.amount
    gram = fit.gram
    samples = max(1, 2 * levels.frames)
    if not offsets.any() and np.all(gains == 1.0):
        return Diagnosis(named.causes, fit.stems, levels.residual / samples)
    if tuple(offsets) != fit.lags:
        shifted = tuple(spec.later(float(by)) for spec, by in zip(specs.stems, offsets, strict=True))
        gram = measure_gram(replace(specs, stems=shifted))
    deviation = gains - 1.0
    change = float(-2.0 * deviation @ gram.residual + deviation @ gram.stems @ deviation)
    left = max(gram.energy + change, 0.0)
    if left > levels.residual:
        # a correction that makes the whole song worse is none
        level = db_from_power(levels.residual / samples)
        return Diagnosis((wording.unknown(0.0, level),), fit.stems, levels.residual / samples)
    stems = tuple(
        _applied(stem, float(gain), float(offset))
        for stem, gain, offset in zip(fit.stems, gains, offsets, strict=True)
    )
    return Diagnosis(named.causes, stems, left / samples)


def _applied(stem: StemFit, gain: float, offset: float) -> StemFit:
    if not stem.present or math.isinf(stem.fitted_gain_db):
        return stem
    polarity = "inverted" if gain < 0.0 else "normal"
    if (gain, offset) == (1.0, 0.0):
        return stem
    return StemFit(
        stem.name, db_from_gain(abs(gain)), offset, "inverted" if polarity == "inverted" else "normal"
    )
