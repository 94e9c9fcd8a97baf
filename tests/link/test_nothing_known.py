"""What consoles see of an engine that has told nothing yet: no level, no place, no device, no figure."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator
from typing import Any

import pytest

from engine.link import history, layout, snapshot, ticks
from engine.link.records import DeviceState, NullLamp, Source, State

RECORDS = [
    *(snapshot.NO_TRANSPORT, snapshot.NO_OUTPUT, snapshot.NO_MONITOR, snapshot.NO_STATUS, snapshot.NO_JOB),
    *(snapshot.NO_MASTER, snapshot.NO_STEM, snapshot.NO_CLOSE_UP, snapshot.NO_STEM_CLOSE_UP),
    *(ticks.NO_MASTER_TICK, ticks.NO_STEM_TICK, ticks.NO_OVERS),
]
#: Where 0 would be one of those that are counted: the first frame, the first snapshot, the first stem.
BELOW_ALL = {"loop_start_frames", "loop_end_frames", "snapshot"}


#: Fields that hold one figure for each band, processor or stem.
SEVERAL = {
    *("processors_db", "spectrum_dbfs", "master_shares", "before_dbfs", "after_dbfs", "correlations"),
    "directions_dbfs",
}
#: Where a level is silence and any other figure is not there.
METERS = (snapshot.NO_MASTER, snapshot.NO_STEM, snapshot.NO_CLOSE_UP, snapshot.NO_STEM_CLOSE_UP)
WORDS = {"device", "translation", "label"}


def fields(record: Any) -> Iterator[tuple[str, Any]]:
    yield from record._asdict().items()


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_nothing_is_made_up(record: Any) -> None:
    for name, value in fields(record):
        if isinstance(value, enum.Enum):
            assert value in (State.LOADING, Source.PROCESSED, DeviceState.CLOSED, NullLamp.UNKNOWN), name
        elif name in SEVERAL:
            assert value == (), name
        elif name in WORDS:
            assert value == "", name
        elif name in BELOW_ALL:
            assert value == -1, name
        elif name == "strip":
            assert value == -2, "neither a stem nor the master"
        elif name == "correlation_min":
            assert value == math.inf, "any other is smaller"
        elif record in METERS and isinstance(value, float):
            is_level = name.endswith(("_dbfs", "_dbtp"))
            assert value == -math.inf if is_level else math.isnan(value), name
        else:
            assert value == 0 or math.isnan(value) or value == -math.inf, name


def test_an_empty_history_and_no_controller() -> None:
    assert history.History(0, 0, 0, (), b"") == history.NO_HISTORY
    assert (layout.NO_CONTROLLER.slot, layout.NO_CONTROLLER.generation, layout.NO_CONTROLLER.changes) == (
        -1,
        0,
        0,
    )


@pytest.mark.parametrize(("rate_hz", "position_s"), [(0, None), (1, 96_000.0), (48_000, 2.0)])
def test_a_position_is_one_of_a_session_that_is_loaded(rate_hz: int, position_s: float | None) -> None:
    transport = snapshot.NO_TRANSPORT._replace(position_frames=96_000, sample_rate_hz=rate_hz)
    assert snapshot.Snapshot(transport=transport).position_s == position_s
