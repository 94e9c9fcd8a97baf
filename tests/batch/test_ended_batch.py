"""A batch that is cut short by ctrl+c or a full disk, and what others see of it while it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from catalogue import rendered_files, write_catalogue
from cluster_processes import children, wait_until
from full_disk import Disk

from engine.batch.orders import Choice, Order
from engine.batch.published import BatchPublisher
from engine.cli.main import main
from engine.errors import InputError
from engine.processes.ended_renders import endings
from engine.processes.watch_view import look
from engine.report.batch import SessionResult
from tui.display.cells import CellBuffer
from tui.watch.picture import draw_watch

COMMAND = [sys.executable, "-c", "from engine.cli.main import run; run()"]


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A runtime folder of this test alone."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def _batch(songs, *words, **environment):
    return subprocess.Popen(
        [*COMMAND, "render", str(songs), "--jobs", "1", "--json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def _is_done(session):
    """Whether a session has been rendered to its end."""
    found = list((session.parent / "renders" / ".stemlathe").glob("*.json"))
    return bool(found) and bool(json.loads(found[0].read_text())["outputs"])


def _shown(width=100):
    buffer = CellBuffer(width, 40)
    draw_watch(buffer.canvas, look(), (), 0, time.time())
    return buffer.text()


def test_ctrl_c_ends_all_renders_leaves_nothing_in_part_and_can_be_resumed(tmp_path, runtime, capsys):
    songs = tmp_path / "songs"
    sessions = write_catalogue(songs, 3, seconds=4.0)
    batch = _batch(songs)
    wait_until(lambda: _is_done(sessions[0]) or batch.poll() is not None)
    # the next one is under way, and whoever watches sees the whole catalogue
    wait_until(lambda: "session 2 of 3" in _shown() and "1 holds, 1 under way" in _shown())
    seen = children(batch.pid)
    batch.send_signal(signal.SIGINT)
    said, told = batch.communicate(timeout=200)
    assert batch.returncode == 130, told
    error = json.loads(said)["error"]
    assert error["kind"] == "interrupted"
    assert "of 3 sessions are dealt with" in error["message"]
    assert "--resume" in error["message"]
    assert "Traceback" not in told
    wait_until(lambda: not any(psutil.pid_exists(child.pid) for child in seen), 60.0)
    assert not list(songs.rglob(".stemlathe-*"))
    before = rendered_files(songs)
    assert main(["render", str(songs), "--resume", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["resumed"] for one in document["sessions"]][::2] == [True, False]
    after = rendered_files(songs)
    assert len(after) == 6
    assert before.items() <= after.items()


def test_a_disk_that_fills_up_fails_what_is_left_and_nothing_else(tmp_path, runtime, capsys):
    songs = tmp_path / "songs"
    sessions = write_catalogue(songs, 3)
    disk = Disk(tmp_path / "cell", [songs])
    batch = _batch(songs, **disk.environment())
    wait_until(lambda: _is_done(sessions[0]) or batch.poll() is not None)
    disk.fill()
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 4, told
    results = json.loads(said)["sessions"]
    assert (results[0]["error"], results[2]["error"]["kind"]) == (None, "disk_full")
    assert "Traceback" not in told
    assert not list(songs.rglob(".stemlathe-*"))
    before = rendered_files(songs)
    disk.free()
    assert main(["render", str(songs), "--resume", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["resumed"] for one in document["sessions"]][::2] == [True, False]
    after = rendered_files(songs)
    assert len(after) == 6
    assert before.items() <= after.items()


def test_the_whole_catalogue_is_watched_and_its_sum_outlives_it(tmp_path, runtime):
    orders = [Order(tmp_path / "songs" / f"{n}.toml", Choice(), song_s=10.0) for n in range(4)]

    def result(number, code=0, error=None, **more):
        outputs = () if error else ({"path": f"/r/{number}.wav", "holds": code == 0},)
        return SessionResult(orders[number].path, outputs, error, "local", 1.0, code, **more)

    broken = dict(InputError("3.toml: is no session", kind="bad_session").as_json()["error"])
    with BatchPublisher(orders) as publisher:
        publisher.ended(result(0))
        publisher.ended(result(1, code=1))
        publisher.running(1)
        publisher("all sessions", 25.0, 40.0)
        [sight] = wait_until(lambda: [one for one in look().running if one.outputs_done == 2])
        assert (sight.unit, sight.outputs, sight.status.kind) == ("session", 4, "render")
        assert sight.status.session == tmp_path / "songs"
        assert sight.status.progress == pytest.approx(0.625)
        text = _shown()
        assert "session 3 of 4" in text
        assert "1 holds, 1 MISSED, 1 under way" in text
        assert "missed: 1.wav" in text
        publisher.ended(result(2, resumed=True))
        publisher.ended(result(3, code=3, error=broken))
    [ending] = endings()
    assert ending.summary == "1 holds, 1 MISSED, 1 done, 1 FAILED"
    assert not ending.holds
    assert [Path(one.session).name for one in ending.outputs] == ["1.toml", "3.toml"]
    assert "✖ songs              1 holds, 1 MISSED, 1 done, 1 FAILED" in _shown()
    assert "3.toml: is no session" in _shown()
