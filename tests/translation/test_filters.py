"""Playback systems as filters: measured by their impulse responses against the data they come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SessionError
from engine.plan.stream import Stream
from engine.session.playback import SYSTEMS, PlaybackSystem
from engine.translation.filters import curve_db, design, highest_hz, plan_of

SHIPPED = SYSTEMS.shipped()
#: Everything at the usual rate, the roughest curve at the others too.
CASES = [*((name, 48_000) for name in SHIPPED), ("earbuds", 44_100), ("earbuds", 96_000), ("laptop", 8000)]


def impulse_responses(system: PlaybackSystem, sample_rate: int) -> np.ndarray:
    """`(input side, frames, output side)`: half a second of what an impulse on either side gives."""
    found = []
    for side in range(2):
        impulse = np.zeros((sample_rate // 2, 2))
        impulse[0, side] = 1.0
        stream = Stream(plan_of(system, sample_rate))
        found.append(np.concatenate([stream.process(impulse), stream.finish()]))
    return np.array(found)


def level_db(response: np.ndarray, at_hz: np.ndarray, sample_rate: int) -> np.ndarray:
    """The magnitude of a response at any frequencies, by its definition."""
    turns = np.exp(-2j * np.pi * np.outer(at_hz / sample_rate, np.arange(len(response))))
    return 20.0 * np.log10(np.abs(turns @ response))


def points_at(system: PlaybackSystem, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """The data's own points inside the band, re 1 kHz, which each of the files holds as a point."""
    points = dict(system.points)
    at_hz = np.array([hz for hz in points if hz <= highest_hz(system, sample_rate)])
    return at_hz, np.array([points[hz] - points[1000.0] for hz in at_hz])


@pytest.mark.parametrize(("name", "sample_rate"), CASES)
def test_the_response_is_the_data_within_a_fifth_of_a_decibel(name: str, sample_rate: int) -> None:
    system = SHIPPED[name]
    response = impulse_responses(system, sample_rate)
    both = response[:, :, 0].sum(axis=0)  # the same signal on both sides: mono changes nothing of that
    at_hz, wanted_db = points_at(system, sample_rate)
    assert len(at_hz) >= 10
    assert np.abs(level_db(both, at_hz, sample_rate) - wanted_db).max() < 0.2
    between_hz = np.geomspace(system.lowest_hz, highest_hz(system, sample_rate), 80)
    between_db = curve_db(system, between_hz)
    assert np.abs(level_db(both, between_hz, sample_rate) - between_db).max() < 0.2


@pytest.mark.parametrize("name", SHIPPED)
def test_the_curve_goes_through_its_points_and_never_beyond_its_neighbours(name: str) -> None:
    system = SHIPPED[name]
    at_hz, wanted_db = points_at(system, 400_000)
    assert curve_db(system, at_hz) == pytest.approx(wanted_db, abs=1e-9)
    for index in range(1, len(at_hz)):
        between = curve_db(system, np.geomspace(at_hz[index - 1], at_hz[index], 20))
        low, high = sorted(wanted_db[index - 1 : index + 1])
        assert between.min() >= low - 1e-9
        assert between.max() <= high + 1e-9


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_mono_gives_both_sides_the_same(name: str) -> None:
    system = SHIPPED[name]
    left, right = impulse_responses(system, 48_000)
    at_hz = np.array([40.0, 1000.0, 8000.0])
    across = left[:, 1]
    if system.mono:
        assert np.abs(left[:, 0] - left[:, 1]).max() < 1e-12
        assert np.abs(left - right).max() < 1e-12
    elif system.mono_below_hz:
        # side signal: gone in the bass, whole above
        side = (left[:, 0] - left[:, 1] - right[:, 0] + right[:, 1]) / 2.0
        loss_db = level_db(side, at_hz, 48_000) - curve_db(system, at_hz)
        assert loss_db[0] < -35.0
        assert loss_db[1:] == pytest.approx(0.0, abs=0.2)
    else:
        assert not across.any()
        assert np.array_equal(left[:, 0], right[:, 1])


def test_nothing_is_late_and_all_is_stable() -> None:
    for system in SHIPPED.values():
        left, _ = impulse_responses(system, 48_000)
        assert left[0, 0] != 0.0
        assert np.abs(left[-100:]).max() < 1e-9
        for _, _, _, a1, a2 in design(system, 48_000):
            assert abs(a2) < 1.0
            assert abs(a1) < 1.0 + a2


def test_any_scale_is_the_same_curve() -> None:
    system = SHIPPED["car"]
    louder = replace(system, points=tuple((hz, db + 94.0) for hz, db in system.points))
    at_hz = np.geomspace(20.0, 20_000.0, 50)
    assert curve_db(louder, at_hz) == pytest.approx(curve_db(system, at_hz))


def test_a_rough_measurement_is_met_as_well() -> None:
    """Third octaves that wander by 3 dB each, as measured in a room."""
    steps = np.random.default_rng(1).normal(0.0, 3.0, 31).cumsum()
    points = tuple((1000.0 * 10.0 ** ((n - 17) / 10), float(step)) for n, step in enumerate(steps))
    system = replace(SHIPPED["car"], points=points)
    at_hz = np.geomspace(system.lowest_hz, highest_hz(system, 48_000), 80)
    left, _ = impulse_responses(system, 48_000)
    assert np.abs(level_db(left[:, 0], at_hz, 48_000) - curve_db(system, at_hz)).max() < 0.2


def test_a_curve_that_no_filter_follows_is_refused_with_file_and_key() -> None:
    """A comb of 4 dB every sixth of an octave."""
    points = tuple((20.0 * 2.0 ** (n / 12.0), 4.0 * (n % 2)) for n in range(115))
    system = replace(SHIPPED["car"], name="comb", points=points, file=Path("/home/of/playback.toml"))
    with pytest.raises(
        SessionError, match=r"^/home/of/playback.toml: systems.comb.points: no filter"
    ) as caught:
        design(system, 48_000)
    assert caught.value.key == "systems.comb.points"


def test_a_low_rate_ends_the_band() -> None:
    assert highest_hz(SHIPPED["laptop"], 8000) == pytest.approx(3680.0)
    assert highest_hz(SHIPPED["laptop"], 96_000) == 20_000.0
