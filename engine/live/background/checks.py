"""The lamps: null test against the reference, phases of the stems, and the engine's check of itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from engine.audio.fractional import HALF_LENGTH_FRAMES, fractional_taps
from engine.audio.source import AudioSource, open_source
from engine.compiler.abi import QUANTUM_FRAMES
from engine.errors import StemlatheError
from engine.intake.cross_spectra import CrossSpectra
from engine.intake.phase_sentinel import could_clash, phase_clash, phase_finding
from engine.intake.phases import measure_cross_spectra
from engine.live.background.results import Null, SelfCheck, Sentinel
from engine.live.background.state import Key, State
from engine.live.background.worker import Desk
from engine.live.graph.graph import output_settings, processed_graph, song_frames_of
from engine.live.graph.sources import SourceFiles
from engine.live.loop.cells import SEGMENT_CELLS
from engine.nulltest.nulltest import plain_null
from engine.rack.operation import Doubles
from engine.session.model import Master, Processor, Session, Stem
from engine.units import gain_from_db

#: The self-check tries so much of the song at a time, each time elsewhere: the golden section never
#: comes to the same place twice, and leaves no gaps.
_STRETCH_S = 4.0
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class NullTask:
    """The plain verdict of the null test."""

    name = "null test"
    repeats = False

    def key(self, state: State) -> Key:
        """Corrections and files."""
        return *state.corrected_key, state.reference_key

    def run(self, state: State, desk: Desk) -> None:
        """One pass over stems and reference."""
        if state.session.reference is None:
            desk.tell(Null(state.order.revision, None, None))
            return
        try:
            report = plain_null(
                state.session, lambda label, done, total: desk.progress(self.name, done, total)
            )
        except StemlatheError:
            # what was found before is of other files
            desk.tell(Null(state.order.revision, None, None))
            raise
        desk.tell(Null(state.order.revision, report.verdict, report.residual_rms_dbfs))


class SentinelTask:
    """What different phases do to the sum. Measures the files once; edits of chains are figured out."""

    name = "phase sentinel"
    repeats = False

    def __init__(self) -> None:
        self._measured: tuple[Key, CrossSpectra] | None = None

    def key(self, state: State) -> Key:
        """Everything before the master bus."""
        stems = tuple(replace(stem, solo=False, sha256=None) for stem in state.session.stems)
        return state.session.sample_rate, stems, state.stamps

    def run(self, state: State, desk: Desk) -> None:
        """Reads some stretches of the song, where chains could clash at all."""
        session = state.session
        stems = [stem for stem in session.stems if not stem.mute]
        findings: tuple[str, ...] = ()
        if could_clash(stems, session.sample_rate):
            clash = phase_clash(stems, self._spectra(state, stems))
            found = [] if clash is None else [phase_finding(clash)]
            findings = tuple(f"{one.message}; {one.fix}" if one.fix else one.message for one in found)
        desk.tell(Sentinel(state.order.revision, findings))

    def _spectra(self, state: State, stems: list[Stem]) -> CrossSpectra:
        stamps = dict(state.stamps)
        files = tuple((stem.path, stamps[stem.path], math.floor(stem.offset_samples)) for stem in stems)
        key = (state.session.sample_rate, *files)
        if self._measured is None or self._measured[0] != key:
            self._measured = (key, measure_cross_spectra(stems, state.session.sample_rate))
        return self._measured[1]


class SelfCheckTask:
    """Proves that the graph with everything bypassed is the plain sum of the stems, bit for bit.

    The graph is the live one, from the kernel that reads the files to the limiter's place, with all
    processors off, whose delays stay. The sum is made with numpy from what the file library reads.
    """

    name = "self-check"
    repeats = True

    def __init__(self) -> None:
        self._turn = 0

    def key(self, state: State) -> Key:
        """The structure: files, corrections, chains; no trims."""
        stems = tuple(
            replace(stem, trim_db=0.0, mute=False, solo=False, sha256=None) for stem in state.session.stems
        )
        return state.session.sample_rate, stems, state.session.master.chain, state.stamps

    def run(self, state: State, desk: Desk) -> None:
        """Tries a stretch of the song, another one every time."""
        session = bypassed(state.session)
        files = SourceFiles(session.sample_rate)
        try:
            song = song_frames_of(session, files)
            length = min(song, round(_STRETCH_S * session.sample_rate))
            share = (self._turn * _GOLDEN) % 1.0
            self._turn += 1
            begin = math.floor(share * (song - length))
            difference = _graph_sum(session, files, begin, length, desk) - _plain_sum(session, begin, length)
            largest = float(np.abs(difference).max(initial=0.0))
        finally:
            files.close()
        rate = session.sample_rate
        desk.tell(SelfCheck(state.order.revision, largest == 0.0, largest, begin / rate, length / rate))


def bypassed(session: Session) -> Session:
    """The session with nothing but its corrections."""

    def off(chain: tuple[Processor, ...]) -> tuple[Processor, ...]:
        return tuple(replace(processor, enabled=False) for processor in chain)

    stems = tuple(
        replace(stem, chain=off(stem.chain), trim_db=0.0, mute=False, solo=False) for stem in session.stems
    )
    return replace(session, stems=stems, master=Master(off(session.master.chain)))


def _graph_sum(session: Session, files: SourceFiles, begin: int, length: int, desk: Desk) -> Doubles:
    """`(length, 2)`: the graph's bus from song frame `begin` on, its latency removed."""
    graph = processed_graph(session, files, output_settings(session, song_frames_of(session, files)))
    assert not graph.output.operations, "what follows the bus is off"
    segments = np.zeros(SEGMENT_CELLS, np.int64)
    address = int(segments.ctypes.data)
    sources = [use.file.operation(use.column, use.offset_frames, address) for use in graph.sources]
    plan = graph.bus.packed(sources)
    run, chunk = plan.start(), np.zeros((QUANTUM_FRAMES, plan.columns))
    # the kernels remember what lies before, as they do when the song comes here
    position = begin - 2 * HALF_LENGTH_FRAMES - QUANTUM_FRAMES
    first = begin + plan.latency_frames
    total, columns = np.zeros((length, 2)), slice(plan.output_column, plan.output_column + 2)
    while position < first + length:
        desk.check()
        segments[:3] = 1, position, QUANTUM_FRAMES
        run.process(chunk)
        skipped = min(max(first - position, 0), QUANTUM_FRAMES)
        at = position + skipped - first
        part = chunk[skipped:, columns][: max(0, length - at)]
        total[at : at + len(part)] = part
        position += QUANTUM_FRAMES
    return total


def _plain_sum(session: Session, begin: int, length: int) -> Doubles:
    """`(length, 2)`: Σ stems with their corrections from song frame `begin` on, first to last."""
    total: Doubles | None = None
    for stem in session.stems:
        with open_source(stem.path) as source:
            lane = _corrected(stem, source, begin, length)
        total = lane if total is None else total + lane
    assert total is not None, "a session has stems"
    return total


def _corrected(stem: Stem, source: AudioSource, begin: int, length: int) -> Doubles:
    """A stem's samples with offset, gain and polarity."""
    whole = math.floor(stem.offset_samples)
    fraction = stem.offset_samples - whole
    if fraction == 0.0:
        lane = np.zeros((length, 2))
        source.read_into(begin - whole, lane)
    else:
        taps = fractional_taps(fraction)
        history = len(taps) - 1
        read = np.zeros((history + length, 2))
        source.read_into(begin - whole + HALF_LENGTH_FRAMES - history, read)
        lane = np.zeros((length, 2))
        for tap, weight in enumerate(taps):  # one after the other: rounding depends on the order
            lane += weight * read[history - tap : history - tap + length]
    gain = gain_from_db(stem.source_gain_db)
    return lane * (-gain if stem.polarity_inverted else gain)
