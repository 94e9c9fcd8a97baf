"""Bus processing and faults of stems together: fitted in turn until they agree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft, ifft, next_fast_len
from engine.nulltest.bus_causes import STRANGE, curve_cause, dynamics_cause, filter_cause
from engine.nulltest.bus_models import EARLY_TAPS, energy, fit_curve, fit_dynamics, fit_filter, moving_gain
from engine.nulltest.causes_of_search import Named, name_stems
from engine.nulltest.placed_excerpt import MARGIN_FRAMES, Stage
from engine.nulltest.placing import Bus, Complexes
from engine.nulltest.search import Search
from engine.report.null_causes import NullCause

Doubles = NDArray[np.float64]

_ROUNDS = 4
#: What a joint explanation's energy left is multiplied by in comparisons.
_PENALTY = 4.0
#: A kind of processing is tried when, on top of what is known of the stems, it leaves at most this part …
_PROMISES = 0.75
#: … and its shape is judged at the end when it leaves this part of the residual, at once otherwise …
_EXPLAINS = 0.1
#: … and no other kind once one leaves this part of what there was.
_GOOD = 1e-3

#: Fits a bus from the sum to the mix: the bus, what it leaves, its cause where it has the shape of one, and
#: whether it would be that with all else undone.
_Fit = Callable[[Stage, Complexes, float], tuple[Bus, float, NullCause | None, bool]]


def joint_candidates(stage: Stage, start: float, clocks: bool = False) -> list[Named]:
    """Explanations by one kind of bus processing and faults of stems.

    Args:
        stage: with the stems placed as far as was found; it is left as it was.
        start: energy of its residual as the session is.
        clocks: a stem may run on a clock of its own.
    """
    places, found = list(stage.places), []
    gains, left = stage.gains()
    total, mix, rate = stage.total(gains), stage.mix, stage.sample_rate
    lefts = [
        (fit_filter(total, mix, rate).left, _filter),
        (fit_curve(total, mix).left, _curve),
        (fit_dynamics(total, mix, rate).left, _dynamics),
    ]
    for promised, fit in sorted(lefts, key=lambda pair: pair[0]):
        if promised > _PROMISES * left:
            break
        candidate = _joint(stage, fit, start, clocks)
        stage.put_on_bus(Bus())
        stage.place(dict(enumerate(places)))
        if candidate is not None and candidate.left * _PENALTY < left:
            found.append(candidate)
            if candidate.left < _GOOD * start:
                break
    return found


def _joint(stage: Stage, fit: _Fit, start: float, clocks: bool) -> Named | None:
    gains = stage.gains()[0]
    cause: NullCause | None = None
    left, sure = start, False
    for number in range(_ROUNDS):
        total = stage.total(gains)
        bus, left, cause, sure = fit(stage, total, start)
        # a gain of a stem may hide the shape of processing as long as it is not undone
        if number == _ROUNDS - 1 or (cause is None and left > _EXPLAINS * start):
            break
        stage.put_on_bus(bus)
        if number == 0:
            search = Search(stage)
            search.run()
            if clocks and search.clock():
                search.run()
        gains = stage.gains()[0]
        middle = float(np.median(np.abs(gains)))
        gains = gains / (middle if middle > 0.1 else 1.0)
        stage.put_on_bus(Bus())
    if cause is None or not sure:
        return None
    without = stage.left(gains)
    causes = name_stems(stage, gains, left, start)
    ordered = (cause, *causes) if without > 0.5 * start else (*causes, cause)
    return Named(ordered, left, _PENALTY)


def _whole(stage: Stage, inner: Complexes) -> Complexes:
    """Inner frames with their first and last value held over the margins."""
    return np.pad(inner, ((0, 0), (MARGIN_FRAMES, MARGIN_FRAMES)), "edge")


def _filter(stage: Stage, total: Complexes, start: float) -> tuple[Bus, float, NullCause | None, bool]:
    model = fit_filter(total, stage.mix, stage.sample_rate)
    # stems that are late make a filter strange until they are moved
    named = filter_cause(model, start, most_strange=1.0)
    return Bus(model.taps, EARLY_TAPS), model.left, named, model.strange <= STRANGE


def _dynamics(stage: Stage, total: Complexes, start: float) -> tuple[Bus, float, NullCause | None, bool]:
    model = fit_dynamics(total, stage.mix, stage.sample_rate)
    gain = moving_gain(total, stage.mix, stage.sample_rate)
    return Bus(moving=_whole(stage, gain + 1j * gain)), model.left, dynamics_cause(model, start), True


def _curve(stage: Stage, total: Complexes, start: float) -> tuple[Bus, float, NullCause | None, bool]:
    model = fit_curve(total, stage.mix)
    left = min(model.left, energy(stage.mix))
    cause = curve_cause(model, stage.mix, start)
    if cause is None:
        return Bus(), left, None, False
    x = total.reshape(-1).view(np.float64)
    out = np.interp(x, model.at, model.out)
    slopes = np.gradient(model.out, model.at)
    steep = np.interp(x, model.at, slopes)
    target = (
        (stage.mix.reshape(-1).view(np.float64) - out + steep * x).view(np.complex128).reshape(total.shape)
    )
    moving = np.ascontiguousarray(steep).view(np.complex128).reshape(total.shape)
    return Bus(moving=_whole(stage, moving), target=_whole(stage, target)), left, cause, True


def two_on_the_bus(stage: Stage, start: float) -> list[Named]:
    """Two kinds of processing one after the other, the stems as they are placed, at unity."""
    unity = np.ones(stage.count)
    total, mix, rate = stage.total(unity), stage.mix, stage.sample_rate
    here, found = stage.left_together(), []
    filtered = fit_filter(total, mix, rate)
    first = filter_cause(filtered, start)
    if first is not None:
        through = filter_through(filtered.taps, total)
        found += _on_top(first, filtered.left, through, stage, start)
    moving = fit_dynamics(total, mix, rate)
    first = dynamics_cause(moving, start)
    if first is not None:
        found += _on_top(first, moving.left, total * moving_gain(total, mix, rate), stage, start)
    return [candidate for candidate in found if candidate.left * _PENALTY < here]


def _on_top(first: NullCause, first_left: float, total: Complexes, stage: Stage, start: float) -> list[Named]:
    """What a curve or a moving gain explains on top of a first piece of processing."""
    rate, mix = stage.sample_rate, stage.mix
    curve, moving = fit_curve(total, mix), fit_dynamics(total, mix, rate)
    seconds = [
        (min(curve.left, curve.odd_left), curve_cause(curve, mix, start)),
        (moving.left, dynamics_cause(moving, start)),
    ]
    return [
        Named((first, second) if first_left < 0.5 * start else (second, first), left, _PENALTY)
        for left, second in seconds
        if second is not None and left < _PROMISES * first_left
    ]


def filter_through(taps: Doubles, sound: Complexes) -> Complexes:
    """The sound through the taps of a `FilterModel`, as long as before."""
    frames = sound.shape[1]
    size = next_fast_len(frames + len(taps))
    turned = fft(sound, size, axis=-1) * fft(taps.astype(np.complex128), size)
    through: Complexes = ifft(turned, axis=-1)[:, EARLY_TAPS : EARLY_TAPS + frames]
    return through
