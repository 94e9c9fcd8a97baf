"""The pipeline stage: order, errors and early ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.offline.ahead import ahead

_before: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def others() -> None:
    """Keeps in mind what runs already: an error of another test may hold a stage of that."""
    _before.clear()
    _before.update(threading.enumerate())


def _stages() -> list[threading.Thread]:
    """The stages that this test has begun and that still run."""
    return [thread for thread in threading.enumerate() if thread.name == "ahead" and thread not in _before]


def test_items_come_in_order_through_three_stages():
    numbers = ahead(number * 2 for number in ahead(ahead(iter(range(1_000)))))
    assert list(numbers) == [2 * number for number in range(1_000)]
    assert not _stages()


def test_an_error_is_raised_at_its_place():
    def failing():
        yield 1
        yield 2
        raise OSError("gone")

    items = ahead(failing())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(items)
    assert not _stages()


def test_a_consumer_that_leaves_ends_the_producer_and_its_clean_up_runs():
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    items = ahead(endless())
    assert next(items) == 0
    items.close()
    assert closed.wait(5.0)
    assert not _stages()


def test_no_more_than_depth_items_wait():
    made = []
    third = threading.Event()

    def counting():
        for number in range(100):
            made.append(number)
            if number == 3:
                third.set()
            yield number

    items = ahead(counting(), depth=2)
    assert next(items) == 0
    assert third.wait(5.0)  # one taken, two waiting, one in the maker's hands
    assert len(made) == 4
    items.close()


def test_a_program_ends_although_a_stage_still_waits():
    """Nobody closes it: an error elsewhere ends the program while something holds the blocks."""
    program = """
import itertools
from engine.offline.ahead import ahead
items = ahead(itertools.count())
print(next(items))
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=20.0,
    )
    assert said.stdout == b"0\n"
