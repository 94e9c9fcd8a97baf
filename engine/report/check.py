"""What the stem intake found: findings, and the figures of every stem."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.report.findings import Finding, Verdict
from engine.report.plain import Level


@dataclass(frozen=True)
class StemFigures:
    """What one reading of a stem's file told.

    Attributes:
        name: of the stem.
        role: as in the session.
        path: the file.
        sample_rate: Hz.
        channels: of the file.
        frames: of the file.
        duration_s: the same in seconds.
        subtype: sample coding under libsndfile's name.
        bits: word length the header declares; None for float and lossy codings.
        true_bits: word length the samples use; None for lossy codings and for float samples that
            lie between the steps of 32-bit integers.
        sample_peak_dbfs: largest magnitude; −∞ for silence.
        true_peak_dbtp: ITU-R BS.1770 true peak; −∞ for silence.
        rms_dbfs: of all channels.
        rms_along_dbfs: of the louder channel in up to 144 equal parts of the file, to 0.1 dB; −∞ where a part
            is digital silence.
        crest_db: sample peak − RMS; NaN for silence.
        dc_offset: mean of each channel, linear.
        correlation: ΣLR/√(ΣL²·ΣR²) over the file; NaN for mono and silence.
        clipped_runs: flat tops of three samples or more at the file's own extremes.
        clipped_samples: samples in them.
        silent_share: part of the file below −90 dBFS, in blocks of 50 ms, 0 to 1.
        noise_floor_dbfs: RMS of the quietest 400 ms that are not digital silence; −∞ where all are.
        leading_zeros_s: digital silence at the start, s.
        trailing_zeros_s: digital silence at the end, s.
        not_finite: NaN and infinite samples.
        denormals: samples too small for the format's normal range.
        time_reference: start in samples since midnight (`bext`); None without one.
        sha256: of the file as it is now.
    """

    name: str
    role: str
    path: Path
    sample_rate: int
    channels: int
    frames: int
    duration_s: float
    subtype: str
    bits: int | None
    true_bits: int | None
    sample_peak_dbfs: Level
    true_peak_dbtp: Level
    rms_dbfs: Level
    rms_along_dbfs: tuple[Level, ...] = field(default=(), kw_only=True)  # older programs tell none
    crest_db: float
    dc_offset: tuple[float, ...]
    correlation: float
    clipped_runs: int
    clipped_samples: int
    silent_share: float
    noise_floor_dbfs: Level
    leading_zeros_s: float
    trailing_zeros_s: float
    not_finite: int
    denormals: int
    time_reference: int | None
    sha256: str


@dataclass(frozen=True)
class CheckReport:
    """The intake of a session.

    Attributes:
        verdict: any error fails, any warning warns, notes pass.
        findings: errors first, then warnings, then notes; within each in the order of the stems.
        stems: in the session's order.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    stems: tuple[StemFigures, ...]
