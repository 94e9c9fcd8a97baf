"""Finds the drive at which a programme reaches its loudness target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: The solve is content within this of the target; the written file has to be within 0.05 LU.
SOLVE_TOLERANCE_LU = 0.01
#: A drive never leaves the limiter's own range.
MINIMUM_DRIVE_DB = -60.0
MAXIMUM_DRIVE_DB = 40.0
#: What the loudness of a limited programme can still gain is decided by its crest, not by patience.
_MAXIMUM_STEPS = 24
_SMALLEST_STEP_DB = 1e-4
#: Decimals of a drive: what a person can write down, and far finer than a meter.
_DECIMALS = 6


@dataclass(frozen=True)
class Solution:
    """Where the solve ended.

    Attributes:
        drive_db: the drive to render with.
        integrated_lufs: what it reaches; None when the programme has no loudness.
        solved: the target is reached within `SOLVE_TOLERANCE_LU`.
        steps: programmes measured on the way.
    """

    drive_db: float
    integrated_lufs: float | None
    solved: bool
    steps: int


def solve_drive(
    loudness_at: Callable[[float], float | None],
    *,
    target_lufs: float,
    first_drive_db: float,
) -> Solution:
    """Solves `loudness_at(drive_db) = target_lufs`.

    Integrated loudness rises with drive, at most 1 LU per dB, and flattens as the limiter works
    harder: a safeguarded secant search on a bracket. Gating makes the curve slightly stepped, so
    the best drive seen is kept and the search ends when the bracket has closed.

    Args:
        loudness_at: integrated loudness, LUFS, of the programme at a drive; None for no loudness.
        target_lufs: what is wanted.
        first_drive_db: a first guess (target minus undriven loudness).
    """
    seen: dict[float, float] = {}

    def error_at(drive_db: float) -> float | None:
        loudness = loudness_at(drive_db)
        if loudness is None:
            return None
        seen[drive_db] = loudness
        return loudness - target_lufs

    below: tuple[float, float] | None = None
    above: tuple[float, float] | None = None
    drive = _within_range(first_drive_db)
    for _ in range(_MAXIMUM_STEPS):
        error = error_at(drive)
        if error is None:
            return Solution(drive, None, False, len(seen) + 1)
        if abs(error) <= SOLVE_TOLERANCE_LU:
            break
        if error < 0.0:
            below = (drive, error)
        else:
            above = (drive, error)
        following = _next_drive(drive, error, below, above, seen, target_lufs)
        if following is None:
            break
        drive = _within_range(following)
    best = min(seen, key=lambda tried: (abs(seen[tried] - target_lufs), tried))
    solved = abs(seen[best] - target_lufs) <= SOLVE_TOLERANCE_LU
    return Solution(best, seen[best], solved, len(seen))


def _within_range(drive_db: float) -> float:
    return round(min(MAXIMUM_DRIVE_DB, max(MINIMUM_DRIVE_DB, drive_db)), _DECIMALS)


def _next_drive(
    drive: float,
    error: float,
    below: tuple[float, float] | None,
    above: tuple[float, float] | None,
    seen: dict[float, float],
    target_lufs: float,
) -> float | None:
    """The next drive to try; None when no drive can do better."""
    if below is not None and above is not None:
        (low, low_error), (high, high_error) = below, above
        if high - low < _SMALLEST_STEP_DB:
            return None
        guess = low - low_error * (high - low) / (high_error - low_error)
        # a guess that hugs one end of the bracket would close it from that side only
        margin = 0.02 * (high - low)
        return min(high - margin, max(low + margin, guess))
    if below is not None and drive >= MAXIMUM_DRIVE_DB:
        return None
    if above is not None and drive <= MINIMUM_DRIVE_DB:
        return None
    slope = _slope(drive, seen, target_lufs, error)
    # a little further than the line says: the curve flattens, and a bracket ends the guessing
    step = -error / slope * (1.1 if error < 0.0 else 1.0)
    return drive + step


def _slope(drive: float, seen: dict[float, float], target_lufs: float, error: float) -> float:
    """LU per dB between the two latest points, within what the curve can do."""
    others = [tried for tried in seen if tried != drive]
    if not others:
        return 1.0
    nearest = min(others, key=lambda tried: abs(tried - drive))
    slope = (error + target_lufs - seen[nearest]) / (drive - nearest)
    return min(1.0, max(0.05, slope))
