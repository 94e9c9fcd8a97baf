"""Everything the background finds out, in the order in which somebody waits for it.

What is quick and rarely has to be done again comes before the loudness map, which every edit begins
again: so quick edits, one after the other, keep nobody waiting for a lamp.
"""

from __future__ import annotations

from pathlib import Path

from engine.live.background.checks import NullTask, SelfCheckTask, SentinelTask
from engine.live.background.deliverable import DriveTask
from engine.live.background.loudness_tasks import DryTask, FillTask, ReferenceTask
from engine.live.background.track_task import HeardTrackTask, TrackTask
from engine.live.background.worker import Task


def all_tasks(folder: Path) -> tuple[Task, ...]:
    """The tasks, the most urgent first.

    Args:
        folder: for what is kept between passes.
    """
    drive, dry, reference = DriveTask(folder), DryTask(), ReferenceTask()
    fill, tracks = FillTask(drive, dry, reference), TrackTask()
    heard = HeardTrackTask(tracks)
    return heard, drive, SelfCheckTask(), dry, reference, NullTask(), SentinelTask(), tracks, fill
