"""A real scheduler and real workers on this machine: proofs, a death in mid-job, and the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from catalogue import rendered_files, write_catalogue

from engine.batch.address import is_loopback, require_safe, shared_root
from engine.batch.worker import shortfall
from engine.cli.main import main
from engine.errors import UsageError

COMMAND = [sys.executable, "-c", "from engine.cli.main import run; run()"]
_OTHER_VERSION = "import engine\nengine.__version__ = '0.0.1'\n"


@pytest.fixture
def start_process():
    """Starts processes that end with the test."""
    running: list[subprocess.Popen] = []

    def start(*words, **options):
        process = subprocess.Popen(
            [sys.executable, *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        for one in [*_children(process.pid), process]:
            try:
                one.kill()
            except (psutil.NoSuchProcess, OSError):
                continue
        process.wait()


def _children(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is_render(process):
    try:
        return "render" in process.cmdline()
    except psutil.Error:  # it has ended
        return False


def _wait_until(holds, seconds=400.0):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


def test_a_worker_that_dies_loses_nothing_and_one_of_another_version_gets_nothing(tmp_path, start_process):
    pytest.importorskip("distributed")
    songs = tmp_path / "songs"
    sessions = write_catalogue(songs, 3, seconds=4.0)
    place = tmp_path / "scheduler.json"
    local = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    start_process("-m", "distributed.cli.dask_scheduler", *local, "--port", 0, "--scheduler-file", place)
    address = _wait_until(lambda: place.exists() and json.loads(place.read_text())["address"])
    shim = tmp_path / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(_OTHER_VERSION, encoding="utf-8")
    workers = {}
    for name in ("one", "two", "three", "other"):
        environment = {**os.environ, "PYTHONPATH": str(shim)} if name == "other" else None
        words = ("-m", "distributed.cli.dask_worker", address, *local, "--nthreads", 1, "--name", name)
        quiet = ("--no-nanny", "--death-timeout", 60, "--local-directory", tmp_path)
        workers[name] = start_process(*words, *quiet, env=environment)
    batch = subprocess.Popen(
        [*COMMAND, "render", songs, "--cluster", address, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # the first worker that renders is killed in the middle of it
    victim, child = _wait_until(
        lambda: next(
            (
                (name, child)
                for name, worker in workers.items()
                for child in _children(worker.pid)
                if _is_render(child)
            ),
            None,
        )
    )
    os.kill(workers[victim].pid, signal.SIGKILL)
    _wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 20.0)
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 0, told
    document = json.loads(said)
    assert [one["error"] for one in document["sessions"]] == [None] * len(sessions)
    assert {one["worker"] for one in document["sessions"]} <= {"one", "two", "three"} - {victim}
    seen = {one["name"]: one for one in document["workers"]}
    assert sorted(seen) == ["one", "other", "three", "two"]
    assert not seen["other"]["accepted"]
    assert "0.0.1" in seen["other"]["reason"]
    assert not list(songs.rglob(".stemlathe-*"))
    files = rendered_files(songs)
    assert len(files) == 2 * len(sessions)
    assert main(["render", str(songs), "--resume", "--json"]) == 0
    assert rendered_files(songs) == files


_PROOF = {"program": "1.0", "designs": "aa", "sound": "bb"}


@pytest.mark.parametrize(
    ("changes", "probe", "word"),
    [
        ({}, "5-ff", None),
        ({"program": "0.9"}, "5-ff", "stemlathe 0.9"),
        ({"sound": "bc"}, "5-ff", "other bytes"),
        ({"designs": "ab"}, "5-ff", "other bytes"),
        ({}, None, "cannot see /songs/a.wav"),
        ({}, "5-fe", "is another file there"),
        ({"error": "it has no stemlathe"}, "5-ff", "no stemlathe"),
    ],
)
def test_a_worker_has_to_prove_itself(changes, probe, word):
    seen = {**_PROOF, "probes": {"/songs/a.wav": probe}, **changes}
    found = shortfall(_PROOF, seen, {"/songs/a.wav": "5-ff"})
    assert found is None if word is None else word in found


@pytest.mark.parametrize(
    ("address", "insecure", "refused"),
    [
        ("tcp://127.0.0.1:8786", False, False),
        ("tcp://localhost:8786", False, False),
        ("tcp://[::1]:8786", False, False),
        ("tcp://192.168.7.7:8786", False, True),
        ("tcp://studio:8786", False, True),
        ("tcp://127.0.0.1.example.org:8786", False, True),
        ("tcp://studio:8786", True, False),
        ("tls://studio:8786", False, False),
        ("studio:8786", True, True),
        ("http://127.0.0.1:8786", True, True),
    ],
)
def test_plain_connections_stay_on_this_machine(address, insecure, refused):
    if refused:
        with pytest.raises(UsageError):
            require_safe(address, insecure=insecure)
    else:
        require_safe(address, insecure=insecure)
    assert is_loopback("tcp://127.3.4.5:1")


def test_a_shared_root_is_called_otherwise_there(tmp_path):
    root = shared_root(f"{tmp_path}=/srv/songs")
    assert root.translated(tmp_path / "a" / "b.toml") == "/srv/songs/a/b.toml"
    assert root.translated(tmp_path.parent / "x") == str(tmp_path.parent / "x")
    for text in ("nothing", f"{tmp_path}=relative", f"{tmp_path / 'none'}=/srv"):
        with pytest.raises(UsageError):
            shared_root(text)


def test_a_cluster_that_is_not_there_is_told(tmp_path, capsys):
    pytest.importorskip("distributed")
    write_catalogue(tmp_path, 1, seconds=0.5)
    code = main(["render", str(tmp_path), "--cluster", "tcp://127.0.0.1:9", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert (code, error["kind"]) == (4, "cluster")
    assert "does not answer" in error["message"]
