"""The limiter's scale: three, six or twelve decibels by itself, for bar and history alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk_views import Studio

from tui.desk.pace import Moment
from tui.desk.reduction import LimiterBar, ReductionHistory, ReductionScale, history_cells
from tui.display.cells import CellBuffer

WIDTH, ROWS = 56, 4


class Limiter:
    """Bar and history above each other, and what they show."""

    def __init__(self) -> None:
        self.buffer = CellBuffer(WIDTH, ROWS + 1)
        scale = ReductionScale(history_cells(WIDTH))
        self._parts = [
            LimiterBar(self.buffer.canvas.part(0, 0, WIDTH, 1), scale),
            ReductionHistory(self.buffer.canvas.part(0, 1, WIDTH, ROWS), scale),
        ]
        self._view = replace(Studio(stems=1).view(1.0), reading=None)

    def shows(self, reduced_db: float) -> None:
        """Half a second of so much reduction."""
        snapshot = self._view.snapshot
        master = snapshot.master._replace(gain_reduction_db=reduced_db)
        view = replace(self._view, snapshot=replace(snapshot, master=master))
        moment = Moment(view)
        for part in self._parts:
            part.draw(moment)

    def row(self, number: int) -> str:
        return "".join(self.buffer.glyphs[number])

    @property
    def scale(self) -> str:
        return self.row(ROWS)[:16].strip()

    @property
    def bar_cells(self) -> int:
        return sum(glyph != " " for glyph in self.row(0)[16:])


@pytest.mark.parametrize(
    ("reduced_db", "scale"),
    [(0.0, "−3 dB"), (3.0, "−3 dB"), (3.1, "−6 dB"), (6.0, "−6 dB"), (6.1, "−12 dB"), (30.0, "−12 dB")],
)
def test_it_is_the_smallest_that_holds_what_was_reduced(reduced_db, scale):
    limiter = Limiter()
    limiter.shows(reduced_db)
    assert limiter.scale == scale


def test_bar_and_history_have_the_same_scale_and_go_back_when_it_is_out_of_view():
    limiter = Limiter()
    limiter.shows(1.5)
    half = limiter.bar_cells
    assert half == (WIDTH - 16) // 2
    limiter.shows(12.0)
    assert limiter.scale == "−12 dB"
    assert limiter.bar_cells == WIDTH - 16
    assert limiter.row(ROWS)[-1] == "█"
    limiter.shows(1.5)
    assert limiter.bar_cells == (WIDTH - 16) // 8
    for _ in range(WIDTH):
        limiter.shows(1.5)
    assert limiter.scale == "−3 dB"
    assert limiter.bar_cells == half
    assert limiter.row(ROWS)[16:].strip() == ""
    assert limiter.row(2)[-1] == "█"
    assert limiter.row(3)[-1] == " "


def test_nothing_reduced_hangs_nothing_down():
    limiter = Limiter()
    for _ in range(3):
        limiter.shows(float("nan"))
    assert set(limiter.row(1)[16:]) == {"▔"}
    assert limiter.bar_cells == 0
