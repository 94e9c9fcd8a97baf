"""What is lost on one loudspeaker: each limit of the verdict from both sides, and which octaves count."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engine.meters.spectrum import BANDS
from engine.preview.fold_down import _bands, _verdict

POWER = 1e-4


def lost(change_db: float, octave: int = 4, level_db: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Thirds of equal power, and what mono keeps: one octave, at a level re the others, loses so much."""
    stereo = np.full(BANDS, POWER)
    thirds = slice(1 + 3 * octave, 4 + 3 * octave)
    stereo[thirds] *= 10.0 ** (level_db / 10.0)
    mono = stereo.copy()
    mono[thirds] *= 10.0 ** (change_db / 10.0)
    return stereo, mono


@pytest.mark.parametrize(
    ("change_db", "verdict"),
    [
        *(
            (0.0, "pass"),
            (-3.05, "pass"),
            (-3.15, "warn"),
            (-5.95, "warn"),
            (-6.05, "fail"),
            (-300.0, "fail"),
        ),
        (3.0, "pass"),
    ],
)
@pytest.mark.parametrize("octave", [0, 4, 9])
def test_the_worst_octave_decides(change_db: float, verdict: str, octave: int) -> None:
    assert _verdict(_bands(*lost(change_db, octave))) == verdict


@pytest.mark.parametrize(("level_db", "verdict"), [(-29.9, "fail"), (-30.1, "pass")])
def test_an_octave_that_is_hardly_there_does_not_count(level_db: float, verdict: str) -> None:
    assert _verdict(_bands(*lost(-40.0, level_db=level_db))) == verdict


def test_ten_octaves_of_three_thirds_from_25_hz_on() -> None:
    found = [band for band, _ in _bands(*lost(-2.0))]
    assert len(found) == 10
    lows = [band.low_hz for band in found]
    assert (lows[0], found[-1].high_hz) == pytest.approx((22.4, 22_387.0), rel=0.01)
    assert [later / earlier for earlier, later in itertools.pairwise(lows)] == pytest.approx(
        [2.0] * 9, rel=0.01
    )
    assert [band.high_hz for band in found[:-1]] == pytest.approx(lows[1:], rel=1e-9)
    assert [band.change_db for band in found] == pytest.approx([0.0] * 4 + [-2.0] + [0.0] * 5)


def test_silence_has_no_change_and_passes() -> None:
    silent = np.zeros(BANDS)
    assert [band.change_db for band, _ in _bands(silent, silent)] == [None] * 10
    assert _verdict(_bands(silent, silent)) == "pass"
    stereo = np.full(BANDS, POWER)
    gone = _bands(stereo, silent)
    assert [band.change_db for band, _ in gone] == [None] * 10
    assert all(math.isfinite(level) for _, level in gone)
    assert _verdict(gone) == "fail"
