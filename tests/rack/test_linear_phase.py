"""Linear phase: the convolution, the filters' curves and symmetry, latency, pre-ringing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rack import eq
from engine.rack.convolve import BLOCK_FRAMES, Convolution, convolve
from engine.rack.eq_linear import eq_pre_ringing_ms
from engine.rack.linear_phase import half_length_frames, latency_frames
from engine.rack.operation import Prepared, Use
from engine.session.response import band_gain_db, eq_gain_db

SHAPES = ("peak", "low_shelf", "high_shelf", "high_pass", "low_pass", "tilt")


def filtered(signal: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Convolution by a single long transform, as long as the signal."""
    points = 1 << (len(signal) + len(taps)).bit_length()
    product = np.fft.rfft(signal, points, axis=0) * np.fft.rfft(taps, points)[:, None]
    return np.fft.irfft(product, points, axis=0)[: len(signal)]


@pytest.mark.parametrize("taps", [1, 2048, 2049, 7000])
@pytest.mark.parametrize("pairs", [1, 3])
def test_every_pair_is_convolved_with_its_own_filter(run_prepared, random, pairs: int, taps: int) -> None:
    signal = random.standard_normal((9000, 2 * pairs))
    filters = [random.standard_normal(taps) for _ in range(pairs)]
    operations = convolve([Convolution(2 * n, (2 * n,), ((one,),)) for n, one in enumerate(filters)])
    output = run_prepared(Prepared(operations), signal)
    for n, one in enumerate(filters):
        expected = filtered(signal[:, 2 * n : 2 * n + 2], one)[:-BLOCK_FRAMES]
        np.testing.assert_allclose(output[BLOCK_FRAMES:, 2 * n : 2 * n + 2], expected, atol=1e-11)
    assert np.abs(output[:BLOCK_FRAMES, : 2 * pairs]).max() < 1e-11


def test_several_results_and_lanes_that_mix(run_prepared, random) -> None:
    signal = np.concatenate([random.standard_normal((6000, 2)), np.zeros((6000, 2))], axis=1)
    a, b, c, d = (random.standard_normal(3000) for _ in range(4))
    crossed = Convolution(0, (2,), ((a + 1j * b, c + 1j * d),))
    plain = Convolution(0, (0, 4), ((a,), (d,)))
    output = run_prepared(Prepared(convolve([crossed, plain])), signal)[BLOCK_FRAMES:]
    end = len(signal) - BLOCK_FRAMES
    left, right = signal[:, :1], signal[:, 1:2]
    wanted = {
        2: filtered(left, a) + filtered(right, c),
        3: filtered(left, b) + filtered(right, d),
        0: filtered(left, a),
        5: filtered(right, d),
    }
    for column, expected in wanted.items():
        np.testing.assert_allclose(output[:, column], expected[:end, 0], atol=1e-11)


@pytest.mark.parametrize("chunk_frames", [64, 192, 8192])
def test_the_result_does_not_depend_on_the_block_size(process, declared, random, chunk_frames: int) -> None:
    signal = random.standard_normal((6000, 4))
    chosen = declared("eq", phase="linear", bands=[{"frequency_hz": 500.0, "gain_db": 6.0}])
    whole = process("eq", chosen, signal)
    assert np.array_equal(process("eq", chosen, signal, chunk_frames=chunk_frames), whole)


def impulse_response(process, settings: dict, sample_rate: int) -> np.ndarray:
    """`(2·half + 1, 4)`: what an impulse on the left gives, then one on the right, around its place."""
    half = half_length_frames(sample_rate)
    signal = np.zeros((2 * half + 1, 4))
    signal[half, 0] = signal[half, 3] = 1.0
    return process("eq", settings, signal, sample_rate=sample_rate)


@pytest.mark.parametrize("sample_rate", [44100, 48000, 96000])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("frequency_hz", [30.0, 1000.0, 18000.0])
def test_the_curve_is_that_of_the_analogue_prototype_without_any_phase(
    process, declared, sample_rate: int, shape: str, frequency_hz: float
) -> None:
    band = {"shape": shape, "frequency_hz": frequency_hz, "gain_db": 6.0}
    chosen = declared("eq", phase="linear", bands=[band])
    response = impulse_response(process, chosen, sample_rate)[:, 0]
    np.testing.assert_allclose(response, response[::-1], atol=1e-15)
    points = 1 << 17
    gain_db = 20.0 * np.log10(np.abs(np.fft.rfft(response, points)) + 1e-12)
    for hz in (10.0, 20.0, 30.0, 45.0, 100.0, 700.0, 5000.0, 15000.0, 0.49 * sample_rate):
        place = round(hz * points / sample_rate)
        expected_db = eq_gain_db(chosen["bands"], place * sample_rate / points)
        if expected_db > -40.0:
            assert gain_db[place] == pytest.approx(expected_db, abs=0.02)
        else:
            assert gain_db[place] < -39.0


def test_a_notch_is_deep_and_narrow(process, declared) -> None:
    """Its zero-phase magnitude has a corner at the frequency, which no finite filter reaches."""
    chosen = declared("eq", phase="linear", bands=[{"shape": "notch", "frequency_hz": 1000.0, "q": 1.0}])
    response = impulse_response(process, chosen, 48000)[:, 0]
    gain_db = 20.0 * np.log10(np.abs(np.fft.rfft(response, 48000)))
    assert gain_db[1000] < -40.0
    for hz in (100, 500, 900, 1100, 2000, 10000):
        assert gain_db[hz] == pytest.approx(eq_gain_db(chosen["bands"], float(hz)), abs=0.05)


MID_SIDE = np.array([[0.5, 0.5], [0.5, -0.5]])


@pytest.mark.parametrize(
    "channels", [("mid",), ("side",), ("left",), ("right", "stereo"), ("mid", "left", "side", "right")]
)
def test_bands_on_parts_of_the_stereo_signal_act_in_their_order(
    process, declared, channels: tuple[str, ...]
) -> None:
    bands = [
        {"shape": "peak", "frequency_hz": 300.0 * 3.0**n, "gain_db": 9.0 - 6.0 * n, "channels": where}
        for n, where in enumerate(channels)
    ]
    chosen = declared("eq", phase="linear", bands=bands)
    response = impulse_response(process, chosen, 48000)
    found = np.abs(np.fft.rfft(response, 1 << 15, axis=0))
    for place in (100, 300, 700, 2000, 9000):
        wanted = np.eye(2)
        for band in chosen["bands"]:
            gain = 10.0 ** (band_gain_db(band, place * 48000 / (1 << 15)) / 20.0)
            where = band["channels"]
            first = gain if where in ("stereo", "mid", "left") else 1.0
            second = gain if where in ("stereo", "side", "right") else 1.0
            one = np.diag([first, second])
            if where in ("mid", "side"):
                one = np.linalg.inv(MID_SIDE) @ one @ MID_SIDE
            wanted = one @ wanted
        np.testing.assert_allclose(found[place].reshape(2, 2).T, np.abs(wanted), atol=1e-4)


def test_mid_and_side_bands_do_their_gain(process, declared, random) -> None:
    mid, side = random.standard_normal((2, 30000)) * 0.1
    signal = np.stack([mid + side, mid - side], axis=1)
    only_mid = np.stack([mid, mid], axis=1)
    only_side = np.stack([side, -side], axis=1)
    band = {"shape": "high_shelf", "frequency_hz": 2000.0, "gain_db": 6.0}
    on_mid = process("eq", declared("eq", phase="linear", bands=[{**band, "channels": "mid"}]), signal)
    everywhere = process("eq", declared("eq", phase="linear", bands=[band]), only_mid)
    np.testing.assert_allclose(on_mid, everywhere + only_side, atol=1e-12)


@pytest.mark.parametrize(
    ("sample_rate", "frames"), [(44100, 8191), (48000, 8191), (96000, 14335), (192000, 26623)]
)
def test_the_latency_depends_on_the_rate_alone(layout, declared, sample_rate: int, frames: int) -> None:
    for bands in ([], [{"frequency_hz": 30.0, "gain_db": 6.0, "q": 20.0}]):
        chosen = declared("eq", phase="linear", bands=bands)
        prepared = eq.prepare([Use(chosen, (0, 1))], layout(sample_rate, 2))
        assert prepared.latency_frames == latency_frames(sample_rate) == frames
        assert eq.latency_frames(chosen, sample_rate) == frames


@pytest.mark.parametrize("bands", [[], [{"frequency_hz": 100.0, "gain_db": 0.0}] * 3])
def test_a_neutral_linear_phase_equaliser_passes_every_bit(process, declared, random, bands) -> None:
    signal = random.standard_normal((3000, 2))
    assert np.array_equal(process("eq", declared("eq", phase="linear", bands=bands), signal), signal)


def test_phases_are_not_prepared_together(layout, declared) -> None:
    uses = [Use(declared("eq", phase=phase), (0, 1)) for phase in ("linear", "minimum")]
    with pytest.raises(ValueError, match="one phase"):
        eq.prepare(uses, layout(48000, 2))


def test_a_filter_is_kept_once_for_all_followers(layout, declared) -> None:
    chosen = declared("eq", phase="linear", bands=[{"frequency_hz": 100.0, "gain_db": 3.0}])
    sizes = [
        sum(
            operation.parameters.size
            for operation in eq.prepare(
                [Use(chosen, (0, 1), tuple((2 * n, 2 * n + 1) for n in range(1, 1 + count)))],
                layout(48000, 2 + 2 * count),
            ).operations
        )
        for count in (0, 5)
    ]
    assert sizes[0] == sizes[1]


def test_pre_ringing_is_where_the_filter_is_heard_before_the_event(process, declared) -> None:
    for band, limits_ms in (
        ({"shape": "peak", "frequency_hz": 1000.0, "gain_db": 6.0, "q": 10.0}, (5.0, 25.0)),
        ({"shape": "peak", "frequency_hz": 1000.0, "gain_db": 6.0, "q": 1.0}, (0.5, 3.0)),
        ({"shape": "high_shelf", "frequency_hz": 10000.0, "gain_db": -6.0}, (0.01, 0.5)),
    ):
        chosen = declared("eq", phase="linear", bands=[band])
        response = np.abs(impulse_response(process, chosen, 48000)[:, 0])
        first = int(np.flatnonzero(response > 1e-3 * response.max())[0])
        found = eq_pre_ringing_ms(chosen, 48000)
        assert found == pytest.approx((len(response) // 2 - first) / 48.0, abs=1e-9)
        assert limits_ms[0] < found < limits_ms[1]
    assert eq_pre_ringing_ms(declared("eq", phase="linear"), 48000) == 0.0


def test_silence_in_silence_out(process, declared) -> None:
    chosen = declared("eq", phase="linear", bands=[{"frequency_hz": 30.0, "gain_db": 24.0, "q": 20.0}])
    assert not process("eq", chosen, np.zeros((12000, 2))).any()
