"""The equaliser: its curve against the analogue prototypes, its lanes, its precision."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rack import biquad, eq
from engine.rack.eq_design import design_band
from engine.rack.operation import Prepared, Use
from engine.session.response import band_response, eq_gain_db, eq_phase_deg

SHAPES = ("peak", "low_shelf", "high_shelf", "high_pass", "low_pass", "notch", "tilt")
RATES = (44100, 48000, 88200, 96000, 192000)


def band(shape: str, frequency_hz: float, gain_db: float = 0.0, q: float = 0.7071, channels: str = "stereo"):
    return {
        "shape": shape,
        "frequency_hz": frequency_hz,
        "gain_db": gain_db,
        "q": q,
        "channels": channels,
    }


def use(column: int, *bands: dict[str, Any]) -> Use:
    return Use({"phase": "minimum", "bands": bands}, (column, column + 1))


def digital_response(sections: np.ndarray, frequency_hz: np.ndarray, sample_rate: int) -> np.ndarray:
    z = np.exp(-2j * np.pi * frequency_hz / sample_rate)
    response = np.ones_like(z)
    for b0, b1, b2, a1, a2 in sections:
        response *= (b0 + b1 * z + b2 * z * z) / (1.0 + a1 * z + a2 * z * z)
    return response


def worst_deviation_db(setting: dict[str, Any], sample_rate: int) -> float:
    """Largest difference to the prototype up to 0.45 of the rate, next to a notch left out."""
    centre = setting["frequency_hz"]
    frequency = np.concatenate(
        [
            np.geomspace(1.0, 0.45 * sample_rate, 60),
            np.linspace(0.05, 0.45, 40) * sample_rate,
            centre * np.linspace(0.9, 1.1, 21),
            centre * np.array([0.5, 0.7, 0.999, 1.001, 1.5, 2.0]),
        ]
    )
    frequency = frequency[frequency <= 0.45 * sample_rate]
    if setting["shape"] == "notch":
        frequency = frequency[np.abs(frequency / centre - 1.0) > 5e-4]
    wanted = np.abs([band_response(setting, float(hz)) for hz in frequency])
    found = np.abs(digital_response(design_band(setting, sample_rate), frequency, sample_rate))
    return float(np.abs(20.0 * np.log10(found / wanted)).max())


@pytest.mark.parametrize("shape", SHAPES)
@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    position=st.floats(0.0, 1.0),
    gain_db=st.floats(-24.0, 24.0),
    log_q=st.floats(np.log(0.1), np.log(20.0)),
    sample_rate=st.sampled_from(RATES),
)
def test_follows_the_prototype_over_the_whole_range(
    shape: str, position: float, gain_db: float, log_q: float, sample_rate: int
) -> None:
    frequency_hz = 10.0 * (0.049 * sample_rate) ** position
    setting = band(shape, frequency_hz, gain_db, float(np.exp(log_q)))
    assert worst_deviation_db(setting, sample_rate) < 0.1


@pytest.mark.parametrize("sample_rate", [44100, 192000])
@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.4, 0.49])
@pytest.mark.parametrize("gain_db", [-24.0, 24.0])
@pytest.mark.parametrize("q", [0.1, 20.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_follows_the_prototype_in_the_corners(
    shape: str, q: float, gain_db: float, fraction: float, sample_rate: int
) -> None:
    setting = band(shape, max(10.0, fraction * sample_rate), gain_db, q)
    assert worst_deviation_db(setting, sample_rate) < 0.05


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    shape=st.sampled_from(SHAPES),
    fraction=st.floats(5e-5, 0.49),
    gain_db=st.floats(-24.0, 24.0),
    log_q=st.floats(np.log(0.1), np.log(20.0)),
)
def test_is_stable_and_minimum_phase(shape: str, fraction: float, gain_db: float, log_q: float) -> None:
    for b0, b1, b2, a1, a2 in design_band(
        band(shape, fraction * 192000, gain_db, float(np.exp(log_q))), 192000
    ):
        assert np.abs(np.roots([1.0, a1, a2])).max() < 1.0
        assert np.abs(np.roots([b0, b1, b2])).max() < 1.0 + 1e-6


def test_a_notch_is_silent_at_its_frequency_and_a_high_pass_at_0_hz() -> None:
    notch = digital_response(design_band(band("notch", 15000.0), 48000), np.array([15000.0]), 48000)
    assert abs(notch[0]) < 1e-12
    high_pass = digital_response(design_band(band("high_pass", 30.0), 48000), np.array([0.0]), 48000)
    assert abs(high_pass[0]) < 1e-12


def impulse_gain_db(matrix: np.ndarray, column: int, hz: float, sample_rate: int) -> complex:
    n = np.arange(len(matrix))
    return complex(np.sum(matrix[:, column] * np.exp(-2j * np.pi * hz / sample_rate * n)))


@pytest.mark.parametrize("sample_rate", [44100, 96000])
def test_the_kernel_has_the_gain_and_phase_that_was_asked_for(run_prepared, layout, sample_rate: int) -> None:
    bands = [
        band("high_pass", 40.0),
        band("peak", 300.0, -4.0, 2.0),
        band("high_shelf", 9000.0, 3.0),
        band("tilt", 1000.0, 2.0),
    ]
    prepared = eq.prepare([use(0, *bands), use(2, *bands[1:2])], layout(sample_rate, 4))
    impulse = np.zeros((sample_rate, 4))
    impulse[0] = 1.0
    result = run_prepared(prepared, impulse)
    for hz in (20.0, 40.0, 100.0, 300.0, 1000.0, 3000.0, 9000.0, 16000.0, 19000.0):
        for column, expected in ((0, bands), (1, bands), (2, bands[1:2]), (3, bands[1:2])):
            found = impulse_gain_db(result, column, hz, sample_rate)
            assert 20.0 * np.log10(abs(found)) == pytest.approx(eq_gain_db(expected, hz), abs=0.1)
            if hz <= 1000.0:
                wanted_deg = eq_phase_deg(expected, hz)
                assert np.degrees(np.angle(found)) == pytest.approx(wanted_deg, abs=1.5)


@pytest.mark.parametrize(
    "bands",
    [(), (band("peak", 1000.0),), (band("tilt", 50.0), band("low_shelf", 10.0, 0.0, 20.0, "mid"))],
)
def test_flat_bands_pass_every_bit(run_prepared, layout, random, bands) -> None:
    signal = random.standard_normal((300, 2))
    prepared = eq.prepare([use(0, *bands)], layout(48000, 2))
    assert run_prepared(prepared, signal)[:, :2].tobytes() == signal.tobytes()


def filtered(sections: np.ndarray, signal: np.ndarray) -> np.ndarray:
    from scipy.signal import sosfilt

    if not len(sections):
        return signal
    return sosfilt(np.insert(sections, 3, 1.0, axis=1), signal)


def test_each_channel_setting_acts_on_its_own_signal_in_the_order_of_the_bands(
    run_prepared, layout, random
) -> None:
    left_band = band("peak", 2000.0, 6.0, 1.0, "left")
    bands = [
        band("low_shelf", 100.0, 3.0),
        band("peak", 500.0, -6.0, 1.0, "mid"),
        left_band,
        band("high_shelf", 8000.0, 4.0, 0.7, "side"),
        band("high_pass", 30.0, channels="right"),
    ]
    signal = random.standard_normal((1000, 2))
    result = run_prepared(eq.prepare([use(0, *bands)], layout(48000, 2)), signal)
    shelf, mid, left, side, right = (design_band(one, 48000) for one in bands)
    x, y = filtered(shelf, signal[:, 0]), filtered(shelf, signal[:, 1])
    m, s = filtered(mid, (x + y) / 2.0), (x - y) / 2.0
    x, y = filtered(left, m + s), m - s
    m, s = (x + y) / 2.0, filtered(side, (x - y) / 2.0)
    np.testing.assert_allclose(result[:, 0], m + s, atol=1e-12)
    np.testing.assert_allclose(result[:, 1], filtered(right, m - s), atol=1e-12)


def test_a_left_band_leaves_the_right_channel_alone(run_prepared, layout, random) -> None:
    signal = random.standard_normal((500, 2))
    prepared = eq.prepare([use(0, band("peak", 2000.0, 6.0, channels="left"))], layout(48000, 2))
    result = run_prepared(prepared, signal)
    np.testing.assert_array_equal(result[:, 1], signal[:, 1])
    assert np.abs(result[:, 0] - signal[:, 0]).max() > 0.1


@pytest.mark.parametrize("pairs", [1, 2, 3, 4, 5, 7, 9])
def test_uses_side_by_side_give_the_bits_of_each_alone(run_prepared, layout, random, pairs: int) -> None:
    signal = random.standard_normal((700, 2 * pairs))
    shapes = [
        [band("peak", 200.0 * (n + 1), n - 4.0 or 1.0), *[band("high_pass", 30.0 + n)] * (n % 4)]
        for n in range(pairs)
    ]
    together = run_prepared(
        eq.prepare([use(2 * n, *shapes[n]) for n in range(pairs)], layout(48000, 2 * pairs)), signal
    )
    for n in range(pairs):
        alone = run_prepared(eq.prepare([use(0, *shapes[n])], layout(48000, 2)), signal[:, 2 * n : 2 * n + 2])
        np.testing.assert_array_equal(together[:, 2 * n : 2 * n + 2], alone[:, :2])


def test_columns_between_the_uses_are_not_touched(run_prepared, layout, random) -> None:
    signal = random.standard_normal((200, 12))
    uses = [use(column, band("peak", 900.0, 5.0)) for column in (0, 4, 6, 10)]
    result = run_prepared(eq.prepare(uses, layout(48000, 12)), signal)
    for column in (2, 3, 8, 9):
        assert result[:, column].tobytes() == signal[:, column].tobytes()


@pytest.mark.parametrize("chunk_frames", [64, 512, 8192])
def test_the_result_does_not_depend_on_the_block_size(run_prepared, layout, random, chunk_frames) -> None:
    signal = random.standard_normal((9000, 2))
    prepared = eq.prepare([use(0, band("low_pass", 5000.0), band("peak", 60.0, 3.0))], layout())
    reference = run_prepared(prepared, signal, 4096)
    np.testing.assert_array_equal(run_prepared(prepared, signal, chunk_frames), reference)


@pytest.mark.parametrize("shape", ["peak", "high_pass", "low_shelf", "notch"])
def test_noise_stays_below_minus_200_dbfs_at_10_hz_and_192_khz(
    run_prepared, layout, random, shape: str
) -> None:
    setting = band(shape, 10.0, 12.0, 20.0)
    signal = np.repeat(random.uniform(-1.0, 1.0, (8000, 1)), 2, axis=1)
    result = run_prepared(eq.prepare([use(0, setting)], layout(192000, 2)), signal)[:, 0]
    (section,) = design_band(setting, 192000)
    with localcontext() as context:
        context.prec = 32
        b0, b1, b2, a1, a2 = (Decimal(float(coefficient)) for coefficient in section)
        s1 = s2 = Decimal(0)
        error = []
        for sample, found in zip(signal[:, 0], result, strict=True):
            x = Decimal(float(sample))
            y = b0 * x + s1
            s1 = b1 * x - a1 * y + s2
            s2 = b2 * x - a2 * y
            error.append(float(Decimal(float(found)) - y))
    assert 20.0 * np.log10(np.sqrt(np.mean(np.square(error)))) < -200.0


def test_feedback_dies_into_exact_silence_without_denormals(run_prepared, layout) -> None:
    signal = np.zeros((48000, 2))
    signal[0] = 1.0
    prepared = eq.prepare([use(0, band("peak", 1000.0, 12.0, 1.0), band("low_pass", 200.0))], layout())
    result = run_prepared(prepared, signal)[:, :2]
    nonzero = np.abs(result[result != 0.0])
    assert nonzero.min() > np.finfo(np.float64).tiny
    assert np.all(result[-1000:] == 0.0)


def test_silence_in_silence_out(run_prepared, layout) -> None:
    prepared = eq.prepare([use(0, band("peak", 10.0, 24.0, 20.0))], layout(192000, 2))
    assert not run_prepared(prepared, np.zeros((500, 2)))[:, :2].any()


def test_cascades_of_different_length_share_a_register(run_prepared, random) -> None:
    short = design_band(band("peak", 1000.0, 6.0), 48000)
    long = np.concatenate([short, design_band(band("high_pass", 100.0), 48000), short])
    signal = random.standard_normal((400, 8))
    operations = biquad.cascades(
        [0, 2, 4, 6], [(short, long), (long, long), (long[:0], short), (short, short)]
    )
    result = run_prepared(Prepared(operations), signal)
    for lane, cascade in enumerate((short, long, long, long, long[:0], short, short, short)):
        np.testing.assert_allclose(result[:, lane], filtered(cascade, signal[:, lane]), atol=1e-12)


@pytest.mark.parametrize("shape", ["high_pass", "low_pass"])
@pytest.mark.parametrize("slope", [6.0, 12.0, 18.0, 24.0, 36.0, 48.0])
@pytest.mark.parametrize("frequency_hz", [25.0, 900.0, 14000.0])
def test_passes_are_butterworth_filters_of_every_slope(shape: str, slope: float, frequency_hz: float) -> None:
    """Against |H|² = 1/(1 + ω^2n), which shares nothing with the design."""
    band = {
        "shape": shape,
        "frequency_hz": frequency_hz,
        "gain_db": 0.0,
        "q": 0.7071,
        "channels": "stereo",
        "slope_db_per_octave": slope,
    }
    at_hz = np.geomspace(10.0, 0.45 * 48000, 300)
    ratio = at_hz / frequency_hz if shape == "low_pass" else frequency_hz / at_hz
    wanted_db = -10.0 * np.log10(1.0 + ratio ** (2.0 * slope / 6.0))
    z = np.exp(-2j * np.pi * at_hz / 48000)
    response = np.ones(len(at_hz), dtype=complex)
    for b0, b1, b2, a1, a2 in design_band(band, 48000):
        response *= (b0 + b1 * z + b2 * z * z) / (1.0 + a1 * z + a2 * z * z)
    heard = wanted_db > -90.0
    np.testing.assert_allclose(20.0 * np.log10(np.abs(response[heard])), wanted_db[heard], atol=0.1)


def test_the_slope_changes_no_other_shape_and_q_only_the_steepest_section() -> None:
    bell = {"shape": "peak", "frequency_hz": 1000.0, "gain_db": 3.0, "q": 1.0, "channels": "stereo"}
    np.testing.assert_array_equal(
        design_band(bell, 48000), design_band({**bell, "slope_db_per_octave": 48.0}, 48000)
    )
    steep = {**bell, "shape": "high_pass", "gain_db": 0.0, "slope_db_per_octave": 24.0}
    at_corner = [abs(band_response({**steep, "q": q}, 1000.0)) for q in (0.7071, 1.4142)]
    assert at_corner[1] / at_corner[0] == pytest.approx(2.0, rel=1e-3)
