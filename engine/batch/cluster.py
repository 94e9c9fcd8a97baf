"""Hands the sessions of a batch to the workers of a Dask cluster, one whole session at a time.

A worker first proves itself (`engine.batch.proof`). This program hands out the sessions itself, one for
each thread of an accepted worker, and takes back what a worker that has died or gone silent had: Dask
would count a death against whatever else was waiting there, and give work to workers that have proved
nothing. A session may be rendered twice that way; files take their names whole and have the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.batch import worker as remote
from engine.batch.bar import Bar
from engine.batch.child import outputs_of
from engine.batch.connection import ClusterOptions, connected, require_in_root
from engine.batch.crew import Crew, SeenWorker, probes_of
from engine.batch.local import done_already, failed, interrupted
from engine.batch.orders import Order
from engine.cores import usable_cores
from engine.errors import ExitCode
from engine.progress import Progress, silent
from engine.report.batch import BatchReport, SessionResult, Worker
from engine.session.pins import sha256_of

_POLL_S = 0.2
#: Without an accepted worker for this long the batch ends, s.
NOBODY_S = 30.0
#: Without a connection to the scheduler for this long the batch ends, s; Dask tries again meanwhile.
SCHEDULER_GONE_S = 20.0
#: How often a session is begun before its deaths are its own fault.
_TRIES = 3


@dataclass
class _Running:
    """An order in the hands of a worker."""

    future: Any
    worker: SeenWorker
    begun_s: float


def run_on_cluster(
    orders: Sequence[Order], options: ClusterOptions, *, progress: Progress = silent
) -> BatchReport:
    """Renders every order that can be; results come in their order.

    Args:
        orders: from `orders_of`.
        options: which cluster, and how.
        progress: told how much of all songs is done.

    Raises:
        MachineError: the cluster is not there or refuses.
        UsageError: no session lies in the shared folder.
    """
    begun_s = time.monotonic()
    require_in_root(orders, options.root)
    client = connected(options)
    try:
        run = _Run(orders, options, client, progress)
        try:
            run.go()
        except KeyboardInterrupt:
            run.stop()
            raise interrupted(run.done, len(orders)) from None
        except BaseException:
            run.stop()
            raise
        return BatchReport(run.results(), run.workers(), time.monotonic() - begun_s)
    finally:
        client.close(timeout=5)


class _Run:
    """A batch on a cluster."""

    def __init__(
        self, orders: Sequence[Order], options: ClusterOptions, client: Any, progress: Progress
    ) -> None:
        self._orders, self._options, self._client = orders, options, client
        self._name = secrets.token_hex(4)
        # renders that are to be resumed prove themselves on the workers: here all stems would pass one line
        self._results = {n: failed(one, one.error) for n, one in enumerate(orders) if one.error is not None}
        if any(one.choice.verb == "deliver" for one in orders):
            self._results = dict(done_already(orders, usable_cores()))
        self._waiting = [number for number in range(len(orders)) if number not in self._results]
        self._tries: dict[int, int] = {}
        self._running: dict[int, _Running] = {}
        self._crew = Crew(options, client, [orders[number] for number in self._waiting])
        self._bar = Bar(orders, progress)
        for number, result in self._results.items():
            self._bar.ended(number, result)
        self._somebody_s = self._scheduler_s = time.monotonic()

    @property
    def done(self) -> int:
        """Sessions that are dealt with."""
        return len(self._results)

    def go(self) -> None:
        """Works until nothing is left."""
        while self._waiting or self._running:
            if self._client.status == "running":
                self._scheduler_s = time.monotonic()
                for seen in self._crew.look():
                    self._lost(seen)
                self._crew.take_proofs()
                self._take_results()
                self._hand_out()
                self._give_up_without_workers()
            elif time.monotonic() - self._scheduler_s > SCHEDULER_GONE_S:
                self._give_up_without_scheduler()
            self._bar.tell(dict.fromkeys(self._running, 0.0))
            time.sleep(_POLL_S)

    def _give_up_without_scheduler(self) -> None:
        """What was under way may end or not; what was not finished can be resumed."""
        for number in [*self._waiting, *self._running]:
            path = self._orders[number].path
            message = f"{path}: the scheduler {self._options.address} is gone: start it and its workers "
            message += "again; the same command with --resume goes on"
            error = {"kind": "cluster", "message": message, "path": str(path)}
            self._finish(SessionResult(path, (), error, None, 0.0, int(ExitCode.MACHINE)), number)
        self._waiting.clear()
        self._running.clear()

    def _lost(self, seen: SeenWorker) -> None:
        """A worker is gone: others get what it had."""
        for number in list(seen.running):
            running = self._running.pop(number)
            running.future.cancel()
            self._again(number, f"worker {seen.name} on {seen.host} died while it was rendered", seen)
        seen.running.clear()

    def _again(self, number: int, why: str, worker: SeenWorker) -> None:
        order = self._orders[number]
        if self._tries[number] < _TRIES:
            self._waiting.insert(0, number)
            return
        needed, there = f"{order.memory_bytes / 1e9:.1f} GB", f"{worker.memory_bytes / 1e9:.1f} GB"
        message = f"{order.path}: {why}, as it was begun for the {_TRIES}rd time: it needs about {needed} "
        message += f"of memory, that worker may use {there if worker.memory_bytes else 'all'}: look what "
        message += f"ended it on {worker.host}, or render it by itself"
        error = {"kind": "worker_died", "message": message, "path": str(order.path)}
        self._finish(SessionResult(order.path, (), error, None, 0.0, int(ExitCode.MACHINE)), number)

    def _finish(self, result: SessionResult, number: int) -> None:
        self._results[number] = result
        self._bar.ended(number, result)

    def _take_results(self) -> None:
        for number, running in list(self._running.items()):
            if not running.future.done():
                continue
            del self._running[number]
            running.worker.running.discard(number)
            if running.future.status != "finished":
                why = f"{running.future.status} on worker {running.worker.name}"
                if running.future.status == "error":
                    why = _told(running.future.exception(), running.worker)
                self._again(number, why, running.worker)
                continue
            answer = json.loads(running.future.result())
            document = answer["document"]
            if answer.get("unseen") and self._tries[number] < _TRIES:
                self._waiting.append(number)  # perhaps another worker sees it, perhaps it only takes a while
                continue
            order = self._orders[number]
            seconds = time.monotonic() - running.begun_s
            outputs = tuple({**one, "path": self._here(one["path"])} for one in outputs_of(document))
            name, code = running.worker.name, int(answer["code"])
            if self._tries[number] > 1 and not all(map(_is_as_told, outputs)):
                self._again(number, "another run of it wrote other bytes", running.worker)
                continue
            resumed = document.get("seconds") == 0.0
            error = document.get("error")
            self._finish(SessionResult(order.path, outputs, error, name, seconds, code, resumed), number)

    def _here(self, there: str) -> str:
        root = self._options.root
        if root is None or not there.startswith(f"{root.there}/"):
            return there
        return str(root.here / there.removeprefix(f"{root.there}/"))

    def _hand_out(self) -> None:
        able = self._crew.able
        largest = max((seen.memory_bytes for seen in able), default=0)
        for seen in able:
            room = seen.threads if self._options.jobs == 0 else min(seen.threads, self._options.jobs)
            while len(seen.running) < room:
                number = next((one for one in self._waiting if self._fits(one, seen, largest)), None)
                if number is None:
                    break
                self._waiting.remove(number)
                self._hand(number, seen)

    def _fits(self, number: int, seen: SeenWorker, largest: int) -> bool:
        """Whether a worker has the memory; what nobody has the largest tries alone."""
        if not seen.memory_bytes or (not seen.running and seen.memory_bytes == largest):
            return True
        promised = sum(self._orders[one].memory_bytes for one in seen.running)
        return promised + self._orders[number].memory_bytes <= seen.memory_bytes

    def _hand(self, number: int, seen: SeenWorker) -> None:
        tries = self._tries[number] = self._tries.get(number, 0) + 1
        order = self._orders[number]
        proves_itself = order.choice.resume and order.choice.verb == "render"
        words = [self._word(word) for word in (order.words() if proves_itself else order.child_words())]
        future = self._client.submit(
            remote.render,
            self._name,
            json.dumps(words),
            json.dumps(probes_of(order, self._options)),
            key=f"stemlathe-{self._name}-{number}-{tries}",
            workers=[seen.address],
            allow_other_workers=False,
            pure=False,
        )
        seen.running.add(number)
        self._running[number] = _Running(future, seen, time.monotonic())

    def _word(self, word: str) -> str:
        """A word of the command as the workers take it."""
        root = self._options.root
        if root is None:
            return word
        option, sign, path = word.partition("=")
        if sign and option == "--out":
            return (
                f"{option}={root.there}{path.removeprefix(str(root.here))}"
                if path.startswith(f"{root.here}/")
                else word
            )
        here = f"{root.here}/"
        return f"{root.there}/{word.removeprefix(here)}" if word.startswith(here) else word

    def _give_up_without_workers(self) -> None:
        if self._crew.may_come or not (self._waiting or self._running):
            self._somebody_s = time.monotonic()
        if time.monotonic() - self._somebody_s < NOBODY_S:
            return
        reasons = self._crew.reasons
        for number in list(self._waiting):
            self._waiting.remove(number)
            order = self._orders[number]
            message = f"{order.path}: no worker of {self._options.address} takes work"
            message += f" ({reasons})" if reasons else ": start some with 'dask worker ADDRESS'"
            error = {"kind": "no_worker", "message": message, "path": str(order.path)}
            self._finish(SessionResult(order.path, (), error, None, 0.0, int(ExitCode.MACHINE)), number)

    def stop(self) -> None:
        """Ends every render that is under way."""
        for running in self._running.values():
            running.future.cancel()
        addresses = self._crew.busy_addresses
        if addresses and self._client.status == "running":
            with contextlib.suppress(Exception):  # whatever a connection that breaks may raise
                self._client.run(remote.stop, self._name, workers=addresses, on_error="ignore")

    def results(self) -> tuple[SessionResult, ...]:
        """In the order of the orders."""
        return tuple(self._results[number] for number in range(len(self._orders)))

    def workers(self) -> tuple[Worker, ...]:
        """Everybody who was there."""
        return self._crew.workers()


def _is_as_told(output: Mapping[str, Any]) -> bool:
    """Whether a file has the hash that its render told; one that is not seen from here is not judged."""
    path = Path(output["path"])
    return not path.is_file() or sha256_of(path) == output["sha256"]


def _told(error: BaseException, worker: SeenWorker) -> str:
    """What Dask says of a task, in a sentence."""
    where = f"worker {worker.name} on {worker.host}"
    if type(error).__name__ == "KilledWorker":
        return f"{where} died again and again"
    return f"{where} could not begin it ({type(error).__name__}: {error})"
