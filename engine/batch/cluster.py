"""Hands the sessions of a batch to the workers of a Dask cluster, one whole session at a time.

A worker first proves itself (`engine.batch.worker`). This program hands out the sessions itself, one for
each thread of an accepted worker, and takes back what a worker that has died or gone silent had: Dask
would count a death against whatever else was waiting there, and give work to workers that have proved
nothing. A session may be rendered twice that way; files take their names whole and have the same bytes.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future as Pending
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from engine.batch import worker as remote
from engine.batch.address import SharedRoot, is_loopback
from engine.batch.child import outputs_of
from engine.batch.local import Bar, done_already, usable_cores
from engine.batch.orders import Order
from engine.errors import ExitCode, MachineError
from engine.progress import Progress, silent
from engine.report.batch import BatchReport, SessionResult, Worker

_POLL_S = 0.2
_CONNECT_S = 10.0
#: A worker that its scheduler has not heard from for this long is taken for dead, s.
SILENT_S = 60.0
#: Without an accepted worker for this long the batch ends, s.
NOBODY_S = 30.0
#: How often a session is begun before its deaths are its own fault.
_TRIES = 3


@dataclass(frozen=True)
class ClusterOptions:
    """How a cluster is used.

    Attributes:
        address: of its scheduler.
        insecure: plain connections to other machines are allowed.
        root: a folder that has another name on the workers.
        jobs: most jobs at once on each worker; 0: as many as it has threads.
    """

    address: str
    insecure: bool = False
    root: SharedRoot | None = None
    jobs: int = 0


@dataclass
class _Seen:
    """A worker, and what has become of it."""

    address: str
    threads: int
    name: str
    host: str
    proof: Pending[str] | None = None
    accepted: bool = False
    reason: str | None = None
    gone: bool = False
    running: set[int] = field(default_factory=set)


@dataclass
class _Running:
    """An order in the hands of a worker."""

    future: Any
    worker: _Seen
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
        MachineError: the cluster is not there, refuses, or has no worker that proves itself.
    """
    begun_s = time.monotonic()
    client = _connected(options)
    try:
        run = _Run(orders, options, client, progress)
        try:
            run.go()
        except BaseException:
            run.stop()
            raise
        return BatchReport(run.results(), run.workers(), time.monotonic() - begun_s)
    finally:
        client.close(timeout=5)


def _connected(options: ClusterOptions) -> Any:
    address = options.address
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise MachineError(
            "--cluster needs the extra 'cluster': pip install 'stemlathe[cluster]'", kind="no_cluster"
        ) from error
    try:
        security = Security(require_encryption=address.startswith("tls://"))
        return Client(address, timeout=_CONNECT_S, security=security, set_as_default=False)
    except (OSError, TypeError, RuntimeError, ValueError) as error:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        why = f"does not answer ({text}): is the scheduler running there?"
        if isinstance(error, TypeError):
            why = (
                "tls:// needs your certificate: set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
                "…__CLIENT__CERT and …__CLIENT__KEY"
            )
        elif "certificate" in text.lower() or "tls" in text.lower().replace(address, ""):
            why = f"the certificates do not match ({text}): use those that the scheduler was started with"
        raise MachineError(f"{address}: {why}", kind="cluster") from error


class _Run:
    """A batch on a cluster."""

    def __init__(
        self, orders: Sequence[Order], options: ClusterOptions, client: Any, progress: Progress
    ) -> None:
        self._orders, self._options, self._client = orders, options, client
        self._name = secrets.token_hex(4)
        self._results: dict[int, SessionResult] = dict(done_already(orders, usable_cores()))
        self._waiting = [number for number in range(len(orders)) if number not in self._results]
        self._tries: dict[int, int] = {}
        self._running: dict[int, _Running] = {}
        self._seen: dict[str, _Seen] = {}
        self._proof = remote.own_proof()
        self._wanted = self._probes()
        self._pool = ThreadPoolExecutor(8)
        self._bar = Bar(orders, progress)
        for number in self._results:
            self._bar.ended(number)
        self._somebody_s = time.monotonic()

    def _probes(self) -> dict[str, str | None]:
        """What every worker has to see: sessions and stems, by their names there."""
        paths = []
        for number in self._waiting:
            session = self._orders[number].session
            assert session is not None
            paths += [self._orders[number].path, *(stem.path for stem in session.stems)]
        return {self._there(path): remote.probe_of(path) for path in dict.fromkeys(paths)}

    def _there(self, path: Any) -> str:
        return str(path) if self._options.root is None else self._options.root.translated(path)

    def go(self) -> None:
        """Works until nothing is left."""
        while self._waiting or self._running:
            self._look_for_workers()
            self._take_proofs()
            self._take_results()
            self._hand_out()
            self._give_up_without_workers()
            self._bar.tell({})
            time.sleep(_POLL_S)

    def _look_for_workers(self) -> None:
        known: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        now = time.time()
        alive = {
            address for address, info in known.items() if now - float(info.get("last_seen", now)) < SILENT_S
        }
        for address in alive - self._seen.keys():
            info = known[address]
            seen = _Seen(address, int(info.get("nthreads", 1)), str(info.get("name", address)), "")
            self._seen[address] = seen
            if not (address.startswith("tls://") or is_loopback(address) or self._options.insecure):
                seen.reason = "its connection is plain tcp:// from another machine: start it with tls://"
            else:
                seen.proof = self._pool.submit(self._proved, address)
        for address, seen in self._seen.items():
            if address not in alive and not seen.gone:
                self._lost(seen)

    def _proved(self, address: str) -> str:
        wanted = json.dumps({"program": self._proof["program"], "files": list(self._wanted)})
        found = self._client.run(remote.prove, wanted, workers=[address], on_error="return")
        answer = found.get(address)
        if isinstance(answer, ModuleNotFoundError):
            return json.dumps({"error": "it has no stemlathe: install the same version there"})
        if not isinstance(answer, str):
            return json.dumps({"error": f"its proof failed: {answer}"})
        return answer

    def _take_proofs(self) -> None:
        for seen in self._seen.values():
            if seen.proof is None or not seen.proof.done():
                continue
            try:
                answer = json.loads(seen.proof.result())
            except Exception as error:  # whatever a connection that breaks may raise
                answer = {"error": f"its proof was not finished ({type(error).__name__})"}
            seen.proof = None
            seen.host = str(answer.get("host", ""))
            seen.reason = remote.shortfall(self._proof, answer, self._wanted)
            seen.accepted = seen.reason is None

    def _lost(self, seen: _Seen) -> None:
        """A worker is gone: others get what it had."""
        seen.gone = True
        for number in list(seen.running):
            running = self._running.pop(number)
            running.future.cancel()
            self._again(number, f"worker {seen.name} on {seen.host} died while it was rendered")
        seen.running.clear()

    def _again(self, number: int, why: str) -> None:
        order = self._orders[number]
        if self._tries[number] < _TRIES:
            self._waiting.insert(0, number)
            return
        memory = f"{order.memory_bytes / 1e9:.1f} GB"
        message = f"{order.path}: {why}, {_TRIES} times: does the worker have the {memory} that it needs?"
        error = {"kind": "worker_died", "message": message, "path": str(order.path)}
        self._finish(SessionResult(order.path, (), error, None, 0.0, int(ExitCode.MACHINE)), number)

    def _finish(self, result: SessionResult, number: int) -> None:
        self._results[number] = result
        self._bar.ended(number)

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
                self._again(number, why)
                continue
            answer = json.loads(running.future.result())
            document = answer["document"]
            order = self._orders[number]
            seconds = time.monotonic() - running.begun_s
            outputs = tuple({**one, "path": self._here(one["path"])} for one in outputs_of(document))
            name, code = running.worker.name, int(answer["code"])
            self._finish(
                SessionResult(order.path, outputs, document.get("error"), name, seconds, code), number
            )

    def _here(self, there: str) -> str:
        root = self._options.root
        if root is None or not there.startswith(f"{root.there}/"):
            return there
        return str(root.here / there.removeprefix(f"{root.there}/"))

    def _hand_out(self) -> None:
        for seen in self._seen.values():
            room = seen.threads if self._options.jobs == 0 else min(seen.threads, self._options.jobs)
            while seen.accepted and not seen.gone and self._waiting and len(seen.running) < room:
                self._hand(self._waiting.pop(0), seen)

    def _hand(self, number: int, seen: _Seen) -> None:
        tries = self._tries[number] = self._tries.get(number, 0) + 1
        order = self._orders[number]
        words = [self._word(word) for word in order.child_words()]
        future = self._client.submit(
            remote.render,
            self._name,
            json.dumps(words),
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
        able = any(
            (seen.accepted or seen.proof is not None) and not seen.gone for seen in self._seen.values()
        )
        if able or not (self._waiting or self._running):
            self._somebody_s = time.monotonic()
        if time.monotonic() - self._somebody_s < NOBODY_S:
            return
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in self._seen.values() if one.reason)
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
        addresses = [seen.address for seen in self._seen.values() if seen.running and not seen.gone]
        if addresses:
            self._client.run(remote.stop, self._name, workers=addresses, on_error="ignore")

    def results(self) -> tuple[SessionResult, ...]:
        """In the order of the orders."""
        return tuple(self._results[number] for number in range(len(self._orders)))

    def workers(self) -> tuple[Worker, ...]:
        """Everybody who was there."""
        return tuple(
            Worker(one.name, one.host, one.accepted, one.reason or ("died" if one.gone else None))
            for one in self._seen.values()
        )


def _told(error: BaseException, worker: _Seen) -> str:
    """What Dask says of a task, in a sentence."""
    where = f"worker {worker.name} on {worker.host}"
    if type(error).__name__ == "KilledWorker":
        return f"{where} died again and again"
    return f"{where} could not begin it ({type(error).__name__}: {error})"
