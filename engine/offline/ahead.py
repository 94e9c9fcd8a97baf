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
    # queues of C: a song is thousands of blocks, and `queue.Queue` is locks and conditions in Python
    items: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    room: queue.SimpleQueue[None] = queue.SimpleQueue()
    for _ in range(depth):
        room.put(None)
    stopped = False

    def produce() -> None:
        error: BaseException | None = None
        iterator = iter(producer)
        try:
            for item in iterator:
                room.get()
                if stopped:
                    break
                items.put(item)
        except BaseException as caught:
            error = caught
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
            items.put(_End(error))

    thread = threading.Thread(target=produce, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = items.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            room.put(None)
            yield item
    finally:
        stopped = True
        room.put(None)
        thread.join()
