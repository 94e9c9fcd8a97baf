"""The limiter as measured from outside: true peak by another interpolator, distortion, recovery, identity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.rack import limiter
from engine.rack.operation import Doubles, Prepared, Use
from engine.units import db_from_gain, gain_from_db

CEILING_DBTP = -1.0
DEFAULTS = {"ceiling_dbtp": CEILING_DBTP, "drive_db": 0.0, "release_ms": 100.0, "lookahead_ms": 2.0}
Limited = tuple[Doubles, Doubles, Prepared]
Run = Callable[..., Limited]


@pytest.fixture
def limited(layout: Any, run_prepared: Any) -> Run:
    """`limited(signal, rate, **settings)`: output with the latency removed, gain column likewise, plan."""

    def run(signal: Doubles, rate: int = 48000, chunk_frames: int = 4096, **changes: float) -> Limited:
        context = layout(rate, signal.shape[1])
        prepared = limiter.prepare([Use({**DEFAULTS, **changes}, (0, 1))], context)
        latency = prepared.latency_frames
        padded = np.concatenate([signal, np.zeros((latency, signal.shape[1]))])
        matrix = run_prepared(prepared, padded, chunk_frames)[latency:]
        return matrix[:, :2].copy(), matrix[:, prepared.gain_columns[0]].copy(), prepared

    return run


def true_peak_dbtp(signal: Doubles, rate: int) -> float:
    """The larger of the 16× peak, by soxr, and the sample peak."""
    padded = np.pad(signal, ((600, 600), (0, 0)))
    oversampled = soxr.resample(padded, rate, 16 * rate, "VHQ")
    return db_from_gain(float(max(np.abs(oversampled).max(), np.abs(signal).max())))


def band_limited(signal: Doubles, rate: int, edge_hz: float = 20000.0) -> Doubles:
    spectrum = np.fft.rfft(signal, axis=0)
    spectrum[np.fft.rfftfreq(len(signal), 1.0 / rate) > edge_hz] = 0.0
    return faded(np.fft.irfft(spectrum, len(signal), axis=0), rate)


def faded(signal: Doubles, rate: int) -> Doubles:
    """Raised-cosine fades of 5 ms, so that cutting a signal out adds no edge of its own."""
    frames = rate // 200
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / frames)
    result = signal.copy()
    result[:frames] *= ramp[:, None]
    result[-frames:] *= ramp[::-1, None]
    return result


def stereo(mono: Doubles, right: float = 1.0) -> Doubles:
    return np.stack([mono, right * mono], axis=1)


def dense_music(rate: int, seconds: float) -> Doubles:
    """Drums, bass and chords with a noisy top, peaking at full scale."""
    random = np.random.default_rng(20260102)
    frames = int(seconds * rate)
    time = np.arange(frames) / rate
    beat = time % 0.25
    kick = np.sin(2 * np.pi * 55 * time + 20 * np.exp(-beat / 0.01)) * np.exp(-beat / 0.12)
    snare = random.standard_normal((frames, 2)) * np.exp(-((time + 0.25) % 0.5) / 0.05)[:, None]
    bass = np.tanh(3 * np.sin(2 * np.pi * 82.4 * time))
    chord = sum(np.sin(2 * np.pi * hertz * time + hertz) for hertz in (220.0, 277.2, 329.6, 440.0, 1318.5))
    hats = random.standard_normal((frames, 2)) * np.exp(-(time % 0.125) / 0.02)[:, None]
    mix = stereo(0.9 * kick + 0.5 * bass) + stereo(0.12 * chord, 0.8) + 0.35 * snare + 0.1 * hats
    mix = band_limited(mix, rate)
    return mix / np.abs(mix).max()


def make(name: str, rate: int) -> Doubles:
    """One of the signals that the limiter has to hold, well over the ceiling."""
    random = np.random.default_rng(20260103)
    time = np.arange(int(0.6 * rate)) / rate
    if name == "music":
        return dense_music(rate, 2.0) * gain_from_db(10.0)
    if name == "bass":
        return stereo(gain_from_db(CEILING_DBTP + 6.0) * np.sin(2 * np.pi * 50 * time))
    if name == "quarter rate":
        return faded(stereo(2.0 * np.sin(np.pi / 2 * np.arange(time.size) + np.pi / 4)), rate)
    if name == "between samples":  # no sample exceeds the ceiling
        return faded(stereo(1.25 * np.sin(np.pi / 2 * np.arange(time.size) + np.pi / 4)), rate)
    if name == "pulses on a high tone":  # a fast gain acts on content near half the rate
        pulses = band_limited(stereo(4.0 * (np.arange(time.size) % 1500 == 900)), rate)
        return pulses + faded(stereo(0.3 * np.sin(2 * np.pi * 19500 * time)), rate)
    if name == "bursts":  # switched hard, at no particular phase
        return stereo(3.0 * np.sin(2 * np.pi * 12000 * time + 0.7) * (time % 0.037 < 0.003))
    if name == "one-sided":
        return stereo(3.0 * np.abs(np.sin(2 * np.pi * 220 * time)) ** 3, 0.2)
    if name.startswith("noise"):
        signal = random.uniform(-3.2, 3.2, (time.size, 2))
    elif name.startswith("impulses"):
        signal = np.zeros((time.size, 2))
        signal[random.integers(0, time.size, 30), random.integers(0, 2, 30)] = random.uniform(-20, 20, 30)
    else:
        signal = stereo(3.0 * np.sign(np.sin(2 * np.pi * 997 * time + 0.1)))
    return signal if name.endswith("unfiltered") else band_limited(signal, rate)


@pytest.mark.parametrize(
    ("name", "rate", "lookahead_ms"),
    [
        ("music", 48000, 2.0),
        ("music", 44100, 0.5),
        ("bass", 192000, 2.0),
        ("quarter rate", 48000, 2.0),
        ("quarter rate", 44100, 10.0),
        ("bursts", 44100, 2.0),
        ("bursts", 96000, 0.5),
        ("one-sided", 88200, 2.0),
        ("noise", 48000, 2.0),
        ("noise", 192000, 2.0),
        ("noise", 44100, 0.5),
        ("impulses", 44100, 2.0),
        ("impulses", 88200, 0.5),
        ("square", 96000, 2.0),
        ("square", 48000, 2.0),
    ],
)
def test_true_peak_stays_at_the_ceiling(limited: Run, name: str, rate: int, lookahead_ms: float) -> None:
    output, gain, _ = limited(make(name, rate), rate, lookahead_ms=lookahead_ms)
    peak_dbtp = true_peak_dbtp(output, rate)
    assert peak_dbtp <= CEILING_DBTP + 0.02
    assert peak_dbtp >= CEILING_DBTP - 0.3
    assert abs(peak_dbtp - (CEILING_DBTP - 0.023)) < 0.012  # as last accepted
    assert gain.min() < gain_from_db(-3.0)


def test_a_peak_between_samples_is_seen(limited: Run) -> None:
    signal = make("between samples", 48000)
    assert db_from_gain(float(np.abs(signal).max())) < CEILING_DBTP < true_peak_dbtp(signal, 48000)
    peak_dbtp = true_peak_dbtp(limited(signal)[0], 48000)
    assert CEILING_DBTP - 0.03 <= peak_dbtp <= CEILING_DBTP


@pytest.mark.parametrize("release_ms", [1.0, 100.0])
def test_what_a_fast_gain_adds_between_samples_is_corrected(limited: Run, release_ms: float) -> None:
    signal = make("pulses on a high tone", 44100)
    output, *_ = limited(signal, 44100, drive_db=12.0, lookahead_ms=0.5, release_ms=release_ms)
    assert CEILING_DBTP - 0.3 <= true_peak_dbtp(output, 44100) <= CEILING_DBTP + 0.02


@pytest.mark.parametrize("name", ["noise unfiltered", "impulses unfiltered", "square unfiltered"])
@pytest.mark.parametrize("rate", [44100, 192000])
def test_signals_up_to_half_the_rate_stay_near_the_ceiling(limited: Run, name: str, rate: int) -> None:
    peak_dbtp = true_peak_dbtp(limited(make(name, rate), rate)[0], rate)
    assert peak_dbtp <= CEILING_DBTP + 0.6
    assert peak_dbtp >= CEILING_DBTP - 0.3
    assert peak_dbtp <= CEILING_DBTP + 0.05  # as last accepted


@pytest.mark.parametrize("ceiling_dbtp", [-24.0, -0.1, 0.0])
@pytest.mark.parametrize("release_ms", [1.0, 2000.0])
def test_every_ceiling_and_release_holds(limited: Run, ceiling_dbtp: float, release_ms: float) -> None:
    signal = make("noise", 48000)
    output, *_ = limited(signal, ceiling_dbtp=ceiling_dbtp, release_ms=release_ms, lookahead_ms=0.5)
    assert ceiling_dbtp - 0.3 <= true_peak_dbtp(output, 48000) <= ceiling_dbtp + 0.02


def residual_db(signal: Doubles, hertz: float, rate: int) -> float:
    """THD+N: power of what is left without the fundamental, re the fundamental."""
    phase = 2 * np.pi * hertz * np.arange(signal.size) / rate
    basis = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    fundamental = basis @ np.linalg.lstsq(basis, signal, rcond=None)[0]
    return float(10 * np.log10(np.sum((signal - fundamental) ** 2) / np.sum(fundamental**2)))


@pytest.mark.parametrize(("hertz", "rate"), [(50.0, 48000), (35.0, 44100), (50.0, 192000)])
def test_a_limited_bass_note_is_not_distorted(limited: Run, hertz: float, rate: int) -> None:
    time = np.arange(rate) / rate
    signal = stereo(gain_from_db(CEILING_DBTP + 6.0) * np.sin(2 * np.pi * hertz * time))
    output, *_ = limited(signal, rate)
    distortion_db = residual_db(output[rate // 4 : 3 * rate // 4, 0], hertz, rate)
    assert distortion_db <= -60.0
    assert distortion_db <= -110.0  # as last accepted


@pytest.mark.parametrize("release_ms", [20.0, 100.0, 400.0])
def test_release_is_the_time_to_63_percent_in_db_and_a_lone_peak_is_not_held(
    limited: Run, release_ms: float
) -> None:
    signal = np.zeros((40000, 2))
    signal[4000] = gain_from_db(CEILING_DBTP + 12.0)
    _, gain, _ = limited(signal, release_ms=release_ms)
    reduction_db = -20 * np.log10(gain)
    assert reduction_db[4000] == pytest.approx(12.0, abs=0.05)
    # The smoothing turns the recovery a little later, by half the look-ahead.
    later = 4000 + round((release_ms + 1.0) * 48)
    assert reduction_db[later] == pytest.approx(12.0 / np.e, rel=0.01)
    assert reduction_db[4000 - 96 - 48] == 0.0


@pytest.mark.parametrize("gap_ms", [3.0, 10.0, 17.5])
def test_peaks_close_to_each_other_share_one_gain(limited: Run, gap_ms: float) -> None:
    signal = np.zeros((20000, 2))
    second = 4000 + round(gap_ms * 48)
    signal[[4000, second]] = 4.0
    _, gain, _ = limited(signal)
    assert np.ptp(20 * np.log10(gain[4000 : second + 1])) < 1e-4


def test_between_peaks_far_from_each_other_the_gain_recovers(limited: Run) -> None:
    signal = np.zeros((20000, 2))
    signal[[4000, 4000 + 30 * 48]] = 4.0
    _, gain, _ = limited(signal)
    deepest_db = 20 * np.log10(4.0) - CEILING_DBTP
    # Recovery begins at once; 18 ms before the second peak what remains is held for it.
    recovered_db = deepest_db * (1 - np.exp(-(30 - 18) / 100))
    assert np.ptp(20 * np.log10(gain[4000 : 4000 + 30 * 48])) == pytest.approx(recovered_db, rel=0.02)


@pytest.mark.parametrize("rate", [44100, 96000])
def test_below_the_threshold_nothing_changes(limited: Run, rate: int) -> None:
    signal = dense_music(rate, 0.4) * 0.7
    output, gain, _ = limited(signal, rate)
    np.testing.assert_array_equal(output, signal)
    np.testing.assert_array_equal(gain, 1.0)


def test_gain_comes_back_to_exactly_one(limited: Run) -> None:
    signal = dense_music(48000, 0.8) * 0.5
    signal[1000:1100] *= 8.0
    output, gain, _ = limited(signal, release_ms=10.0)
    assert gain.min() < 0.7
    np.testing.assert_array_equal(gain[-4800:], 1.0)
    np.testing.assert_array_equal(output[-4800:], signal[-4800:])


def test_output_is_the_delayed_input_times_drive_and_gain(limited: Run) -> None:
    signal = dense_music(48000, 0.3)
    output, gain, _ = limited(signal, drive_db=9.0)
    np.testing.assert_array_equal(output, signal * (gain_from_db(9.0) * gain)[:, None])
    assert gain.max() <= 1.0


def test_drive_is_the_same_as_a_louder_input_and_changes_no_latency(limited: Run) -> None:
    signal = dense_music(48000, 0.3)
    driven, _, prepared = limited(signal, drive_db=10.0)
    louder, _, plain = limited(signal * gain_from_db(10.0))
    np.testing.assert_allclose(driven, louder, rtol=0, atol=1e-12)
    assert prepared.latency_frames == plain.latency_frames


@pytest.mark.parametrize("chunk_frames", [1, 65, 512, 8193])
def test_result_does_not_depend_on_the_block_size(limited: Run, chunk_frames: int) -> None:
    signal = dense_music(48000, 0.4)
    expected, *_ = limited(signal, chunk_frames=len(signal), drive_db=10.0)
    output, *_ = limited(signal, chunk_frames=chunk_frames, drive_db=10.0)
    np.testing.assert_array_equal(output, expected)


@pytest.mark.parametrize("shift", [1, 17])
def test_a_later_signal_gives_the_same_later(limited: Run, shift: int) -> None:
    signal = dense_music(44100, 0.4)
    early, *_ = limited(signal, 44100, drive_db=10.0, lookahead_ms=0.5)
    late, *_ = limited(np.pad(signal, ((shift, 0), (0, 0))), 44100, drive_db=10.0, lookahead_ms=0.5)
    np.testing.assert_allclose(late[shift:], early, rtol=0, atol=2e-5)


def test_both_channels_get_the_gain_of_the_louder(limited: Run) -> None:
    signal = make("impulses", 48000)
    signal[:, 1] *= 0.01
    output, gain, _ = limited(signal)
    swapped, swapped_gain, _ = limited(np.ascontiguousarray(signal[:, ::-1]))
    np.testing.assert_array_equal(gain, swapped_gain)
    np.testing.assert_array_equal(output, swapped[:, ::-1])


def test_parts_through_the_same_gain_add_up_to_the_master(layout: Any, run_prepared: Any) -> None:
    part = dense_music(48000, 0.3)
    rest = np.roll(part, 5000, axis=0) * 0.8
    context = layout(48000, 6)
    prepared = limiter.prepare([Use({**DEFAULTS, "drive_db": 8.0}, (0, 1))], context)
    linked = limiter.apply_operation(
        [(2, 3), (4, 5)], prepared.gain_columns[0], prepared.latency_frames, drive_db=8.0
    )
    both = Prepared((*prepared.operations, linked), prepared.latency_frames)
    matrix = run_prepared(both, np.concatenate([part + rest, part, rest], axis=1))
    assert np.abs(matrix[:, :2]).max() > 0.8
    np.testing.assert_allclose(matrix[:, 2:4] + matrix[:, 4:6], matrix[:, :2], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros((5000, 2)),
        np.full((5000, 2), 0.5),
        np.full((5000, 2), 10.0),
        np.full((5000, 2), -10.0),
        np.full((1, 2), 10.0),
        np.full((1, 2), 1e-300),
        np.where(np.arange(5000)[:, None] < 100, 1e30, 1e-30) * np.ones((5000, 2)),
    ],
    ids=["silence", "half", "plus ten", "minus ten", "one frame", "one tiny frame", "huge, then tiny"],
)
def test_hard_cases_stay_finite_and_normal(limited: Run, signal: Doubles) -> None:
    output, gain, _ = limited(signal, drive_db=6.0, release_ms=5.0)
    assert np.isfinite(output).all()
    assert np.isfinite(gain).all()
    assert 0.0 < gain.min() <= gain.max() <= 1.0
    subnormal = (output != 0.0) & (np.abs(output) < np.finfo(np.float64).tiny)
    assert not subnormal.any()
    if np.abs(signal).max() <= 10.0:
        assert np.abs(output).max() <= gain_from_db(CEILING_DBTP)


@settings(max_examples=25, deadline=None)
@given(
    signal=arrays(np.float64, st.tuples(st.integers(1, 400), st.just(2)), elements=st.floats(-10.0, 10.0)),
    lookahead_ms=st.floats(0.5, 3.0),
    release_ms=st.floats(1.0, 200.0),
)
def test_no_sample_ever_exceeds_the_ceiling(signal: Doubles, lookahead_ms: float, release_ms: float) -> None:
    from engine.plan.plan import pack

    class Columns:
        sample_rate = 44100

        def allocate_columns(self, count: int) -> int:
            return 2

    changes = {"lookahead_ms": lookahead_ms, "release_ms": release_ms}
    prepared = limiter.prepare([Use({**DEFAULTS, **changes}, (0, 1))], Columns())
    frames = -(-(len(signal) + prepared.latency_frames) // 64) * 64
    matrix = np.zeros((frames, 3))
    matrix[: len(signal), :2] = signal
    plan = pack(prepared.operations, columns=3, output_column=0, latency_frames=0, gain_columns=())
    plan.start().process(matrix)
    assert np.abs(matrix[:, :2]).max() <= gain_from_db(CEILING_DBTP)
