"""Runs a producer of blocks ahead of its consumer, in a thread of its own.

Kernels, decoding and writing release the GIL, so a chain of producers becomes a pipeline over the
cores; each stage still sees its blocks in order, so the result cannot depend on their number.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_POLL_S = 0.1


class _End:
    """Marks the end of the blocks, with the error that ended them, if one did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(producer: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """Yields `producer`'s items while a thread makes up to `depth` of them in advance.

    An error in the producer is raised here, at the item it belongs to. When the consumer stops
    early (error, interrupt, `close`), the thread ends with the item it is making.

    Args:
        producer: runs in the thread, from its first item to its clean-up.
        depth: finished items that may wait.
    """
    items: queue.Queue[Item | _End] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def offer(item: Item | _End) -> bool:
        while not stop.is_set():
            try:
                items.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        error: BaseException | None = None
        iterator = iter(producer)
        try:
            for item in iterator:
                if not offer(item):
                    break
        except BaseException as caught:
            error = caught
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
            offer(_End(error))

    thread = threading.Thread(target=produce, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = items.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        thread.join()
