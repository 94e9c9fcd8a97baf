"""Why the stems do not null: what is wrong with the set, then with what its stems sum to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording, wording_of_mix
from engine.nulltest.causes_of_search import offset_causes, started_together
from engine.nulltest.clock import fit_clock
from engine.nulltest.constants import Constants, find_constants
from engine.nulltest.cuts import cut_in_mix
from engine.nulltest.distant import far_lags, lost_stems, other_speed
from engine.nulltest.excerpt import choose_starts, stretch_frames
from engine.nulltest.explain import SMALL, Moved, best_of, converted
from engine.nulltest.fit import Fit
from engine.nulltest.inner_products import Course, Gram, fit_gains, gram_hop_frames, measure_gram
from engine.nulltest.lanes import LaneSpecs
from engine.nulltest.measure import Levels, worst_window
from engine.nulltest.members import prints, twins
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.simple_causes import cut_off, rounding_noise, unequal_length
from engine.nulltest.whereabouts import located
from engine.report.null import StemFit
from engine.report.null_causes import NullCause, correction_of, is_correctable
from engine.units import db_from_power

Doubles = NDArray[np.float64]

#: Two equal stems belong in the set when the mix holds them at this many times the level of one, or more.
_HELD_TWICE = 1.5
#: A stem tells at what level the mix is when it is held at this part of the highest gain of any.
_HEARD = 0.5
#: Where so many stems are lost, what is not the lag of all is none of single ones: a part may be cut out.
_NEARLY_ALL = 0.75
#: How often lost stems are looked for: those that hide others first.
_MOST_MOVES = 3
#: Causes that are told for want of a better one.
_WITHOUT_BETTER = ("missing_stem", "stem_differs", "unknown")
#: Kinds that make files end at different times by themselves, where they name a stem or a time.
_MOVES_ENDS = ("clock_drift", "resampled", "stem_differs", "mix_edit")
#: Kinds after which the place of a stem is not known, or means nothing.
_PLACELESS = ("clock_drift", "resampled", "extra_stem", "stem_differs")
#: Parts of equal energy into which a stem is split, and the least gain at which the mix holds it in each,
#: where it lies where it was found: what lies there only from a cut on is not late.
_PARTS, _HELD_ALONG = 4, 0.25


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


@dataclass(frozen=True)
class _Song:
    """What is compared, and what a reading of all of it has found.

    Attributes:
        specs: the comparison.
        gram: inner products of its lanes, stretch by stretch.
        worst_frame: where the residual is loudest.
        moves: how often stems were moved to where they were found.
    """

    specs: LaneSpecs
    gram: Gram
    worst_frame: int
    moves: int = 0

    @property
    def names(self) -> list[str]:
        """Of the stems."""
        return [spec.name for spec in self.specs.stems]

    def of(self, kept: list[int]) -> _Song:
        """The song without some of its stems; products with the residual keep what they were."""
        specs = replace(self.specs, stems=tuple(self.specs.stems[number] for number in kept))
        return replace(self, specs=specs, gram=replace(self.gram, activity=self.gram.activity[:, kept]))


def diagnose(specs: LaneSpecs, levels: Levels, fit: Fit, passes: bool) -> Diagnosis:
    """Causes of a residual, with the corrections that undo what can be undone.

    Args:
        specs: the comparison.
        levels: energies of the stems' sum, the reference and the difference.
        fit: the best explanation by gains, polarities and whole-sample lags.
        passes: the verdict is a pass: then nothing but rounding noise is told.

    Raises:
        InputError: a file cannot be read.
    """
    noise = rounding_noise(levels, len(specs.stems), specs.sample_rate)
    if passes:
        return Diagnosis(() if noise is None else (noise,), fit.stems)
    length = unequal_length(specs, levels)
    if length is not None:
        return Diagnosis((length[0],), _fits(specs, ()), levels.residual / (2 * levels.frames))
    _, worst_s = worst_window(levels, specs.sample_rate)
    song = _Song(specs, fit.gram, round(worst_s * specs.sample_rate))
    return _confirmed(specs, levels, fit.gram, started_together(_of_set(song, levels), specs.sample_rate))


def _of_set(song: _Song, levels: Levels) -> tuple[NullCause, ...]:
    """Prints among the stems, and the causes of what the others leave."""
    twice = twins(song.gram)
    found = prints(song.gram, twice)
    if not found:
        return _of_members(song, levels, twice)
    told = []
    for one in found:
        parts = [song.names[number] for number in one.parts]
        others = len(song.names) - len(found) - len(twice)
        told.append(
            wording_of_mix.printed(song.names[one.number], parts, len(parts) >= others, 1.0 - one.left)
        )
    kept = [number for number in range(len(song.names)) if number not in {one.number for one in found}]
    specs = song.of(kept).specs
    rest = replace(song, specs=specs, gram=measure_gram(specs))
    if rest.gram.energy <= SMALL * rest.gram.reference:
        return tuple(told)
    return (*told, *_known(_of_members(rest, levels, twins(rest.gram))))


def _known(causes: tuple[NullCause, ...]) -> tuple[NullCause, ...]:
    return tuple(cause for cause in causes if cause.kind != "unknown")


def _of_members(song: _Song, levels: Levels, twice: dict[int, int]) -> tuple[NullCause, ...]:
    """The causes that explain an excerpt best, or the one that nothing explains it."""
    kept = [number for number in range(len(song.names)) if number not in twice]
    reduced = song.of(kept)
    # a stem that is there twice would hide a cut: it leaves a residual from the beginning
    alone = replace(reduced, gram=measure_gram(reduced.specs)) if twice else reduced
    constants = find_constants(song.gram.course, song.names)
    stage = _stage(reduced, constants, kept)
    start = stage.left(np.ones(stage.count))
    mix = max(float(stage.gram[-1, -1]), 1e-300)
    best = None
    if not ((twice or constants is not None or song.moves) and start < SMALL * mix):

        def farther(lost: list[int], others: LaneSpecs) -> Moved | NullCause | None:
            return _farther(alone, lost, others)

        best = converted(stage, start, farther) or best_of(stage, max(start, 1e-300), mix, farther)
    if isinstance(best, Moved):
        return _from_there(song, levels, best, kept)
    gains, left = stage.gains()
    told = []
    for second, first in twice.items():
        held = _held(gains, kept.index(first))
        if held >= _HELD_TWICE:
            # both belong in the set
            return _of_members(song, levels, {n: twin for n, twin in twice.items() if n != second})
        told.append(wording.duplicated(song.names[second], song.names[first], held))
    found: tuple[NullCause, ...] = () if best is None else best.causes
    if not twice:
        found = tuple(located(cause, song.gram.course, song.names, stage.sample_rate) for cause in found)
    if not any(cause.kind not in _WITHOUT_BETTER for cause in found):
        found = _or_cut(alone, found)
    found = (*told, *found)
    if constants is not None:
        found = (constants.cause, *found) if constants.share > 0.5 else (*found, constants.cause)
    if found:
        return found
    level = db_from_power(levels.residual / max(1, 2 * levels.frames))
    return (wording_of_mix.unknown(1.0 - min(1.0, left / max(start, 1e-300)), level),)


def _or_cut(song: _Song, found: tuple[NullCause, ...]) -> tuple[NullCause, ...]:
    """A cut of the mix, where there is one; then it is what the rest was about."""
    cut = None if song.moves else cut_in_mix(song.specs, song.gram)
    return found if cut is None else (cut,)


def _stage(song: _Song, constants: Constants | None, kept: list[int]) -> Stage:
    specs = song.specs
    length = stretch_frames(specs.sample_rate)
    with specs.open() as lanes:
        common = min(max(lane.frames for lane in lanes.stems), lanes.reference.frames)
    hop = gram_hop_frames(specs.sample_rate)
    starts = choose_starts(song.gram.activity, hop, length, common, song.worst_frame)
    held = None if constants is None else constants.lanes[[*kept, -1]]
    return Stage(specs, starts, length, constants=held)


def _farther(song: _Song, lost: list[int], others: LaneSpecs) -> Moved | NullCause | None:
    """Where lost stems are, or at what speed they run, beside the others as they were found."""
    cut = None if song.moves else cut_in_mix(song.specs, song.gram)
    if cut is not None:
        return cut
    if song.moves < _MOST_MOVES:
        for together in (True, False):
            found = far_lags(song.specs, song.gram.activity, lost, together)
            if found is None:
                break
            if any(lags := _held_there(song, found, lost)):
                return Moved(lags)
            if len(set(found)) > 1 or len(lost) >= _NEARLY_ALL * len(song.names):
                break
    return other_speed(others, song.gram.activity, lost)


def _held_there(song: _Song, lags: tuple[int, ...], lost: list[int]) -> tuple[int, ...]:
    """The lags at which the mix holds stems indeed; 0 for those that it does not hold there either.

    Where most stems have one lag it is that of the mix: others that are lost are looked for from there.
    """
    gram = measure_gram(song.specs.later(lags))
    missed = lost_stems(fit_gains(gram).gains, np.diagonal(gram.stems))
    held = [
        lag != 0 and number not in missed and _held_along(gram.course, number)
        for number, lag in enumerate(lags)
    ]
    if len(lags) > 1 and len(set(lags)) == 1:
        if 2 * sum(held) <= len(lags):
            return lags if _on_another_clock(song, lags) else (0,) * len(lags)
        return _together(song, lags, held, lost)
    return tuple(lag if there else 0 for lag, there in zip(lags, held, strict=True))


def _on_another_clock(song: _Song, lags: tuple[int, ...]) -> bool:
    """Whether the stems, moved, lie along the mix on a line: then it holds them, and none at one place."""
    specs = song.specs.later(lags)
    moved = replace(song, specs=specs, gram=measure_gram(specs))
    stage = _stage(moved, None, list(range(len(lags))))
    return fit_clock(stage.total(np.ones(stage.count)), stage.mix, stage.inner_starts) is not None


def _together(song: _Song, lags: tuple[int, ...], held: list[bool], lost: list[int]) -> tuple[int, ...]:
    """One lag for all stems but those that were not lost and that the mix holds where they lie."""
    stay = [n for n, there in enumerate(held) if not there and n not in lost]
    if stay:
        placed = tuple(0 if n in stay else lag for n, lag in enumerate(lags))
        gram = measure_gram(song.specs.later(placed))
        missed = lost_stems(fit_gains(gram).gains, np.diagonal(gram.stems))
        stay = [n for n in stay if n not in missed and _held_along(gram.course, n)]
    return tuple(0 if n in stay else lag for n, lag in enumerate(lags))


def _held_along(course: Course, number: int) -> bool:
    """Whether the mix holds a stem from its beginning to its end, as far as the mix sounds."""
    sounds = course.reference > 0.0
    own, held = course.stems[sounds, number], course.stems[sounds, number] + course.against[sounds, number]
    total = np.cumsum(own)
    if not len(total) or total[-1] <= 0.0:
        return False
    part = np.minimum(_PARTS * total / total[-1], _PARTS - 1e-6).astype(int)
    there = np.bincount(part, held, _PARTS) >= _HELD_ALONG * np.bincount(part, own, _PARTS)
    return bool(np.all(there))


def _from_there(song: _Song, levels: Levels, found: Moved, kept: list[int]) -> tuple[NullCause, ...]:
    """The causes with stems moved to where they were found, and the moves themselves."""
    lags = [0] * len(song.names)
    for number, lag in zip(kept, found.lags, strict=True):
        lags[number] = lag
    if len(set(found.lags)) == 1:
        lags = [found.lags[0]] * len(lags)
    specs = song.specs.later(tuple(lags))
    moved = replace(song, specs=specs, gram=measure_gram(specs), moves=song.moves + 1)
    twice = {n: first for n, first in twins(moved.gram).items() if n not in kept}
    share = 1.0 - min(1.0, moved.gram.energy / max(song.gram.energy, 1e-300))
    if moved.gram.energy <= SMALL * moved.gram.reference:
        causes: tuple[NullCause, ...] = ()
    else:
        causes = _known(_of_members(moved, levels, twice))
    return _with_lags(song, lags, causes, share)


def _with_lags(
    song: _Song, lags: list[int], causes: tuple[NullCause, ...], share: float
) -> tuple[NullCause, ...]:
    """Causes seen from stems that were moved, and the moves, each stem's put together with what was found."""
    rate, names = song.specs.sample_rate, song.names
    others = tuple(cause for cause in causes if cause.kind != "offset")
    asked = [correction_of(causes, name).offset_samples for name in names]
    totals = np.array([lag + more for lag, more in zip(lags, asked, strict=True)])
    # where a stem with a clock of its own was found depends on where it was looked for
    lost = {cause.stem for cause in others if cause.kind in _PLACELESS}
    moves = offset_causes(names, totals, np.array([name in lost for name in names]), rate, share)
    return (*moves, *others) if share > 0.5 else (*others, *moves)


def _held(gains: Doubles, number: int) -> float:
    """How often the mix holds a stem, re the others."""
    others = np.abs(np.delete(gains, number))
    # one that it hardly holds, as another take is held, says nothing of its level
    heard = others[others >= _HEARD * others.max(initial=0.0)]
    usual = float(np.median(heard)) if len(others) > 1 else 1.0
    return abs(float(gains[number])) / (usual if usual > 0.1 else 1.0)


def _confirmed(specs: LaneSpecs, levels: Levels, gram: Gram, causes: tuple[NullCause, ...]) -> Diagnosis:
    """What the corrections among the causes leave of the whole song; a mix that ends too early besides."""
    gains, offsets = _corrections(specs, causes)
    samples = max(1, 2 * levels.frames)
    if offsets.any():
        specs = replace(
            specs,
            stems=tuple(spec.later(float(by)) for spec, by in zip(specs.stems, offsets, strict=True)),
        )
        gram = measure_gram(specs)
    if not any(cause.kind in _MOVES_ENDS and (cause.stem or cause.unit == "s") for cause in causes):
        cut = cut_off(specs, levels, gram.course, bool(offsets.any()))
        causes = causes if cut is None else (*_known(causes), cut)
    if not offsets.any() and np.all(gains == 1.0):
        return Diagnosis(causes, _fits(specs, causes), levels.residual / samples)
    deviation = gains - 1.0
    change = float(-2.0 * deviation @ gram.residual + deviation @ gram.stems @ deviation)
    # below this part the difference is rounding, as in `fit_gains`
    left = max(gram.energy + change, 1e-15 * gram.energy)
    if left > levels.residual and all(is_correctable(cause.kind, cause.channel) for cause in causes):
        # corrections that make the whole song worse, and nothing else is wrong, are none
        unknown = (wording_of_mix.unknown(0.0, db_from_power(levels.residual / samples)),)
        return Diagnosis(unknown, _fits(specs, unknown), levels.residual / samples)
    return Diagnosis(causes, _fits(specs, causes), left / samples)


def _fits(specs: LaneSpecs, causes: tuple[NullCause, ...]) -> tuple[StemFit, ...]:
    """What the causes ask to apply to each stem, and nothing else; a stem is absent when a cause says so."""
    absent = {cause.stem for cause in causes if cause.kind == "extra_stem"}
    found = []
    for name in (spec.name for spec in specs.stems):
        asked = correction_of(causes, name)
        polarity: Literal["normal", "inverted"] = "inverted" if asked.inverted else "normal"
        if name in absent:
            found.append(StemFit(name, fitted_gain_db=-math.inf, present=False))
        else:
            found.append(StemFit(name, asked.gain_db, asked.offset_samples, polarity))
    return tuple(found)


def _corrections(specs: LaneSpecs, causes: tuple[NullCause, ...]) -> tuple[Doubles, Doubles]:
    """Gains and offsets that the causes ask for, by stem."""
    asked = [correction_of(causes, spec.name) for spec in specs.stems]
    gains = [10.0 ** (one.gain_db / 20.0) * (-1.0 if one.inverted else 1.0) for one in asked]
    return np.array(gains), np.array([one.offset_samples for one in asked])
