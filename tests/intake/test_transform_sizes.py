"""Lengths of transforms are those that SciPy takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import next_fast_len

from engine.intake.transform_sizes import quick_length


@given(st.integers(1, 3_000_000), st.booleans())
def test_quick_lengths_are_those_of_scipy(least, real):
    assert quick_length(least, real=real) == next_fast_len(least, real=real)
