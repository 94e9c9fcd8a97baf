"""The curves a console draws: prototypes of the EQ and the compressor's static curve."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.session.response import (
    band_gain_db,
    band_phase_deg,
    band_response,
    compressor_gain_db,
    compressor_output_db,
    compressor_reduction_db,
    eq_gain_db,
    eq_phase_deg,
    prototype,
)


def band(
    shape: str, gain_db: float = 0.0, q: float = 0.7071, frequency_hz: float = 1000.0, channels="stereo"
):
    return {
        "shape": shape,
        "frequency_hz": frequency_hz,
        "gain_db": gain_db,
        "q": q,
        "channels": channels,
    }


@pytest.mark.parametrize("gain_db", [-24.0, -3.0, 6.0])
@pytest.mark.parametrize("q", [0.3, 0.7071, 8.0])
@pytest.mark.parametrize(
    ("shape", "at_0_hz", "at_its_frequency", "far_above"),
    [
        ("peak", 0.0, 1.0, 0.0),
        ("low_shelf", 1.0, 0.5, 0.0),
        ("high_shelf", 0.0, 0.5, 1.0),
        ("tilt", -0.5, 0.0, 0.5),
    ],
)
def test_shares_of_the_gain(shape, at_0_hz, at_its_frequency, far_above, gain_db, q) -> None:
    setting = band(shape, gain_db, q)
    assert band_gain_db(setting, 0.0) == pytest.approx(at_0_hz * gain_db, abs=1e-9)
    assert band_gain_db(setting, 1000.0) == pytest.approx(at_its_frequency * gain_db, abs=1e-9)
    assert band_gain_db(setting, 1e9) == pytest.approx(far_above * gain_db, abs=1e-6)


@pytest.mark.parametrize("q", [0.5, 0.7071, 4.0])
def test_passes_have_their_q_at_the_corner_and_12_db_per_octave_beyond(q: float) -> None:
    for shape, far, farther in (("low_pass", 64e3, 128e3), ("high_pass", 16.0, 8.0)):
        setting = band(shape, 12.0, q)
        assert band_gain_db(setting, 1000.0) == pytest.approx(20.0 * math.log10(q), abs=1e-9)
        drop_db = band_gain_db(setting, far) - band_gain_db(setting, farther)
        assert drop_db == pytest.approx(12.04, abs=0.02)
    assert band_gain_db(band("high_pass"), 0.0) == -math.inf
    assert band_phase_deg(band("low_pass"), 1000.0) == pytest.approx(-90.0)


def test_a_notch_is_nought_at_its_frequency_and_ignores_its_gain() -> None:
    assert band_gain_db(band("notch", 12.0), 1000.0) == -math.inf
    assert band_response(band("notch", 12.0), 500.0) == band_response(band("notch", -3.0), 500.0)


def test_q_is_the_width_between_the_half_gain_points_of_a_bell() -> None:
    # At the points of half its gain in dB, a bell's bandwidth is f₀/Q.
    setting = band("peak", 6.0, 2.0)
    low = 1000.0 * (math.sqrt(1.0 + 1.0 / 16.0) - 1.0 / 4.0)
    assert band_gain_db(setting, low) == pytest.approx(3.0, abs=1e-9)
    assert band_gain_db(setting, low + 500.0) == pytest.approx(3.0, abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(st.sampled_from(["peak", "low_shelf", "high_shelf", "tilt"]), st.floats(-24, 24), st.floats(1, 3e4))
def test_a_cut_is_the_inverse_of_a_boost(shape: str, gain_db: float, hz: float) -> None:
    product = band_response(band(shape, gain_db), hz) * band_response(band(shape, -gain_db), hz)
    assert abs(product - 1.0) < 1e-9


def test_an_unknown_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="bell"):
        prototype("bell", 0.0, 1.0)


def test_a_whole_eq_adds_up_the_bands_that_act_on_a_channel() -> None:
    bands = [
        band("peak", 3.0),
        band("high_shelf", 2.0, channels="mid"),
        band("low_pass", channels="left"),
    ]
    both = band_gain_db(bands[0], 700.0)
    assert eq_gain_db(bands, 700.0) == both
    assert eq_gain_db(bands, 700.0, "mid") == both + band_gain_db(bands[1], 700.0)
    assert eq_gain_db(bands, 700.0, "left") == both + band_gain_db(bands[2], 700.0)
    assert eq_gain_db(bands, 700.0, "side") == eq_gain_db(bands, 700.0, "right") == both
    assert eq_phase_deg(bands * 5, 700.0, "left") == pytest.approx(
        5 * (band_phase_deg(bands[0], 700.0) + band_phase_deg(bands[2], 700.0))
    )
    assert eq_gain_db([], 700.0) == eq_phase_deg([], 700.0) == 0.0


@pytest.mark.parametrize(
    ("level_db", "knee_db", "reduction_db"),
    [
        (-30.0, 0.0, 0.0),
        (-20.0, 0.0, 0.0),
        (-8.0, 0.0, 9.0),
        (-23.0, 6.0, 0.0),
        (-20.0, 6.0, 0.75 * 9.0 / 12.0),
        (-17.0, 6.0, 2.25),
        (-math.inf, 6.0, 0.0),
    ],
)
def test_the_static_curve_at_known_points(level_db, knee_db, reduction_db) -> None:
    assert compressor_reduction_db(level_db, -20.0, 4.0, knee_db) == pytest.approx(reduction_db)


@settings(derandomize=True, deadline=None)
@given(
    level_db=st.floats(-100, 20),
    step_db=st.floats(0, 10),
    ratio=st.floats(1, 100),
    knee_db=st.floats(0, 24),
)
def test_output_rises_with_input_but_never_faster(level_db, step_db, ratio, knee_db) -> None:
    s = {"threshold_db": -20.0, "ratio": ratio, "knee_db": knee_db, "makeup_db": 3.0, "mix": 0.8}
    rise_db = compressor_output_db(s, level_db + step_db) - compressor_output_db(s, level_db)
    assert -1e-9 <= rise_db <= step_db + 1e-9


def test_makeup_is_on_the_wet_path_only() -> None:
    s = {"threshold_db": 0.0, "ratio": 2.0, "knee_db": 0.0, "makeup_db": 6.0, "mix": 0.5}
    assert compressor_gain_db(s, -40.0) == pytest.approx(20.0 * math.log10(0.5 + 0.5 * 10.0**0.3))


def test_curves_need_no_signal_processing_library() -> None:
    code = (
        "import sys, engine.session.response; "
        "print([name for name in ('numpy', 'numba', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
