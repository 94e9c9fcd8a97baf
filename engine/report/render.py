"""What a render found: every figure measured on the file that was written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StemShare:
    """A stem's part in the gain reduction of a song.

    Attributes:
        stem: its name.
        share: of the deciding samples, weighted with their gain reduction; all shares add up to 1,
            a negative one makes the peaks smaller.
        worst_at_s: song time of the sample by which it caused most.
    """

    stem: str
    share: float
    worst_at_s: float


@dataclass(frozen=True)
class GainCause:
    """What a limiter or compressor of the master took away, and for whom.

    Attributes:
        processor: its place in the master chain of the session, from 0, switched-off ones counted.
        type: of the processor.
        band: of a multiband, from 0, the lowest first; None elsewhere.
        max_gain_reduction_db: > 0.
        events: how often it fell, in the delivered range.
        shares: of each stem, over all events.
    """

    processor: int
    type: str
    band: int | None
    max_gain_reduction_db: float
    events: int
    shares: tuple[StemShare, ...]


@dataclass(frozen=True)
class OutputReport:
    """One written file.

    Attributes:
        version: of the song (`master`, …).
        stem: the stem's name where the version is `stems`, else None.
        deliverable: name of the deliverable.
        path: the file.
        sample_rate: Hz.
        subtype: sample format as libsndfile names it.
        frames: length.
        integrated_lufs: None where the programme has no loudness.
        true_peak_dbtp: the largest of the channels.
        lra_lu: loudness range.
        plr_db: true peak minus integrated loudness.
        target_lufs: None without a loudness target.
        ceiling_dbtp: None where neither deliverable nor limiter sets one.
        holds: the file meets target, ceiling and format.
        over_ceiling_db: by how much the true peak passes the ceiling, 0 where it does not.
        linked: the master bus's gains were decided by the full mix.
        reasons: stable codes, each followed by a sentence with figures; empty when `holds`.
        limiter_max_gain_reduction_db: ≥ 0; None without a limiter.
        drive_db: total drive into the limiter (or static gain where there is none).
        substituted_encoding: the encoding written instead of the one asked for, if one was.
        sha256: of the file.
        attribution: on a master, who causes the gain reduction of its limiter and compressors: shares
            over all of their events. Empty where nothing is reduced.
        gain_reduction: the same for each of them, in running order; those that reduce nothing left out.
        momentary_max_lufs: largest momentary loudness; None where the programme has none.
        short_term_max_lufs: largest short-term loudness; None where the programme has none.
        notes: what else to know of the file, sentences; they are no misses.
    """

    version: str
    stem: str | None
    deliverable: str
    path: Path
    sample_rate: int
    subtype: str
    frames: int
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    lra_lu: float | None
    plr_db: float | None
    target_lufs: float | None
    ceiling_dbtp: float | None
    holds: bool
    over_ceiling_db: float
    linked: bool
    reasons: tuple[str, ...]
    limiter_max_gain_reduction_db: float | None
    drive_db: float
    substituted_encoding: str | None
    sha256: str
    attribution: tuple[StemShare, ...] = ()
    gain_reduction: tuple[GainCause, ...] = ()
    momentary_max_lufs: float | None = None
    short_term_max_lufs: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToldOutput:
    """What a render tells everybody of a finished file while it runs: fields of `OutputReport`."""

    version: str
    stem: str | None
    deliverable: str
    path: Path
    holds: bool
    reasons: tuple[str, ...]
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    lra_lu: float | None
    plr_db: float | None
    target_lufs: float | None
    ceiling_dbtp: float | None
    over_ceiling_db: float
    linked: bool

    @classmethod
    def of(cls, output: OutputReport) -> ToldOutput:
        """What is told of a file."""
        return cls(**{one.name: getattr(output, one.name) for one in dataclasses.fields(cls)})


@dataclass(frozen=True)
class ToldSession:
    """What a render of many sessions tells of one with trouble.

    Attributes:
        session: path of its file.
        holds: False.
        reasons: what was wrong.
    """

    session: str
    holds: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RenderReport:
    """A whole render.

    Attributes:
        outputs: in the order of deliverables, then versions.
        seconds: wall-clock time of the render.
        realtime_factor: seconds of programme written per second of wall clock.
    """

    outputs: tuple[OutputReport, ...]
    seconds: float
    realtime_factor: float

    @property
    def holds(self) -> bool:
        """Every output met what was asked."""
        return all(output.holds for output in self.outputs)
