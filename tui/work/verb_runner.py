"""Work that the console has done by child processes: verbs of the command line, seen while they run.

The console itself never touches audio. A verb is run by the same interpreter, with `--json`; its result
is the document it prints, its progress comes as lines (`engine.cli.progress_lines`), and what goes wrong
is the sentence it prints for people. Work gives way to whatever plays, as renders do. What is
asked for while the same verb still runs waits its turn.

A render outlives the console that started it (`ps` and `watch` list it); everything else is of no use
without its reader and ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import engine
from tui.work.verb_job import Job, Stage, Work

#: The command line, by this very interpreter; `-P`: nothing in the working folder is imported.
COMMAND = (sys.executable, "-P", "-c", "from engine.cli.entry import run; run()")
#: The same as `engine.cli.progress_lines.VARIABLE`.
_PROGRESS_VARIABLE = "STEMLATHE_PROGRESS_FD"
#: How long work may take to clean up when it is cancelled, s.
GRACE_S = 10.0
# above that of a render (engine.cli.render), which lowers itself
_NICENESS = 5
_LONGEST_LINE = 1 << 16
# between looks whether a process has ended that has no more to tell
_POLL_S = 0.02
#: How long leaving waits for work that is being ended, s.
_LEAVING_S = 0.3
#: Verbs that go on when the console leaves.
_OUTLIVE = frozenset({"render", "deliver"})


class Runner:
    """Runs work; to be used inside one event loop.

    Args:
        command: what the verb and its arguments are appended to.

    Attributes:
        jobs: everything asked for, oldest first; kept as long as the console runs.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self.jobs: list[Job] = []
        self._command = tuple(command)
        self._turns: dict[str, asyncio.Lock] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, work: Work) -> Job:
        """Asks for work; returns at once. What waits or runs already is not asked for again."""
        same = (job for job in self.jobs if job.work == work and job.stage in (Stage.WAITING, Stage.RUNNING))
        there = next(same, None)
        if there is not None and work.verb not in _OUTLIVE:
            return there
        job = Job(work)
        self.jobs.append(job)
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._tasks[id(job)] = task
        task.add_done_callback(lambda _: self._tasks.pop(id(job), None))
        return job

    def newest(self, verb: str) -> Job | None:
        """The job of that verb that was asked for last."""
        return next((job for job in reversed(self.jobs) if job.work.verb == verb), None)

    def newest_done(self, verb: str) -> Job | None:
        """The newest job of that verb that has a result."""
        return next((job for job in reversed(self.jobs) if job.work.verb == verb and job.result), None)

    def active(self) -> list[Job]:
        """What waits or runs, oldest first."""
        return [job for job in self.jobs if job.active]

    def cancel(self, job: Job) -> None:
        """Ends a job as ctrl+c would, so that it removes what is not finished; by force after GRACE_S."""
        if job.stage is Stage.WAITING:
            job.move(Stage.CANCELLED)
        elif job.stage is Stage.RUNNING:
            job.move(Stage.ENDING)
            process = self._processes.get(id(job))
            if process is not None:
                _signal(process, signal.SIGTERM)
                asyncio.get_running_loop().call_later(GRACE_S, _signal, process, signal.SIGKILL)

    async def wait(self, job: Job) -> None:
        """Returns when the job has ended."""
        task = self._tasks.get(id(job))
        if task is not None:
            await asyncio.shield(task)

    async def close(self) -> None:
        """Ends all work but renders, which go on by themselves; waits only a moment for what ends.

        A verb that writes nothing has nothing to clean up: it may take its time when nobody looks.
        """
        for job in self.active():
            if job.work.verb not in _OUTLIVE or job.stage is Stage.WAITING:
                self.cancel(job)
        ending = [self._tasks[id(job)] for job in self.jobs if job.stage is Stage.ENDING]
        if ending:
            await asyncio.wait(ending, timeout=_LEAVING_S)

    async def _run(self, job: Job) -> None:
        async with self._turns.setdefault(job.work.turn or job.work.verb, asyncio.Lock()):
            if job.stage is not Stage.WAITING:  # cancelled meanwhile
                return
            job.begun_s = time.monotonic()
            job.move(Stage.RUNNING)
            try:
                await self._carry_out(job)
            except OSError as error:
                job.error, job.error_kind = f"cannot be started: {error.strerror or error}", "machine"
                job.move(Stage.FAILED)
            finally:
                self._processes.pop(id(job), None)
                job.ended_s = time.monotonic()

    async def _carry_out(self, job: Job) -> None:
        reader, writer = os.pipe()
        with contextlib.ExitStack() as files:
            text, said, why = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            text.write((job.work.text or "").encode("utf-8", "surrogateescape"))
            text.seek(0)
            try:
                # not a process of the event loop's, which kills its children when it ends
                process = subprocess.Popen(
                    [*self._command, *job.work.words()],
                    stdin=text,
                    stdout=said,
                    stderr=why,
                    pass_fds=(writer,),
                    env=_environment(writer),
                    start_new_session=True,  # a lost terminal and ctrl+c are the console's alone
                )
            except BaseException:
                os.close(reader)
                raise
            finally:
                os.close(writer)
            self._processes[id(job)], job.pid = process, process.pid
            with contextlib.suppress(OSError):  # it may have ended already
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
            await _follow(job, reader)
            while process.poll() is None:
                await asyncio.sleep(_POLL_S)
            job.exit_code = process.returncode
            said.seek(0)
            why.seek(0)
            _conclude(job, said.read(), why.read())


def _environment(descriptor: int) -> dict[str, str]:
    """For a child that has to import this very package, and to tell its progress."""
    here = str(Path(engine.__file__).resolve().parent.parent)
    others = os.environ.get("PYTHONPATH", "")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (here, others))),
        "PYTHONIOENCODING": "utf-8",
        _PROGRESS_VARIABLE: str(descriptor),
    }


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)


async def _follow(job: Job, descriptor: int) -> None:
    """Reads progress until the other end is closed."""
    stream = asyncio.StreamReader(limit=_LONGEST_LINE)
    file = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), file
    )
    try:
        while line := await stream.readline():
            with contextlib.suppress(ValueError):  # half a line is no line
                told = json.loads(line)
                if isinstance(told, dict):
                    job.take_line(told, time.monotonic())
    finally:
        transport.close()


def _conclude(job: Job, stdout: bytes, stderr: bytes) -> None:
    """Reads the verb's document; without one the last thing it said is the error."""
    try:
        document = json.loads(stdout)
    except ValueError:
        document = None
    interrupted = job.exit_code in (130, -signal.SIGTERM, -signal.SIGKILL)
    if job.stage is Stage.ENDING and interrupted:
        job.move(Stage.CANCELLED)
    elif isinstance(document, dict) and isinstance(document.get("error"), dict):
        error = document["error"]
        job.error, job.error_kind = str(error.get("message")), str(error.get("kind"))
        job.move(Stage.FAILED)
    elif isinstance(document, dict):
        from tui.work.answers import read_answer  # no report is needed for the first frame

        try:
            job.result, job.progress, job.left_s = read_answer(job.work, document), 1.0, 0.0
        except ValueError as error:
            job.error = f"said what this console does not understand: {error}: was the program just updated?"
            job.error_kind = "unexpected"
            job.move(Stage.FAILED)
        else:
            job.move(Stage.DONE)
    else:
        said = stderr.decode("utf-8", "replace").strip().splitlines()
        last = said[-1].removeprefix("stemlathe: ") if said else "it said nothing"
        job.error = f"ended unexpectedly (exit {job.exit_code}): {last}"
        job.error_kind = "unexpected"
        job.move(Stage.FAILED)
