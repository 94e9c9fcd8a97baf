"""The explanation of what a stage shows: hypotheses compared, the simplest one that explains enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording, wording_of_mix
from engine.nulltest.bus_causes import bus_candidates
from engine.nulltest.bus_models import fit_filter
from engine.nulltest.causes_of_search import EXPLAINS_TO, Named, name_stems
from engine.nulltest.common_gain import beside_common_gain
from engine.nulltest.conversion import PASSES, conversion_edge
from engine.nulltest.distant import lost_stems
from engine.nulltest.hypotheses import ABSENT_BELOW
from engine.nulltest.independent_residual import explained_share, followed_share
from engine.nulltest.joint import filter_through, joint_candidates, two_on_the_bus
from engine.nulltest.lanes import LaneSpecs
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.search import NOTHING_LEFT, Search
from engine.nulltest.settling import settle_clock
from engine.nulltest.stemwise import stemwise
from engine.nulltest.unlike import held_otherwise
from engine.report.null_causes import CAUSES, NullCause
from engine.units import db_from_power

Doubles = NDArray[np.float64]

#: A difference that is this part of the mix's energy (−60 dB) passes.
SMALL = 1e-6
#: Sound that the stems explain to less than this part is sound of its own: for sure, and for want of better.
_SURELY_OWN, _OWN_SOUND = 0.12, 0.3
#: … and is none where this part of it goes when one stem is moved window by window.
_FOLLOWS = 0.3
#: Where so many stems are held in part only, what else is heard may be they at other places.
_ASTRAY = 2
#: Faults of stems that leave this part of the residual's energy need no other explanation.
_NEAR = 1e-3
#: Bus processing has to leave this part, or less, of what the places of the stems and one gain of all leave.
_BUS_LEAVES = 0.3
#: Explanations that leave more than this (−20 dB) are compared with clocks of single stems first.
_FAR_ENOUGH = 0.01


@dataclass(frozen=True)
class Moved:
    """Stems lie elsewhere: all has to be looked at again from there.

    Attributes:
        lags: samples by which each is to be moved, + is later.
    """

    lags: tuple[int, ...]


#: Where nothing explains enough, a stem of a lower gain than this may lie elsewhere.
_HALF_HELD = 0.8
#: … so far away at least, s.
_ELSEWHERE_S = 0.5
#: Looks farther for stems that the mix does not hold where they lie: given their numbers, and the comparison
#: with the others as they were found, says where they are, or why they are not found: a cause of one stem, or
#: one of the mix that explains all.
Farther = Callable[[list[int], LaneSpecs], Moved | NullCause | None]


def best_of(stage: Stage, start: float, mix: float, farther: Farther) -> Named | Moved | None:
    """The best explanation of what a stage shows; None where none explains enough.

    Args:
        stage: of the stems as the session has them; is left with them placed.
        start: energy of its residual.
        mix: energy of its mix.
        farther: see `Farther`.
    """
    enough = EXPLAINS_TO * start
    search = Search(stage)
    plain = _stems_candidate(stage, start)
    if plain.left <= NOTHING_LEFT * mix and plain.causes:
        return plain
    search.common()
    common = list(stage.places)
    search.run()
    settle_clock(stage)
    moved = _stems_candidate(stage, start)
    candidates = [plain, moved]
    if moved.left > (_NEAR * start if moved.causes else 1e-7 * mix):
        placed = list(stage.places)
        candidates += _bus_only(stage, start)
        if placed != common:
            stage.place(dict(enumerate(common)))
            candidates += _bus_only(stage, start)
            stage.place(dict(enumerate(placed)))
    best = _least(candidates, enough)
    if best is not None and best.left <= _FAR_ENOUGH * start:
        return best
    lost = lost_stems(stage.gains()[0], stage.energies())
    found = farther(lost, _as_found(stage, lost)) if lost else None
    if isinstance(found, Moved):
        return found
    if found is not None:
        return Named((found,), 0.0) if found.stem is None else _beside(stage, found, start)
    if (one_stem := stemwise(stage, search, start)) is not None:
        candidates.append(one_stem)
        best = _least(candidates, enough)
        if best is not None and best.left <= _FAR_ENOUGH * start:
            return best
    if search.clocks():
        search.run()
        if search.share():
            search.run()
        settle_clock(stage)
        candidates.append(_stems_candidate(stage, start))
        best = _least(candidates, enough)
    if best is None and not lost and (found := _repeated_farther(stage, farther)) is not None:
        return found
    return _beyond_one(stage, start, enough, search.leans) if best is None else best


def _repeated_farther(stage: Stage, farther: Farther) -> Moved | None:
    """Moves of the stem that is held least: music that repeats itself holds half of what lies elsewhere."""
    gains = np.abs(stage.gains()[0])
    least = int(np.argmin(gains))
    if gains[least] >= _HALF_HELD:
        return None
    found = farther([least], _as_found(stage, [least]))
    if not isinstance(found, Moved) or max(map(abs, found.lags)) < _ELSEWHERE_S * stage.sample_rate:
        return None  # nearer it has been looked for more closely
    return found


def _as_found(stage: Stage, lost: list[int]) -> LaneSpecs:
    """The comparison with the places and gains at which the mix holds the stems that are not lost."""
    gains, stems = stage.gains()[0], list(stage.specs.stems)
    for number, place in enumerate(stage.places):
        if number not in lost:
            spec = stems[number].later(place.offset)
            stems[number] = replace(spec, gain=spec.gain * float(gains[number]))
    return replace(stage.specs, stems=tuple(stems))


def _beyond_one(stage: Stage, start: float, enough: float, leans: bool) -> Named | None:
    """Sound of its own, or bus processing with something else; None where nothing explains enough."""
    gains, left = stage.gains()
    explained = explained_share(stage, gains)
    followed = followed_share(stage, gains) >= _FOLLOWS
    own = explained < _SURELY_OWN and not followed
    if own:
        otherwise = held_otherwise(stage, gains, left, start)
        best = None if otherwise is None else _beside(stage, otherwise, start)
    else:
        best = _least([*two_on_the_bus(stage, start), *joint_candidates(stage, start, leans)], enough)
    best = best or beside_common_gain(stage, start)
    if best is not None:
        return best
    if own:
        return _own_sound(stage, gains, left, start, explained)
    if explained < _OWN_SOUND and not followed:
        return _missing(stage, gains, left, start, explained)
    total = stage.total(gains)
    filtered = fit_filter(total, stage.mix, stage.sample_rate)
    explained = explained_share(stage, gains, filter_through(filtered.taps, total))
    if explained < _SURELY_OWN and not followed:
        return _missing(stage, np.ones(stage.count), filtered.left, start, explained)
    clocks = tuple(cause for cause in name_stems(stage, gains, left, start) if cause.kind == "clock_drift")
    # what goes when a stem is moved window by window runs on a clock that wanders
    if clocks or followed:
        return Named(clocks, left) if clocks else None
    gains, left = stage.gains()
    otherwise = held_otherwise(stage, gains, left, start)
    return None if otherwise is None else _beside(stage, otherwise, start)


def _beside(stage: Stage, cause: NullCause, start: float) -> Named:
    """A cause of one stem, and what stands out of the others all the same.

    Where all run on another clock a stem at another speed is not told from another take: neither is told.
    """
    gains, left = stage.gains()
    named = name_stems(stage, gains, left, start)
    beside = (one for one in named if one.stem != cause.stem and CAUSES[one.kind].sure_beside_missing)
    if cause.kind == "stem_differs" and all(place.ppm for place in stage.places):
        return Named(tuple(beside), left)
    return Named((cause, *beside), left)


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


def _missing(stage: Stage, gains: Doubles, left: float, start: float, explained: float) -> Named | None:
    """A stem that the mix holds as something else, or sound of its own; None where neither is sure."""
    otherwise = held_otherwise(stage, gains, left, start)
    if otherwise is not None:
        return _beside(stage, otherwise, start)
    return _own_sound(stage, gains, left, start, explained)


def _own_sound(stage: Stage, gains: Doubles, left: float, start: float, explained: float) -> Named | None:
    """Sound of its own in the mix, beside what stands out; None where it may be that of stems."""
    lost = lost_stems(gains, stage.energies())
    astray = [n for n in lost if abs(gains[n]) >= ABSENT_BELOW]
    if len(astray) >= _ASTRAY or 2 * len(lost) > stage.count:
        return None  # where most stems are not found, the mix itself stands elsewhere
    level = db_from_power(left / (2 * stage.mix.size))
    own = wording.missing(level, explained, (1.0 - explained) * min(1.0, left / start))
    named = name_stems(stage, gains, left, start)
    beside = tuple(cause for cause in named if CAUSES[cause.kind].sure_beside_missing)
    return Named((own, *beside), left)


def converted(stage: Stage, start: float, farther: Farther) -> Named | Moved | None:
    """A conversion of the mix and what else is wrong below its edge; None where the mix has no edge."""
    unity = np.ones(stage.count)
    if stage.gains()[1] <= SMALL * float(stage.gram[-1, -1]):
        return None
    edge_hz = conversion_edge(stage.total(unity), stage.mix, stage.sample_rate)
    if edge_hz is None:
        return None
    below = Stage(stage.specs, stage.starts, stage.length, PASSES * edge_hz, stage.constants)
    left, mix = below.left(unity), max(float(below.gram[-1, -1]), 1e-300)
    cause = wording_of_mix.resampled(edge_hz, 1.0)
    if left <= SMALL * mix:
        return Named((cause,), left)
    best = best_of(below, left, mix, farther)
    if isinstance(best, Moved):
        return best
    before = list(stage.places)
    stage.place(dict(enumerate(below.places)))
    if conversion_edge(stage.total(below.gains()[0]), stage.mix, stage.sample_rate) is None:
        # one stem alone goes on above, and that is not in the mix
        stage.place(dict(enumerate(before)))
        return None
    if best is None:
        level = db_from_power(left / (2 * below.mix.size))
        best = Named((wording_of_mix.unknown(0.0, level),), left)
    causes = (cause, *best.causes) if left < 0.5 * start else (*best.causes, cause)
    return Named(causes, best.left)
