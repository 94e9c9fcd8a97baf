"""A real scheduler, real workers and a batch on them, as processes that end with the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

COMMAND = [sys.executable, "-c", "from engine.cli.main import run; run()"]
LOCAL = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


def wait_until(holds, seconds=400.0):
    """What `holds()` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


def children(pid):
    """Processes below one."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is_render(process):
    try:
        return "render" in process.cmdline()
    except psutil.Error:  # it has ended
        return False


def _address_in(place):
    try:
        return json.loads(place.read_text())["address"]
    except (OSError, ValueError):  # not there yet, or not all of it
        return None


class Cluster:
    """A scheduler and its workers.

    Args:
        folder: for what they leave behind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self._all: list[subprocess.Popen] = []

    def run(self, *words, environment: Mapping[str, str] | None = None, before=()):
        """Starts Python with these words; `before`: what stands before it on the command line."""
        process = subprocess.Popen(
            [*before, sys.executable, *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._all.append(process)
        return process

    def start(self, *options, environment: Mapping[str, str] | None = None) -> str:
        """Starts the scheduler; returns its address."""
        place = self.folder / "scheduler.json"
        words = ("-m", "distributed.cli.dask_scheduler", *LOCAL, "--port", 0, "--scheduler-file", place)
        self.scheduler = self.run(*words, *options, environment=environment)
        self.address = wait_until(lambda: _address_in(place))
        return self.address

    def worker(self, name: str, *options, environment: Mapping[str, str] | None = None, before=()) -> None:
        """Starts a worker with one thread."""
        words = ("-m", "distributed.cli.dask_worker", self.address, *LOCAL, "--nthreads", 1, "--name", name)
        quiet = ("--no-nanny", "--death-timeout", 120, "--local-directory", self.folder)
        self.workers[name] = self.run(*words, *quiet, *options, environment=environment, before=before)

    def batch(self, *words, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Renders on the cluster."""
        process = subprocess.Popen(
            [*COMMAND, "render", *map(str, words), "--cluster", self.address, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._all.append(process)
        return process

    def render_under_way(self) -> tuple[str, psutil.Process]:
        """A worker that renders just now, and the process that does it for it."""
        return wait_until(
            lambda: next(
                (
                    (name, child)
                    for name, worker in self.workers.items()
                    for child in children(worker.pid)
                    if _is_render(child)
                ),
                None,
            )
        )

    def end(self) -> None:
        """Ends them all."""
        for process in self._all:
            for one in [*children(process.pid), process]:
                try:
                    one.kill()
                except (psutil.NoSuchProcess, OSError):
                    continue
            process.wait()


@contextmanager
def cluster_in(folder: Path) -> Iterator[Cluster]:
    """A cluster that is not started yet, and ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.end()


def shim(folder: Path, text: str) -> dict[str, str]:
    """The environment of a Python that runs `text` before anything else."""
    folder.mkdir(parents=True)
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))}
