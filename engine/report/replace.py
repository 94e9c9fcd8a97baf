"""What a new file for a stem has changed: the file's figures, and what intake and null test say since."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from engine.report.audio_file import AudioFile
from engine.report.check import CheckReport
from engine.report.null import NullReport, Verdict
from engine.units import level_text, seconds_text

#: Differences below these are not worth a word: half of the last digit that is shown.
_LEVEL_DB, _LENGTH_S = 0.005, 0.0005


@dataclass(frozen=True)
class FileFigures(AudioFile):
    """One file as it was measured; levels that do not exist are None, silence is −∞.

    Attributes:
        bits: word length it declares; None for float and lossy codings.
        integrated_lufs: gated loudness.
        rms_dbfs: of all channels.
        true_peak_dbtp: of the higher channel.
        sha256: of the whole file.
    """

    bits: int | None
    integrated_lufs: float | None
    rms_dbfs: float | None
    true_peak_dbtp: float | None
    sha256: str


@dataclass(frozen=True)
class FigureChange:
    """A figure that is another one now.

    Attributes:
        figure: `length`, `rate`, `channels`, `format`, `loudness`, `level` or `true_peak`.
        before: as text with its unit.
        after: the same of the new file.
        difference: with its sign and unit; None where there is none to tell.
    """

    figure: str
    before: str
    after: str
    difference: str | None = None

    @property
    def text(self) -> str:
        """`length 3:12.0 → 3:12.5 (+0.500 s)`."""
        tail = "" if self.difference is None else f" ({self.difference})"
        return f"{self.figure.replace('_', ' ')} {self.before} → {self.after}{tail}"


@dataclass(frozen=True)
class NullOutcome:
    """A null test in short.

    Attributes:
        verdict: of the test.
        residual_rms_dbfs: over the whole song; −∞ where nothing is left.
    """

    verdict: Verdict
    residual_rms_dbfs: float


@dataclass(frozen=True)
class ReplaceReport:
    """A stem has a new file.

    Attributes:
        session: the session file, as it is now.
        stem: name of the stem.
        before: the old file; None where it is no longer there or cannot be read.
        after: the new file.
        changes: what differs between them; empty where `before` is not known.
        kept: the stem's settings that stay and are not neutral, each in words.
        check: intake of the session as it is now; None where it could not run.
        null_before: the null test with the old file; None without a reference or old file.
        null: the null test as it is now; None without a reference, or where it could not run.
        problem: why check or null test could not run; None where they did.
    """

    session: Path
    stem: str
    before: FileFigures | None
    after: FileFigures
    changes: tuple[FigureChange, ...]
    kept: tuple[str, ...]
    check: CheckReport | None
    null_before: NullOutcome | None
    null: NullReport | None
    problem: str | None = None

    @property
    def falls_short(self) -> bool:
        """Intake or null test fail now."""
        return any(report is not None and report.verdict == "fail" for report in (self.check, self.null))


def changes_between(before: FileFigures, after: FileFigures) -> tuple[FigureChange, ...]:
    """What differs between two files, in the order an engineer asks for it."""
    changes = []
    same_rate = before.sample_rate == after.sample_rate
    frames, longer_s = after.frames - before.frames, after.duration_s - before.duration_s
    # frames of another rate are no other length
    if frames if same_rate else abs(longer_s) >= _LENGTH_S:
        samples = f"{level_text(frames, 'samples', 0, signed=True)}, " if same_rate else ""
        seconds = samples + level_text(longer_s, "s", 3, signed=True)
        changes.append(
            FigureChange("length", seconds_text(before.duration_s), seconds_text(after.duration_s), seconds)
        )
    for figure, one, other in (
        ("rate", f"{before.sample_rate} Hz", f"{after.sample_rate} Hz"),
        ("channels", str(before.channels), str(after.channels)),
        ("format", _format(before), _format(after)),
    ):
        if one != other:
            changes.append(FigureChange(figure, one, other))
    for figure, unit, level, new_level in (
        ("loudness", "LUFS", before.integrated_lufs, after.integrated_lufs),
        ("level", "dBFS", before.rms_dbfs, after.rms_dbfs),
        ("true_peak", "dBTP", before.true_peak_dbtp, after.true_peak_dbtp),
    ):
        change = _level_change(figure, unit, level, new_level)
        if change is not None:
            changes.append(change)
    return tuple(changes)


def _format(file: FileFigures) -> str:
    return file.subtype if file.bits is None else f"{file.bits} bit"


def _level_change(figure: str, unit: str, before: float | None, after: float | None) -> FigureChange | None:
    if before == after or (before is not None and after is not None and abs(after - before) < _LEVEL_DB):
        return None
    difference = None
    if before is not None and after is not None and math.isfinite(before) and math.isfinite(after):
        difference = level_text(after - before, "LU" if unit == "LUFS" else "dB", 2, signed=True)
    return FigureChange(figure, level_text(before, unit, 2), level_text(after, unit, 2), difference)
