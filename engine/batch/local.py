"""Renders the sessions of a batch on this machine, several at once, as far as memory and disk allow."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from engine.batch.child import Child, end_all, host_name, outputs_of, start
from engine.batch.orders import Order
from engine.delivery.again import delivered_already
from engine.delivery.render_record import proven
from engine.errors import ExitCode, StemlatheError
from engine.progress import Progress, silent
from engine.report.batch import BatchReport, SessionResult, Worker
from engine.report.plain import as_json
from engine.session.model import Session

LOCAL = "local"
_POLL_S = 0.05
#: Share of the memory that is free now which a batch may plan with.
_MEMORY_SHARE = 0.8


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Room:
    """Memory and disk that jobs have been promised."""

    memory_bytes: int
    promised: dict[int, int] = field(default_factory=dict)

    def admits(self, order: Order) -> bool:
        """Whether an order fits beside those that run."""
        if order.memory_bytes > self.memory_bytes:
            return False
        device, free = _free_bytes(order.folder)
        return order.disk_bytes <= free - self.promised.get(device, 0)

    def take(self, order: Order) -> None:
        device, _ = _free_bytes(order.folder)
        self.memory_bytes -= order.memory_bytes
        self.promised[device] = self.promised.get(device, 0) + order.disk_bytes

    def give_back(self, order: Order) -> None:
        device, _ = _free_bytes(order.folder)
        self.memory_bytes += order.memory_bytes
        self.promised[device] = self.promised.get(device, 0) - order.disk_bytes


def _free_bytes(folder: Path) -> tuple[int, int]:
    """Device and free bytes of the file system that a folder is or will be in."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    status = os.statvfs(folder)
    return os.stat(folder).st_dev, status.f_bavail * status.f_frsize


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
    results: dict[int, SessionResult] = dict(done_already(orders, jobs or usable_cores()))
    waiting = [number for number in range(len(orders)) if number not in results]
    bar = Bar(orders, progress)
    for number in results:
        bar.ended(number)
    running: dict[int, Child] = {}
    room = _Room(int(_available_bytes() * _MEMORY_SHARE))
    try:
        while waiting or running:
            for number in _startable(orders, waiting, running, room, jobs or usable_cores()):
                waiting.remove(number)
                room.take(orders[number])
                running[number] = start(orders[number].child_words())
            time.sleep(_POLL_S)
            for number, child in list(running.items()):
                if child.poll() is not None:
                    del running[number]
                    room.give_back(orders[number])
                    results[number] = result_of(orders[number], child, LOCAL)
                    bar.ended(number)
            bar.tell({number: child.progress for number, child in running.items()})
    finally:
        end_all(running.values())
    workers = (Worker(LOCAL, host_name(), True),)
    return BatchReport(tuple(results[n] for n in range(len(orders))), workers, time.monotonic() - begun_s)


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


class Bar:
    """One bar over all songs.

    Args:
        orders: of the batch.
        progress: told about seconds of songs.
    """

    def __init__(self, orders: Sequence[Order], progress: Progress) -> None:
        self._lengths = [order.song_s for order in orders]
        self._ended: set[int] = set()
        self._progress = progress

    def ended(self, number: int) -> None:
        """Order `number` is done or has failed."""
        self._ended.add(number)

    def tell(self, shares: dict[int, float]) -> None:
        """Tells how far all is, with the shares of those that run."""
        done_s = sum(self._lengths[number] for number in self._ended)
        done_s += sum(self._lengths[number] * share for number, share in shares.items())
        self._progress("all sessions", done_s, max(sum(self._lengths), 1e-9))
