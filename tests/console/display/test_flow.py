"""How much is sent over links of all kinds: a simulated link in simulated time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import pytest

from tui.display.flow import Flow, Pace

QUERY_BYTES = 4


@dataclass
class Link:
    """Bytes at a rate, a delay each way, and a terminal that answers at once.

    Attributes:
        rate: bytes per second.
        delay_s: one way.
        answering: whether the terminal answers.
        ages: when each frame arrived, and how old its last byte then was.
    """

    rate: float
    delay_s: float
    answering: bool = True
    free_s: float = 0.0
    answers: list[float] = field(default_factory=list)
    ages: list[tuple[float, float]] = field(default_factory=list)
    carried: list[tuple[float, int]] = field(default_factory=list)

    def send(self, size: int, now_s: float) -> None:
        """A frame with its question."""
        self.free_s = max(self.free_s, now_s) + size / self.rate
        arrives_s = self.free_s + self.delay_s
        self.ages.append((arrives_s, arrives_s - now_s))
        self.carried.append((now_s, size))
        if self.answering:
            heapq.heappush(self.answers, arrives_s + self.delay_s)


@dataclass
class Run:
    """A console's frames over a link.

    Attributes:
        link: the link.
        flow: what is tested.
        pace: likewise.
    """

    link: Link
    flow: Flow = field(default_factory=lambda: Flow(30.0, 0.0))
    pace: Pace = field(default_factory=lambda: Pace(30.0, 0.0))
    now_s: float = 0.0
    wanted: float = 12000.0  # the first picture
    due_s: float = 0.0
    drawn_s: float = 0.0

    def until(self, end_s: float) -> None:
        """Runs the clock."""
        while self.now_s < end_s:
            self.now_s = round(self.now_s + 0.001, 6)
            while self.link.answers and self.link.answers[0] <= self.now_s:
                self.flow.answered(heapq.heappop(self.link.answers))
            if self.now_s >= self.due_s:
                self.due_s = self.now_s + 1.0 / self.pace.fps
                ready = self.flow.ready(self.now_s)
                if self.flow.bare_question_due(self.now_s):
                    self.flow.asked_bare(self.now_s)
                    self.link.send(QUERY_BYTES, self.now_s)
                self.pace.frame(not ready, self.now_s)
                if ready:
                    self._frame()

    def _frame(self) -> None:
        # a desk to music: 1200 bytes a frame at 30 fps, 1800 at 5
        self.wanted += min(2000.0, 1080.0 + 3600.0 * (self.now_s - self.drawn_s))
        self.drawn_s = self.now_s
        size = int(min(self.wanted, self.flow.budget_bytes()))
        self.wanted = min(self.wanted - size, 9000.0)
        self.flow.sent(size + QUERY_BYTES, self.now_s)
        self.link.send(size + QUERY_BYTES, self.now_s)

    def worst_age_s(self, since_s: float) -> float:
        """The oldest any frame got."""
        return max(age for at, age in self.link.ages if at >= since_s)

    def bytes_per_s(self, since_s: float) -> float:
        """Bytes sent per second since then."""
        return sum(size for at, size in self.link.carried if at >= since_s) / (self.now_s - since_s)


@pytest.mark.parametrize("rate", [6_000, 10_000, 20_000, 40_000])
@pytest.mark.parametrize("round_trip_s", [0.02, 0.08, 0.3])
def test_never_more_than_half_a_second_behind(rate, round_trip_s):
    run = Run(Link(rate, round_trip_s / 2.0))
    run.until(40.0)
    # the first picture takes as long as it takes
    assert run.worst_age_s(since_s=4.0) - round_trip_s / 2.0 < 0.5


def test_slow_link_gets_five_frames_a_second_and_less_than_it_carries():
    run = Run(Link(10_000, 0.04))
    run.until(60.0)
    assert run.pace.fps == 5.0
    assert run.bytes_per_s(since_s=20.0) < 10_000
    assert run.worst_age_s(since_s=4.0) < 0.5


@pytest.mark.parametrize("rate", [20_000, 40_000, 100_000])
def test_whole_new_picture_does_not_queue_up(rate):
    run = Run(Link(rate, 0.04))
    run.until(20.0)
    run.wanted = 12_000.0
    run.until(30.0)
    assert run.worst_age_s(since_s=19.0) < 0.5


@pytest.mark.parametrize("round_trip_s", [0.0005, 0.02, 0.15, 0.3])
def test_fast_link_gets_every_frame(round_trip_s):
    run = Run(Link(1e6, round_trip_s / 2.0))
    run.until(20.0)
    assert run.pace.fps == 30.0
    frames = [at for at, _ in run.link.ages if at > 5.0]
    assert len(frames) / 15.0 > 27.0


def test_link_that_slows_down_is_followed_and_one_that_recovers_too():
    run = Run(Link(1e6, 0.01))
    run.until(10.0)
    run.link.rate = 8_000.0
    run.until(30.0)
    assert run.worst_age_s(since_s=12.0) < 0.5
    run.link.rate = 1e6
    run.until(120.0)
    assert run.pace.fps == 30.0


def test_terminal_that_never_answers_is_served_all_the_same():
    run = Run(Link(1e6, 0.01, answering=False))
    run.until(60.0)
    assert run.flow.mute
    assert run.bytes_per_s(since_s=50.0) > 15_000


def test_lost_answer_does_not_stop_the_picture():
    flow = Flow(30.0, 0.0)
    flow.sent(100, 0.0)
    flow.answered(0.01)
    flow.sent(100, 1.0)  # its answer is lost
    assert not flow.ready(2.0)
    assert flow.bare_question_due(3.0)
    flow.asked_bare(3.0)
    assert not flow.bare_question_due(3.1)
    flow.answered(3.01)
    assert flow.ready(3.02)


def test_answers_nobody_asked_for_change_nothing():
    flow = Flow(30.0, 0.0)
    flow.answered(1.0)
    assert flow.round_trip_s is None
