"""What a null test found: levels, bands, the fit of every stem, and the verdict's rule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.report.null_causes import NullCause
from engine.report.plain import Level

Verdict = Literal["pass", "warn", "fail"]

#: Verdict limits (the project's own, see the manual): RMS of the whole residual, of its worst 400 ms,
#: of the residual re the reference, and the level difference of any band that carries signal.
PASS_RESIDUAL_DBFS = -60.0
PASS_WORST_WINDOW_DBFS = -40.0
PASS_RELATIVE_DB = -40.0
PASS_BAND_DIFFERENCE_DB = 0.1
FAIL_RESIDUAL_DBFS = -40.0
#: Peak difference at or below which the two are the same: between 20 and 21 bits.
EXACT_PEAK_DBFS = -120.0
#: Levels of the residual along the song: more than any terminal has dots for at two to a cell.
LONGEST_SERIES = 400


@dataclass(frozen=True)
class NullBand:
    """One octave band of the comparison.

    Attributes:
        low_hz: lower edge.
        high_hz: upper edge.
        residual_rms_dbfs: RMS of the residual in the band, −∞ where there is none.
        level_difference_db: stems − reference; −∞ or +∞ where only one has signal, NaN where neither.
        carries_signal: whether the band takes part in the verdict.
    """

    low_hz: float
    high_hz: float
    residual_rms_dbfs: Level
    level_difference_db: float
    carries_signal: bool

    @property
    def holds(self) -> bool:
        """Whether the band lets the null test pass."""
        return not self.carries_signal or abs(self.level_difference_db) <= PASS_BAND_DIFFERENCE_DB


@dataclass(frozen=True)
class StemFit:
    """What to apply to one stem, on top of the session's corrections, so that the sum fits best.

    Attributes:
        name: of the stem.
        fitted_gain_db: + is louder; −∞ for a stem that the reference does not hold.
        fitted_offset_samples: + is later.
        polarity: `inverted`: the stem's polarity has to be inverted.
        present: False: the reference does not hold this stem.
    """

    name: str
    fitted_gain_db: Level = 0.0
    fitted_offset_samples: float = 0.0
    polarity: Literal["normal", "inverted"] = "normal"
    present: bool = True


@dataclass(frozen=True)
class ResidualOverTime:
    """The residual along the song, for a plot.

    Attributes:
        window_s: length of a window; they follow each other without a gap, the last may be shorter.
        rms_dbfs: at most `LONGEST_SERIES` levels, of both channels; −∞ where there is no residual.
    """

    window_s: float
    rms_dbfs: tuple[Level, ...]


@dataclass(frozen=True)
class NullReport:
    """The comparison of Σ stems (with their corrections) and the reference.

    Attributes:
        verdict: see `null_verdict`.
        exact: the residual's peak is at most −120 dBFS.
        residual_rms_dbfs: over the whole song and both channels.
        residual_peak_dbfs: largest sample of the residual.
        residual_relative_db: `residual_rms_dbfs` re the reference's RMS.
        worst_window_rms_dbfs: RMS of the worst 400 ms.
        worst_at_s: where those begin, s; NaN when there is no residual anywhere.
        level_difference_db: RMS of the stems' sum − RMS of the reference.
        bands: octave bands from 31.5 Hz to 16 kHz.
        stems: the fit of each stem, in the session's order.
        causes: most likely first.
        residual_after_fix_rms_dbfs: the residual with `stems` applied, over the whole song.
        residual_over_time: the residual along the song.
    """

    verdict: Verdict
    exact: bool
    residual_rms_dbfs: Level
    residual_peak_dbfs: Level
    residual_relative_db: Level
    worst_window_rms_dbfs: Level
    worst_at_s: float
    level_difference_db: float
    bands: tuple[NullBand, ...]
    stems: tuple[StemFit, ...]
    causes: tuple[NullCause, ...]
    residual_after_fix_rms_dbfs: Level
    residual_over_time: ResidualOverTime


@dataclass(frozen=True, kw_only=True)
class NotedNullReport(NullReport):
    """The same with what is to be said about it.

    Attributes:
        note: message for the mix engineer.
    """

    note: str


def null_verdict(
    residual_rms_dbfs: float,
    worst_window_rms_dbfs: float,
    residual_relative_db: float,
    bands: Iterable[NullBand],
) -> Verdict:
    """The verdict's rule: all limits kept passes, a residual above −40 dBFS fails, all else warns."""
    if residual_rms_dbfs > FAIL_RESIDUAL_DBFS:
        return "fail"
    holds = (
        residual_rms_dbfs <= PASS_RESIDUAL_DBFS
        and worst_window_rms_dbfs <= PASS_WORST_WINDOW_DBFS
        and residual_relative_db <= PASS_RELATIVE_DB
        and all(band.holds for band in bands)
    )
    return "pass" if holds else "warn"


def difference_db(level_db: float, reference_db: float) -> float:
    """`level_db` − `reference_db`, where −∞ is a level like any other; NaN when both are −∞."""
    if math.isinf(level_db) and math.isinf(reference_db):
        return math.nan
    return level_db - reference_db
