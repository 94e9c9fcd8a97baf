"""Listening into a chain: what a processor takes away, and one band alone. Heard only, never rendered.

The *delta* is what goes into a processor, delayed by its latency, minus what comes out of it: what it
has removed, with its sign; what it has added is heard inverted. Together with what comes out it is the
input again. It is heard at the level it has in the chain: nothing is matched, the fader and whatever
follows are left out.

A *band alone* is what goes into the processor, through a filter that leaves the part of the spectrum
on which the band acts: of a peak or notch its band-pass, of a shelf the side it lifts, of a pass what
it takes away; of a de-esser what its detector hears. Of a multiband compressor it is what comes out of
that band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.elementary import tan_pi
from engine.errors import UsageError
from engine.live.graph.sources import SourceFiles, SourceUse
from engine.plan.build import BusLayout, lay_out_bus, turn_of
from engine.plan.layout import TURNS_APART, Chains, Columns, rack_module
from engine.plan.output import OutputSettings
from engine.rack.biquad import cascades
from engine.rack.crossover import high_pass_section
from engine.rack.delay import delay_columns
from engine.rack.eq_design import design_band
from engine.rack.gain import scale_columns
from engine.rack.midside import decode_columns, encode_columns
from engine.rack.mix import copy_columns, subtract_columns
from engine.rack.operation import Doubles, Operation, Use
from engine.session.chains import LIMITER
from engine.session.model import Master, Processor, Session
from engine.units import gain_from_db

#: Of a band, the filter through which it is heard alone.
_HEARD_THROUGH = {
    "low_shelf": "low_pass",
    "high_shelf": "high_pass",
    "high_pass": "low_pass",
    "low_pass": "high_pass",
}
_SHELF = {"q": 0.7071, "slope_db_per_octave": 12.0}
#: Lanes of a pair after a stage of its own that belong to each choice of `channels`.
_LANES = {"left": (1.0, 0.0), "right": (0.0, 1.0), "mid": (1.0, 0.0), "side": (0.0, 1.0)}


@dataclass(frozen=True)
class Probe:
    """Where it is listened.

    Attributes:
        stem: index of the stem; −1: the master.
        processor: place in its chain, switched-off ones counted.
        band: of the processor, from 0; −1: what the whole processor changes.
    """

    stem: int
    processor: int
    band: int = -1


def chain_at(session: Session, stem: int) -> tuple[Processor, ...]:
    """The chain of a stem, −1: of the master; empty where there is none."""
    if stem < 0:
        return session.master.chain
    return session.stems[stem].chain if stem < len(session.stems) else ()


def require_probe(session: Session, probe: Probe) -> Processor:
    """The processor that is listened to.

    Raises:
        UsageError: kind `no_probe`: there is none, or it has no such band to be heard alone.
    """
    chain = chain_at(session, probe.stem)
    if not 0 <= probe.processor < len(chain):
        raise _no_probe("that processor is not there any more: choose another")
    processor = chain[probe.processor]
    if probe.band >= 0:
        bands = processor.values.get("bands")
        if processor.type == "deesser":
            bands = (None,)
        if not bands:
            raise _no_probe(f"a {processor.type} has no bands to be heard alone: listen to its delta")
        if probe.band >= len(bands):
            raise _no_probe(f"the {processor.type} has {len(bands)} bands, not {probe.band + 1}")
        if processor.type == "eq" and bands[probe.band]["shape"] == "tilt":
            raise _no_probe("a tilt acts on the whole spectrum: listen to the delta")
    return processor


def _no_probe(text: str) -> UsageError:
    return UsageError(text, kind="no_probe")


def lay_out_probe(
    session: Session, settings: OutputSettings, probe: Probe, summed: Sequence[bool]
) -> BusLayout:
    """The operations up to what is heard.

    Args:
        session: the mix.
        settings: supplies drive and ceiling of the limiter that plays.
        probe: where it is listened.
        summed: which stems the master's probes hold.

    Raises:
        UsageError: kind `no_probe`: see `require_probe`.
    """
    processor = require_probe(session, probe)
    place = probe.processor
    if probe.stem >= 0:
        stem = session.stems[probe.stem]
        alone = replace(stem, chain=stem.chain[:place], trim_db=0.0, mute=False)
        bus = lay_out_bus(replace(session, master=Master()), [alone], summed=[True])
        turn = turn_of(session, [stem.name])
    else:
        before = replace(session.master, chain=session.master.chain[:place])
        bus = lay_out_bus(replace(session, master=before), session.stems, summed=summed)
        turn = 0
    heard = _Heard(bus, session.sample_rate)
    if processor.type == LIMITER:
        processor = heard.driven(processor, settings)
    if probe.band < 0:
        return heard.delta(processor, turn + TURNS_APART * place)
    return heard.band(processor, probe.band, turn + TURNS_APART * place)


class _Heard:
    """A bus layout that goes on from its result."""

    def __init__(self, bus: BusLayout, sample_rate: int) -> None:
        self._bus = bus
        self._columns = Columns(sample_rate, bus.columns)
        self._operations = list(bus.operations)
        self._left = bus.output_column

    def _laid(self, output_column: int, latency_frames: int) -> BusLayout:
        return replace(
            self._bus,
            operations=tuple(self._operations),
            columns=self._columns.columns,
            output_column=output_column,
            latency_frames=self._bus.latency_frames + latency_frames,
            taps=(),
        )

    def driven(self, limiter: Processor, settings: OutputSettings) -> Processor:
        """The drive comes before what is compared: the delta is what is limited, not what is turned up."""
        values = dict(limiter.values if settings.limiter is None else settings.limiter)
        gain = gain_from_db(float(values["drive_db"]))
        self._operations.append(scale_columns(self._left, (gain, gain)))
        return replace(limiter, values={**values, "drive_db": 0.0})

    def _run(self, processor: Processor, turn: int) -> int:
        """Runs a processor in place; returns its latency in frames, on or off."""
        pair = (self._left, self._left + 1)
        [late] = Chains(self._columns, self._operations, []).run([((processor,), pair)], turns=[(turn,)])
        return late

    def delta(self, processor: Processor, turn: int) -> BusLayout:
        """What goes in minus what comes out."""
        kept = self._columns.allocate_columns(2)
        self._operations.append(copy_columns([(self._left, kept)]))
        late = self._run(processor, turn)
        if late:
            self._operations.append(delay_columns([(kept, kept + 1)], [late]))
        self._operations.append(subtract_columns([(kept, kept, self._left)]))
        return self._laid(kept, late)

    def band(self, processor: Processor, number: int, turn: int) -> BusLayout:
        """One band alone."""
        if processor.type == "multiband":
            return self._split_off(processor, number, turn)
        if processor.type == "deesser":
            sections = high_pass_section(processor.values["frequency_hz"], self._columns.sample_rate)
            channels = "stereo"
        else:
            band = processor.values["bands"][number]
            sections = heard_alone(band, self._columns.sample_rate)
            channels = band["channels"]
        self._operations.extend(cascades([self._left], [(sections, sections)]))
        self._only(channels)
        return self._laid(self._left, 0)

    def _only(self, channels: str) -> None:
        """Leaves the part of the stereo signal on which a band acts."""
        if channels == "stereo":
            return
        turned = channels in ("mid", "side")
        self._operations += [encode_columns([self._left])] if turned else []
        self._operations.append(scale_columns(self._left, _LANES[channels]))
        self._operations += [decode_columns([self._left])] if turned else []

    def _split_off(self, processor: Processor, number: int, turn: int) -> BusLayout:
        """A multiband compressor whose sum is of one band only: its last operation joins all of them."""
        use = Use(processor.values, (self._left, self._left + 1), turns=(turn,))
        prepared = rack_module(processor.type).prepare([use], self._columns)
        *split, join = prepared.operations
        uses, left, bands, *columns = join.words
        assert (uses, bands, len(columns)) == (1, len(processor.values["bands"]), 2 * bands)
        alone = (1, left, 1, *columns[2 * number : 2 * number + 2])
        self._operations += [*split, Operation(join.kernel, alone, join.parameters, join.state)]
        return self._laid(self._left, prepared.latency_frames)


def heard_alone(band: Mapping[str, Any], sample_rate: int) -> Doubles:
    """`(sections, 5)`: the filter through which a band of an equaliser is heard alone, b₀ b₁ b₂ a₁ a₂.

    Args:
        band: shape, frequency_hz, q and slope_db_per_octave, as in a session.
        sample_rate: Hz.
    """
    shape, frequency_hz = band["shape"], band["frequency_hz"]
    other = _HEARD_THROUGH.get(shape)
    if other is not None:
        own = band if shape in ("high_pass", "low_pass") else {**band, **_SHELF}
        return design_band({**own, "shape": other, "gain_db": 0.0}, sample_rate)
    # (s/Q)/(s² + s/Q + 1), which is 1 at its frequency, by the bilinear transform
    k = tan_pi(frequency_hz / sample_rate)
    gain = 1.0 / (1.0 + k / band["q"] + k * k)
    top = k / band["q"] * gain
    return np.array([[top, 0.0, -top, 2.0 * (k * k - 1.0) * gain, (1.0 - k / band["q"] + k * k) * gain]])


def sources_of(bus: BusLayout, files: SourceFiles) -> tuple[SourceUse, ...]:
    """The files that a layout reads."""
    return tuple(
        SourceUse(files.get(entry.stem.path), entry.column, entry.offset_frames) for entry in bus.inputs
    )
