"""Why the stems do not null: explanations compared, the simplest one that explains enough named."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording
from engine.nulltest.bus_causes import bus_candidates
from engine.nulltest.bus_models import fit_filter
from engine.nulltest.causes_of_search import Named, name_stems
from engine.nulltest.conversion import PASSES, conversion_edge
from engine.nulltest.excerpt import choose_starts, stretch_frames
from engine.nulltest.fit import Fit, stem_fits
from engine.nulltest.independent_residual import explained_share, followed_share
from engine.nulltest.inner_products import Gram, fit_gains, gram_hop_frames, measure_gram
from engine.nulltest.joint import filter_through, joint_candidates, two_on_the_bus
from engine.nulltest.lanes import LaneSpecs
from engine.nulltest.measure import Levels, worst_window
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.search import NOTHING_LEFT, Search
from engine.nulltest.simple_causes import cut_off, rounding_noise, unequal_length
from engine.report.null import StemFit
from engine.report.null_causes import CAUSES, NullCause, correction_of, is_correctable
from engine.units import db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: A cause is named when what it leaves is at most this part of the residual's energy (−10 dB).
EXPLAINS_TO = 0.1
#: Sound that the stems explain to less than this part is sound of its own: for sure, and for want of better.
_SURELY_OWN, _OWN_SOUND = 0.12, 0.3
#: … and is none where this part of it goes when one stem is moved window by window.
_FOLLOWS = 0.3
#: Faults of stems that leave this part of the residual's energy need no other explanation.
_NEAR = 1e-3
#: Bus processing has to leave this part, or less, of what the places of the stems and one gain of all leave.
_BUS_LEAVES = 0.3
#: Explanations that leave more than this (−20 dB) are compared with clocks of single stems first.
_FAR_ENOUGH = 0.01
#: A difference that is this part of the mix's energy (−60 dB) passes.
_SMALL = 1e-6
#: Stems whose normalised inner product is at least this are the same sound.
_TWINS = 0.9999
#: Two equal stems belong in the set when the mix holds them at this many times the level of one, or more.
_HELD_TWICE = 1.5


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
    if passes:
        return Diagnosis(() if noise is None else (noise,), fit.stems)
    length = unequal_length(specs, levels)
    if length is not None:
        return Diagnosis((length[0],), fit.stems, levels.residual / (2 * levels.frames))
    twins = _twins(specs, fit)
    causes = _explain(specs, levels, fit, twins)
    cut = cut_off(specs, levels)
    if cut is not None:
        known = tuple(cause for cause in causes if cause.kind != "unknown")
        causes = (*known, cut) if known else (cut,)
    return _confirmed(specs, levels, fit, causes)


def _stage(specs: LaneSpecs, levels: Levels, gram: Gram) -> Stage:
    length = stretch_frames(specs.sample_rate)
    with specs.open() as lanes:
        common = min(max(lane.frames for lane in lanes.stems), lanes.reference.frames)
    _, worst_s = worst_window(levels, specs.sample_rate)
    worst = round(worst_s * specs.sample_rate)
    starts = choose_starts(gram.activity, gram_hop_frames(specs.sample_rate), length, common, worst)
    return Stage(specs, starts, length)


def _twins(specs: LaneSpecs, fit: Fit) -> dict[int, int]:
    """Stems that have the sound of one before them: their numbers, and that one's."""
    gram, found = fit.gram, dict[int, int]()
    scale = np.sqrt(np.maximum(np.diagonal(gram.stems), 1e-300))
    alike = gram.stems / np.outer(scale, scale)
    for second in range(len(specs.stems)):
        for first in range(second):
            if alike[first, second] >= _TWINS and first not in found:
                found[second] = first
                break
    return found


def _explain(specs: LaneSpecs, levels: Levels, fit: Fit, twins: dict[int, int]) -> tuple[NullCause, ...]:
    """The causes that explain an excerpt best, or the one that nothing explains it."""
    kept = [number for number in range(len(specs.stems)) if number not in twins]
    reduced = replace(specs, stems=tuple(specs.stems[number] for number in kept))
    activity = fit.gram.activity[:, kept]
    stage = _stage(reduced, levels, replace(fit.gram, activity=activity))
    start = stage.left(np.ones(stage.count))
    mix = max(float(stage.gram[-1, -1]), 1e-300)
    alone = twins and start < _SMALL * mix
    best = None if alone else _converted(stage, start) or _best(stage, max(start, 1e-300), mix)
    gains, left = stage.gains()
    told = []
    for second, first in twins.items():
        held = _held(gains, kept.index(first))
        if held >= _HELD_TWICE:
            # both belong in the set
            return _explain(specs, levels, fit, {n: twin for n, twin in twins.items() if n != second})
        told.append(wording.duplicated(specs.stems[second].name, specs.stems[first].name, held))
    if best is not None:
        return (*told, *best.causes)
    if told:
        return tuple(told)
    level = db_from_power(levels.residual / max(1, 2 * levels.frames))
    return (wording.unknown(1.0 - min(1.0, left / max(start, 1e-300)), level),)


def _converted(stage: Stage, start: float) -> Named | None:
    """A conversion of the mix and what else is wrong below its edge; None where the mix has no edge."""
    unity = np.ones(stage.count)
    if stage.gains()[1] <= _SMALL * float(stage.gram[-1, -1]):
        return None
    edge_hz = conversion_edge(stage.total(unity), stage.mix, stage.sample_rate)
    if edge_hz is None:
        return None
    below = Stage(stage.specs, stage.starts, stage.length, PASSES * edge_hz)
    left, mix = below.left(unity), max(float(below.gram[-1, -1]), 1e-300)
    cause = wording.resampled(edge_hz, 1.0)
    if left <= _SMALL * mix:
        return Named((cause,), left)
    best = _best(below, left, mix)
    before = list(stage.places)
    stage.place(dict(enumerate(below.places)))
    if conversion_edge(stage.total(below.gains()[0]), stage.mix, stage.sample_rate) is None:
        # one stem alone goes on above, and that is not in the mix
        stage.place(dict(enumerate(before)))
        return None
    if best is None:
        level = db_from_power(left / (2 * below.mix.size))
        best = Named((wording.unknown(0.0, level),), left)
    causes = (cause, *best.causes) if left < 0.5 * start else (*best.causes, cause)
    return Named(causes, best.left)


def _held(gains: Doubles, number: int) -> float:
    """How often the mix holds a stem, re the others."""
    others = np.abs(np.delete(gains, number))
    usual = float(np.median(others)) if len(others) > 1 else 1.0
    return abs(float(gains[number])) / (usual if usual > 0.1 else 1.0)


def _best(stage: Stage, start: float, mix: float) -> Named | None:
    """The best explanation of what a stage shows; None where none explains enough."""
    enough = EXPLAINS_TO * start
    search = Search(stage)
    plain = _stems_candidate(stage, start)
    if plain.left <= NOTHING_LEFT * mix and plain.causes:
        return plain
    search.common()
    common = list(stage.places)
    search.run()
    moved = _stems_candidate(stage, start)
    candidates = [plain, moved]
    if moved.left > (_NEAR * start if moved.causes else 1e-7 * mix):
        found = list(stage.places)
        candidates += _bus_only(stage, start)
        if found != common:
            stage.place(dict(enumerate(common)))
            candidates += _bus_only(stage, start)
            stage.place(dict(enumerate(found)))
    best = _least(candidates, enough)
    if best is not None and best.left <= _FAR_ENOUGH * start:
        return best
    if search.clocks():
        search.run()
        if search.share():
            search.run()
        candidates.append(_stems_candidate(stage, start))
        best = _least(candidates, enough)
    return _beyond_one(stage, start, enough, search.leans) if best is None else best


def _beyond_one(stage: Stage, start: float, enough: float, leans: bool) -> Named | None:
    """Sound of its own, or bus processing with something else; None where nothing explains enough."""
    gains, left = stage.gains()
    explained = explained_share(stage, gains)
    followed = followed_share(stage, gains) >= _FOLLOWS
    if explained < _SURELY_OWN and not followed:
        return _missing(stage, gains, left, start, explained)
    best = _least([*two_on_the_bus(stage, start), *joint_candidates(stage, start, leans)], enough)
    if best is not None:
        return best
    if explained < _OWN_SOUND and not followed:
        return _missing(stage, gains, left, start, explained)
    total = stage.total(gains)
    filtered = fit_filter(total, stage.mix, stage.sample_rate)
    explained = explained_share(stage, gains, filter_through(filtered.taps, total))
    if explained < _SURELY_OWN and not followed:
        return _missing(stage, np.ones(stage.count), filtered.left, start, explained)
    clocks = tuple(cause for cause in name_stems(stage, gains, left, start) if cause.kind == "clock_drift")
    return Named(clocks, left) if clocks else None


def _least(candidates: list[Named], enough: float) -> Named | None:
    good = [candidate for candidate in candidates if candidate.causes and candidate.left <= enough]
    return min(good, key=lambda candidate: candidate.left * candidate.penalty, default=None)


def _stems_candidate(stage: Stage, start: float) -> Named:
    gains, left = stage.gains()
    return Named(name_stems(stage, gains, left, start), left)


def _bus_only(stage: Stage, start: float) -> list[Named]:
    """Bus processing on top of the places of the stems, all of them at unity."""
    unity = np.ones(stage.count)
    total, here = stage.total(unity), max(stage.left(unity), 1e-300)
    # a fader is no processing: what it explains does not count
    most, found = _BUS_LEAVES * stage.left_together(), []
    for candidate in bus_candidates(total, stage.mix, stage.sample_rate, here):
        if candidate.left > most:
            continue
        causes = name_stems(stage, unity, candidate.left, start)
        found.append(replace(candidate, causes=(*causes, *candidate.causes)))
    return found


def _missing(stage: Stage, gains: Doubles, left: float, start: float, explained: float) -> Named:
    """Sound of its own in the mix, beside what stands out all the same."""
    level = db_from_power(left / (2 * stage.mix.size))
    own = wording.missing(level, explained, (1.0 - explained) * min(1.0, left / start))
    named = name_stems(stage, gains, left, start)
    beside = tuple(cause for cause in named if CAUSES[cause.kind].sure_beside_missing)
    return Named((own, *beside), left)


def _confirmed(specs: LaneSpecs, levels: Levels, fit: Fit, causes: tuple[NullCause, ...]) -> Diagnosis:
    """What the corrections among the causes leave of the whole song."""
    gains, offsets = _corrections(specs, causes)
    gram = fit.gram
    samples = max(1, 2 * levels.frames)
    if not offsets.any() and np.all(gains == 1.0):
        return Diagnosis(causes, fit.stems, levels.residual / samples)
    stems = fit.stems
    if offsets.any():
        shifted = tuple(spec.later(float(by)) for spec, by in zip(specs.stems, offsets, strict=True))
        gram = measure_gram(replace(specs, stems=shifted))
        stems = stem_fits(specs, fit_gains(gram), offsets)
    deviation = gains - 1.0
    change = float(-2.0 * deviation @ gram.residual + deviation @ gram.stems @ deviation)
    # below this part the difference is rounding, as in `fit_gains`
    left = max(gram.energy + change, 1e-15 * gram.energy)
    if left > levels.residual and all(is_correctable(cause.kind, cause.channel) for cause in causes):
        # corrections that make the whole song worse, and nothing else is wrong, are none
        level = db_from_power(levels.residual / samples)
        return Diagnosis((wording.unknown(0.0, level),), fit.stems, levels.residual / samples)
    applied = tuple(
        _applied(stem, float(gain), float(offset))
        for stem, gain, offset in zip(stems, gains, offsets, strict=True)
    )
    return Diagnosis(causes, applied, left / samples)


def _corrections(specs: LaneSpecs, causes: tuple[NullCause, ...]) -> tuple[Doubles, Doubles]:
    """Gains and offsets that the causes ask for, by stem."""
    asked = [correction_of(causes, spec.name) for spec in specs.stems]
    gains = [10.0 ** (one.gain_db / 20.0) * (-1.0 if one.inverted else 1.0) for one in asked]
    return np.array(gains), np.array([one.offset_samples for one in asked])


def _applied(stem: StemFit, gain: float, offset: float) -> StemFit:
    if not stem.present or math.isinf(stem.fitted_gain_db) or (gain, offset) == (1.0, 0.0):
        return stem
    return StemFit(stem.name, db_from_gain(abs(gain)), offset, "inverted" if gain < 0.0 else "normal")
