"""How a file is written again until what a lossy coder made of it holds target and ceiling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.deliver.corrections import Corrections
from engine.deliver.job import Job
from engine.deliver.solve import Solution
from engine.plan.output import Fades, OutputSettings
from engine.report.render import OutputReport
from engine.session.model import Deliverable

TARGET_LUFS, CEILING_DBTP = -14.0, -1.0


@dataclass(frozen=True)
class _Coder:
    """What a coder makes of a master: it moves the loudness, and its peaks pass the limiter's ceiling.

    Attributes:
        level_db: by how much the loudness moves.
        overshoot_db: by how much the peaks pass the limiter's ceiling, at the target.
        density_db: by how much more for each dB of drive.
        loudest_lufs: what limited music reaches at the ceiling of −1 dBTP; a dB less for each dB below.
    """

    level_db: float
    overshoot_db: float
    density_db: float = 0.8
    loudest_lufs: float = -8.0

    def solution(self, aim_lufs: float, ceiling_dbtp: float) -> Solution:
        reached = min(aim_lufs, self.loudest_lufs + ceiling_dbtp - CEILING_DBTP)
        # a lower ceiling asks for a little more drive
        drive_db = reached + 22.0 - 0.1 * (ceiling_dbtp - CEILING_DBTP)
        return Solution(drive_db, reached, reached == aim_lufs, 1)

    def report(self, job: Job, solution: Solution, ceiling_dbtp: float) -> OutputReport:
        loudness = solution.integrated_lufs + self.level_db
        driven_db = solution.drive_db - (TARGET_LUFS + 22.0)
        peak = ceiling_dbtp + self.overshoot_db + self.density_db * driven_db
        return OutputReport(
            version="master",
            stem=None,
            deliverable=job.deliverable.name,
            path=job.path,
            sample_rate=44100,
            subtype="MPEG_LAYER_III",
            frames=44100,
            integrated_lufs=loudness,
            true_peak_dbtp=peak,
            lra_lu=None,
            plr_db=None,
            target_lufs=TARGET_LUFS,
            ceiling_dbtp=CEILING_DBTP,
            holds=False,
            over_ceiling_db=max(0.0, peak - CEILING_DBTP),
            linked=True,
            reasons=(),
            limiter_max_gain_reduction_db=1.5,
            drive_db=solution.drive_db,
            substituted_encoding=None,
            sha256="",
        )


def _written(coder: _Coder, encoding: str = "mp3-128") -> list[OutputReport]:
    """Every file that is written, the last one to stay."""
    deliverable = Deliverable(
        name="d",
        preset=None,
        loudness_lufs=TARGET_LUFS,
        loudness_anchor="programme",
        ceiling_dbtp=CEILING_DBTP,
        sample_rate=None,
        encoding=encoding,
        versions=("master",),
    )
    job = Job(deliverable, "master", Path("d.mp3"))
    limiter = {"ceiling_dbtp": CEILING_DBTP, "drive_db": 0.0}
    settings = OutputSettings(44100, limiter, 0.0, Fades(0, 44100, 0, 0, "cosine"))
    corrections, reports = Corrections(job), []
    following: OutputSettings | None = settings
    while following is not None:
        settings = following
        ceiling = settings.limiter["ceiling_dbtp"]
        if corrections.aim_lufs is not None:
            solution = corrections.take(coder.solution(corrections.aim_lufs, ceiling))
        else:
            solution = corrections.solution
        settings = replace(settings, limiter={**settings.limiter, "drive_db": solution.drive_db})
        reports.append(coder.report(job, solution, ceiling))
        following = corrections.next(reports[-1], settings)
    return reports


@pytest.mark.parametrize("level_db", [-0.44, -0.2, 0.0, 0.3])
@pytest.mark.parametrize("overshoot_db", [-0.3, 0.0, 0.006, 0.35, 0.9])
def test_a_level_that_the_coder_moves_is_made_up_for_and_then_the_peaks(level_db, overshoot_db):
    """A file that is turned down holds a ceiling that it does not hold once it is as loud as it should be."""
    last = _written(_Coder(level_db, overshoot_db))[-1]
    assert last.integrated_lufs == pytest.approx(TARGET_LUFS, abs=0.05)
    assert last.true_peak_dbtp <= CEILING_DBTP + 0.02


def test_what_holds_both_is_written_once():
    assert len(_written(_Coder(0.0, 0.0))) == 1


def test_of_target_and_ceiling_that_exclude_each_other_the_ceiling_holds():
    """The music is as loud as it gets: what the peaks pass the ceiling by can only come off the level."""
    last = _written(_Coder(0.0, 1.0, density_db=0.2, loudest_lufs=TARGET_LUFS + 0.5))[-1]
    assert last.true_peak_dbtp <= CEILING_DBTP + 0.02
