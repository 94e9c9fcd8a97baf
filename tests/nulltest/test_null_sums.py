"""Sums over frames, compiled: bit for bit those that add one frame after the other."""

from __future__ import annotations

import numpy as np
import pytest

from engine.nulltest.kernels import sum_frames


@pytest.mark.parametrize("frames", [0, 1, 63, 8192])
def test_frames_are_added_one_after_the_other(random, frames):
    planes = random.standard_normal((5, frames, 2)) * 10.0 ** random.uniform(-6, 6, (5, frames, 1))
    expected = np.zeros((5, 2))
    for frame in range(frames):
        expected += planes[:, frame]
    sums = np.full((5, 2), np.nan)
    sum_frames(planes, sums)
    np.testing.assert_array_equal(sums, expected)
