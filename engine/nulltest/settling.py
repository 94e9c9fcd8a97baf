"""The last thousandths of a clock that all stems share."""

from __future__ import annotations

from dataclasses import replace

from engine.nulltest.clock import clock_step
from engine.nulltest.placed_excerpt import Stage

#: Steps that settle a clock, and one after which it is settled.
_STEPS, _SETTLED_PPM = 4, 0.01


def settle_clock(stage: Stage) -> None:
    """Rate and start of a clock that all stems share, by Gauss–Newton steps on both.

    Args:
        stage: is left with the stems on the settled clock; as it is where they share none.
    """
    for _ in range(_STEPS):
        first = stage.places[0]
        if stage.count < 2 or not first.ppm or any(place.ppm != first.ppm for place in stage.places):
            return
        gains, before = stage.gains()
        total = stage.total(gains)
        at_start, ppm = clock_step(total, stage.mix - total, stage.inner_starts)
        if abs(at_start) > 1.0 or abs(ppm) > abs(first.ppm):
            return
        everyone = list(range(stage.count))
        saved = stage.saved(everyone)
        stage.place({n: replace(stage.places[n].later(at_start), ppm=first.ppm + ppm) for n in everyone})
        if stage.gains()[1] >= before:
            stage.restore(saved)
            return
        if abs(ppm) < _SETTLED_PPM:
            return
