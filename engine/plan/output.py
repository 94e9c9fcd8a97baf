"""The output plan: what follows the bus, at the output's rate: drive, limiter, fades."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.plan.layout import LIMITER_PLACE, Columns, GainTap, Layout, Pair, rack_module, scaled
from engine.plan.plan import Plan
from engine.rack.fade import FADE_SHAPES, fade_columns
from engine.rack.limiter import apply_operation
from engine.rack.operation import Operation, Use
from engine.session.chains import limiter_of
from engine.session.model import Master, Session
from engine.units import gain_from_db


@dataclass(frozen=True)
class Fades:
    """The part of the song that is delivered and its fades, in frames of the output's rate.

    Attributes:
        start_frame: first frame that is delivered.
        end_frame: one past the last.
        fade_in_frames: length of the fade-in from `start_frame`.
        fade_out_frames: length of the fade-out that ends at `end_frame`.
        shape: one of `engine.rack.fade.FADE_SHAPES`.
    """

    start_frame: int
    end_frame: int
    fade_in_frames: int
    fade_out_frames: int
    shape: str

    @property
    def length_frames(self) -> int:
        """Frames that are delivered."""
        return self.end_frame - self.start_frame


def fades_of(master: Master, sample_rate: int, song_frames: int) -> Fades:
    """The session's heads, tails and fades at `sample_rate`, limited to the song.

    Args:
        master: the master section.
        sample_rate: of the output, Hz.
        song_frames: length of the song at that rate.
    """

    def frame(seconds: float) -> int:
        return min(song_frames, math.floor(seconds * sample_rate + 0.5))

    start = frame(master.start_s)
    end = frame(master.end_s) if master.end_s > 0.0 else song_frames
    length = max(0, end - start)
    return Fades(
        start_frame=start,
        end_frame=start + length,
        fade_in_frames=min(length, frame(master.fade_in_s)),
        fade_out_frames=min(length, frame(master.fade_out_s)),
        shape=master.fade_shape,
    )


def limiter_settings(session: Session) -> Mapping[str, Any] | None:
    """The settings of the master's limiter, None where it has none or it is off."""
    limiter = limiter_of(session)
    return None if limiter is None else limiter.values


@dataclass(frozen=True)
class OutputSettings:
    """What follows the bus, for one output.

    Attributes:
        sample_rate: of the output, Hz.
        limiter: the limiter's settings with the output's own ceiling and drive; None: no limiter.
        drive_db: static gain where there is no limiter.
        fades: heads, tails and fades.
    """

    sample_rate: int
    limiter: Mapping[str, Any] | None
    drive_db: float
    fades: Fades


def build_output(
    settings: OutputSettings, parts: int = 0, *, mixes: int = 1, with_gain: bool = False
) -> Plan:
    """The plan from the limiter's input to the file: drive, limiter, fades.

    Args:
        settings: of the output.
        parts: pairs of columns right of the first, to which the same gain is applied; of one mix only.
        mixes: pairs of columns side by side, each with a limiter of its own.
        with_gain: the limiters' gains come out as more columns, the last, one for each mix.
    """
    layout = lay_out_output(settings, parts, mixes=mixes)
    if with_gain:
        gains = [tap.column for tap in layout.taps]
        following = range(layout.output_columns, layout.output_columns + mixes)
        assert gains == [*following], "the gains are the next columns"
        layout = replace(layout, output_columns=layout.output_columns + mixes)
    return layout.packed()


def lay_out_output(
    settings: OutputSettings, parts: int = 0, *, room_for_parts: int = 0, mixes: int = 1
) -> Layout:
    """The operations from the limiter's input to the file; its only taps are those of the limiters."""
    pairs: list[Pair] = [(2 * n, 2 * n + 1) for n in range(mixes + parts)]
    layout = Columns(settings.sample_rate, 2 * (mixes + max(parts, room_for_parts)))
    operations: list[Operation] = []
    latency = 0
    taps: tuple[GainTap, ...] = ()
    if settings.limiter is not None:
        uses = [Use(settings.limiter, pair) for pair in pairs[:mixes]]
        prepared = rack_module("limiter").prepare(uses, layout)
        operations.extend(prepared.operations)
        latency = prepared.latency_frames
        if parts:
            drive_db = float(settings.limiter["drive_db"])
            operations.append(apply_operation(pairs[mixes:], prepared.gain_columns[0], latency, drive_db))
        taps = tuple(GainTap(-1, LIMITER_PLACE, gain, latency) for [gain] in prepared.gains)
    else:
        operations.extend(scaled(pairs, [gain_from_db(settings.drive_db)] * len(pairs)))
    fades = settings.fades
    if fades.fade_in_frames or fades.fade_out_frames:
        operations.extend(
            fade_columns(
                pair,
                start_frame=fades.start_frame + latency,
                end_frame=fades.end_frame + latency,
                fade_in_frames=fades.fade_in_frames,
                fade_out_frames=fades.fade_out_frames,
                shape=FADE_SHAPES.index(fades.shape),
            )
            for pair in pairs
        )
    return Layout(tuple(operations), layout.columns, 0, latency, taps, output_columns=2 * len(pairs))
