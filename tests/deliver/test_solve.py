"""The loudness solve on curves like those of real programmes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.deliver.solve import MAXIMUM_DRIVE_DB, SOLVE_TOLERANCE_LU, solve_drive


def _limited(loudness: float, knee: float, slope: float):
    """Rises with drive by 1 LU per dB to the knee, and by `slope` above it."""
    return lambda drive: loudness + min(drive, knee) + max(0.0, drive - knee) * slope


@given(
    loudness=st.floats(-40.0, -8.0),
    knee=st.floats(-5.0, 12.0),
    slope=st.floats(0.15, 1.0),
    drive=st.floats(-25.0, 30.0),
)
@settings(max_examples=300, deadline=None)
def test_finds_the_drive_of_any_rising_curve(loudness, knee, slope, drive):
    curve = _limited(loudness, knee, slope)
    target = curve(drive)
    solution = solve_drive(curve, target_lufs=target, first_drive_db=target - loudness)
    assert solution.solved
    assert abs(curve(solution.drive_db) - target) <= SOLVE_TOLERANCE_LU
    assert solution.steps <= 12


@pytest.mark.parametrize("target_lufs", [-14.0, -23.0])
def test_a_programme_that_is_not_limited_takes_one_step(target_lufs):
    solution = solve_drive(
        _limited(-18.0, 99.0, 1.0), target_lufs=target_lufs, first_drive_db=target_lufs + 18.0
    )
    assert solution.steps == 1
    assert solution.drive_db == pytest.approx(target_lufs + 18.0)


def test_a_target_out_of_reach_ends_at_the_loudest():
    def saturating(drive: float) -> float:
        return -10.0 - 5.0 * math.exp(-drive / 5.0)

    solution = solve_drive(saturating, target_lufs=-6.0, first_drive_db=9.0)
    assert not solution.solved
    assert solution.drive_db == MAXIMUM_DRIVE_DB
    assert solution.integrated_lufs == pytest.approx(-10.0, abs=0.01)


def test_a_jump_over_the_target_ends_at_its_nearer_side():
    def stepped(drive: float) -> float:
        return -20.0 + drive + (0.5 if drive > 3.0 else 0.0)

    solution = solve_drive(stepped, target_lufs=-16.8, first_drive_db=3.0)
    assert not solution.solved
    assert abs(stepped(solution.drive_db) + 16.8) <= 0.21
    assert solution.steps <= 24


def test_silence_has_no_solution():
    solution = solve_drive(lambda drive: None, target_lufs=-14.0, first_drive_db=0.0)
    assert solution.integrated_lufs is None
    assert not solution.solved
