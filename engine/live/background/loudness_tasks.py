"""What can be listened to, heard by nobody: loudness by position, level match, overview.

Everything is measured in the 10 ms slots of the live meters, so that figures found here and figures
heard are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.audio.source import open_source
from engine.errors import InputError
from engine.live.background.along_song import AlongSong, deepest_reductions, short_term_along
from engine.live.background.deliverable import DriveTask
from engine.live.background.results import Filled, Marks, Match, Overview
from engine.live.background.state import Key, State
from engine.live.background.worker import Desk
from engine.live.graph.graph import output_settings
from engine.meters.gating import gated_lufs, window_means
from engine.meters.loudness import LoudnessMeter
from engine.meters.slots import GATING_HOP_SLOTS, MOMENTARY_SLOTS, SLOTS_PER_SECOND
from engine.meters.spectrum import SpectrumMeter
from engine.offline.ahead import ahead
from engine.offline.bus import StemFiles, bus_blocks
from engine.plan.build import build_bus
from engine.plan.output import Fades, build_output, fades_of
from engine.plan.stream import Stream
from engine.rack.operation import Doubles
from engine.session.model import Master, Session
from engine.units import db_from_power

#: Slots of loudness in one message: 30 s of song.
_SLOTS_AT_ONCE = 3000
_READ_FRAMES = 8192


class DryTask:
    """The stems with their corrections only: loudness and overview."""

    name = "dry mix"
    repeats = False

    def __init__(self) -> None:
        #: Slot powers.
        self.powers: Doubles = np.zeros(0)

    def key(self, state: State) -> Key:
        """Corrections, and which stems are heard."""
        return state.dry_key

    def run(self, state: State, desk: Desk) -> None:
        """One pass over the stems."""
        session = _dry(state)
        meter = LoudnessMeter(session.sample_rate, 2)
        with StemFiles(session) as files:
            frames = files.song_frames
            bins, position = AlongSong(frames), 0
            for block in bus_blocks(build_bus(session, session.stems), files):
                meter.process(np.ascontiguousarray(block))
                bins.add(block, position)
                position += len(block)
                desk.progress("dry mix", position, frames)
        self.powers = meter.slot_powers.copy()
        desk.tell(Overview(state.order.revision, bins.peaks_as_bytes(), bins.rms_as_bytes()))


def _dry(state: State) -> Session:
    """The mix without anything creative: what the dry mix plays, solos aside."""
    content = state.mix.content
    stems = tuple(
        replace(
            stem,
            chain=(),
            trim_db=0.0,
            mute=stem.mute or (content is not None and stem.name not in content),
        )
        for stem in state.session.stems
    )
    return replace(state.session, stems=stems, master=Master())


class ReferenceTask:
    """Loudness and spectrum of the reference mix."""

    name = "reference mix"
    repeats = False

    def __init__(self) -> None:
        #: Slot powers; None without a reference.
        self.powers: Doubles | None = None
        #: Mean RMS per third octave, dBFS; None without a reference.
        self.spectrum_dbfs: tuple[float, ...] | None = None

    def key(self, state: State) -> Key:
        """The file."""
        return state.session.sample_rate, *state.reference_key

    def run(self, state: State, desk: Desk) -> None:
        """One pass over the file."""
        self.powers = self.spectrum_dbfs = None
        reference, rate = state.session.reference, state.session.sample_rate
        if reference is None:
            return
        meter, spectrum = LoudnessMeter(rate, 2), SpectrumMeter(rate)
        with open_source(reference.path) as source:
            if source.sample_rate != rate or source.channels > 2:
                raise InputError(
                    f"{reference.path}: has {source.channels} channels at {source.sample_rate} Hz: "
                    f"a reference has one or two, at the session's {rate} Hz",
                    kind="sample_rate",
                    path=reference.path,
                )
            for begin in range(0, source.frames, _READ_FRAMES):
                block = np.zeros((min(_READ_FRAMES, source.frames - begin), 2))
                source.read_into(begin, block, 0)
                meter.process(block)
                spectrum.process(block)
                desk.progress("reference mix", begin, source.frames)
        self.powers, self.spectrum_dbfs = meter.slot_powers.copy(), levels_dbfs(spectrum)


def levels_dbfs(spectrum: SpectrumMeter) -> tuple[float, ...]:
    """What a meter has taken in, as levels."""
    return tuple(db_from_power(float(power)) for power in spectrum.take())


class FillTask:
    """Loudness by position of what plays, then the level match.

    Args:
        drive: what it plays with.
        dry: loudness of the dry mix.
        reference: loudness of the reference.
    """

    name = "loudness map"
    repeats = False

    def __init__(self, drive: DriveTask, dry: DryTask, reference: ReferenceTask) -> None:
        self._drive = drive
        self._dry = dry
        self._reference = reference

    def key(self, state: State) -> Key:
        """Everything that is heard."""
        return *state.played_key, state.reference_key

    def run(self, state: State, desk: Desk) -> None:
        """One pass over the song as the live graph plays it."""
        rate = state.session.sample_rate
        meter, spectrum = LoudnessMeter(rate, 2), SpectrumMeter(rate)
        with StemFiles(state.session) as files:
            frames, position, told = files.song_frames, 0, 0
            bins, stream = AlongSong(frames), self._stream(state, files)
            for block in ahead(self._played(state, files, stream)):
                heard = np.ascontiguousarray(block)
                bins.add(heard, position)
                meter.process(heard)
                spectrum.process(heard)
                position += len(block)
                desk.progress("loudness map", position, frames)
                known = len(meter.slot_powers)
                if known - told >= _SLOTS_AT_ONCE:
                    desk.tell(_filled(state, told, meter.slot_powers[told:], done=False))
                    told = known
        powers = meter.slot_powers
        desk.tell(_filled(state, told, powers[told:], done=True))
        reductions = deepest_reductions(stream, frames)
        order = state.order
        desk.tell(Marks(order.revision, order.target, order.version, reductions, bins.overs_as_bytes()))
        desk.tell(self._match(state, powers, frames, levels_dbfs(spectrum)))

    def _stream(self, state: State, files: StemFiles) -> Stream:
        """What follows the bus."""
        setting, session = self._drive.setting, state.mix.session
        settings = output_settings(
            session,
            files.song_frames,
            deliverable=state.deliverable,
            drive_db=setting.drive_db,
            ceiling_dbtp=setting.ceiling_dbtp,
        )
        parts = len(state.mix.leaves or ())
        return Stream(build_output(settings, parts), 2 + 2 * parts)

    def _played(self, state: State, files: StemFiles, stream: Stream) -> Iterator[Doubles]:
        """The master bus as the live graph gives it, the whole song."""
        mix = state.mix
        session = mix.session
        parts = [] if mix.leaves is None else [sorted(leaf) for leaf in mix.leaves]
        for block in bus_blocks(build_bus(session, session.stems, parts), files):
            yield _heard(stream.process(block), mix.leaves is not None)
        yield _heard(stream.finish(), mix.leaves is not None)

    def _match(self, state: State, powers: Doubles, frames: int, spectrum_dbfs: tuple[float, ...]) -> Match:
        fades = fades_of(state.mix.session.master, state.session.sample_rate, frames)
        rate = state.session.sample_rate
        reference = self._reference.powers
        return Match(
            revision=state.order.revision,
            version=state.order.version,
            processed_lufs=_delivered_lufs(powers, fades, rate),
            dry_lufs=_delivered_lufs(self._dry.powers, fades, rate),
            reference_lufs=None if reference is None else _delivered_lufs(reference, fades, rate),
            processed_spectrum_dbfs=spectrum_dbfs,
            reference_spectrum_dbfs=self._reference.spectrum_dbfs,
            reference_short_term_lufs=() if reference is None else short_term_along(reference),
        )


def _heard(block: Doubles, is_part: bool) -> Doubles:
    """The mix, or the sum of the parts behind it, in the order in which the live graph adds them."""
    if not is_part:
        return block[:, :2]
    total = np.zeros((len(block), 2)) if block.shape[1] == 2 else block[:, 2:4]
    for left in range(4, block.shape[1], 2):
        total = total + block[:, left : left + 2]
    return total


def _filled(state: State, first_slot: int, powers: NDArray[np.float64], *, done: bool) -> Filled:
    order = state.order
    return Filled(order.revision, order.target, order.version, first_slot, powers.copy(), done)


def _delivered_lufs(powers: Doubles, fades: Fades, sample_rate: int) -> float | None:
    """Integrated loudness of the slots that lie in the delivered range."""
    first = math.ceil(fades.start_frame * SLOTS_PER_SECOND / sample_rate)
    last = fades.end_frame * SLOTS_PER_SECOND // sample_rate
    return gated_lufs(window_means(powers[first:last], MOMENTARY_SLOTS)[::GATING_HOP_SLOTS])
