"""Other tracks to compare with: loudness and spectrum of each, measured once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.audio.convert import Converter
from engine.audio.source import open_source
from engine.deliver.target import file_stamp
from engine.errors import InputError
from engine.live.background.loudness_tasks import levels_dbfs
from engine.live.background.results import TrackFigures
from engine.live.background.state import Key, State
from engine.live.background.worker import Desk
from engine.meters.gating import gated_lufs, window_means
from engine.meters.loudness import LoudnessMeter
from engine.meters.slots import GATING_HOP_SLOTS, MOMENTARY_SLOTS
from engine.meters.spectrum import SpectrumMeter

_READ_FRAMES = 8192


class TrackTask:
    """Loudness and spectrum of the session's other references, and of a file that is compared with, at the
    session's rate.

    A file that cannot be read is told once, in words; the others are measured all the same.
    """

    name = "references"
    repeats = False

    def __init__(self) -> None:
        self._known: dict[Key, TrackFigures] = {}

    def key(self, state: State) -> Key:
        """The files."""
        return state.session.sample_rate, *map(_stamped, _files(state))

    def run(self, state: State, desk: Desk) -> None:
        """One pass over each file that has not been measured yet."""
        for path in _files(state):
            desk.tell(self.figures(path, state, desk))

    def knows(self, path: Path, rate: int) -> bool:
        """Whether a file has been measured as it is now."""
        return (rate, *_stamped(path)) in self._known

    def figures(self, path: Path, state: State, desk: Desk) -> TrackFigures:
        """Those of one file, measured where they are not known."""
        rate, revision = state.session.sample_rate, state.order.revision
        key = (rate, *_stamped(path))
        if key not in self._known:
            try:
                self._known[key] = _figures(path, rate, revision, desk)
            except InputError as error:
                self._known[key] = TrackFigures(revision, str(path), None, (), error.message)
        return self._known[key]


class HeardTrackTask:
    """The same of the track that is listened to, before everything else: it is silent until then.

    Args:
        tracks: measures it, and tells its figures where they are known.
    """

    name = "heard track"
    repeats = False

    def __init__(self, tracks: TrackTask) -> None:
        self._tracks = tracks

    def key(self, state: State) -> Key:
        """The file; none where it has been measured, so that going back to it interrupts nothing."""
        track, rate = state.order.track, state.session.sample_rate
        return () if track is None or self._tracks.knows(track, rate) else (rate, *_stamped(track))

    def run(self, state: State, desk: Desk) -> None:
        """One pass over the file."""
        if self.key(state) and state.order.track is not None:
            desk.tell(self._tracks.figures(state.order.track, state, desk))


def _files(state: State) -> tuple[Path, ...]:
    """What is measured: first what is heard now, or was last."""
    track, others = state.order.track, (one.path for one in state.session.references)
    return tuple(dict.fromkeys((*([] if track is None else [track]), *others)))


def _stamped(path: Path) -> Key:
    return str(path), file_stamp(path)


def _figures(path: Path, rate: int, revision: int, desk: Desk) -> TrackFigures:
    """Measures a file.

    Raises:
        InputError: it cannot be read, or has more than two channels.
    """
    meter, spectrum = LoudnessMeter(rate, 2), SpectrumMeter(rate)
    with open_source(path) as source:
        if source.channels > 2:
            raise InputError(
                f"{path}: has {source.channels} channels: a track to compare with has one or two",
                kind="channels",
                path=path,
            )
        converter = Converter(source.sample_rate, rate, 2)
        for begin in range(0, source.frames, _READ_FRAMES):
            block = np.zeros((min(_READ_FRAMES, source.frames - begin), 2))
            source.read_into(begin, block, 0)
            ready = np.ascontiguousarray(converter.process(block, last=begin + len(block) == source.frames))
            meter.process(ready)
            spectrum.process(ready)
            desk.progress(path.name, begin, source.frames)
    lufs = gated_lufs(window_means(meter.slot_powers, MOMENTARY_SLOTS)[::GATING_HOP_SLOTS])
    return TrackFigures(revision, str(path), lufs, levels_dbfs(spectrum), "")
