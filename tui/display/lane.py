"""The fast lane: cells that have changed go from the buffer straight to the terminal.

Textual's way (widget, compositor, lines, regions) costs some milliseconds a frame; it is taken only
while something stands before the widget that shows the buffer.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tui.display.cells import Span, spans_of
from tui.display.flow import QUERY, Flow, Pace
from tui.display.layers import Layers
from tui.display.mirror import Mirror
from tui.display.styles import Palette

#: The first part of an urgent frame, bytes.
_FIRST_BYTES = 400


class Lane:
    """Sends a buffer's changes.

    Args:
        buffer: what is drawn on.
        mirror: what the terminal shows.
        palette: the colours of styles.
        write: puts a text on its way to the terminal.
        fps: frames per second at most.
        asking: the terminal can be asked how far it has come.

    Attributes:
        flow: what the link carries.
        pace: how often to draw.
        palette: may be exchanged.
    """

    def __init__(
        self,
        buffer: Layers,
        mirror: Mirror,
        palette: Palette,
        write: Callable[[str], None],
        fps: float,
        *,
        asking: bool = True,
    ) -> None:
        now_s = time.monotonic()
        self.flow = Flow(fps, now_s, asking=asking)
        self.pace = Pace(fps, now_s)
        self.palette = palette
        self._buffer, self._mirror, self._write = buffer, mirror, write

    def collect(self, hidden: Callable[[Span], bool] | None = None) -> list[Span]:
        """Tells the mirror what has changed in the buffer.

        Args:
            hidden: whether something stands before a span; None: nothing stands anywhere.

        Returns:
            the hidden spans, about which the mirror was told nothing.
        """
        buffer, cells, want = self._buffer, self.palette.cells, self._mirror.want_cells
        changes = buffer.take_cells()
        left: list[Span] = []
        if hidden is not None:
            spans = spans_of(changes)
            left = [span for span in spans if hidden(span)]
            changes = [(span.row, set(range(span.begin, span.end))) for span in spans if not hidden(span)]
        for row, columns in changes:
            want(row, columns, *buffer.row(row), cells)
        return left

    def ready(self) -> bool:
        """Whether a frame may be sent now; notes for the pace when not."""
        now_s = time.monotonic()
        ready = self.flow.ready(now_s)
        self.pace.frame(not ready, now_s)
        if self.flow.bare_question_due(now_s):
            self.flow.asked_bare(now_s)
            self._write(QUERY)
        return ready

    def send(self, *, urgent: bool = False) -> None:
        """Sends what is wanted and not shown yet, as much as the link has room for.

        Args:
            urgent: the echo of a key: sent even where the link is behind, though then not much at once.
        """
        if not self._mirror.pending:
            return
        now_s = time.monotonic()
        budget = self.flow.budget_bytes()
        if not self.flow.ready(now_s):
            if not urgent:
                return
            budget = self.flow.urgent_bytes()
        elif urgent:
            # what is encoded first is on its way while the rest is
            self._send(_FIRST_BYTES, now_s)
            budget = max(0, budget - _FIRST_BYTES)
        self._send(budget, now_s)

    def _send(self, budget_bytes: int, now_s: float) -> None:
        data = self._mirror.encode(budget_bytes)
        if data:
            if self.flow.asking:
                data += QUERY
            # noted first: a quick terminal has answered before the writing is over
            self.flow.sent(len(data.encode()), now_s)
            self._write(data)
