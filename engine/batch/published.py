"""Makes a batch visible to `ps` and `watch` as a whole, beside the renders of its sessions."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engine.batch.orders import Order
from engine.link.records import Job
from engine.processes.published import RenderPublisher
from engine.progress import Progress, silent
from engine.report.batch import SessionResult, Verdict, sum_text
from engine.report.render import ToldSession

#: Sessions with trouble that are told one by one; the others are counted.
_MOST_TOLD = 200


class BatchPublisher(RenderPublisher):
    """Publishes a batch for as long as its `with` block lasts; `stop` interrupts the batch.

    Args:
        orders: of the batch.
        onward: another Progress that is told everything too.
    """

    kind = "batch"

    def __init__(self, orders: Sequence[Order], onward: Progress = silent) -> None:
        song_s = sum(order.song_s for order in orders)
        super().__init__(_common(orders), song_s=song_s, steps=1, outputs=len(orders), onward=onward)
        self._counts: Counter[Verdict] = Counter()
        self._running = 0

    def ended(self, result: SessionResult) -> None:
        """Takes note of a session that has ended."""
        self._counts[result.verdict] += 1
        if result.exit_code == 0 or len(self._delivered) >= _MOST_TOLD:
            return
        missed = [Path(one["path"]).name for one in result.outputs if not one["holds"]]
        reasons = [str(result.error["message"])] if result.error else [f"missed: {', '.join(missed)}"]
        self._delivered.append(ToldSession(str(result.session), False, tuple(reasons)))

    def running(self, count: int) -> None:
        """Takes note of how many sessions are being rendered."""
        self._running = count

    def summary(self) -> str:
        """How many sessions hold, missed, failed or were there already."""
        return sum_text(self._counts)

    def job(self) -> Job:
        """Progress and time left now, counted in sessions."""
        label = ", ".join(filter(None, (self.summary(), f"{self._running} under way")))
        return super().job()._replace(label=label, outputs_done=self._counts.total())


def _common(orders: Sequence[Order]) -> Path:
    """The folder that all sessions are below."""
    folders = [str(order.path.parent) for order in orders] or [os.getcwd()]
    return Path(os.path.commonpath(folders))
