"""One bar over all songs of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.batch.orders import Order
from engine.batch.published import BatchPublisher
from engine.progress import Progress
from engine.report.batch import SessionResult


class Bar:
    """Adds up what is done, in seconds of songs.

    Args:
        orders: of the batch.
        progress: told how far all of it is; a `BatchPublisher` also of each session.
    """

    def __init__(self, orders: Sequence[Order], progress: Progress) -> None:
        self._lengths_s = [order.song_s for order in orders]
        self._total_s = max(sum(self._lengths_s), 1e-9)
        self._done_s = 0.0
        self._progress = progress
        self._publisher = progress if isinstance(progress, BatchPublisher) else None

    def ended(self, number: int, result: SessionResult) -> None:
        """Order `number` is done or has failed."""
        self._done_s += self._lengths_s[number]
        if self._publisher is not None:
            self._publisher.ended(result)

    def tell(self, shares: Mapping[int, float]) -> None:
        """Tells how far all is, with the shares of those that run."""
        if self._publisher is not None:
            self._publisher.running(len(shares))
        under_way_s = sum(self._lengths_s[number] * share for number, share in shares.items())
        self._progress("all sessions", self._done_s + under_way_s, self._total_s)
