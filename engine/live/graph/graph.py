"""From a session to what the loop runs: the master graph, and what may be heard beside it.

The *main* graph is the one a render runs. Muted stems keep running in it, outside the sum, so that
a mute moves nothing else. What only a listener may hear, and a render never (soloed stems, the dry
mix, the reference, the null residual), is a graph of its own beside it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from engine.errors import InputError
from engine.live.graph.codec_sound import CodecSound
from engine.live.graph.probe import Probe, lay_out_probe, sources_of
from engine.live.graph.sources import SourceFiles, SourceUse
from engine.live.loop.cells import SLOT_BUS, SLOT_OUTPUT
from engine.plan.build import Watch, lay_out_bus
from engine.plan.layout import LIMITER_PLACE, GainTap, Layout, Memo
from engine.plan.output import Fades, OutputSettings, fades_of, lay_out_output, limiter_settings
from engine.rack.gain import scale_columns
from engine.rack.mix import sum_columns
from engine.session.model import Deliverable, Master, Session
from engine.units import gain_from_db

#: A linked version is the sum of at most this many parts (`engine.session.versions.part_tree`). Every graph
#: has room for them, so that another version leaves its operations in their columns, and their memory.
MAXIMUM_LEAVES = 3
#: With more stems, who makes the master's gains act is not looked for live: each follows the mix through the
#: master chain for that.
MAXIMUM_WATCHED_STEMS = 32


#: Two columns, as they come.
_THROUGH = Layout((), 2, 0, 0, ())


class Listen(enum.Enum):
    """What is heard."""

    PROCESSED = "processed"
    DRY = "dry"
    REFERENCE = "reference"
    RESIDUAL = "residual"
    DELTA = "delta"
    BAND = "band"
    TRACK = "track"
    CODEC = "codec"


@dataclass(frozen=True)
class GainMeter:
    """A processor's gain to be metered.

    Attributes:
        plan: SLOT_BUS or SLOT_OUTPUT.
        column: where the gain stands.
        stem: index in the session's stems, −1 on the master.
        processor: place in that chain, switched-off ones counted.
        neutral_gain: the gain where nothing is reduced: the make-up.
        band: which of the processor's, −1 where it has only one.
    """

    plan: int
    column: int
    stem: int
    processor: int
    neutral_gain: float
    band: int = -1

    @property
    def is_limiter(self) -> bool:
        """Whether it is the one behind the bus."""
        return self.plan == SLOT_OUTPUT


@dataclass(frozen=True)
class Graph:
    """What a slot runs.

    Attributes:
        bus: from the files to the limiter.
        output: from there to the master bus, without fades.
        sources: the files.
        stem_columns: left column to meter, per stem.
        limiter_column: of the output, the limiter's gain; −1: none.
        limited_above: a sample that is turned down without reaching this is turned down for others.
        gains: to be metered.
        watches: on what makes the master's gains act, with what meters that gain.
        fades: of the song; None: none.
        song_frames: behind it the bus is silent.
        sample_rate: Hz.
        raw_operations: of the bus, those before the stems' chains.
        summed_operations: of the bus, those before the master's chain.
    """

    bus: Layout
    output: Layout
    sources: tuple[SourceUse, ...]
    stem_columns: tuple[int, ...]
    gains: tuple[GainMeter, ...]
    fades: Fades | None
    song_frames: int
    sample_rate: int
    watches: tuple[tuple[Watch, GainMeter], ...] = ()
    limiter_column: int = -1
    limited_above: float = 0.0
    raw_operations: int = 0
    summed_operations: int = 0

    def is_like(self, other: Graph) -> bool:
        """Whether both differ in nothing but the numbers that their operations compute with.

        Then an edit of values has led from one to the other, and memory of the one fits the other.
        """
        return self._structure == other._structure

    @cached_property
    def _structure(self) -> tuple[object, ...]:
        gains = tuple((gain.plan, gain.column) for gain in self.gains)
        return (
            *(_shape(layout) for layout in (self.bus, self.output)),
            tuple((id(use.file), use.column, use.offset_frames) for use in self.sources),
            (self.stem_columns, gains, len(self.watches), self.limiter_column),
            (self.song_frames, self.sample_rate),
        )

    @property
    def latency_frames(self) -> int:
        """Frames between reading a sample and hearing it, besides the ring."""
        return self.bus.latency_frames + self.output.latency_frames


def _shape(layout: Layout) -> tuple[object, ...]:
    operations = tuple(
        (one.kernel.name, one.words, one.parameters.size, one.state.size) for one in layout.operations
    )
    places = (layout.columns, layout.output_column, layout.output_columns, layout.latency_frames)
    return operations, places


def song_frames_of(session: Session, files: SourceFiles) -> int:
    """Length of the song: that of the longest stem."""
    return max(files.get(stem.path).frames for stem in session.stems)


def output_settings(
    session: Session,
    song_frames: int,
    *,
    deliverable: Deliverable | None = None,
    drive_db: float | None = None,
    ceiling_dbtp: float | None = None,
) -> OutputSettings:
    """What follows the bus live: the limiter at the session's rate.

    Args:
        session: supplies limiter and fades.
        song_frames: length of the song.
        deliverable: whose ceiling replaces the limiter's own; None: the session's own.
        drive_db: solved for the deliverable's loudness; None: the limiter's own.
        ceiling_dbtp: the ceiling is at most this.
    """
    limiter = limiter_settings(session)
    if limiter is not None:
        ceiling = None if deliverable is None else deliverable.ceiling_dbtp
        limiter = {**limiter, **({} if ceiling is None else {"ceiling_dbtp": ceiling})}
        if ceiling_dbtp is not None:
            limiter["ceiling_dbtp"] = min(limiter["ceiling_dbtp"], ceiling_dbtp)
        drive_db = float(limiter["drive_db"]) if drive_db is None else drive_db
        limiter["drive_db"] = drive_db
    fades = fades_of(session.master, session.sample_rate, song_frames)
    return OutputSettings(session.sample_rate, limiter, drive_db or 0.0, fades)


def _gain_meters(session: Session, bus: Layout, output: Layout) -> tuple[GainMeter, ...]:
    def meter(tap: GainTap, plan: int) -> GainMeter:
        chain = session.master.chain if tap.stem < 0 else session.stems[tap.stem].chain
        place = len(chain) - 1 if tap.processor == LIMITER_PLACE else tap.processor
        return GainMeter(plan, tap.column, tap.stem, place, tap.gain.neutral, tap.band)

    return (
        *(meter(tap, SLOT_BUS) for tap in bus.taps),
        *(meter(tap, SLOT_OUTPUT) for tap in output.taps),
    )


def _meter_of(watch: Watch, gains: Sequence[GainMeter]) -> GainMeter:
    """What meters the gain that is watched."""
    if watch.tap is None:
        return next(meter for meter in gains if meter.is_limiter)
    column = watch.tap.column
    return next(meter for meter in gains if meter.plan == SLOT_BUS and meter.column == column)


def _without_fades(settings: OutputSettings) -> OutputSettings:
    """The loop fades by song position itself, so that seeks and loops fade where the song does."""
    return replace(settings, fades=replace(settings.fades, fade_in_frames=0, fade_out_frames=0))


def processed_graph(
    session: Session,
    files: SourceFiles,
    settings: OutputSettings,
    *,
    leaves: Sequence[frozenset[str]] | None = None,
    summed: Sequence[bool] | None = None,
    watched: bool = True,
    memo: Memo | None = None,
) -> Graph:
    """The session as a render runs it.

    Args:
        session: what is played, edits included.
        files: its opened files.
        settings: what follows the bus.
        leaves: parts of the mix (names of stems) whose sum comes out instead of the mix, which still
            decides what the dynamics do; None: the mix itself.
        summed: which stems the bus holds; by default all that are not muted.
        watched: also measure each stem's share of the samples that drive the master's gains.
        memo: of the graphs made before; None: everything is prepared anew.

    Raises:
        InputError: a stem or a processor cannot be used.
    """
    audible = [not stem.mute for stem in session.stems] if summed is None else summed
    parts = () if leaves is None else tuple(sorted(leaf) for leaf in leaves)
    bus = lay_out_bus(
        session,
        session.stems,
        summed=audible,
        parts=parts,
        room_for_parts=MAXIMUM_LEAVES,
        watched=watched and len(session.stems) <= MAXIMUM_WATCHED_STEMS,
        memo=memo,
    )
    output = lay_out_output(_without_fades(settings), len(parts), room_for_parts=MAXIMUM_LEAVES)
    gains = _gain_meters(session, bus, output)
    return Graph(
        bus=bus,
        output=output if leaves is None else _sum_of_parts(output, len(parts)),
        sources=sources_of(bus, files),
        stem_columns=tuple(entry.column for entry in bus.inputs),
        gains=gains,
        watches=tuple((watch, _meter_of(watch, gains)) for watch in bus.watches),
        fades=settings.fades,
        song_frames=song_frames_of(session, files),
        sample_rate=session.sample_rate,
        limiter_column=output.taps[0].column if output.taps else -1,
        limited_above=_limited_above(settings),
        raw_operations=bus.raw_operations,
        summed_operations=bus.summed_operations,
    )


def _sum_of_parts(output: Layout, parts: int) -> Layout:
    """The parts behind the limiter, added up in the order in which a render adds them."""
    lefts = [2 + 2 * part for part in range(parts)]
    total = sum_columns([(left, left + 1) for left in lefts], (output.columns, output.columns + 1))
    return replace(
        output,
        operations=(*output.operations, total),
        columns=output.columns + 2,
        output_column=output.columns,
        output_columns=2,
    )


def _limited_above(settings: OutputSettings) -> float:
    """The ceiling, without the 3.01 dB by which a true peak passes its samples at a quarter of the rate."""
    return 0.0 if settings.limiter is None else gain_from_db(settings.limiter["ceiling_dbtp"]) * 0.5**0.5


def graph_beside(
    session: Session,
    files: SourceFiles,
    settings: OutputSettings,
    listen: Listen,
    content: frozenset[str] | None = None,
    *,
    probe: Probe | None = None,
    track: Path | None = None,
    codec: CodecSound | None = None,
) -> Graph | None:
    """What is heard instead of the main graph; None where that itself is heard.

    Args:
        session: what is played, edits included.
        files: its opened files.
        settings: what follows the bus, for soloed stems.
        listen: what to hear. A solo counts for what is processed and dry.
        content: names of the stems of the version that plays; None: all.
        probe: where DELTA and BAND listen.
        track: what TRACK plays.
        codec: what CODEC plays; None: no codec was asked.

    Raises:
        InputError: kind `no_reference`: the session has none; `no_codec`: no codec has given anything back.
        UsageError: kind `no_probe`: there is nothing where `probe` listens.
    """
    if listen is Listen.CODEC:
        return _codec_graph(session, files, codec)
    soloed = any(stem.solo for stem in session.stems)
    audible = [
        not stem.mute and (stem.solo or not soloed) and (content is None or stem.name in content)
        for stem in session.stems
    ]
    if listen is Listen.PROCESSED:
        return processed_graph(session, files, settings, summed=audible, watched=False) if soloed else None
    if listen in (Listen.DELTA, Listen.BAND) and probe is not None:
        bus = lay_out_probe(session, settings, probe, audible)
        return _plain_graph(session, files, bus, sources_of(bus, files))
    if listen is Listen.TRACK and track is not None:
        return _plain_graph(session, files, _THROUGH, (SourceUse(files.get_converted(track), 0, 0),))
    plain = replace(
        session,
        stems=tuple(replace(stem, chain=(), trim_db=0.0) for stem in session.stems),
        master=Master(),
    )
    if listen is Listen.DRY:
        bus = lay_out_bus(plain, plain.stems, summed=audible)
        return _plain_graph(session, files, bus, sources_of(bus, files))
    if session.reference is None:
        raise InputError(
            f"{session.path}: has no [reference]: add one to hear the reference mix or the null residual",
            kind="no_reference",
            path=session.path,
        )
    reference = files.get(session.reference.path)
    if listen is Listen.REFERENCE:
        return _plain_graph(session, files, _THROUGH, (SourceUse(reference, 0, 0),))
    bus = lay_out_bus(plain, plain.stems, summed=[True] * len(plain.stems))
    column, result = bus.columns, bus.output_column
    operations = (
        *bus.operations,
        scale_columns(column, (-1.0, -1.0)),
        sum_columns([(result, result + 1), (column, column + 1)], (result, result + 1)),
    )
    residual = replace(bus, operations=operations, columns=column + 2)
    return _plain_graph(session, files, residual, (*sources_of(bus, files), SourceUse(reference, column, 0)))


def _codec_graph(session: Session, files: SourceFiles, codec: CodecSound | None) -> Graph:
    if codec is None:
        raise InputError("nothing has been encoded yet: G does it", kind="no_codec")
    use = SourceUse(files.get(codec.path), 0, round(codec.start_s * session.sample_rate))
    return _plain_graph(session, files, Layout((), 2, 0, 0, ()), (use,))


def _plain_graph(session: Session, files: SourceFiles, bus: Layout, sources: tuple[SourceUse, ...]) -> Graph:
    """A graph without limiter, meters or fades; it is heard to the end of its longest file."""
    return Graph(
        bus=bus,
        output=Layout((), 2, 0, 0, ()),
        sources=sources,
        stem_columns=(),
        gains=(),
        fades=None,
        song_frames=max(song_frames_of(session, files), *(use.file.frames for use in sources)),
        sample_rate=session.sample_rate,
    )
