"""The search for what was done to single stems: one move after the other while it is worth it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.cores import usable_cores
from engine.nulltest.clock import ClockModel, fit_clock
from engine.nulltest.forms import proposed_forms
from engine.nulltest.hypotheses import (
    Correlations,
    common_fraction,
    likeliest_fractions,
    refine_offset,
)
from engine.nulltest.placed_excerpt import Saved, Stage
from engine.nulltest.placing import Complexes, Placing, significant_shift

Doubles = NDArray[np.float64]

#: A move is taken when it leaves at most this part of what was left …
_LEAVES = 0.6
#: … or explains this part of the moved stem's own energy, and this part of what was left.
_OF_THE_STEM, _OF_THE_REST = 0.25, 0.02
#: Gains of channels that are known already are taken again when they leave this part.
_KNOWN_BETTER = 0.9
_ROUNDS = 5
#: A clock or lag of all stems that leaves more than this part is compared with those of single stems.
_COMMON_LEAVES = 0.01
#: One of two leaves clearly less when it leaves this part of the other's.
_CLEARLY = 0.1
#: The clock of one stem is that of all when that leaves this part of what it leaves alone.
_SHARED_LEAVES = 0.9
#: Part of the mix's energy at which nothing is left to explain.
NOTHING_LEFT = 1e-9
#: How many proposals of a kind are tried.
_TRIED = 2


class Search:
    """Places the stems of a stage.

    Args:
        stage: is left with the stems placed.

    Attributes:
        leans: `clock` saw lags of a stem on a line, whether or not it was worth a clock.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.leans = False
        self._before_clock = Placing()
        self._unshared: list[Placing] = []
        self._correlations = Correlations(stage)
        self._known: dict[tuple[str, tuple[Placing, ...], tuple[int, ...], int], dict[int, Placing]] = {}

    def run(self) -> None:
        """Tries lags, channel forms and fractions in turn until none is worth it."""
        for _ in range(_ROUNDS):
            if self._done():
                return
            if not (self._lags() or self._once("forms", self._try_forms) or self._fractions()):
                return

    def _done(self) -> bool:
        _, left = self.stage.gains()
        return left <= NOTHING_LEFT * float(self.stage.gram[-1, -1])

    def common(self) -> bool:
        """Moves all stems alike, where that explains what single stems cannot; whether it did."""
        stage = self.stage
        if stage.count > 1 and self._clock(stage.total(np.ones(stage.count))):
            return True
        if stage.count < 2:
            return False
        everyone = list(range(stage.count))
        saved, before = self.stage.saved(everyone), self._left()
        total = stage.total(np.ones(stage.count))
        proposal = self._correlations.of_all(total)
        if proposal.lag:
            stage.place({number: stage.places[number].later(proposal.lag) for number in everyone})
            left = self._left()
            if self._alone(self._lags, saved, left, before):
                return True
            if left > _LEAVES * before:
                self.stage.restore(saved)
            else:
                saved, before = self.stage.saved(everyone), left
        if self._done():
            return bool(proposal.lag)
        moved = common_fraction(stage.total(np.ones(stage.count)), stage.mix)
        if significant_shift(moved):
            stage.place({number: stage.places[number].later(moved) for number in everyone})
            left = self._left()
            if self._alone(self._fractions, saved, left, before):
                return True
            if left > 0.3 * before:
                self.stage.restore(saved)
        return any(place.offset for place in stage.places)

    def _alone(self, move: Callable[[], bool], saved: Saved, left: float, before: float) -> bool:
        """Moves one stem in place of all, where that leaves less: a loud stem pulls the sum with it.

        Args:
            move: of a stem.
            saved: the stage before all were moved; it is left as it is where no stem is moved instead.
            left: energy that all of them moved leave, `before` that before.
        """
        if left <= _COMMON_LEAVES * before:
            return False
        places = dict(enumerate(self.stage.places))
        self.stage.restore(saved)
        if move() and self._left() <= min(left, _LEAVES * before):
            return True
        self.stage.restore(saved)
        self.stage.place(places)
        return False

    def _once(self, kind: str, move: Callable[[], bool]) -> bool:
        """Makes a move; where it was tried from these very places before, what came of it is put back."""
        stage = self.stage
        before = tuple(stage.places)
        key = kind, before, tuple(stage.shaped), id(stage.bus)
        if key not in self._known:
            moved = move()
            changed = {n: place for n, place in enumerate(stage.places) if place != before[n]}
            self._known[key] = changed if moved else {}
            return moved
        stage.place(self._known[key])
        return bool(self._known[key])

    def _lags(self) -> bool:
        return self._once("lags", self._try_lags)

    def _fractions(self) -> bool:
        return self._once("fractions", self._try_fractions)

    def _try_lags(self) -> bool:
        stage = self.stage
        gains, before = stage.gains()
        proposals = self._correlations.of_stems(gains)
        order = sorted(range(stage.count), key=lambda number: -proposals[number].gain)
        for number in order[:_TRIED]:
            lag = proposals[number].lag
            power = float(stage.gram[number, number])
            if not lag or proposals[number].gain < 0.5 * _OF_THE_REST * before:
                continue
            saved = self.stage.saved([number])
            stage.place({number: stage.places[number].later(lag)})
            self._polish(number)
            if self._worth(number, power, before, saved.places[number]):
                return True
            self.stage.restore(saved)
        return False

    def _polish(self, number: int) -> None:
        """A fraction on top of a whole lag, where there is one."""
        place = self.stage.places[number]
        if self._done() or place.form:
            return
        saved, before = self.stage.saved([number]), self._left()
        moved = refine_offset(self.stage, number, 0.97)
        if not significant_shift(moved) or self._left() > 0.9 * before:
            self.stage.restore(saved)

    def _worth(self, number: int, power: float, before: float, was: Placing) -> bool:
        left = self._left()
        if left <= _LEAVES * before:
            return True
        explained = before - left
        return explained > _OF_THE_STEM * power and explained > _OF_THE_REST * before

    def _try_forms(self) -> bool:
        stage = self.stage
        proposed = proposed_forms(stage)
        moved = False
        for number, place in proposed.items():
            was, (_, before) = stage.places[number], stage.gains()
            power, saved = float(stage.gram[number, number]), self.stage.saved([number])
            stage.place({number: place})
            # sides that are known are only known better
            better = was.is_lopsided and self._left() < _KNOWN_BETTER * before
            if better or self._worth(number, power, before, was):
                moved = True
            else:
                self.stage.restore(saved)
        return moved or self._forms_together(proposed)

    def _forms_together(self, proposed: dict[int, Placing]) -> bool:
        """Several stems whose channels are not as in the mix, none of which alone is worth a move."""
        if len(proposed) < 2:
            return False
        saved, before = self.stage.saved(list(proposed)), self._left()
        self.stage.place(proposed)
        if self._left() <= _LEAVES * before:
            return True
        self.stage.restore(saved)
        return False

    def _try_fractions(self) -> bool:
        stage = self.stage
        _, before = stage.gains()
        for promised, number in likeliest_fractions(stage)[:_TRIED]:
            if promised > 0.97 * before:
                return False
            power = float(stage.gram[number, number])
            saved = self.stage.saved([number])
            moved = refine_offset(stage, number)
            if significant_shift(moved) and self._worth(number, power, before, saved.places[number]):
                return True
            self.stage.restore(saved)
        return False

    def _clock(self, total: Complexes) -> bool:
        """Puts all stems on another clock, where the lags of their sum lie on a line."""
        stage = self.stage
        model = fit_clock(total, stage.mix, stage.inner_starts)
        if model is None:
            return False
        everyone = list(range(stage.count))
        saved, before = self.stage.saved(everyone), self._left()
        stage.place({n: _stretched(stage.places[n], model) for n in everyone})
        left = self._left()
        if left > _COMMON_LEAVES * before and self._single_clock(saved, left, before):
            return True
        if left > _LEAVES * before:
            self.stage.restore(saved)
            return False
        return True

    def _single_clock(self, saved: Saved, left: float, before: float) -> bool:
        """Puts one stem on another clock in place of all, where that leaves less in the end.

        What else is wrong may hide which of the two it is: where neither leaves far less at once, each is
        gone on from, and what remains then decides.

        Args:
            saved: the stage before all were moved.
            left: energy that all of them moved leave, `before` that before.
        """
        everyone = dict(enumerate(self.stage.places))
        self.stage.restore(saved)
        if not self.clock() or self._left() > _LEAVES * before:
            self.stage.restore(saved)
            self.stage.place(everyone)
            return False
        alone, left_alone = dict(enumerate(self.stage.places)), self._left()
        if _CLEARLY * left < left_alone < left / _CLEARLY:
            self.run()
            left_alone = self._left()
            self.stage.restore(saved)
            self.stage.place(everyone)
            self.run()
            left = self._left()
        self.stage.restore(saved)
        self.stage.place(alone if left_alone <= left else everyone)
        return left_alone <= left

    def clocks(self) -> bool:
        """Puts all stems or one on another clock, whichever leaves less; whether it did.

        What lags and forms of single stems hid of a common clock is seen once they are found.
        """
        stage = self.stage
        if stage.count < 2 or any(place.ppm for place in stage.places):
            return self.clock()
        if self._clock(stage.total(np.ones(stage.count))):
            return True
        if not self.clock():
            return False
        self.share()
        return True

    def share(self) -> bool:
        """Puts all stems on the clock of the only one that has one, where that leaves less; whether it did.

        It may be that of all though nothing of their sum lies on a line.
        """
        stage = self.stage
        running = [number for number, place in enumerate(stage.places) if place.ppm]
        if len(running) != 1 or stage.count < 2 or stage.places == self._unshared:
            return False
        place = stage.places[running[0]]
        others = [number for number in range(stage.count) if number != running[0]]
        shared = {n: self._sharing(stage.places[n], place) for n in others}
        saved, before = self.stage.saved(others), self._left()
        better = self._better_off(shared, before)
        if not better or self._left_with({n: shared[n] for n in better}) > _SHARED_LEAVES * before:
            self.stage.restore(saved)
            self._unshared = list(stage.places)
            return False
        stage.place(shared)
        return True

    def _better_off(self, shared: dict[int, Placing], before: float) -> list[int]:
        """Those of the stems that leave less where they are put; none where these are not most of them.

        One that stands where it should not may be better off without.
        """
        better, worse = list[int](), 0
        for number, place in shared.items():
            if self._left_with({number: place}) < before:
                better.append(number)
            else:
                worse += 1
            if 2 * worse >= len(shared):
                return []
        return better

    def _left_with(self, places: dict[int, Placing]) -> float:
        saved = self.stage.saved(list(places))
        self.stage.place(places)
        left = self._left()
        self.stage.restore(saved)
        return left

    def _sharing(self, place: Placing, other: Placing) -> Placing:
        """A stem on the clock of another; a lag of its own was found in the middle of the stretches."""
        if not place.offset:
            return replace(place.later(other.offset - self._before_clock.offset), ppm=other.ppm)
        stage = self.stage
        middle = float(np.mean(stage.starts)) + stage.length / 2.0
        return replace(place.later(-other.ppm * 1e-6 * middle), ppm=other.ppm)

    def clock(self) -> bool:
        """Puts a stem on another clock where its lags lie on a line; whether it did."""
        stage = self.stage
        gains, before = stage.gains()
        best: tuple[float, int, Placing] | None = None
        lines = self._lines(gains)
        self.leans = bool(lines)
        for number, model in lines:
            power = float(stage.gram[number, number])
            saved = self.stage.saved([number])
            place = _stretched(stage.places[number], model)
            stage.place({number: place})
            left = self._left()
            worth = self._worth(number, power, before, place)
            self.stage.restore(saved)
            if worth and (best is None or left < best[0]):
                best = left, number, place
        if best is None:
            return False
        self._before_clock = stage.places[best[1]]
        stage.place({best[1]: best[2]})
        return True

    def _lines(self, gains: Doubles) -> list[tuple[int, ClockModel]]:
        """The stems whose lags against what the others leave of the mix lie on a line."""
        stage = self.stage
        rest = stage.mix - stage.total(gains)

        def line(number: int) -> ClockModel | None:
            if stage.places[number].ppm or stage.gram[number, number] <= 0.0:
                return None
            row = stage.rows[number]
            return fit_clock(row, rest + float(gains[number]) * row, stage.inner_starts)

        with ThreadPoolExecutor(usable_cores()) as pool:
            models = list(pool.map(line, range(stage.count)))
        return [(number, model) for number, model in enumerate(models) if model is not None]

    def _left(self) -> float:
        return self.stage.gains()[1]


def _stretched(place: Placing, model: ClockModel) -> Placing:
    moved = place.later(model.at_start)
    return replace(moved, ppm=place.ppm + model.ppm)
