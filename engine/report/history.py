"""A programme along its time line, as plain data: what a page draws."""

from __future__ import annotations

from dataclasses import dataclass

#: Points of a drawn line at most; more than paper shows.
MOST_POINTS = 900


@dataclass(frozen=True)
class PeakMark:
    """One of the highest true peaks.

    Attributes:
        at_s: where it is, to 10 ms.
        dbtp: how high.
    """

    at_s: float
    dbtp: float


@dataclass(frozen=True)
class Histogram:
    """How often a loudness was read.

    Attributes:
        low_lufs: lower edge of the first class.
        step_lu: width of a class.
        shares: of all readings in each class, 0 to 1.
    """

    low_lufs: float
    step_lu: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class ProgrammeHistory:
    """One programme; levels are −∞ where there is silence.

    Attributes:
        duration_s: of the programme.
        step_s: between two points of the lines, of which the first ends at `step_s`.
        momentary_high_lufs: largest momentary loudness that ends within each step.
        momentary_low_lufs: the smallest.
        short_term_lufs: short-term loudness at the end of each step; −∞ in the first three seconds.
        true_peak_dbtp: largest peak of each step: exact where it is the highest of any 3 s around it, at
            least the sample peak elsewhere.
        peaks: the highest true peaks, at least 3 s apart, the highest first.
        range_lufs: the levels between which the loudness range lies; None without one.
        momentary: how often each momentary loudness was read, every 10 ms.
        short_term: the same of short-term loudness.
        band_hz: exact mid-band frequencies of third octaves.
        band_dbfs: mean level of each of them, both channels added; −∞ in silence.
    """

    duration_s: float
    step_s: float
    momentary_high_lufs: tuple[float, ...]
    momentary_low_lufs: tuple[float, ...]
    short_term_lufs: tuple[float, ...]
    true_peak_dbtp: tuple[float, ...]
    peaks: tuple[PeakMark, ...]
    range_lufs: tuple[float, float] | None
    momentary: Histogram
    short_term: Histogram
    band_hz: tuple[float, ...]
    band_dbfs: tuple[float, ...]
