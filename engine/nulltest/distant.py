"""Stems that lie far from their place or run at another speed: looked for where nothing else fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.audio.source import open_source
from engine.fourier import fft, ifft, next_fast_len
from engine.nulltest import wording
from engine.nulltest.inner_products import gram_hop_frames
from engine.nulltest.lanes import Lanes, LaneSpecs
from engine.nulltest.placing import Complexes
from engine.report.null_causes import NullCause

Doubles = NDArray[np.float64]

#: Farthest lag, s either way: what `offset_samples` of a session can hold.
REACH_S = 10.0
#: A stem of at most this gain is lost: the mix does not hold it where it lies.
_LOST = 0.5
#: Where so many of them are lost, all are first moved together.
_MANY = 0.5
#: Stretches that are correlated, and the hops of one.
_STRETCHES, _STRETCH_HOPS = 4, 2
#: A place quieter than this part of the loudest cannot be told.
_QUIETEST = 0.05
#: A lag stands out when it explains this part of what is there, and this many times what no lag does, …
_EXPLAINS, _MORE = 0.1, 4.0
#: … and this many times what lags explain in the mean.
_ABOVE_MEAN = 40.0
#: The lag of time references is believed when it explains this part of what the best does.
_AS_GOOD = 0.9
#: Rates that recorders and files have, Hz, and speeds of film and video.
_RATES_HZ = (32_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0)
_SPEEDS = (1.001, 1.0 / 1.001, 25.0 / 24.0, 24.0 / 25.0)
#: Another speed is told when it explains this part of what is there.
_SPEED_EXPLAINS = 0.5
#: … and leaves at most this part of what its own speed leaves: a level that moves hides a stem as well …
_SPEED_LEAVES = 0.5
#: … or, beside sound that others leave, where it stands out as a lag does, and explains this many times what
#: its own speed does.
_SPEED_MORE = 4.0
#: How far from its place a stem of another speed is looked for, s.
_SPEED_REACH_S = 1.0


def lost_stems(gains: Doubles, energies: Doubles) -> list[int]:
    """Stems that the mix does not hold where they lie."""
    return [n for n in range(len(gains)) if energies[n] > 0.0 and abs(gains[n]) < _LOST]


def far_lags(
    specs: LaneSpecs, activity: Doubles, lost: Sequence[int], together: bool = True
) -> tuple[int, ...] | None:
    """Lags of whole samples by which lost stems are found in the mix; None where none is.

    Args:
        specs: the comparison.
        activity: `(hops, stems)`: energy of each stem by hop.
        lost: numbers of the stems.
        together: where many are lost, one lag of all stems is looked for first.
    """
    count = len(specs.stems)
    with specs.open() as lanes:
        search = _Search(lanes, specs, activity)
        if together and len(lost) > 1 and _MANY * count <= len(lost):
            lag = search.lag(range(count), ())
            if lag:
                return (lag,) * count
        kept = [number for number in range(count) if number not in lost]
        found = [search.lag((number,), kept) if number in lost else 0 for number in range(count)]
    return tuple(found) if any(found) else None


class _Search:
    """Correlates sums of stems with the mix."""

    def __init__(self, lanes: Lanes, specs: LaneSpecs, activity: Doubles) -> None:
        self._lanes, self._specs, self._activity = lanes, specs, activity
        self._rate = specs.sample_rate
        self._hop = gram_hop_frames(self._rate)
        self._stretch = _STRETCH_HOPS * self._hop
        self._reach = round(REACH_S * self._rate)
        self._size = next_fast_len(self._stretch + 2 * self._reach)

    def lag(self, moving: Sequence[int], kept: Sequence[int]) -> int:
        """The lag of a sum of stems against what others leave of the mix; 0 where none stands out."""
        starts = loudest(self._activity[:, list(moving)].sum(axis=1), self._hop)
        explained, there = np.zeros(2 * self._reach + 1), np.zeros(2 * self._reach + 1)
        own = 0.0
        for start in starts:
            sound = self._sum(moving, start, self._stretch)
            around = self._rest(kept, start - self._reach, self._stretch + 2 * self._reach)
            explained += _correlation(sound, around, self._size)[: len(explained)]
            own += float(np.vdot(sound, sound).real)
            there += _running(around, self._stretch)
        if own <= 0.0:
            return 0
        power = explained**2 / own
        share = power / np.maximum(there, _QUIETEST * max(float(there.max()), 1e-300))
        best = int(np.argmax(share))
        guess = self._guess(moving)
        if guess is not None and share[guess + self._reach] >= _AS_GOOD * share[best]:
            best = guess + self._reach
        stands_out = share[best] > max(_EXPLAINS, _MORE * share[self._reach], _ABOVE_MEAN * share.mean())
        return best - self._reach if stands_out else 0

    def _guess(self, moving: Sequence[int]) -> int | None:
        """The lag that time references in the files speak of, where all of the stems agree."""
        mix = time_reference(self._specs.reference.path)
        times = {time_reference(self._specs.stems[number].path) for number in moving}
        if mix is None or len(times) != 1 or None in times:
            return None
        lag = int(times.pop() or 0) - mix
        return lag if abs(lag) <= self._reach else None

    def _sum(self, numbers: Sequence[int], start: int, frames: int) -> Complexes:
        total, lane = np.zeros((frames, 2)), np.zeros((frames, 2))
        for number in numbers:
            self._lanes.stems[number].read_into(start, lane)
            total += self._lanes.stems[number].gain * lane
        return np.asarray(total.view(np.complex128)[:, 0])

    def _rest(self, kept: Sequence[int], start: int, frames: int) -> Complexes:
        mix = np.zeros((frames, 2))
        self._lanes.reference.read_into(start, mix)
        return np.asarray(mix.view(np.complex128)[:, 0] - self._sum(kept, start, frames))

    def speed(self, number: int, kept: Sequence[int], rate_hz: float) -> tuple[float, bool]:
        """Part of what others leave that a stem explains when its samples were taken at another rate.

        And whether its place stands out among those around it.
        """
        import soxr

        ratio = self._rate / rate_hz
        reach, explained, there = round(_SPEED_REACH_S * self._rate), 0.0, 0.0
        stand_out = True
        for start in loudest(self._activity[:, number], self._hop)[:2]:
            sound = self._sum((number,), start, self._stretch).view(np.float64).reshape(-1, 2)
            taken = soxr.resample(sound, rate_hz, self._rate, "HQ")
            turned = np.ascontiguousarray(taken).view(np.complex128)[:, 0]
            around = self._rest(kept, round(start * ratio) - reach, len(turned) + 2 * reach)
            crosses = _correlation(turned, around, len(around))[: 2 * reach + 1]
            energies = _running(around, len(turned))
            best = int(np.argmax(np.abs(crosses)))
            explained += crosses[best] ** 2 / max(float(np.vdot(turned, turned).real), 1e-300)
            there += float(energies[best])
            stand_out &= crosses[best] ** 2 > _ABOVE_MEAN * float(np.mean(crosses**2))
        share = float(explained) / max(there, 1e-300)
        return share, bool(stand_out) and share > _EXPLAINS


def other_speed(specs: LaneSpecs, activity: Doubles, lost: Sequence[int]) -> NullCause | None:
    """A lost stem that the mix holds at another speed; None where none is."""
    kept = [number for number in range(len(specs.stems)) if number not in lost]
    rate = specs.sample_rate
    tried = [(one, True) for one in _RATES_HZ if one != rate] + [(rate * one, False) for one in _SPEEDS]
    best = _Speed(0.0, 0, 0.0, False, False)
    with specs.open() as lanes:
        search = _Search(lanes, specs, activity)
        for number in lost:
            for hz, is_rate in tried:
                explained, stands_out = search.speed(number, kept, hz)
                if explained > best.explained:
                    best = _Speed(explained, number, hz, is_rate, stands_out)
        if best.rate_hz <= 0.0 or not _another_speed(best, search.speed(best.number, kept, rate)[0]):
            return None
    name = specs.stems[best.number].name
    if best.is_rate:
        return wording.wrong_rate(name, best.rate_hz, rate, best.explained)
    return wording.varispeed(name, (rate / best.rate_hz - 1.0) * 1e6, best.explained)


@dataclass(frozen=True)
class _Speed:
    explained: float
    number: int
    rate_hz: float
    is_rate: bool
    stands_out: bool


def _another_speed(found: _Speed, own: float) -> bool:
    """Whether a stem has another speed, given what its own explains."""
    if found.explained > _SPEED_EXPLAINS and 1.0 - found.explained <= _SPEED_LEAVES * (1.0 - own):
        return True
    return found.stands_out and found.explained > _SPEED_MORE * own


def loudest(activity: Doubles, hop: int) -> list[int]:
    """First frames of the loudest stretches, apart from each other."""
    sums = np.convolve(activity, np.ones(min(_STRETCH_HOPS, len(activity))), "valid")
    starts = []
    for _ in range(_STRETCHES):
        best = int(np.argmax(sums))
        if sums[best] <= 0.0:
            break
        starts.append(best * hop)
        sums[max(0, best - _STRETCH_HOPS + 1) : best + _STRETCH_HOPS] = 0.0
    return starts


def _correlation(sound: Complexes, around: Complexes, size: int) -> Doubles:
    size = next_fast_len(max(size, len(around)))
    crossed: Doubles = ifft(np.conj(fft(sound, size)) * fft(around, size), overwrite=True).real
    return crossed


def _running(sound: Complexes, frames: int) -> Doubles:
    """Energy of every stretch of that many frames."""
    running = np.concatenate(([0.0], np.cumsum(sound.real**2 + sound.imag**2)))
    found: Doubles = running[frames:] - running[:-frames]
    return found


def time_reference(path: object) -> int | None:
    source = open_source(path)  # type: ignore[arg-type]
    try:
        return source.time_reference
    finally:
        source.close()
