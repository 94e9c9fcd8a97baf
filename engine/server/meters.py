"""From ticks to what a desk shows: falls, holds and windows in time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.link.records import (
    MASTER_PROCESSORS,
    STEM_PROCESSORS,
    STEMS,
    MasterMeters,
    MasterTick,
    StemMeters,
    StemTick,
)
from engine.link.ticks import Tick
from engine.units import NEGATIVE_INFINITY, db_from_power, power_from_db

if TYPE_CHECKING:
    from engine.live.metering.levels import Levels, MasterLevels, StemLevels

#: Fall of a peak meter: 20 dB in 1.7 s (IEC 60268-18:1995, digital peak programme meter).
FALL_DB_PER_S = 20.0 / 1.7
#: How long a peak is held before it falls, s.
HOLD_S = 2.0
#: Window of RMS and correlation, s.
RMS_S = 0.3
#: Time constant of the spectrum's bands, s.
SPECTRUM_S = 0.25
#: Window of the short-term loudness (EBU Tech 3341), to which PSR relates the true peak, s.
SHORT_TERM_S = 3.0
_NAN = math.nan


class Falling:
    """A peak that falls, and is held for a while."""

    def __init__(self) -> None:
        self.now_db = self.held_db = NEGATIVE_INFINITY
        self._held_s = 0.0

    def push(self, level_db: float, seconds: float) -> None:
        """Takes in the peak of the latest `seconds`."""
        self.now_db = max(level_db, self.now_db - FALL_DB_PER_S * seconds)
        if self.now_db < -200.0:
            self.now_db = NEGATIVE_INFINITY
        self._held_s += seconds
        if level_db >= self.held_db or self._held_s > HOLD_S:
            self.held_db, self._held_s = max(level_db, self.now_db), 0.0


class Window:
    """Sums over the latest part of time, of several figures at once.

    Args:
        seconds: length.
        figures: how many.
    """

    def __init__(self, seconds: float, figures: int) -> None:
        self._length_s = seconds
        self._parts: deque[tuple[float, tuple[float, ...]]] = deque()
        self._filled_s = 0.0
        self.figures = figures

    def push(self, seconds: float, *values: float) -> None:
        """Adds the means of the latest `seconds`."""
        self._parts.append((seconds, values))
        self._filled_s += seconds
        while self._filled_s - self._parts[0][0] >= self._length_s:
            self._filled_s -= self._parts.popleft()[0]

    def means(self) -> tuple[float, ...]:
        """Means over the window; 0 before anything came."""
        total_s = sum(seconds for seconds, _ in self._parts) or 1.0
        return tuple(
            sum(seconds * values[index] for seconds, values in self._parts) / total_s
            for index in range(self.figures)
        )

    def largest(self) -> float:
        """The largest first figure in the window; −∞ before anything came."""
        return max((values[0] for _, values in self._parts), default=NEGATIVE_INFINITY)


class Recent:
    """A figure that is shown until nothing new has come for a while."""

    def __init__(self) -> None:
        self.value = _NAN
        self._age_s = 0.0

    def push(self, value: float, seconds: float) -> None:
        """Takes in a tick's figure; NaN: there is none."""
        self._age_s += seconds
        if not math.isnan(value):
            self.value, self._age_s = value, 0.0
        elif self._age_s > HOLD_S:
            self.value = _NAN


class StemMeter:
    """One stem after chain and trim."""

    def __init__(self) -> None:
        self.peaks = (Falling(), Falling())
        self.rms = Window(RMS_S, 2)
        self.overs = 0
        self._limiting_share = Recent()
        self._shares = [Recent() for _ in range(MASTER_PROCESSORS)]

    def push(self, levels: StemLevels | None, seconds: float) -> None:
        """Takes in a tick; None: silence."""
        peaks = (NEGATIVE_INFINITY,) * 2 if levels is None else levels.peaks_dbfs
        for meter, peak in zip(self.peaks, peaks, strict=True):
            meter.push(peak, seconds)
        rms = (NEGATIVE_INFINITY,) * 2 if levels is None else levels.rms_dbfs
        self.rms.push(seconds, *(power_from_db(level) for level in rms))
        self.overs += 0 if levels is None else levels.overs
        self._limiting_share.push(_NAN if levels is None else levels.limiting_share, seconds)
        for place, share in enumerate(self._shares):
            share.push(_NAN if levels is None else levels.shares.get(place, _NAN), seconds)

    def record(self, reductions_db: tuple[float, ...]) -> StemMeters:
        """As it is published."""
        left, right = self.peaks
        squares = self.rms.means()
        return StemMeters(
            left.now_db,
            right.now_db,
            db_from_power(squares[0]),
            db_from_power(squares[1]),
            left.held_db,
            right.held_db,
            limiting_share=self._limiting_share.value,
            processors_db=reductions_db,
            master_shares=tuple(share.value for share in self._shares),
        )


class MasterMeter:
    """The master bus, before the monitor section."""

    def __init__(self) -> None:
        self.peaks = (Falling(), Falling())
        self.true_peak = Falling()
        self.rms = Window(RMS_S, 3)
        self.short_peaks = Window(SHORT_TERM_S, 1)
        self.true_peak_max_db = NEGATIVE_INFINITY
        self.overs = 0
        self.spectrum: list[float] = []
        self.momentary_lufs = self.short_term_lufs = _NAN
        self.integrated_lufs = self.lra_lu = _NAN

    def push(self, levels: MasterLevels | None, seconds: float) -> None:
        """Takes in a tick; None: nothing plays."""
        peaks = (NEGATIVE_INFINITY,) * 2 if levels is None else levels.peaks_dbfs
        for meter, peak in zip(self.peaks, peaks, strict=True):
            meter.push(peak, seconds)
        true_peak = NEGATIVE_INFINITY if levels is None else max(levels.true_peaks_dbtp)
        self.true_peak.push(true_peak, seconds)
        keep = math.exp(-seconds / SPECTRUM_S)
        if levels is None:
            self.rms.push(seconds, 0.0, 0.0, 0.0)
            self.spectrum = [keep * power for power in self.spectrum]
            return
        left, right = (power_from_db(level) for level in levels.rms_dbfs)
        product = 0.0 if math.isnan(levels.correlation) else levels.correlation * math.sqrt(left * right)
        self.rms.push(seconds, left, right, product)
        self.short_peaks.push(seconds, true_peak)
        self.true_peak_max_db = max(self.true_peak_max_db, true_peak)
        self.overs += levels.overs
        self.momentary_lufs, self.short_term_lufs = levels.momentary_lufs, levels.short_term_lufs
        powers = [power_from_db(level) for level in levels.spectrum_dbfs]
        former = self.spectrum or [0.0] * len(powers)
        self.spectrum = [new + keep * (old - new) for old, new in zip(former, powers, strict=True)]

    def reset(self) -> None:
        """Resets the maxima."""
        self.true_peak_max_db = NEGATIVE_INFINITY

    def record(self, reductions_db: tuple[float, ...], limiter_db: float) -> MasterMeters:
        """As it is published."""
        left, right = self.peaks
        left_square, right_square, product = self.rms.means()
        scale = math.sqrt(left_square * right_square)
        return MasterMeters(
            momentary_lufs=self.momentary_lufs,
            short_term_lufs=self.short_term_lufs,
            integrated_lufs=self.integrated_lufs,
            lra_lu=self.lra_lu,
            true_peak_dbtp=self.true_peak.now_db,
            true_peak_max_dbtp=self.true_peak_max_db,
            peak_left_dbfs=left.now_db,
            peak_right_dbfs=right.now_db,
            rms_left_dbfs=db_from_power(left_square),
            rms_right_dbfs=db_from_power(right_square),
            held_left_dbfs=left.held_db,
            held_right_dbfs=right.held_db,
            plr_db=_difference(self.true_peak_max_db, self.integrated_lufs),
            psr_db=_difference(self.short_peaks.largest(), self.short_term_lufs),
            correlation=max(-1.0, min(1.0, product / scale)) if scale > 1e-20 else _NAN,
            gain_reduction_db=limiter_db,
            processors_db=reductions_db,
            spectrum_bands=len(self.spectrum),
            spectrum_dbfs=tuple(db_from_power(max(0.0, power)) for power in self.spectrum),
        )


def _difference(peak_db: float, loudness_lufs: float) -> float:
    if math.isinf(peak_db) or math.isnan(loudness_lufs) or math.isinf(loudness_lufs):
        return _NAN
    return peak_db - loudness_lufs


class MeterBank:
    """All meters of a session.

    Args:
        stems: how many.
    """

    def __init__(self, stems: int) -> None:
        self.master = MasterMeter()
        self.stems = [StemMeter() for _ in range(stems)]
        self._reductions: dict[tuple[int, int], float] = {}

    def push(self, levels: Levels, rate: int) -> Tick:
        """Takes in a tick; returns it as it is published."""
        seconds = levels.frames / rate
        self.resize(len(levels.stems))
        self.master.push(levels.master, seconds)
        for meter, stem in zip(self.stems, levels.stems, strict=True):
            meter.push(stem, seconds)
        self._reductions = {(gain.stem, gain.processor): value for gain, value in levels.reductions_db}
        return self._tick(levels)

    def rest(self, seconds: float) -> None:
        """Nothing has played for `seconds`: lets the meters fall."""
        self.master.push(None, seconds)
        for meter in self.stems:
            meter.push(None, seconds)
        self._reductions = dict.fromkeys(self._reductions, 0.0)

    def resize(self, stems: int) -> None:
        """Goes on with another number of stems."""
        while len(self.stems) < stems:
            self.stems.append(StemMeter())
        del self.stems[stems:]

    def _tick(self, levels: Levels) -> Tick:
        master, limiter = levels.master, [value for gain, value in levels.reductions_db if gain.is_limiter]
        stems = []
        for index, stem in enumerate(levels.stems[:STEMS]):
            own = [value for gain, value in levels.reductions_db if gain.stem == index]
            stems.append(StemTick(*stem.peaks_dbfs, *stem.rms_dbfs, max(own, default=0.0)))
        record = MasterTick(
            levels.position_frames,
            max(master.true_peaks_dbtp),
            *master.peaks_dbfs,
            *master.rms_dbfs,
            max(limiter, default=0.0),
            master.momentary_lufs,
            master.short_term_lufs,
            master.correlation,
            levels.load,
        )
        return Tick(record, tuple(stems))

    @property
    def overs(self) -> tuple[int, tuple[int, ...]]:
        """Overs since the start: of the master, of each stem."""
        return self.master.overs, tuple(stem.overs for stem in self.stems)

    def stem_records(self, chains: Sequence[int]) -> tuple[StemMeters, ...]:
        """As they are published.

        Args:
            chains: processors in the chain of each stem.
        """
        return tuple(
            meter.record(self._reductions_of(index, min(count, STEM_PROCESSORS)))
            for index, (meter, count) in enumerate(zip(self.stems, chains, strict=False))
        )

    def master_record(self, chain: int, has_limiter: bool) -> MasterMeters:
        """As it is published.

        Args:
            chain: processors in the master's chain.
            has_limiter: the last of them is a limiter.
        """
        reductions = self._reductions_of(-1, min(chain, MASTER_PROCESSORS))
        limiter_db = reductions[-1] if has_limiter and reductions else _NAN
        return self.master.record(reductions, limiter_db)

    def _reductions_of(self, stem: int, count: int) -> tuple[float, ...]:
        return tuple(self._reductions.get((stem, place), _NAN) for place in range(count))
