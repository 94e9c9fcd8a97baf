"""Child commands as the console runs them: real verbs, and small programs where a verb would be slow."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from terminals import ROOT
from work_views import output

from engine.report.new import NewReport
from engine.report.reading import read_as
from engine.report.render import OutputReport
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

LIMIT_S = 60.0

SESSION = Path("/nowhere/at all.toml")


def running(source: str) -> Runner:
    """A runner whose verb is a small Python program; its arguments are those of the verb."""
    return Runner((sys.executable, "-c", source))


def in_loop(act: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(act(), LIMIT_S)

    asyncio.run(limited())


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await asyncio.sleep(0.005)


def test_a_verb_gives_its_document() -> None:
    async def act() -> None:
        runner = Runner()
        job = runner.start(Work("check", SESSION))
        assert (job.stage, job.active) == (Stage.WAITING, True)
        await runner.wait(job)
        # a session that is not there: a sentence, as a person would read it
        assert (job.stage, job.error_kind, job.exit_code) == (Stage.FAILED, "missing_file", 3)
        assert "/nowhere/at all.toml" in job.error
        assert runner.newest("check") is job
        assert runner.newest_done("check") is None

    in_loop(act)


def test_the_working_folder_is_not_imported_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    async def act() -> None:
        runner = Runner()
        job = runner.start(Work("check", SESSION))
        await runner.wait(job)
        assert job.error_kind == "missing_file"

    in_loop(act)


def test_the_live_text_arrives_and_so_do_arguments() -> None:
    source = """
import json, sys
made = {"session": "/x.toml", "sample_rate": 48000, "reference": None, "reference_guessed_from": None}
print(json.dumps({**made, "title": sys.stdin.read(), "stems": [], "notes": sys.argv[1:]}))
"""

    async def act() -> None:
        runner = running(source)
        job = runner.start(Work("new", SESSION, ("--note",), text="title = 'Flüsse'\n" * 9000))
        await runner.wait(job)
        assert job.stage is Stage.DONE
        assert isinstance(job.result, NewReport)
        assert job.result.notes == ("new", str(SESSION), "--note", "--stdin", "--json")
        assert job.result.title == "title = 'Flüsse'\n" * 9000

    in_loop(act)


def test_a_document_of_another_version_is_a_failure_that_says_what_is_missing() -> None:
    async def act() -> None:
        runner = running('print(\'{"verdict": "pass", "findings": []}\')')
        job = runner.start(Work("check", SESSION))
        await runner.wait(job)
        assert (job.stage, job.result) == (Stage.FAILED, None)
        assert "stems is missing" in job.error

    in_loop(act)


def test_progress_and_time_left_are_seen_while_it_runs() -> None:
    source = """
import os, sys
out = os.fdopen(int(os.environ['STEMLATHE_PROGRESS_FD']), 'w')
print('{"label": "reading", "done": 1, "total": 1}', file=out, flush=True)
print('half a li', file=out, flush=True)
print('{"label": "fitting", "done": 1, "total": 2}', file=out, flush=True)
sys.stdin.read()
import time; time.sleep(600)
"""

    async def act() -> None:
        runner = running(source)
        job = runner.start(Work("null", SESSION, steps=3))
        await until(lambda: job.label == "fitting")
        assert job.stage is Stage.RUNNING
        assert job.progress == 0.5
        assert 0.0 < job.left_s < LIMIT_S
        runner.cancel(job)
        assert job.stage is Stage.ENDING
        await runner.wait(job)
        assert job.stage is Stage.CANCELLED
        assert job.elapsed_s(math.inf) < LIMIT_S
        with pytest.raises(ProcessLookupError):
            os.kill(job.pid or 0, 0)

    in_loop(act)


def test_what_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.work.verb_runner.GRACE_S", 0.05)
    source = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(int(os.environ['STEMLATHE_PROGRESS_FD']), b'{"label": "deaf", "done": 0, "total": 1}\\n')
time.sleep(600)
"""

    async def act() -> None:
        runner = running(source)
        job = runner.start(Work("null", SESSION))
        await until(lambda: job.label == "deaf")
        runner.cancel(job)
        await runner.wait(job)
        assert job.stage is Stage.CANCELLED

    in_loop(act)


def test_what_breaks_is_told_in_its_last_words() -> None:
    async def act() -> None:
        runner = running("raise ValueError('a bug')")
        job = runner.start(Work("null", SESSION))
        await runner.wait(job)
        assert job.stage is Stage.FAILED
        assert job.error == "ended unexpectedly (exit 1): ValueError: a bug"

    in_loop(act)


def test_a_command_that_cannot_be_started_is_told() -> None:
    async def act() -> None:
        runner = Runner(("/nowhere/python",))
        job = runner.start(Work("null", SESSION))
        await runner.wait(job)
        assert (job.stage, job.error) == (Stage.FAILED, "cannot be started: No such file or directory")

    in_loop(act)


def test_the_same_verb_waits_its_turn_and_can_be_cancelled_there() -> None:
    source = """
import sys, time
if 'slow' in sys.argv: time.sleep(600)
print('{"outputs": [], "seconds": 1, "realtime_factor": 1, "verdict": "pass", "findings": [], "stems": []}')
"""

    async def act() -> None:
        runner = running(source)
        slow = runner.start(Work("render", SESSION, ("slow",)))
        second, third = (runner.start(Work("render", SESSION)) for _ in range(2))
        other = runner.start(Work("check", SESSION))
        await runner.wait(other)  # another verb does not wait for it
        assert (other.stage, slow.stage, second.stage) == (Stage.DONE, Stage.RUNNING, Stage.WAITING)
        runner.cancel(second)
        runner.cancel(slow)
        await runner.wait(third)
        assert (slow.stage, second.stage, third.stage) == (Stage.CANCELLED, Stage.CANCELLED, Stage.DONE)
        assert runner.newest_done("render") is third

    in_loop(act)


def test_what_runs_already_is_not_asked_for_again() -> None:
    """Else a panel that began by itself would say that it waits its turn, once its key is pressed too."""
    source = """
import sys, time
if 'slow' in sys.argv: time.sleep(600)
print('{"verdict": "pass", "findings": [], "stems": []}')
"""

    async def act() -> None:
        runner = running(source)
        slow = Work("check", SESSION, ("slow",))
        job = runner.start(slow)
        assert runner.start(slow) is job
        other = runner.start(Work("check", SESSION))
        assert runner.start(Work("check", SESSION)) is other
        assert runner.jobs == [job, other]
        runner.cancel(job)
        assert runner.start(slow) is not job, "what is being cancelled may be asked for again"
        runner.cancel(runner.jobs[-1])
        await runner.wait(other)
        assert runner.start(Work("check", SESSION)) is not other
        await runner.close()

    in_loop(act)


def test_a_render_outlives_the_console_and_nothing_else_does() -> None:
    async def act() -> None:
        runner = running("import time; time.sleep(600)")
        render, null = runner.start(Work("render", SESSION)), runner.start(Work("null", SESSION))
        waiting = runner.start(Work("render", SESSION))
        await until(lambda: None not in (render.pid, null.pid))
        await runner.close()
        await runner.wait(null)
        assert (render.stage, null.stage, waiting.stage) == (
            Stage.RUNNING,
            Stage.CANCELLED,
            Stage.CANCELLED,
        )
        os.kill(render.pid or 0, 0)  # it lives
        runner.cancel(render)
        await runner.wait(render)

    in_loop(act)


def test_a_render_goes_on_when_the_console_is_gone(tmp_path: Path) -> None:
    mark = tmp_path / "finished"
    render = f"""
import os, pathlib, time
console = os.getppid()
os.write(int(os.environ["STEMLATHE_PROGRESS_FD"]), b'{{"label": "begun", "done": 0, "total": 1}}\\n')
while os.getppid() == console: time.sleep(0.005)
try: os.write(int(os.environ["STEMLATHE_PROGRESS_FD"]), b"late")
except BrokenPipeError: print("told nobody")
pathlib.Path({str(mark)!r}).touch()
"""
    console = f"""
import asyncio, sys
from pathlib import Path
from tui.work.verb_job import Work
from tui.work.verb_runner import Runner
async def act():
    runner = Runner((sys.executable, "-c", {render!r}))
    job = runner.start(Work("render", Path("x")))
    while job.label != "begun": await asyncio.sleep(0.005)
    await runner.close()
asyncio.run(act())
"""
    subprocess.run([sys.executable, "-c", console], check=True, timeout=LIMIT_S, cwd=ROOT)
    deadline_s = time.monotonic() + LIMIT_S
    while not mark.exists():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


@pytest.mark.parametrize(("done", "left_s"), [(29, math.nan), (31, 312.6), (250, 30.0), (1000, 0.0)])
def test_as_much_time_is_left_as_the_share_that_is_done_has_taken(done: int, left_s: float) -> None:
    """After 10 s; below 3 % that says little."""
    job = Job(Work("null", SESSION), begun_s=100.0)
    job.take_line({"label": "fitting", "done": done, "total": 1000}, 110.0)
    assert job.left_s == pytest.approx(left_s, abs=0.1, nan_ok=True)


def test_a_verb_that_knows_the_whole_is_believed() -> None:
    job = Job(Work("render", SESSION), begun_s=time.monotonic())
    line = {"label": "writing", "done": 1, "total": 2, "progress": 0.25, "left_s": 12.0, "speed": 20.0}
    job.take_line(line, time.monotonic())
    assert (job.label, job.progress, job.left_s, job.speed) == ("writing", 0.25, 12.0, 20.0)
    job.take_line({"output": output("cd", "master")}, time.monotonic())
    assert job.outputs == [read_as(OutputReport, output("cd", "master"))]
    assert job.changes == 2
