"""Renders the sessions of a batch on this machine, several at once, as far as memory and disk allow."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from engine.batch.bar import Bar
from engine.batch.child import Child, end_all, host_name, outputs_of, start, wait_for_any
from engine.batch.orders import Order
from engine.cores import usable_cores
from engine.delivery.again import delivered_already
from engine.delivery.render_record import proven
from engine.errors import ExitCode, StemlatheError
from engine.progress import Progress, silent
from engine.report.batch import BatchReport, SessionResult, Worker
from engine.report.plain import as_json
from engine.session.model import Session

LOCAL = "local"
#: How often the bar moves while no job ends, s. A job that ends is noticed at once.
_TELL_S = 0.5
#: How long until disks are asked again whether a waiting job fits now, s.
_LOOK_AGAIN_S = 1.0
#: Share of the memory that is free now which a batch may plan with.
_MEMORY_SHARE = 0.8


@dataclass
class _Room:
    """Memory and disk that jobs have been promised."""

    memory_bytes: int
    promised: dict[int, int] = field(default_factory=dict)
    _devices: dict[Path, int] = field(default_factory=dict)
    _free: dict[int, int] = field(default_factory=dict)

    def look_again(self) -> None:
        """Asks the disks anew how much is free when it is next needed."""
        self._free.clear()

    def admits(self, order: Order) -> bool:
        """Whether an order fits beside those that run."""
        if order.memory_bytes > self.memory_bytes:
            return False
        device = self._device(order.folder)
        return order.disk_bytes <= self._free[device] - self.promised.get(device, 0)

    def take(self, order: Order) -> None:
        device = self._device(order.folder)
        self.memory_bytes -= order.memory_bytes
        self.promised[device] = self.promised.get(device, 0) + order.disk_bytes

    def give_back(self, order: Order) -> None:
        device = self._device(order.folder)
        self.memory_bytes += order.memory_bytes
        self.promised[device] = self.promised.get(device, 0) - order.disk_bytes

    def _device(self, folder: Path) -> int:
        """The file system that a folder is or will be in; how much of it is free is known then."""
        device = self._devices.get(folder)
        if device is None or device not in self._free:
            there = folder
            while not there.exists() and there != there.parent:
                there = there.parent
            device = self._devices.setdefault(folder, os.stat(there).st_dev)
            status = os.statvfs(there)
            self._free[device] = status.f_bavail * status.f_frsize
        return device


def run_here(orders: Sequence[Order], *, jobs: int = 0, progress: Progress = silent) -> BatchReport:
    """Renders every order that can be; results come in their order.

    A job starts when a core is free and what it needs of memory and disk fits beside those that run;
    one that never would starts alone, and tells itself what is missing. One that fails stops no other.

    Args:
        orders: from `orders_of`.
        jobs: at once; 0: as many as there are cores.
        progress: told how much of all songs is done.
    """
    begun_s = time.monotonic()
    bar = Bar(orders, progress)
    results: dict[int, SessionResult] = {}
    try:
        for number, result in done_already(orders, jobs or usable_cores()):
            results[number] = result
            bar.ended(number, result)
            bar.tell({})
        _Local(orders, results, bar, jobs or usable_cores()).run()
    except KeyboardInterrupt:
        raise interrupted(len(results), len(orders)) from None
    workers = (Worker(LOCAL, host_name(), True),)
    return BatchReport(tuple(results[n] for n in range(len(orders))), workers, time.monotonic() - begun_s)


class InterruptedBatchError(StemlatheError):
    """Somebody has asked a batch to end (exit 130)."""

    exit_code = ExitCode.INTERRUPTED
    default_kind = "interrupted"


def interrupted(done: int, sessions: int) -> InterruptedBatchError:
    """What is told when somebody ends a batch."""
    return InterruptedBatchError(
        f"interrupted: {done} of {sessions} sessions are dealt with, nothing is there in part: the same "
        "command with --resume goes on there"
    )


class _Local:
    """A batch on this machine.

    Args:
        orders: of the batch.
        results: of those that need no work; the others' are put in.
        bar: told how far everything is.
        most: sessions at once.
    """

    def __init__(
        self, orders: Sequence[Order], results: dict[int, SessionResult], bar: Bar, most: int
    ) -> None:
        self._orders, self._results, self._bar, self._most = orders, results, bar, most
        self._waiting = [number for number in range(len(orders)) if number not in results]
        self._running: dict[int, Child] = {}
        self._room = _Room(int(_available_bytes() * _MEMORY_SHARE))
        self._looked_s = -_LOOK_AGAIN_S

    def run(self) -> None:
        """Works until nothing is left."""
        try:
            while self._waiting or self._running:
                if time.monotonic() - self._looked_s >= _LOOK_AGAIN_S:
                    self._begin()
                wait_for_any(self._running.values(), _TELL_S)
                self._take_ended()
                self._bar.tell({number: child.progress for number, child in self._running.items()})
        finally:
            end_all(self._running.values())

    def _begin(self) -> None:
        """Starts what fits. Where nothing does, room is looked for again when a job ends, or in a while."""
        self._looked_s = time.monotonic()
        self._room.look_again()
        while found := _startable(self._orders, self._waiting, self._running, self._room, self._most):
            for number in found:
                self._waiting.remove(number)
                self._room.take(self._orders[number])
                self._running[number] = start(self._orders[number].child_words())

    def _take_ended(self) -> None:
        for number, child in list(self._running.items()):
            if child.poll() is None:
                continue
            del self._running[number]
            self._room.give_back(self._orders[number])
            self._results[number] = result_of(self._orders[number], child, LOCAL)
            self._bar.ended(number, self._results[number])
            self._looked_s = -_LOOK_AGAIN_S


def _startable(
    orders: Sequence[Order], waiting: Sequence[int], running: dict[int, Child], room: _Room, most: int
) -> list[int]:
    """The next order that can begin: the first that fits, so that a large one holds up no small one."""
    if len(running) >= most or not waiting:
        return []
    fitting = next((number for number in waiting if room.admits(orders[number])), None)
    if fitting is None:
        return [] if running else [waiting[0]]
    return [fitting]


def _available_bytes() -> int:
    import psutil

    return int(psutil.virtual_memory().available)


def done_already(orders: Sequence[Order], threads: int) -> Iterable[tuple[int, SessionResult]]:
    """Orders that need no work: those with an error, and, to be resumed, those that prove to be done."""
    for number, order in enumerate(orders):
        if order.error is not None:
            yield number, failed(order, order.error)
    resumed = [n for n, order in enumerate(orders) if order.error is None and order.choice.resume]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for number, result in zip(resumed, pool.map(lambda n: _proven(orders[n]), resumed), strict=True):
            if result is not None:
                yield number, result


def _proven(order: Order) -> SessionResult | None:
    assert order.session is not None
    begun_s = time.monotonic()
    try:
        if order.choice.verb == "deliver":
            return _delivered(order, order.session, begun_s)
        outputs = proven(order.session, order.jobs, order.folder)
    except StemlatheError as error:
        return failed(order, error)
    if outputs is None:
        return None
    code = ExitCode.DONE if all(one.holds for one in outputs) else ExitCode.FELL_SHORT
    found = tuple(as_json(one) for one in outputs)
    return SessionResult(order.path, found, None, None, time.monotonic() - begun_s, int(code), resumed=True)


def _delivered(order: Order, session: Session, begun_s: float) -> SessionResult | None:
    """A delivery that is there and would be the same again; None where there is none."""
    with_stems = "--with-stems" in order.choice.more
    document = delivered_already(session, order.jobs, order.folder, with_stems=with_stems)
    if document is None:
        return None
    code = ExitCode.DONE if document["holds"] else ExitCode.FELL_SHORT
    seconds = time.monotonic() - begun_s
    outputs = outputs_of(document)
    return SessionResult(order.path, outputs, None, None, seconds, int(code), True, order.folder)


def failed(order: Order, error: StemlatheError) -> SessionResult:
    """The result of an order that cannot be done."""
    return SessionResult(order.path, (), dict(error.as_json()["error"]), None, 0.0, int(error.exit_code))


def result_of(order: Order, child: Child, worker: str) -> SessionResult:
    """The result of a command that has ended."""
    code, document = child.result()
    seconds = time.monotonic() - child.begun_s
    outputs, error = outputs_of(document), document.get("error")
    delivered = order.folder if order.choice.verb == "deliver" and error is None else None
    return SessionResult(order.path, outputs, error, worker, seconds, code, folder=delivered)
