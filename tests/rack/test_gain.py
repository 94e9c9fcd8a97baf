"""Static gain: exact at unity, polarity, many columns, runs of neighbouring uses."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rack import gain
from engine.rack.operation import Prepared, Use


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 16, 19])
@pytest.mark.parametrize("first", [0, 3])
def test_each_column_gets_its_own_factor(run_prepared, random, first: int, count: int) -> None:
    signal = random.standard_normal((130, first + count + 1))
    factors = random.uniform(-2.0, 2.0, count)
    result = run_prepared(Prepared((gain.scale_columns(first, factors),)), signal)
    np.testing.assert_array_equal(
        result[:, first : first + count], signal[:, first : first + count] * factors
    )
    untouched = [*range(first), first + count]
    assert result[:, untouched].tobytes() == signal[:, untouched].tobytes()


def test_unity_and_inverted_polarity_are_exact(run_prepared, random) -> None:
    signal = random.standard_normal((64, 4))
    result = run_prepared(Prepared((gain.scale_columns(0, [1.0, 1.0, -1.0, -1.0]),)), signal)
    assert result[:, :2].tobytes() == signal[:, :2].tobytes()
    assert result[:, 2:4].tobytes() == (-signal[:, 2:]).tobytes()


def use(column: int, gain_db: float) -> Use:
    return Use({"gain_db": gain_db}, (column, column + 1))


@pytest.mark.parametrize("gain_db", [-60.0, -6.0, 0.5, 24.0])
def test_the_processor_changes_the_level_by_its_gain(run_prepared, layout, random, gain_db: float) -> None:
    signal = random.standard_normal((100, 2))
    result = run_prepared(gain.prepare([use(0, gain_db)], layout()), signal)[:, :2]
    np.testing.assert_allclose(20.0 * np.log10(result / signal), gain_db, atol=1e-9)


def test_uses_anywhere_in_the_matrix(run_prepared, layout, random) -> None:
    signal = random.standard_normal((100, 12))
    gains_db = {8: 3.0, 0: -3.0, 2: 6.0, 6: 0.0}
    prepared = gain.prepare([use(column, db) for column, db in gains_db.items()], layout(48000, 12))
    assert prepared.gain_columns == (-1,) * 4
    result = run_prepared(prepared, signal)
    for column in range(0, 12, 2):
        factor = 10.0 ** (gains_db.get(column, 0.0) / 20.0)
        np.testing.assert_array_equal(result[:, column : column + 2], signal[:, column : column + 2] * factor)


def test_0_db_needs_no_operation(layout) -> None:
    assert gain.prepare([use(0, 0.0)], layout()).operations == ()
