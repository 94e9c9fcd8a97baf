"""The drive of a deliverable without writing it: what playback needs to sound like it."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from engine.deliver.job import Job
from engine.deliver.solve import Solution
from engine.deliver.work import Work
from engine.offline.bus import StemFiles
from engine.progress import Progress, silent
from engine.session.model import Deliverable, Session


def solve_target(session: Session, deliverable: Deliverable, progress: Progress = silent) -> Solution:
    """Solves the drive exactly as a render of that deliverable would.

    Args:
        session: the session; its files are only read.
        deliverable: with a loudness target.
        progress: told about every pass.

    Raises:
        InputError: a stem cannot be used.
        MachineError: a long song's scratch file finds no room.
    """
    job = Job(deliverable, "master", session.path)
    with StemFiles(session) as files, ExitStack() as stack:
        work = Work(session, files, progress)
        rate = work.rate_of(job)
        programmes = work.keep_bus({rate}, Path(tempfile.gettempdir()), stack)
        return work.solve(job, programmes[rate])
