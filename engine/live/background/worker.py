"""Does what is to be done, the most urgent first; an edit ends what it makes useless, and no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from engine.errors import StemlatheError
from engine.live.background.inbox import Inbox
from engine.live.background.request import Order
from engine.live.background.results import Result, Trouble, Working
from engine.live.background.state import Key, State, read_order
from engine.live.log import say_failure

#: Edits that come in quick succession (a key that is held down) become one.
_QUIET_S, _QUIET_AT_MOST_S = 0.25, 1.5
#: While idle, everything is checked again, files included, after this time.
_PERIOD_S = 120.0
#: Shortest time between two reports of progress.
_TOLD_EVERY_S = 0.25


class Superseded(Exception):  # noqa: N818 (no error: a newer order has come)
    """What is being done is no longer wanted."""


class Task(Protocol):
    """Something to find out."""

    #: What to call it when it fails.
    name: str
    #: It is done again every time that everything is looked at.
    repeats: bool

    def key(self, state: State) -> Key:
        """What its results depend on."""

    def run(self, state: State, desk: Desk) -> None:
        """Finds it out and tells it."""


class Desk:
    """What a task gets from the worker while it runs.

    Args:
        state: what it runs for.
        is_wanted: whether a newer order still wants the task's results.
        latest: the newest order.
        send: takes results.
    """

    def __init__(
        self,
        state: State,
        is_wanted: Callable[[Order], bool],
        latest: Callable[[], Order | None],
        send: Callable[[Result], None],
    ) -> None:
        self.results: list[Result] = []
        self._state = state
        self._is_wanted = is_wanted
        self._latest = latest
        self._send = send
        self._lock = threading.Lock()
        self._seen: Order | None = state.order
        self._wanted = True
        self._told_s = 0.0

    def check(self) -> None:
        """Goes on only while the results are wanted; any thread may ask.

        Raises:
            Superseded: they are not.
        """
        order = self._latest()
        with self._lock:
            if order is not self._seen and order is not None:
                self._seen, self._wanted = order, self._is_wanted(order)
            if not self._wanted:
                raise Superseded

    def progress(self, label: str, done: float, total: float) -> None:
        """Tells how far the task is; a `Progress` that ends tasks which are not wanted."""
        self.check()
        now_s = time.monotonic()
        with self._lock:
            if now_s - self._told_s < _TOLD_EVERY_S:
                return
            self._told_s = now_s
            self._send(Working(self._state.order.revision, label, done / total if total else 0.0))

    def tell(self, result: Result) -> None:
        """Hands over a result."""
        self.check()
        with self._lock:
            self.results.append(result)
            self._send(result)


class Worker:
    """Carries out orders.

    Args:
        inbox: where they come from.
        send: takes results.
        tasks: the most urgent first; a task may use what earlier ones have found.
        period_s: after which everything is looked at again.
    """

    def __init__(
        self,
        inbox: Inbox,
        send: Callable[[Result], None],
        tasks: Sequence[Task],
        period_s: float = _PERIOD_S,
    ) -> None:
        self._inbox = inbox
        self._send = send
        self._tasks = tasks
        self._period_s = period_s
        self._done: dict[str, tuple[Key, list[Result]]] = {}
        self._troubles: dict[str, str] = {}

    def run(self) -> None:
        """Works for ever."""
        order: Order | None = None
        while True:
            newer = self._inbox.wait(order, None if order is None else self._period_s)
            if newer is None:
                continue
            if newer is not order:
                order = self._settled(newer)
            else:
                for task in self._tasks:
                    if task.repeats:
                        self._done.pop(task.name, None)
            self.carry_out(order)

    def _settled(self, order: Order) -> Order:
        """The order that no other follows at once."""
        until_s = time.monotonic() + _QUIET_AT_MOST_S
        while time.monotonic() < until_s:
            newer = self._inbox.wait(order, _QUIET_S)
            if newer is order or newer is None:
                break
            order = newer
        return order

    def carry_out(self, order: Order) -> None:
        """Does what an order asks for, as far as it has not been done; stops for a newer one."""
        try:
            state = read_order(order)
        except StemlatheError as error:
            self._trouble("session", order, error.kind, error.message)
            return
        worked = False
        for task in self._tasks:
            if self._inbox.latest is not order:
                return
            try:
                worked |= self._carry_out(task, state)
            except Superseded:
                return
        if worked:
            self._send(Working(order.revision, "", 1.0))

    def _carry_out(self, task: Task, state: State) -> bool:
        """Runs a task, or tells again what it found when nothing it depends on has changed."""
        key, revision = task.key(state), state.order.revision
        done, former = self._done.get(task.name, (None, []))
        if done == key:
            if any(result.revision != revision for result in former):
                again = [replace(result, revision=revision) for result in former]
                self._done[task.name] = (key, again)
                for result in again:
                    self._send(result)
            return False
        self._done.pop(task.name, None)
        wanted_keys = [(one, one.key(state)) for one in self._tasks[: self._tasks.index(task) + 1]]
        desk = Desk(state, lambda order: _same(order, wanted_keys), lambda: self._inbox.latest, self._send)
        try:
            task.run(state, desk)
            self._troubles.pop(task.name, None)
        except Superseded:
            raise
        except StemlatheError as error:
            self._trouble(task.name, state.order, error.kind, error.message)
        except Exception as error:
            # one thing that cannot be found out must not cost the others
            say_failure(error)
            message = f"{task.name}: failed ({error!r}): the log of the background says where"
            self._trouble(task.name, state.order, "background_failed", message)
        self._done[task.name] = (key, desk.results)
        return True

    def _trouble(self, task: str, order: Order, code: str, message: str) -> None:
        """Tells what is wrong, once, even where it is in the way of several tasks."""
        known = message in self._troubles.values()
        self._troubles[task] = message
        if not known:
            self._send(Trouble(order.revision, code, message))


def _same(order: Order, wanted_keys: Sequence[tuple[Any, Key]]) -> bool:
    """Whether a newer order wants exactly what is being done, and nothing more urgent."""
    try:
        state = read_order(order)
    except StemlatheError:
        return False
    return all(task.key(state) == key for task, key in wanted_keys)
