"""Width and mono bass."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rack.crossover import all_pass_section
from engine.rack.response import cascade_response


def mid_side(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (signal[:, 0] + signal[:, 1]) / 2.0, (signal[:, 0] - signal[:, 1]) / 2.0


@pytest.mark.parametrize("width", [0.0, 0.3, 1.0, 2.0])
def test_width_scales_the_side_and_leaves_the_mid(process, declared, random, width: float) -> None:
    signal = random.standard_normal((1000, 2))
    before, after = mid_side(signal), mid_side(process("stereo", declared("stereo", width=width), signal))
    np.testing.assert_allclose(after[0], before[0], atol=1e-14)
    np.testing.assert_allclose(after[1], width * before[1], atol=1e-14)


def test_neutral_settings_pass_every_bit(process, declared, random) -> None:
    signal = random.standard_normal((1000, 2))
    assert np.array_equal(process("stereo", declared("stereo"), signal), signal)


@pytest.mark.parametrize("sample_rate", [44100, 96000])
@pytest.mark.parametrize("width", [0.5, 1.0, 2.0])
def test_no_side_below_and_the_image_above(process, declared, width: float, sample_rate: int) -> None:
    below_hz = 150.0
    impulse = np.zeros((sample_rate, 2))
    impulse[0, 0] = 2.0  # mid and side are 1
    chosen = declared("stereo", width=width, mono_below_hz=below_hz)
    output = process("stereo", chosen, impulse, sample_rate=sample_rate)
    mid, side = (np.fft.rfft(part) for part in mid_side(output))
    at_hz = np.fft.rfftfreq(sample_rate, 1.0 / sample_rate)
    np.testing.assert_allclose(np.abs(mid), 1.0, atol=1e-9)
    ratio = (at_hz / below_hz) ** 4
    # the analogue curve, where the bilinear transform does not bend it yet
    low = at_hz < 2000.0
    np.testing.assert_allclose(np.abs(side)[low], width * (ratio / (1.0 + ratio))[low], atol=1e-3 * width)
    # the side stays in phase with the mid, so nothing cancels between left and right
    audible = at_hz > 20.0
    np.testing.assert_allclose(np.angle(side[audible] / mid[audible]), 0.0, atol=1e-6)
    expected = cascade_response(all_pass_section(below_hz, sample_rate), at_hz, sample_rate)
    np.testing.assert_allclose(mid, expected, atol=1e-9)


def test_mono_bass_of_a_mono_signal_is_an_all_pass(process, declared, random) -> None:
    signal = np.repeat(random.standard_normal((2000, 1)), 2, axis=1)
    output = process("stereo", declared("stereo", mono_below_hz=200.0), signal)
    assert np.array_equal(output[:, 0], output[:, 1])


def test_different_uses_side_by_side(run_prepared, layout, declared, random) -> None:
    from engine.rack import stereo
    from engine.rack.operation import Use

    signal = random.standard_normal((500, 8))
    chosen = [{}, {"width": 0.0}, {"mono_below_hz": 100.0}, {"width": 0.0, "mono_below_hz": 100.0}]
    uses = [Use(declared("stereo", **one), (2 * n, 2 * n + 1)) for n, one in enumerate(chosen)]
    output = run_prepared(stereo.prepare(uses, layout(48000, 8)), signal)
    assert np.array_equal(output[:, :2], signal[:, :2])
    np.testing.assert_allclose(output[:, 2], output[:, 3], atol=1e-15)
    np.testing.assert_allclose(output[:, 6], output[:, 7], atol=1e-15)
    assert not np.allclose(output[:, 4], output[:, 5])


@pytest.mark.parametrize("settings", [{"width": 1.7}, {"width": 0.4, "mono_below_hz": 120.0}])
def test_parts_add_up_to_the_whole(process, declared, random, settings) -> None:
    parts = random.standard_normal((3000, 4))
    signal = np.concatenate([parts[:, :2] + parts[:, 2:], parts], axis=1)
    output = process("stereo", declared("stereo", **settings), signal, followers=2)
    np.testing.assert_allclose(output[:, 2:4] + output[:, 4:6], output[:, :2], atol=1e-12)
