"""Faults of single stems that no place undoes: a gain that moves, a filter; found one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft
from engine.nulltest import wording
from engine.nulltest.bus_models import EARLY_TAPS, FilterModel, energy, fit_filter
from engine.nulltest.causes_of_search import Named, name_stems
from engine.nulltest.placed_excerpt import MARGIN_FRAMES, Stage
from engine.nulltest.placing import Complexes, Shape
from engine.nulltest.search import NOTHING_LEFT, Search
from engine.nulltest.spread import spread
from engine.nulltest.windows import products, window_frames
from engine.report.null_causes import NullCause

Doubles = NDArray[np.float64]

#: How many stems are taken to be processed.
_MOST_STEMS = 4
#: A shape is taken when it leaves at most this part of what was left, by itself or with the places of stems
#: that are seen once it is there; it is tried from this part on.
_LEAVES, _TRIED_FROM = 0.35, 0.8
#: Nothing is left to explain below this part of the residual as it was.
_NEAR = 1e-3
#: Part of a stem's mean window energy with which its standing gain is held to.
_HELD = 1e-3
#: A filter is looked for in a stem whose spectra explain this part of the residual.
_COHERENT = 0.3
#: Windows of those spectra, frames.
_SPECTRUM_FRAMES = 4096
#: A filter is one when it varies by this, dB.
_VARIES_DB = 0.3
#: A gain that moves less than this, dB, stands.
_MOVES_DB = 0.3
#: It follows a level with this correlation.
_FOLLOWS = 0.5
_PENALTY = 2.0


@dataclass(frozen=True)
class StemShape:
    """A shape of one stem.

    Attributes:
        number: of the stem.
        shape: spectrum of the filter, or gains by window.
        left: energy that it leaves.
        filtered: where it is a filter.
    """

    number: int
    shape: Shape
    left: float
    filtered: FilterModel | None = None


def stemwise(stage: Stage, search: Search, start: float) -> Named | None:
    """Moving gains and filters of single stems, with places and gains of all on top; None where none fits.

    Args:
        stage: with the stems placed; it is left as it was.
        search: of that stage.
        start: energy of its residual as the session is.
    """
    places = dict(enumerate(stage.places))
    found = shape_stems(stage, search, start)
    gains, left = stage.gains()
    named = None
    if found:
        shaped = name_shaped(stage, found, gains, left, start)
        places_of = name_stems(stage, gains, left, start)
        named = Named((*shaped, *places_of), left, _PENALTY) if shaped else None
    take_shapes_off(stage, found)
    stage.place(places)
    return named


def shape_stems(stage: Stage, search: Search, start: float) -> dict[int, StemShape]:
    """Gives stems moving gains and filters, and all of them the places and gains that go with those.

    Args:
        stage: with the stems placed; is left with the shapes.
        search: of that stage.
        start: energy of its residual as the session is.
    """
    mix = float(stage.gram[-1, -1])
    found: dict[int, StemShape] = {}
    for _ in range(_MOST_STEMS):
        gains, before = stage.gains()
        if before <= max(_NEAR * start, NOTHING_LEFT * mix):
            break
        best = _best_shape(stage, gains, before, found)
        if best is None or best.left > _TRIED_FROM * before:
            break
        places = dict(enumerate(stage.places))
        stage.shape(best.number, best.shape)
        if stage.gains()[1] > _NEAR * start:
            search.run()
        if best.left > _LEAVES * before and stage.gains()[1] > _LEAVES * before:
            stage.shape(best.number, None)
            stage.place(places)
            break
        found[best.number] = best
        _again(stage, found)
    return found


def name_shaped(
    stage: Stage, found: dict[int, StemShape], gains: Doubles, left: float, start: float
) -> list[NullCause]:
    """Causes of the shapes of stems, of those that have the shape of one."""
    share = 1.0 - min(1.0, left / max(start, 1e-300))
    causes = (_cause(stage, one, gains, share) for one in found.values())
    return [cause for cause in causes if cause is not None]


def take_shapes_off(stage: Stage, found: dict[int, StemShape]) -> None:
    """Leaves the stems as they are placed."""
    for number in found:
        stage.shape(number, None)


def _again(stage: Stage, found: dict[int, StemShape]) -> None:
    """Takes every shape again, now that the others are known."""
    for number, one in list(found.items()):
        gains, before = stage.gains()
        rest = _rest(stage, gains, number)
        old = stage.shapes[number]
        row = stage.unshaped(number)
        again = (
            _moved(stage, number, row, rest) if one.filtered is None else _filtered(stage, number, row, rest)
        )
        stage.shape(number, again.shape)
        if stage.gains()[1] > before:
            stage.shape(number, old)
        else:
            found[number] = again


def _rest(stage: Stage, gains: Doubles, number: int) -> Complexes:
    """What the other stems leave of the mix."""
    others = gains.copy()
    others[number] = 0.0
    return np.asarray(stage.mix - stage.total(others))


def _best_shape(stage: Stage, gains: Doubles, before: float, found: dict[int, StemShape]) -> StemShape | None:
    residual = np.asarray(stage.mix - stage.total(gains))
    powers = stage.energies()
    free = [number for number in range(stage.count) if number not in found and powers[number] > 0.0]
    if not free:
        return None

    def moved(number: int) -> StemShape:
        row = stage.rows[number]
        return _moved(stage, number, row, residual + float(gains[number]) * row)

    candidates = spread(moved, free)
    best = min(candidates, key=lambda one: one.left)
    if best.left > _NEAR * before:
        shares = _coherences(stage, residual, free)
        number = max(free, key=lambda one: shares[one])
        if shares[number] > _COHERENT:
            row = stage.rows[number]
            candidates.append(_filtered(stage, number, row, residual + float(gains[number]) * row))
    return min(candidates, key=lambda one: one.left)


def _moved(stage: Stage, number: int, row: Complexes, rest: Complexes) -> StemShape:
    """The gain of a stem in every 10 ms that makes most of what the others leave, joined by lines."""
    crosses, powers = (products(row, one, stage.sample_rate) for one in (rest, row))
    standing = max(0.0, float(crosses.sum()) / max(float(powers.sum()), 1e-300))
    held = _HELD * float(powers.mean()) + 1e-300
    gains = np.maximum(0.0, (crosses + held * standing) / (powers + held))
    at = (np.arange(gains.shape[1]) + 0.5) * window_frames(stage.sample_rate)
    joined = np.stack([np.interp(np.arange(row.shape[1]), at, one) for one in gains])
    left = energy(rest - joined * row)
    return StemShape(
        number, Shape(moving=np.pad(joined, ((0, 0), (MARGIN_FRAMES, MARGIN_FRAMES)), "edge")), left
    )


def _filtered(stage: Stage, number: int, row: Complexes, rest: Complexes) -> StemShape:
    model = fit_filter(row, rest, stage.sample_rate)
    return StemShape(number, Shape(taps=model.taps, early=EARLY_TAPS), model.left, model)


def _coherences(stage: Stage, residual: Complexes, numbers: list[int]) -> dict[int, float]:
    """Part of the residual that a filter of each stem alone would explain, by averaged spectra."""
    count = residual.shape[1] // _SPECTRUM_FRAMES
    window = np.hanning(_SPECTRUM_FRAMES)

    def spectra(sound: Complexes) -> list[Complexes]:
        pieces = sound[:, : count * _SPECTRUM_FRAMES].reshape(-1, _SPECTRUM_FRAMES) * window
        half = slice(1, _SPECTRUM_FRAMES // 2)
        return [fft(part.astype(np.complex64), axis=-1)[:, half] for part in (pieces.real, pieces.imag)]

    rest = spectra(residual)
    own = sum(np.sum(np.abs(part) ** 2, axis=0) for part in rest)

    def share(number: int) -> float:
        sound = spectra(stage.rows[number])
        cross = sum(np.sum(np.conj(one) * two, axis=0) for one, two in zip(sound, rest, strict=True))
        power = sum(np.sum(np.abs(part) ** 2, axis=0) for part in sound)
        floor = 1e-6 * float(np.max(power)) + 1e-30
        return float(np.sum(np.abs(cross) ** 2 / (power + floor))) / max(float(np.sum(own)), 1e-300)

    return dict(zip(numbers, spread(share, numbers), strict=True))


def _cause(stage: Stage, found: StemShape, gains: Doubles, share: float) -> NullCause | None:
    name, gain = stage.specs.stems[found.number].name, abs(float(gains[found.number]))
    if found.filtered is not None:
        db, at = found.filtered.gains_db, found.filtered.frequencies_hz
        if len(db) == 0 or np.ptp(db) < _VARIES_DB:
            return None
        most = int(np.argmax(np.abs(db - np.median(db))))
        return wording.stem_filter(
            name, float(at[most]), float(db[most]), float(db.min()), float(db.max()), share
        )
    row = stage.unshaped(found.number)
    powers, window = products(row, row, stage.sample_rate), window_frames(stage.sample_rate)
    loud = powers > 1e-3 * powers.max(initial=0.0)
    moving = found.shape.moving
    if moving is None or loud.sum() < 8:
        return None
    middles = MARGIN_FRAMES + window // 2 + window * np.arange(powers.shape[1])
    db = 20.0 * np.log10(np.maximum(gain * moving[:, middles], 1e-3))
    low, high = (float(value) for value in np.percentile(db[loud], [2.0, 98.0]))
    if high - low < _MOVES_DB:
        return None
    return wording.stem_dynamics(name, low, high, _follows(stage, found.number, db, loud), share)


def _follows(stage: Stage, number: int, gains_db: Doubles, loud: NDArray[np.bool_]) -> str:
    """What a moving gain goes down with: the level of another stem, or the stem's own; "" where with none."""
    best, follows = -_FOLLOWS, ""
    for other, row in enumerate(stage.rows[:-1]):
        level = np.sqrt(products(row, row, stage.sample_rate))[loud]
        if np.std(level) <= 0.0 or np.std(gains_db[loud]) <= 0.0:
            continue
        with_level = float(np.corrcoef(gains_db[loud], level)[0, 1])
        if with_level < best:
            name = stage.specs.stems[other].name
            best = with_level
            follows = (
                "it falls where the stem itself is loud, as by a compressor"
                if other == number
                else f"it falls where '{name}' is loud, as by a side-chain"
            )
    return follows
