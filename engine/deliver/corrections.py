"""What a file that was measured and falls short is written again with.

A limiter holds its ceiling for content up to 20 kHz; interpolators read what lies above differently. And
a lossy coder moves peaks by up to 1.5 dB, and loudness by up to half an LU, by no rule that could be
known before: AAC's decoded peak moves by 0.3 dB when its input does by 0.01. So the file is measured as
it decodes, and where it is over its ceiling or off its target it is written again, aimed lower by what
it missed; each time the solve, the limiter and the coder run anew, and what is reported is what the last
file measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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


def corrects_ceiling(deliverable: Deliverable, limiter: Mapping[str, Any] | None) -> bool:
    """Whether a file that measures over its ceiling is written again, with a lower one.

    Not without a limiter, and not a float file without a target: that is exactly what plays.
    """
    encoding = ENCODINGS[deliverable.encoding]
    wanted = deliverable.loudness_lufs is not None or encoding.dithered or encoding.lossy
    return limiter is not None and wanted


class Corrections:
    """The corrections of one job.

    Attributes:
        aim_lufs: what the next solve aims at: the target, less what the coder added; None without one.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lossy = ENCODINGS[job.deliverable.encoding].lossy
        self._left = _LOSSY_CORRECTIONS if self._lossy else _CORRECTIONS
        self.aim_lufs = job.target_lufs

    def next(
        self, report: OutputReport, settings: OutputSettings, solution: Solution | None
    ) -> OutputSettings | None:
        """What to write the file again with; None when it is as good as it gets.

        Args:
            report: what was measured.
            settings: what it was written with.
            solution: how its solve ended.
        """
        corrected = self._lower_ceiling(report, settings)
        aimed = self._move_aim(report, solution)
        if self._left == 0 or not (corrected or aimed):
            return None
        self._left -= 1
        return corrected or settings

    def _lower_ceiling(self, report: OutputReport, settings: OutputSettings) -> OutputSettings | None:
        over_db = report.over_ceiling_db
        corrects = corrects_ceiling(self._job.deliverable, settings.limiter)
        if settings.limiter is None or not corrects or over_db <= CEILING_TOLERANCE_DB:
            return None
        margin_db = _LOSSY_MARGIN_DB if self._lossy else _MARGIN_DB
        ceiling = float(settings.limiter["ceiling_dbtp"]) - over_db - margin_db
        return replace(settings, limiter={**settings.limiter, "ceiling_dbtp": ceiling})

    def _move_aim(self, report: OutputReport, solution: Solution | None) -> bool:
        """Takes out of the aim by how much the coder changed the loudness; whether it had to."""
        target, found = report.target_lufs, report.integrated_lufs
        reached = solution is not None and solution.solved
        if not self._lossy or not reached or self._job.aims_at_dialogue or target is None or found is None:
            return False
        miss = found - target
        if abs(miss) <= TOLERANCE_LU or self.aim_lufs is None:
            return False
        self.aim_lufs -= miss
        return True
