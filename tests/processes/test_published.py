"""A render is seen while it runs, is gone when it ends, and pays next to nothing for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import MachineError
from engine.link import segment
from engine.link.records import Role
from engine.processes.client import attach
from engine.processes.ended_renders import KEPT_S, REMEMBERED_S, endings
from engine.processes.published import RenderPublisher
from engine.processes.registry import running
from engine.processes.status import statuses
from engine.processes.watch_view import look
from engine.report.render import OutputReport, ToldOutput

SESSION = Path("Falling Water.toml")
SHARED_MEMORY = Path("/dev/shm")


def output(**changes: object) -> OutputReport:
    """A file that holds."""
    report = OutputReport(
        version="master",
        stem=None,
        deliverable="streaming",
        path=Path("/renders/Falling Water (Master) [streaming].wav"),
        sample_rate=44100,
        subtype="PCM_24",
        frames=441000,
        integrated_lufs=-14.1,
        true_peak_dbtp=-1.0,
        lra_lu=5.0,
        plr_db=13.1,
        target_lufs=-14.0,
        ceiling_dbtp=-1.0,
        holds=True,
        over_ceiling_db=0.0,
        linked=True,
        reasons=(),
        limiter_max_gain_reduction_db=3.0,
        drive_db=4.0,
        substituted_encoding=None,
        sha256="0" * 64,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def test_progress_speed_and_time_left_are_seen(wait: Callable) -> None:  # type: ignore[type-arg]
    heard = []
    onward = lambda *step: heard.append(step)  # noqa: E731
    with RenderPublisher(SESSION, song_s=100.0, steps=4, outputs=2, onward=onward) as publisher:
        assert publisher.problem is None
        publisher("stems", 100, 100)
        publisher("writing", 30, 60)
        publisher.measured(integrated_lufs=-13.0)
        publisher.delivered(output())
        with attach("falling-water", Role.READER) as watcher:
            wait(lambda: watcher.snapshot().job.outputs_done == 1)
            snapshot = watcher.snapshot()
            [sight] = look().running
            (told,) = sight.files
            assert isinstance(told, ToldOutput)
            assert (told.version, told.holds, told.integrated_lufs) == ("master", True, -14.1)
        job = snapshot.job
        assert (job.label, job.step, job.progress, job.outputs) == ("writing", 0.5, 0.375, 2)
        assert job.left_s == pytest.approx(job.elapsed_s * 0.625 / 0.375)
        assert job.speed == pytest.approx(150.0 / job.elapsed_s)
        assert snapshot.master.integrated_lufs == -14.1
        assert snapshot.master.plr_db == pytest.approx(13.1)
        (status,) = statuses()
        assert (status.name, status.kind, status.state, status.progress) == (
            "falling-water",
            "render",
            "rendering",
            0.375,
        )
        assert status.position_s is None
    assert heard == [("stems", 100, 100), ("writing", 30, 60)]
    assert statuses() == []


def test_progress_never_falls_when_more_steps_turn_up() -> None:
    publisher = RenderPublisher(SESSION, song_s=10.0)
    assert publisher.job().progress == 0.0
    farthest = 0.0
    for step in ("stems", "loudness, pass 1", "loudness, pass 2", "writing"):
        for done in range(0, 11, 5):
            publisher(step, done, 10)
            progress = publisher.job().progress
            assert farthest <= progress <= 1.0
            farthest = progress
    assert farthest == 1.0
    publisher.steps = 8
    assert publisher.job().progress == 1.0
    publisher("nothing to do", 0, 0)
    assert publisher.job().step == 1.0


def test_it_is_removed_when_the_render_fails(runtime: Path) -> None:
    def render() -> None:
        with RenderPublisher(SESSION, song_s=1.0):
            assert len(running()) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        render()
    assert list(runtime.glob("*.json")) == []
    assert list(SHARED_MEMORY.glob(f"stemlathe-{os.getpid()}-*")) == []


FORGETFUL = """
import sys
from pathlib import Path
from engine.processes.published import RenderPublisher
publisher = RenderPublisher(Path("song.toml"), song_s=1.0)
publisher.__enter__()
print(publisher._host.entry.segment, flush=True)
if sys.argv[1] == "raise":
    raise RuntimeError("the render failed")
"""


@pytest.mark.parametrize("how", ["end", "raise"])
def test_it_is_removed_when_the_process_ends_without_closing(runtime: Path, how: str) -> None:
    done = subprocess.run([sys.executable, "-c", FORGETFUL, how], capture_output=True, text=True, check=False)
    assert done.returncode == (1 if how == "raise" else 0)
    assert done.stdout.startswith("stemlathe-")
    assert not (SHARED_MEMORY / done.stdout.strip()).exists()
    assert list(runtime.glob("*.json")) == []


def test_a_killed_render_is_swept(children, wait: Callable) -> None:  # type: ignore[no-untyped-def, type-arg]
    def render() -> None:
        with RenderPublisher(SESSION, song_s=1.0):
            signal.pause()

    pid = children.fork(render)
    wait(lambda: len(running()) == 1)
    os.kill(pid, signal.SIGKILL)
    children.join(pid)
    assert running() == []
    assert list(SHARED_MEMORY.glob(f"stemlathe-{pid}-*")) == []


def test_who_asks_it_to_stop_interrupts_it_once() -> None:
    stopped = threading.Event()
    stops = []

    def stop() -> None:
        stops.append(1)
        stopped.set()

    with (
        RenderPublisher(SESSION, song_s=1.0, on_stop=stop),
        attach(role=Role.CONTROLLER, wait_s=1.0) as client,
    ):
        assert client.request("stop").kind == "done"
        assert client.request("stop").kind == "done"
        refusal = client.request("play")
        assert (refusal.kind, refusal.payload["code"]) == ("error", "not_for_renders")
        assert stopped.wait(2.0)
    assert stops == [1]


def test_by_default_it_ends_as_if_interrupted_from_the_keyboard() -> None:
    def render() -> None:
        with RenderPublisher(SESSION, song_s=1.0):
            with attach(role=Role.CONTROLLER, wait_s=1.0) as client:
                client.send("stop")
            deadline_s = time.monotonic() + 3.0
            while time.monotonic() < deadline_s:
                time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        render()
    assert running() == []


@pytest.mark.parametrize("holds", [True, False])
def test_the_verdict_outlives_the_render(holds: bool, runtime: Path) -> None:
    with RenderPublisher(SESSION, song_s=1.0) as publisher:
        publisher.delivered(output(holds=holds, integrated_lufs=None))
        assert endings() == []
    (ending,) = endings()
    assert (ending.name, ending.pid, ending.how, ending.holds) == (
        "falling-water",
        os.getpid(),
        "done",
        holds,
    )
    assert ending.session == SESSION.absolute()
    assert ending.outputs[0].integrated_lufs is None
    assert len(list((runtime / "ended").iterdir())) == 1
    assert (runtime / "ended").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("error", "how", "message"),
    [
        (MachineError("x.wav: the disk is full"), "failed", "x.wav: the disk is full"),
        (KeyboardInterrupt(), "interrupted", ""),
    ],
)
def test_a_render_that_broke_off_is_no_success(
    error: BaseException, how: str, message: str, runtime: Path
) -> None:
    with pytest.raises(type(error)), RenderPublisher(SESSION, song_s=1.0):
        raise error
    (ending,) = endings()
    assert (ending.how, ending.message, ending.holds) == (how, message, False)


def test_old_endings_and_litter_are_removed(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RenderPublisher(SESSION, song_s=1.0):
        pass
    folder = runtime / "ended"
    (folder / "litter.json").write_text("[]", encoding="utf-8")
    assert len(endings()) == 1
    assert len(list(folder.iterdir())) == 1
    now_s = time.time()
    monkeypatch.setattr("engine.processes.ended_renders.time.time", lambda: now_s + REMEMBERED_S + 1.0)
    assert endings() == []
    assert len(endings(KEPT_S)) == 1  # a console that comes back knows it for a day
    monkeypatch.setattr("engine.processes.ended_renders.time.time", lambda: now_s + KEPT_S + 1.0)
    assert endings(KEPT_S) == []
    assert list(folder.iterdir()) == []


def test_thousands_of_older_endings_cost_no_reading(runtime: Path) -> None:
    with RenderPublisher(SESSION, song_s=1.0):
        pass
    older = runtime / "ended" / "older.json"
    older.write_text("[]", encoding="utf-8")  # whoever reads it removes it
    written_s = time.time() - REMEMBERED_S - 100.0
    os.utime(older, (written_s, written_s))
    assert len(endings()) == 1
    assert older.exists()
    assert len(endings(KEPT_S)) == 1
    assert not older.exists()


def test_without_shared_memory_the_render_goes_on_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MachineError("no room", kind="disk_full")

    monkeypatch.setattr(segment, "create", refuse)
    with RenderPublisher(SESSION, song_s=1.0) as publisher:
        publisher("writing", 1, 2)
        publisher.measured(integrated_lufs=-14.0)
        assert publisher.problem is not None
        assert publisher.job().step == 0.5
    assert running() == []


def test_telling_progress_costs_next_to_nothing() -> None:
    with RenderPublisher(SESSION, song_s=1.0) as publisher:
        begun_s = time.process_time()
        for done in range(20_000):
            publisher("writing", done, 20_000)
        # a render tells about every 10 ms of work: 20 µs would be 0.2 %
        assert (time.process_time() - begun_s) / 20_000 < 20e-6
