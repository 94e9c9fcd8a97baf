"""How many LU signals lose on each playback system: a loudness meter behind the monitor's own filters."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.meters.loudness import LoudnessMeter
from engine.plan.stream import Stream
from engine.report.translation import Loss, Translated, Word
from engine.session.playback import PlaybackSystem
from engine.translation.filters import plan_of
from engine.units import level_text

Doubles = NDArray[np.float64]

#: What a change of loudness means, LU (the project's own limits): 10 make it half as loud, so that whoever
#: does not know it will not miss it; 2 is what a mixer would have moved.
_WORDS: tuple[tuple[float, Word], ...] = ((-10.0, "gone"), (-5.0, "weak"), (-2.0, "quieter"), (2.0, "kept"))


def word_of(change_lu: float) -> Word:
    """What a change of loudness means for a stem."""
    for limit, word in _WORDS:
        if change_lu <= limit if limit < 0.0 else change_lu < limit:
            return word
    return "louder"


class _Heard:
    """Pairs of columns through one system."""

    def __init__(self, system: PlaybackSystem | None, sample_rate: int, pairs: int) -> None:
        self._meters = [LoudnessMeter(sample_rate, 2) for _ in range(pairs)]
        self._stream = None if system is None else Stream(plan_of(system, sample_rate, pairs), 2 * pairs)

    def process(self, block: Doubles) -> None:
        self._measure(block if self._stream is None else self._stream.process(block))

    def _measure(self, block: Doubles) -> None:
        for number, meter in enumerate(self._meters):
            meter.process(np.ascontiguousarray(block[:, 2 * number : 2 * number + 2]))

    def finish(self) -> list[float | None]:
        if self._stream is not None:
            self._measure(self._stream.finish())
        return [meter.result().integrated_lufs for meter in self._meters]


class LossMeter:
    """Listens to a mix and its stems on all systems, block by block; a context that ends its threads.

    Args:
        systems: the playback systems.
        sample_rate: Hz.
        stems: names of the stems.
        workers: threads.

    Raises:
        SessionError: no filter follows the curve of one of the systems.
    """

    def __init__(
        self, systems: Sequence[PlaybackSystem], sample_rate: int, stems: Sequence[str], workers: int
    ) -> None:
        self._systems, self._stems = systems, stems
        self._heard = [_Heard(system, sample_rate, len(stems) + 1) for system in (None, *systems)]
        self._pool = ThreadPoolExecutor(max(1, workers))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def process(self, block: Doubles) -> None:
        """Listens to the next frames.

        Args:
            block: `(frames, 2 + 2·stems)`, the mix first.
        """
        for _ in self._pool.map(lambda heard: heard.process(block), self._heard):
            pass

    def finish(self) -> tuple[Translated, ...]:
        """After the last frame: the mix, then the stems."""
        plain, *through = [heard.finish() for heard in self._heard]
        changes = [[_change(there[n], plain[n]) for there in through] for n in range(len(plain))]
        found = []
        for number, name in enumerate((None, *self._stems)):
            losses = []
            for system, change, of_mix in zip(self._systems, changes[number], changes[0], strict=True):
                against = None if name is None or change is None or of_mix is None else change - of_mix
                word: Word | None = None
                if plain[number] is not None:
                    word = "gone" if change is None else word_of(change)
                losses.append(Loss(system.name, change, against, word))
            found.append(Translated(name, plain[number], tuple(losses)))
        return tuple(found)


def _change(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def sentences(stems: Sequence[Translated], systems: Sequence[PlaybackSystem]) -> tuple[str, ...]:
    """What is gone or weak, in words, the largest loss first."""
    places = {system.name: system.place for system in systems}
    worst = sorted(
        (
            (-200.0 if loss.loudness_change_lu is None else loss.loudness_change_lu, number, place, loss)
            for number, stem in enumerate(stems)
            for place, loss in enumerate(stem.losses)
            if loss.word in ("gone", "weak")
        ),
        key=lambda one: one[:3],
    )
    told = []
    for _, number, _, loss in worst:
        change = loss.loudness_change_lu
        figure = "nothing is left" if change is None else level_text(change, "LU", signed=True)
        told.append(f"{stems[number].stem} is {loss.word} {places[loss.system]}: {figure}")
    return tuple(told)
