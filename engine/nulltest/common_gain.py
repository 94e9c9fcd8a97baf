"""One gain of all stems that moves, seen beside one stem that is not as in the mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.bus_causes import dynamics_cause
from engine.nulltest.bus_models import fit_dynamics, moving_gain
from engine.nulltest.causes_of_search import EXPLAINS_TO, Named, name_stems
from engine.nulltest.placed_excerpt import MARGIN_FRAMES, Stage
from engine.nulltest.placing import Bus, Complexes
from engine.nulltest.search import Search
from engine.nulltest.spread import spread
from engine.nulltest.stemwise import name_shaped, shape_stems, take_shapes_off
from engine.nulltest.unlike import held_otherwise
from engine.nulltest.windows import SLOW_WINDOWS, products, window_frames
from engine.report.null_causes import NullCause

Doubles = NDArray[np.float64]

#: Over how many windows a gain is eased that moves as a compressor does; as a hand does: `SLOW_WINDOWS`.
_FAST_WINDOWS = 5
#: A slow gain is preferred where it explains all but this part of what a fast one does.
_SLOW_MISSES = 0.1
#: A gain is gone on from when it, and one stem at a gain of its own, leave this part of what there was.
_PROMISES = 0.75
#: A window tells the common gain where this part of the sum's mean energy is not the sound of the free stem.
_TELLS = 1e-3
#: A free stem is held to the common gain by this part of its mean energy.
_HELD = 1e-2
#: How far the gain may go, linear.
_LOWEST, _HIGHEST = 0.01, 100.0
#: How often gain and stems are fitted in turn.
_ROUNDS = 3
#: A round that leaves more than this part of what the one before did ends them.
_WORTH_A_ROUND = 0.9
_PENALTY = 4.0


@dataclass(frozen=True)
class _Gain:
    """A gain of all stems.

    Attributes:
        moving: `(stretches, inner frames)`: linear.
        left: energy that it leaves, one stem at a gain of its own.
        windows: over how many it was eased.
    """

    moving: Doubles
    left: float
    windows: int


def beside_common_gain(stage: Stage, start: float) -> Named | None:
    """A gain of the whole mix that moves, and what is wrong with stems once it is undone.

    Args:
        stage: with the stems placed as far as was found; it is left as it was.
        start: energy of its residual as the session is.

    Returns:
        What explains enough; or a stem that the mix holds as something else, by what remains; or None.
    """
    places, before = dict(enumerate(stage.places)), stage.gains()[1]
    gain = _common_gain(stage)
    if gain is None or gain.left > _PROMISES * before:
        return None
    found = _under(stage, gain, start)
    stage.put_on_bus(Bus())
    stage.place(places)
    return found


def _under(stage: Stage, gain: _Gain, start: float) -> Named | None:
    """What is found of the stems with the gain on the bus, gain and stems fitted in turn."""
    moving, best = gain.moving, float("inf")
    named, otherwise = None, None
    for number in range(_ROUNDS):
        stage.put_on_bus(_bus(moving))
        search = Search(stage)
        search.run()
        shapes = shape_stems(stage, search, start)
        gains, left = _common_taken_out(stage.gains()[0]), stage.gains()[1]
        if left > _WORTH_A_ROUND * best:
            take_shapes_off(stage, shapes)
            break
        best = left
        total = stage.total(gains) / moving
        model = fit_dynamics(total, stage.mix, stage.sample_rate)
        cause = dynamics_cause(model, start)
        causes = (*name_shaped(stage, shapes, gains, left, start), *name_stems(stage, gains, left, start))
        take_shapes_off(stage, shapes)
        if cause is not None and causes and left <= EXPLAINS_TO * start:
            named = Named(_ordered(cause, causes, model.left, start), left, _PENALTY)
        elif named is None and not shapes:
            rest_gains, rest = stage.gains()
            held = held_otherwise(stage, rest_gains, rest, start)
            otherwise = None if held is None else Named((held,) if cause is None else (held, cause), rest)
        if number + 1 < _ROUNDS:
            moving = _eased_gain(total, stage.mix, stage.sample_rate, gain.windows)
    return named or otherwise


def _ordered(
    cause: NullCause, causes: Sequence[NullCause], stems_left: float, start: float
) -> tuple[NullCause, ...]:
    return (*causes, cause) if stems_left < 0.5 * start else (cause, *causes)


def _common_taken_out(gains: Doubles) -> Doubles:
    """Gains re that of most stems: a level of the whole mix is in the gain that moves."""
    middle = float(np.median(np.abs(gains)))
    return gains / (middle if middle > 0.1 else 1.0)


def _bus(moving: Doubles) -> Bus:
    whole = np.pad(moving, ((0, 0), (MARGIN_FRAMES, MARGIN_FRAMES)), "edge")
    return Bus(moving=whole + 1j * whole)


def _common_gain(stage: Stage) -> _Gain | None:
    """The gain that, with one stem at a gain of its own, leaves least; None where no stem is."""
    total, frames = stage.total(np.ones(stage.count)), stage.mix.shape[1]
    rate = stage.sample_rate
    own, crossed, mixed = (
        products(one, two, rate) for one, two in ((total, total), (total, stage.mix), (stage.mix, stage.mix))
    )
    if own.shape[1] < 2 * SLOW_WINDOWS or not own.any():
        return None

    def free(number: int) -> tuple[Doubles, Doubles, Doubles]:
        row = stage.rows[number]
        return products(row, row, rate), products(row, total, rate), products(row, stage.mix, rate)

    stems = spread(free, range(stage.count))
    found = []
    for windows in (_FAST_WINDOWS, SLOW_WINDOWS):
        both = [_beside(own, crossed, mixed, one, windows) for one in stems]
        found.append(min(both, key=lambda pair: pair[1]))
    (fast, fast_left), (slow, slow_left) = found
    standing = stage.gains()[1]
    hand = slow_left - fast_left <= _SLOW_MISSES * max(0.0, standing - fast_left)
    at = (np.arange(own.shape[1]) + 0.5) * window_frames(rate)
    joined = np.stack([np.interp(np.arange(frames), at, row) for row in (slow if hand else fast)])
    return _Gain(joined, slow_left if hand else fast_left, SLOW_WINDOWS if hand else _FAST_WINDOWS)


def _eased(values: Doubles, windows: int) -> Doubles:
    ease = np.hanning(windows + 2)[1:-1]
    return np.stack([np.convolve(row, ease, "same") for row in values])


def _beside(
    own: Doubles, crossed: Doubles, mixed: Doubles, stem: tuple[Doubles, Doubles, Doubles], windows: int
) -> tuple[Doubles, float]:
    """The gain of the sum in every window with one stem at another, and the energy that both leave.

    Least squares of the mix on sum and stem, over eased windows.

    Args:
        own: of the sum with itself, `(stretches, windows)`.
        crossed: of the sum with the mix.
        mixed: of the mix with itself.
        stem: of the stem with itself, with the sum and with the mix.
        windows: over how many they are eased.
    """
    tt, tm = _eased(own, windows), _eased(crossed, windows)
    ss, st, sm = (_eased(one, windows) for one in stem)
    held = ss + _HELD * float(ss.mean()) + 1e-300
    apart = np.maximum(tt - st * st / held, 0.0)
    tells = apart > _TELLS * float(tt.mean())
    common = np.clip((tm - st * sm / held) / np.maximum(apart, 1e-300), _LOWEST, _HIGHEST)
    at = np.arange(own.shape[1])
    for row, known in zip(common, tells, strict=True):
        row[:] = np.interp(at, at[known], row[known]) if known.any() else 1.0
    further = (sm - common * st) / held
    s_own, s_sum, s_mix = stem
    left = mixed - 2.0 * (common * crossed + further * s_mix)
    left += common**2 * own + 2.0 * common * further * s_sum + further**2 * s_own
    return common, float(np.maximum(left, 0.0).sum())


def _eased_gain(total: Complexes, mix: Complexes, sample_rate: int, windows: int) -> Doubles:
    """The gain of a sum that is known, for every frame."""
    if windows == _FAST_WINDOWS:
        return moving_gain(total, mix, sample_rate)
    own, crossed = (_eased(products(total, sound, sample_rate), windows) for sound in (total, mix))
    gains = np.clip(crossed / np.maximum(own, 1e-300), _LOWEST, _HIGHEST)
    at, every = (np.arange(gains.shape[1]) + 0.5) * window_frames(sample_rate), np.arange(total.shape[1])
    known = own > 0.0
    return np.stack(
        [
            np.interp(every, at[there], row[there]) if there.any() else np.ones(len(every))
            for row, there in zip(gains, known, strict=True)
        ]
    )
