"""What a file that was measured and falls short is written again with.

A limiter holds its ceiling for content up to 20 kHz; interpolators read what lies above differently. And
a lossy coder moves peaks by up to 1.5 dB, and loudness by up to half an LU, by no rule that could be
known before: AAC's decoded peak moves by 0.3 dB when its input does by 0.01. So the file is measured as
it decodes, and where it is over its ceiling or off its target it is written again, aimed lower by what
it missed; each time the solve, the limiter and the coder run again, and what is reported is what the last
file measures.

Ceiling and target may exclude each other: a lower ceiling asks for more drive, and denser music makes the
coder overshoot more. Then the ceiling wins: the drive stays where the target was last reached (at most 3 dB
above that of the first file), the ceiling is searched between one that was too high and one that held, and
the nearest file of all is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.deliver.job import Job
from engine.deliver.solve import Solution
from engine.deliver.verify import CEILING_TOLERANCE_DB, TOLERANCE_LU
from engine.plan.output import OutputSettings
from engine.report.render import OutputReport
from engine.session.encodings import ENCODINGS
from engine.session.model import Deliverable

#: How often a file is written again, and by how much the ceiling is lowered beyond what it was missed by.
_CORRECTIONS, _MARGIN_DB = 2, 0.005
_LOSSY_CORRECTIONS, _LOSSY_MARGIN_DB = 5, 0.03
#: Nearer than this the search for the highest ceiling that holds does not go.
_CEILING_STEP_DB = 0.1
#: What a lower ceiling may cost in drive: a told miss is better than a master limited out of shape.
_DEAREST_DRIVE_DB = 3.0


def corrects_ceiling(deliverable: Deliverable, limiter: Mapping[str, Any] | None) -> bool:
    """Whether a file that measures over its ceiling is written again, with a lower one.

    Not without a limiter, and not a float file without a target: that is exactly what plays.
    """
    encoding = ENCODINGS[deliverable.encoding]
    wanted = deliverable.loudness_lufs is not None or encoding.dithered or encoding.lossy
    return limiter is not None and wanted


@dataclass(frozen=True)
class _Attempt:
    """A file that was written: with what, by how much it is over its ceiling and off its target."""

    settings: OutputSettings
    solution: Solution | None
    over_db: float
    off_lu: float

    @property
    def miss_lu(self) -> float:
        return abs(self.off_lu)

    @property
    def ceiling_dbtp(self) -> float:
        limiter = self.settings.limiter
        return 0.0 if limiter is None else float(limiter["ceiling_dbtp"])

    @property
    def is_over(self) -> bool:
        return self.over_db > CEILING_TOLERANCE_DB

    @property
    def misses_aim(self) -> bool:
        """The solve had reached what it aimed at, and the coder has moved that: it is to be aimed anew."""
        solved = self.solution is not None and self.solution.solved
        return solved and self.miss_lu > TOLERANCE_LU

    @property
    def holds_ceiling(self) -> bool:
        """Its ceiling is low enough, at a level that will stay.

        LAME turns its input down by up to half an LU: what came out so quiet shows nothing of how far the
        peaks go once that is made up for.
        """
        return not self.is_over and not self.misses_aim


class Corrections:
    """The corrections of one job.

    Attributes:
        aim_lufs: what the next solve aims at: the target, less what the coder added; None: nothing is
            solved, `solution` stands.
        solution: of the latest solve; None without a target.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lossy = ENCODINGS[job.deliverable.encoding].lossy
        self._left = _LOSSY_CORRECTIONS if self._lossy else _CORRECTIONS
        self._attempts: list[_Attempt] = []
        self._reached: Solution | None = None
        self._first_drive_db: float | None = None
        self.aim_lufs = job.target_lufs
        self.solution: Solution | None = None

    def take(self, found: Solution) -> Solution:
        """The solution to write with: what was found, or where a correction has made the target
        unreachable, or too dear, the latest that reached it.
        """
        first_db = found.drive_db if self._first_drive_db is None else self._first_drive_db
        reaches = found.solved and found.drive_db <= first_db + _DEAREST_DRIVE_DB
        if reaches or not self._lossy:
            self._first_drive_db, self._reached = first_db, found
        self.solution = found
        if self._reached is not None:
            self.solution = replace(self._reached, solved=found.solved and reaches)
        return self.solution

    def next(self, report: OutputReport, settings: OutputSettings) -> OutputSettings | None:
        """What to write the file again with; None when it is as good as it gets.

        Args:
            report: what was measured.
            settings: what it was written with.
        """
        if self._left < 0:
            return None
        attempt = _Attempt(settings, self.solution, report.over_ceiling_db, self._off(report))
        self._attempts.append(attempt)
        ceiling_dbtp, aimed = self._next_ceiling(attempt), self._move_aim(attempt)
        if self._left > 0 and (ceiling_dbtp is not None or aimed):
            self._left -= 1
            if ceiling_dbtp is None or settings.limiter is None:
                return settings
            return replace(settings, limiter={**settings.limiter, "ceiling_dbtp": ceiling_dbtp})
        self._left = -1
        best = min(
            self._attempts, key=lambda one: (max(0.0, one.over_db - CEILING_TOLERANCE_DB), one.miss_lu)
        )
        if best is attempt or not self._lossy:
            return None
        self.aim_lufs, self.solution = None, best.solution
        return best.settings

    def _off(self, report: OutputReport) -> float:
        target, found = report.target_lufs, report.integrated_lufs
        if target is None or found is None or self._job.aims_at_dialogue:
            return 0.0
        return found - target

    def _next_ceiling(self, attempt: _Attempt) -> float | None:
        """The limiter's next ceiling, dBTP; None: this one will do."""
        if not corrects_ceiling(self._job.deliverable, attempt.settings.limiter):
            return None
        if not self._lossy:
            lower = attempt.ceiling_dbtp - attempt.over_db - _MARGIN_DB
            return lower if attempt.is_over else None
        over = [one.ceiling_dbtp for one in self._attempts if one.is_over]
        held = [one.ceiling_dbtp for one in self._attempts if one.holds_ceiling]
        lower = attempt.ceiling_dbtp - attempt.over_db - _LOSSY_MARGIN_DB
        if attempt.is_over and all(lower > ceiling for ceiling in held):
            return lower
        too_low = attempt.solution is not None and not attempt.solution.solved and self._reached is not None
        if not over or not held or not (attempt.is_over or too_low):
            return None
        if min(over) - max(held) < _CEILING_STEP_DB:
            return None
        return (min(over) + max(held)) / 2.0

    def _move_aim(self, attempt: _Attempt) -> bool:
        """Takes out of the aim by how much the coder changed the loudness; whether it had to."""
        if not self._lossy or self.aim_lufs is None or not attempt.misses_aim:
            return False
        self.aim_lufs -= attempt.off_lu
        return True
