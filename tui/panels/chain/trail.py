"""What the processors of the strip in view have taken away lately."""

from __future__ import annotations

import math
from collections import deque

from tui.display.cells import Canvas
from tui.panels.chain.curves import HISTORY_S, reduction_history
from tui.view import View

#: Places in which the deepest is kept, one second's worth of them.
_PLACES_PER_S = 10
#: Without a look for so long the trail begins anew, s: what happened meanwhile is not known.
_GAP_S = 1.0


class ReductionTrail:
    """The gain reduction of every processor of one strip over `HISTORY_S`, as it was seen."""

    def __init__(self) -> None:
        self._strip = -2
        self._seen_s = -math.inf
        self._places: deque[tuple[float, ...]] = deque(maxlen=int(HISTORY_S * _PLACES_PER_S))
        self._place = -1

    def follow(self, view: View, strip: int, reductions_db: tuple[float, ...]) -> None:
        """Takes in this moment.

        Args:
            view: now; while nothing plays, nothing is added.
            strip: whose reductions they are; of another one the trail begins anew.
            reductions_db: by place in the chain, dB ≥ 0; NaN: none.
        """
        if strip != self._strip or view.now_s - self._seen_s > _GAP_S:
            self._places.clear()
            self._strip, self._place = strip, -1
        self._seen_s = view.now_s
        if not view.is_playing:
            return
        place = int(view.now_s * _PLACES_PER_S)
        now = tuple(0.0 if value != value else value for value in reductions_db)
        if place != self._place or not self._places or len(self._places[-1]) != len(now):
            self._place = place
            self._places.append(now)
        else:
            self._places[-1] = tuple(map(max, self._places[-1], now))

    @property
    def key(self) -> tuple[int, int]:
        """Changes when there is something new to draw."""
        return self._place, len(self._places)

    def of(self, processor: int) -> list[float]:
        """A processor's trail, oldest first, over all of `HISTORY_S`."""
        known = [place[processor] if processor < len(place) else 0.0 for place in self._places]
        return [0.0] * (int(HISTORY_S * _PLACES_PER_S) - len(known)) + known

    def draw(self, canvas: Canvas, processor: int) -> None:
        """Hangs a processor's trail down from the second row of `canvas`; the first names it."""
        canvas.put(0, 0, "gain reduction, dB", "title", canvas.width)
        area = canvas.part(0, 1, canvas.width, canvas.height - 1)
        reduction_history(self.of(processor), area.width, area.height).draw(area)
