"""From the loop's ticks and tap to levels: what a desk shows, fifty times a second, nothing missed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.live.graph.graph import GainMeter, Graph
from engine.live.graph.graph_memory import metered_watches
from engine.live.loop import cells
from engine.live.metering.closeup import NOTHING_CLOSER, Closer, Lens
from engine.live.metering.song_loudness import SETTLE_AFTER_EDIT_S, SETTLE_S, SongLoudness
from engine.live.metering.stems import StemsLens, StemsLevels
from engine.live.player.changes import Playing
from engine.live.player.player import Player
from engine.live.player.shared_memory import TICKS
from engine.meters.gating import lufs_from_power
from engine.meters.slots import MOMENTARY_SLOTS, SHORT_TERM_SLOTS
from engine.meters.spectrum import SpectrumMeter
from engine.meters.truepeak import TruePeakMeter
from engine.units import NEGATIVE_INFINITY, db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: Recreate the true-peak meter after this many seconds; its history is unused here.
_RENEWED_AFTER_S = 600.0
#: Frames that the new one is given of the past, more than it needs around a peak.
_OVERLAP_FRAMES = 4096


@dataclass(frozen=True)
class StemLevels:
    """One stem after chain and trim, over one tick.

    Attributes:
        peaks_dbfs: left, right.
        rms_dbfs: left, right.
        overs: frames at or above full scale.
        limiting_share: its share of the largest sample that the limiter turned down; the stems' shares add
            up to 1, a negative one makes the sample smaller. NaN where nothing was limited.
        shares: the same of each of the master's processors that something, by place in the chain: of
            the largest sample that its detector saw meanwhile; of a multiband, of the band that
            reduced most.
    """

    peaks_dbfs: tuple[float, float]
    rms_dbfs: tuple[float, float]
    overs: int
    limiting_share: float
    shares: Mapping[int, float]


@dataclass(frozen=True)
class MasterLevels:
    """The master bus over one tick.

    Attributes:
        peaks_dbfs: left, right.
        true_peaks_dbtp: left, right; found up to 11 ms after the sample peak.
        rms_dbfs: left, right.
        overs: frames at or above full scale.
        correlation: −1 … 1; NaN in silence.
        momentary_lufs: over the latest 400 ms; NaN before there are as many.
        short_term_lufs: over the latest 3 s.
        spectrum_dbfs: RMS per third octave from 20 Hz up, of both channels together.
    """

    peaks_dbfs: tuple[float, float]
    true_peaks_dbtp: tuple[float, float]
    rms_dbfs: tuple[float, float]
    overs: int
    correlation: float
    momentary_lufs: float
    short_term_lufs: float
    spectrum_dbfs: tuple[float, ...]


@dataclass(frozen=True)
class Levels:
    """One tick, about 20 ms.

    Attributes:
        position_frames: song frame at its end.
        frames: its length.
        load: slowest block over its duration.
        revision: of the session that played.
        master: the master bus.
        stems: in the session's order.
        reductions_db: per processor its deepest gain reduction, ≥ 0; of a multiband the deepest of its
            bands.
        closer: what somebody looks at closely.
        stems_closer: what is looked at closely of every stem; None: nothing, or nothing new.
    """

    position_frames: int
    frames: int
    load: float
    revision: int
    master: MasterLevels
    stems: tuple[StemLevels, ...]
    reductions_db: tuple[tuple[GainMeter, float], ...]
    closer: Closer = NOTHING_CLOSER
    stems_closer: StemsLevels | None = None


class _TickTruePeak(TruePeakMeter):
    """True peaks since the last look."""

    def take(self) -> tuple[float, float]:
        """Linear peaks of both channels since the last call."""
        left, right = (float(peak) for peak in self._peaks)
        self._peaks[:] = 0.0
        return left, right


class Metering:
    """Reads a player's ticks.

    Args:
        player: whose.

    Attributes:
        lost_frames: of the tap, overwritten before they were read; their levels are unknown.
        lens: measures what somebody looks at closely.
        stems_lens: the same of every stem.
    """

    def __init__(self, player: Player) -> None:
        self._player = player
        self._board = player.board
        self._rate = player.sample_rate
        self._song_frames = player.song_frames
        self._songs: dict[str, SongLoudness] = {}
        self._song = self.loudness
        self.lost_frames = 0
        self.lens = Lens(player.board, self._rate)
        self.stems_lens = StemsLens(player.board, self._rate)
        self._spectrum = SpectrumMeter(self._rate)
        self._peaks = _TickTruePeak(self._rate, 2)
        self._past = np.zeros((_OVERLAP_FRAMES, 2))
        self._since_renewal = 0
        self._tapped = 0
        self._serial = 0

    @property
    def loudness(self) -> SongLoudness:
        """Loudness by song position of the version that is chosen."""
        return self.loudness_of(self._player.programme.version)

    def loudness_of(self, version: str) -> SongLoudness:
        """The loudness by position of a version, whether it plays or not."""
        if version not in self._songs:
            self._songs[version] = SongLoudness(self._rate, self._song_frames)
        return self._songs[version]

    def resize(self, song_frames: int) -> None:
        """Makes room for a song of another length; an edit that brings one does it by itself."""
        self._song_frames = song_frames
        for loudness in self._songs.values():
            loudness.resize(song_frames)

    def collect(self, limit: int = TICKS) -> list[Levels]:
        """The ticks since the last call, oldest first.

        Args:
            limit: most ticks that are taken, so that a reader that has fallen behind still does other things.
        """
        board = self._board
        taken, written = int(board.cells[cells.TICKS_TAKEN]), int(board.cells[cells.TICKS_WRITTEN])
        found = []
        for index in range(taken, min(written, taken + limit)):
            row = board.ticks[index % len(board.ticks)].copy()
            board.publish(cells.TICKS_TAKEN, index + 1)
            levels = self._levels(row)
            if levels is not None:
                found.append(levels)
        return found

    def _levels(self, row: Doubles) -> Levels | None:
        serial, end = int(row[cells.TICK_SERIAL]), int(row[cells.TICK_TAPPED])
        playing = self._player.playing(serial)
        block, positions = self._player.read_tap(self._tapped, end)
        self.lost_frames += end - self._tapped - len(block)
        self._tapped = end
        if playing is None or len(block) == 0:
            return None
        if serial != self._serial:
            self._follow(playing)
            self._serial = serial
        frames = int(row[cells.TICK_FRAMES_IN])
        stems = row[cells.TICK_STEMS :][: cells.STEM_CELLS * len(playing.graph.stem_columns)]
        reductions_db = _reductions(playing.graph.gains, row[cells.TICK_TAPS :])
        shares = _shares(playing.graph, row, [meter for meter, _ in reductions_db])
        return Levels(
            position_frames=int(positions[-1]) + 1,
            frames=frames,
            load=float(row[cells.TICK_LOAD]),
            revision=playing.revision,
            master=self._master(block, positions, playing.revision),
            stems=tuple(
                _stem(values, frames, {meter: float(own[number]) for meter, own in shares.items()})
                for number, values in enumerate(stems.reshape(-1, cells.STEM_CELLS))
            ),
            reductions_db=reductions_db,
            closer=self.lens.take(block),
            stems_closer=self.stems_lens.take(playing.stems),
        )

    def _follow(self, playing: Playing) -> None:
        """Another graph plays."""
        if playing.graph.song_frames != self._song_frames:
            self.resize(playing.graph.song_frames)
        song = self.loudness_of(playing.version)
        if song is not self._song:
            song.begin()
        self._song = song
        if self._serial:
            self._song.settle(SETTLE_S if playing.jumped else SETTLE_AFTER_EDIT_S)

    def _master(self, block: Doubles, positions: NDArray[np.int64], revision: int) -> MasterLevels:
        self._renew_peaks(block)
        self._peaks.process(block)
        self._spectrum.process(block)
        self._song.hear(block, positions, revision)
        peaks = np.abs(block).max(axis=0)
        squares = np.einsum("ij,ij->j", block, block) / len(block)
        product = float(block[:, 0] @ block[:, 1]) / len(block)
        scale = math.sqrt(float(squares[0]) * float(squares[1]))
        left, right = self._peaks.take()
        return MasterLevels(
            peaks_dbfs=(db_from_gain(float(peaks[0])), db_from_gain(float(peaks[1]))),
            true_peaks_dbtp=(db_from_gain(left), db_from_gain(right)),
            rms_dbfs=(db_from_power(float(squares[0])), db_from_power(float(squares[1]))),
            overs=int(np.count_nonzero((np.abs(block) >= 1.0).any(axis=1))),
            correlation=product / scale if scale > 0.0 else math.nan,
            momentary_lufs=_lufs(self._song.latest_power(MOMENTARY_SLOTS)),
            short_term_lufs=_lufs(self._song.latest_power(SHORT_TERM_SLOTS)),
            spectrum_dbfs=tuple(db_from_power(float(power)) for power in self._spectrum.take()),
        )

    def _renew_peaks(self, block: Doubles) -> None:
        self._since_renewal += len(block)
        if self._since_renewal > _RENEWED_AFTER_S * self._rate:
            self._peaks = _TickTruePeak(self._rate, 2)
            self._peaks.process(self._past)
            self._peaks.take()
            self._since_renewal = 0
        tail = block[-_OVERLAP_FRAMES:]
        self._past = np.concatenate([self._past[len(tail) :], tail])


def _lufs(power: float | None) -> float:
    return math.nan if power is None else lufs_from_power(power)


def _shares(graph: Graph, row: Doubles, deepest: Sequence[GainMeter]) -> dict[GainMeter, Doubles]:
    """The stems' shares of what made the master's processors act, where something did.

    Args:
        graph: that played.
        row: of the tick.
        deepest: of each processor, what meters the gain that was reduced most.
    """
    found = {}
    for number, (_, meter) in enumerate(metered_watches(graph)):
        if row[cells.TICK_LEVELS + number] > 0.0 and meter in deepest:
            first = cells.TICK_SHARES + number * cells.MAXIMUM_STEMS
            found[meter] = row[first : first + cells.MAXIMUM_STEMS]
    return found


def _stem(values: Doubles, frames: int, shares: Mapping[GainMeter, float]) -> StemLevels:
    left, right, left_square, right_square, overs = (float(value) for value in values)
    return StemLevels(
        peaks_dbfs=(db_from_gain(left), db_from_gain(right)),
        rms_dbfs=(db_from_power(left_square / frames), db_from_power(right_square / frames)),
        overs=int(overs),
        limiting_share=next((share for meter, share in shares.items() if meter.is_limiter), math.nan),
        shares={meter.processor: share for meter, share in shares.items()},
    )


def _reductions(meters: Sequence[GainMeter], gains: Doubles) -> tuple[tuple[GainMeter, float], ...]:
    """Of each processor the deepest of its gains."""
    deepest: dict[tuple[int, int], tuple[GainMeter, float]] = {}
    for meter, gain in zip(meters, gains, strict=False):
        found = meter, _reduction_db(meter.neutral_gain, float(gain))
        place = meter.stem, meter.processor
        if place not in deepest or found[1] > deepest[place][1]:
            deepest[place] = found
    return tuple(deepest.values())


def _reduction_db(neutral_gain: float, gain: float) -> float:
    """How far a gain lies below where it is with nothing reduced; 0 before the processor has run."""
    if gain >= cells.NO_GAIN or gain <= 0.0:
        return 0.0 if gain > 0.0 else -NEGATIVE_INFINITY
    return max(0.0, db_from_gain(neutral_gain / gain))
