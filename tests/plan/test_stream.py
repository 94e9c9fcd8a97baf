"""A plan as a stream: the same frames for every way of cutting the input, latency removed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.output import Fades, OutputSettings, build_output
from engine.plan.plan import pack
from engine.plan.stream import CHUNK_FRAMES, Stream
from engine.rack.fraction import fraction_latency_frames, fractional_delay

LIMITER = {"ceiling_dbtp": -1.0, "drive_db": 6.0, "release_ms": 100.0, "lookahead_ms": 2.0}


def _output_plan(frames: int, limiter: dict[str, float] | None = LIMITER):
    fades = Fades(100, frames, 5_000, 7_000, "cosine")
    return build_output(OutputSettings(48_000, limiter, 0.0, fades))


def _run(plan, signal, cuts, columns=2):
    stream, parts, start = Stream(plan, columns), [], 0
    for end in [*cuts, len(signal)]:
        parts.append(stream.process(signal[start:end]))
        start = end
    parts.append(stream.finish())
    return np.concatenate(parts)


@pytest.mark.parametrize("block", [1, 64, 65, 512, 8193])
def test_output_does_not_depend_on_the_block_size(random, block):
    signal = random.uniform(-1.0, 1.0, (20_011 if block > 1 else 1_500, 2))
    plan = _output_plan(len(signal))
    whole = _run(plan, signal, [])
    cut = _run(plan, signal, range(block, len(signal), block))
    assert whole.shape == signal.shape
    assert np.array_equal(whole, cut)


@pytest.mark.parametrize("block", [1, 63, 64, 1_000])
def test_gains_are_the_smallest_of_each_quantum(random, block):
    signal = random.uniform(-1.0, 1.0, (2_001, 2))
    settings = OutputSettings(48_000, LIMITER, 0.0, Fades(0, len(signal), 0, 0, "cosine"))
    plan = build_output(settings, with_gain=True)
    stream = Stream(plan)
    outputs = [stream.process(signal[start : start + block]) for start in range(0, len(signal), block)]
    outputs.append(stream.finish())
    gains = np.concatenate(outputs)[:, 2]
    late = plan.latency_frames
    for quantum, [smallest] in enumerate(stream.gains):
        within = gains[max(0, 64 * quantum - late) : max(0, 64 * (quantum + 1) - late)]
        if len(within) == 64:
            assert smallest == within.min() < 1.0
    assert len(stream.gains) == -(-(len(signal) + late) // 64)


@pytest.mark.parametrize("limiter", [LIMITER, None])
def test_parts_get_what_the_programme_gets_and_change_no_bit_of_it(random, limiter):
    parts = random.uniform(-0.6, 0.6, (20_011, 6))
    programme = parts[:, :2] + parts[:, 2:4] + parts[:, 4:]
    fades = Fades(100, len(parts), 5_000, 7_000, "cosine")
    settings = OutputSettings(48_000, limiter, -3.0, fades)
    alone = _run(build_output(settings), programme, [])
    wide = np.concatenate((programme, parts), axis=1)
    plan = build_output(settings, 3)
    together = _run(plan, wide, [], columns=8)
    assert np.array_equal(together[:, :2], alone)
    total = together[:, 2:4] + together[:, 4:6] + together[:, 6:]
    assert np.abs(total - alone).max() < 1e-14
    assert np.array_equal(_run(plan, wide, range(777, len(wide), 777), columns=8), together)


@given(st.lists(st.integers(0, 3 * CHUNK_FRAMES), max_size=8), st.integers(0, 3 * CHUNK_FRAMES))
@settings(max_examples=30, deadline=None)
def test_as_many_frames_come_out_as_went_in(cuts, frames):
    signal = np.random.default_rng(frames).standard_normal((frames, 2)) * 0.1
    cuts = sorted(min(cut, frames) for cut in cuts)
    plan = _output_plan(frames)
    assert np.array_equal(_run(plan, signal, cuts), _run(plan, signal, []))


def test_latency_is_removed():
    signal = np.zeros((5_000, 2))
    signal[1_000] = (1.0, -0.5)
    plan = pack(
        [fractional_delay((0, 1), 0.0)],
        columns=2,
        output_column=0,
        latency_frames=fraction_latency_frames(),
        gain_columns=(),
    )
    assert np.allclose(_run(plan, signal, []), signal, atol=1e-12)


@pytest.mark.parametrize("frequency_hz", [100.0, 1_000.0, 10_000.0, 20_000.0])
@pytest.mark.parametrize("fraction", [0.25, 0.5, 0.9])
def test_fractional_delay_delays_a_tone_by_the_fraction(fraction, frequency_hz):
    time = np.arange(9_600)
    step = 2.0 * np.pi * frequency_hz / 48_000
    signal = np.stack([np.sin(step * time), np.cos(step * time)], axis=1)
    plan = pack(
        [fractional_delay((0, 1), fraction)],
        columns=2,
        output_column=0,
        latency_frames=fraction_latency_frames(),
        gain_columns=(),
    )
    expected = np.stack([np.sin(step * (time - fraction)), np.cos(step * (time - fraction))], axis=1)
    middle = slice(200, -200)
    assert np.abs(_run(plan, signal, [])[middle] - expected[middle]).max() < 2e-5


def test_a_chunk_that_does_not_fit_is_refused():
    run = _output_plan(1_000, None).start()
    with pytest.raises(ValueError, match="does not fit"):
        run.process(np.zeros((63, 2)))


def test_two_runs_of_one_plan_do_not_meet(random):
    signal = random.uniform(-1.0, 1.0, (4_096, 2))
    plan = _output_plan(len(signal))
    first = _run(plan, signal, [])
    assert np.array_equal(first, _run(plan, signal, []))


@pytest.mark.parametrize("shape", ["linear", "cosine", "exp"])
def test_fades_start_and_end_in_silence_and_leave_the_middle_alone(shape):
    fades = Fades(500, 9_000, 2_000, 3_000, shape)
    plan = build_output(OutputSettings(48_000, None, 0.0, fades))
    faded = _run(plan, np.ones((10_000, 2)), [])[:, 0]
    assert faded[500] == 0.0
    assert faded[8_999] == 0.0
    assert np.all(faded[2_500:6_000] == 1.0)
    assert np.all(np.diff(faded[500:2_500]) > 0.0)
    assert np.all(np.diff(faded[6_000:9_000]) < 0.0)
    assert np.all(faded[9_000:] == 0.0)
    halfway = {"linear": 0.5, "cosine": 0.5, "exp": (10 ** (-30 / 20) - 1e-3) / (1.0 - 1e-3)}
    assert faded[1_500] == pytest.approx(halfway[shape], rel=1e-9)
