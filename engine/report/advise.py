"""What trims would do to loudness and limiting: figures and a proposal, never an edit."""

from __future__ import annotations

from dataclasses import dataclass

from engine.report.render import StemShare


@dataclass(frozen=True)
class MixFigures:
    """A mix behind its limiter.

    Attributes:
        integrated_lufs: None where there is no loudness.
        true_peak_dbtp: None for silence.
        max_gain_reduction_db: of the limiter, ≥ 0; None without one.
        mean_gain_reduction_db: of the limiter over the song.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    max_gain_reduction_db: float | None
    mean_gain_reduction_db: float | None


@dataclass(frozen=True)
class StemAdvice:
    """What raising one stem does, everything else and the drive as they are.

    Attributes:
        stem: its name.
        trim_db: as it is.
        change_db: what was added to it.
        figures: with the change.
        loudness_change_lu: by the change; this and the next are None where there is nothing to compare.
        true_peak_change_db: by the change.
        max_gain_reduction_change_db: by the change.
        mean_gain_reduction_change_db: by the change.
        limiting_share: of what the limiter takes away now; None where it takes nothing.
    """

    stem: str
    trim_db: float
    change_db: float
    figures: MixFigures
    loudness_change_lu: float | None
    true_peak_change_db: float | None
    max_gain_reduction_change_db: float | None
    mean_gain_reduction_change_db: float | None
    limiting_share: float | None


@dataclass(frozen=True)
class TrimChange:
    """One trim of a proposal.

    Attributes:
        stem: its name.
        trim_db: what it would be.
        change_db: the difference to what it is.
    """

    stem: str
    trim_db: float
    change_db: float


@dataclass(frozen=True)
class Proposal:
    """The smallest set of trims found that reaches the target with little limiting.

    Attributes:
        reaches: the target is met with at most `limit_db` of gain reduction.
        limit_db: the most gain reduction that was asked for.
        trims: the changes, largest first; none where nothing has to change.
        total_change_db: of all magnitudes.
        drive_db: total drive into the limiter that the target then takes.
        figures: with the trims, rendered.
        reason: where `reaches` is false, why.
    """

    reaches: bool
    limit_db: float
    trims: tuple[TrimChange, ...]
    total_change_db: float
    drive_db: float
    figures: MixFigures
    reason: str | None


@dataclass(frozen=True)
class Advice:
    """Everything `advise` has found.

    Attributes:
        deliverable: whose target and ceiling count; None: the session's own limiter.
        target_lufs: None without a loudness target.
        ceiling_dbtp: of the limiter; None without one.
        drive_db: total drive into the limiter now.
        now: the mix as it is.
        stems: those that are heard, in the session's order.
        attribution: who causes the limiting, over all of the song; empty where there is none.
        proposal: None without a loudness target or a limiter.
        seconds: wall-clock time this took.
    """

    deliverable: str | None
    target_lufs: float | None
    ceiling_dbtp: float | None
    drive_db: float
    now: MixFigures
    stems: tuple[StemAdvice, ...]
    attribution: tuple[StemShare, ...]
    proposal: Proposal | None
    seconds: float
