"""Files that get their names when nothing about them will change any more.

A file may be written several times until it holds its ceiling and its target, and is tagged after it has been
measured. Whoever looks into the folder meanwhile, or after the render was killed, is to find none that only
looks like a master: until then a file is in a hidden folder beside its place, in the same file system.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from engine.deliver.job import Job
from engine.errors import StemlatheError, machine_error
from engine.files import hidden_folder, refuse_folder, sync_folder
from engine.pairs import members, spelt_out
from engine.report.render import OutputReport


class Staging:
    """Where the files of one render are until they are finished; made by `staging`.

    Attributes:
        jobs: the jobs as they were asked for, with paths in hidden folders.
    """

    def __init__(self, jobs: Sequence[Job], hidden: Mapping[Path, Path]) -> None:
        self.jobs = [replace(job, path=hidden[job.path.parent] / job.path.name) for job in jobs]
        self._final = {folder: parent for parent, folder in hidden.items()}

    def place(self, report: OutputReport) -> OutputReport:
        """Gives a finished file its name, or a pair both of theirs; returns its report, with that name.

        A file that has the name is replaced.

        Raises:
            MachineError: the system refused.
        """
        path = self._final[report.path.parent] / report.path.name
        ends = spelt_out(path) if len(members(report.path)) == 2 else (path,)
        try:
            for hidden, end in zip(members(report.path), ends, strict=True):
                os.replace(hidden, end)
            sync_folder(path.parent)
        except OSError as error:
            raise machine_error(error, path, "write") from error
        return replace(report, path=path)

    def seen(self, error: StemlatheError) -> StemlatheError:
        """The same error, told of the places that users know."""
        for hidden, parent in self._final.items():
            error.message = error.message.replace(str(hidden), str(parent))
            if error.path is not None and error.path.is_relative_to(hidden):
                error.path = parent / error.path.relative_to(hidden)
        error.args = (error.message,)
        return error


@contextlib.contextmanager
def staging(jobs: Sequence[Job]) -> Iterator[Staging]:
    """A hidden folder in each folder that a render writes to; they go with all that was not finished.

    Args:
        jobs: what is to be written; their folders have to exist.

    Raises:
        MachineError: a folder does not take it, or a folder has the name of a file that is to be written.
    """
    for path in [path for job in jobs for path in job.files]:
        try:
            refuse_folder(path)
        except OSError as error:
            raise machine_error(error, path, "write") from error
    with ExitStack() as stack:
        parents = dict.fromkeys(job.path.parent for job in jobs)
        staged = Staging(jobs, {parent: stack.enter_context(hidden_folder(parent)) for parent in parents})
        try:
            yield staged
        except StemlatheError as error:
            raise staged.seen(error)  # noqa: B904 (it is that very error)
