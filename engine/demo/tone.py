"""Building blocks of the demo's instruments, made so that every machine gets the same samples.

IEEE 754 fixes the result of + − × ÷ and √, but not of sine, exponential or power, which differ in
their last bit between processors and libraries. Those are therefore only used to design constants
and tables, whose values are *pinned* (rounded to a coarse binary grid, so that the last bits vanish);
everything at audio rate is additions, multiplications, square roots and table look-ups. For the same
reason no routine here may end in BLAS (`@`, `dot`, `convolve`), whose order of summation is free.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.demo.recursion import dying_sine, second_order, weighted

Signal = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

SAMPLE_RATE = 48_000
_PIN_STEPS = 2.0**32
_SINE_POINTS = 16_384
_CHUNK_FRAMES = 2**15


def pinned(values: Signal) -> Signal:
    """`values` rounded to 24 significant bits: the last bits, which machines disagree on, are gone."""
    return values.astype(np.float32).astype(np.float64)


def pin(value: float) -> float:
    """One constant rounded to a multiple of 2⁻³², for the same reason."""
    return round(value * _PIN_STEPS) / _PIN_STEPS


def product(left: Spectrum, right: Spectrum) -> Spectrum:
    """Element-wise product of complex arrays, in real steps: numpy's own may fuse + and ×, or not."""
    out = np.empty(np.broadcast_shapes(left.shape, right.shape), dtype=np.complex128)
    out.real = left.real * right.real - left.imag * right.imag
    out.imag = left.real * right.imag + left.imag * right.real
    return out


def frames_of(seconds: float) -> int:
    """Whole frames nearest to `seconds`."""
    return round(seconds * SAMPLE_RATE)


def gain(level_db: float) -> float:
    """Linear gain of `level_db`."""
    return pin(10.0 ** (level_db / 20.0))


def hertz(midi: float) -> float:
    """Frequency of a MIDI note number in equal temperament, A4 = 69 = 440 Hz."""
    return pin(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


_SINE: Signal = pinned(np.sin(np.arange(_SINE_POINTS + 1) * (2.0 * math.pi / _SINE_POINTS)))
_SINE_STEP: Signal = np.append(np.diff(_SINE), 0.0)


def sine(cycles: NDArray[Any]) -> Signal:
    """Sine of a phase counted in cycles, by linear interpolation (error below −140 dBFS)."""
    return read_table(_SINE, _SINE_STEP, cycles)


def read_table(table: Signal, step: Signal, cycles: NDArray[Any]) -> Signal:
    """One period of a waveform read at any phase.

    Args:
        table: the period, with its first point repeated at the end, shape `(points + 1,)`.
        step: differences of neighbouring points, same shape, the last one 0.
        cycles: phase, in periods.
    """
    position: Signal = (cycles - np.floor(cycles)) * (table.size - 1)
    index = position.astype(np.int32)
    position -= index
    position *= step.take(index)
    position += table.take(index)
    return position


def noise(count: int, seed: int) -> Signal:
    """White noise, uniform in −1…1. Taken from the raw bits, whose sequence numpy never changes."""
    bits = np.random.PCG64(seed).random_raw(count)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def decay(count: int, time_s: float) -> Signal:
    """An exponential fall from 1 by e each `time_s`; exactly zero beyond 20 of them (−174 dB)."""
    envelope = np.zeros(count)
    audible = min(count, frames_of(20.0 * time_s))
    envelope[:audible] = pin(math.exp(-1.0 / (time_s * SAMPLE_RATE)))
    envelope[0] = 1.0
    np.multiply.accumulate(envelope[:audible], out=envelope[:audible])
    return envelope


def ramp_in(signal: Signal, seconds: float) -> Signal:
    """`signal` with its first `seconds` raised linearly from silence, in place."""
    count = min(signal.shape[-1], frames_of(seconds))
    signal[..., :count] *= np.arange(count) / max(count, 1)
    return signal


def ramp_out(signal: Signal, seconds: float) -> Signal:
    """`signal` with its last `seconds` lowered to silence along a parabola, in place."""
    count = min(signal.shape[-1], frames_of(seconds))
    fall = np.arange(count, 0, -1) / max(count, 1)
    signal[..., signal.shape[-1] - count :] *= fall * fall
    return signal


def saturate(signal: Signal, drive: float) -> Signal:
    """A soft, odd curve x/√(1 + x²), unity for small signals, bounded by 1/`drive`; in place."""
    flat = signal.reshape(-1)
    for first in range(0, flat.size, _CHUNK_FRAMES):
        chunk = flat[first : first + _CHUNK_FRAMES]
        driven = drive * chunk
        chunk /= np.sqrt(1.0 + driven * driven)
    return signal


def each(stereo: Signal, *stages: Callable[[Signal], Signal]) -> Signal:
    """Runs every channel through `stages` in turn, in place."""
    for channel in stereo:
        for stage in stages:
            channel[:] = stage(channel)
    return stereo


def ring(count: int, frequency_hz: float, time_s: float, phase: float = 0.0) -> Signal:
    """A sine that dies away by e each `time_s`, as the impulse response of a two-pole resonator.

    Args:
        count: length in frames.
        frequency_hz: below half the sample rate.
        time_s: decay time constant.
        phase: at the start, in cycles; 0 starts at zero, 0.25 at 1.
    """
    angle = 2.0 * math.pi * frequency_hz / SAMPLE_RATE
    radius = math.exp(-1.0 / (time_s * SAMPLE_RATE))
    length = min(count, frames_of(9.0 * time_s))  # −78 dB
    out = np.zeros(count)
    dying_sine(
        pin(math.sin(2.0 * math.pi * phase)),
        pin(radius * math.sin(angle + 2.0 * math.pi * phase)),
        pin(2.0 * radius * math.cos(angle)),
        -pin(radius * radius),
        out[:length],
    )
    return out


def _filtered(signal: Signal, numerator: Sequence[float], denominator: Sequence[float]) -> Signal:
    scale = 1.0 / denominator[0]
    coefficients = np.array([pin(value * scale) for value in (*numerator, *denominator[1:])])
    out = np.empty(signal.shape)
    for source, target in zip(np.atleast_2d(signal), np.atleast_2d(out), strict=True):
        second_order(np.ascontiguousarray(source), coefficients, target)
    return out


def _angle(frequency_hz: float, q: float) -> tuple[float, float]:
    omega = 2.0 * math.pi * frequency_hz / SAMPLE_RATE
    return math.cos(omega), math.sin(omega) / (2.0 * q)


def low_pass(signal: Signal, frequency_hz: float, q: float = 0.7071) -> Signal:
    """Second-order low-pass along the last axis (R. Bristow-Johnson, Audio EQ Cookbook)."""
    cosine, alpha = _angle(frequency_hz, q)
    side = (1.0 - cosine) / 2.0
    return _filtered(signal, (side, 2.0 * side, side), (1.0 + alpha, -2.0 * cosine, 1.0 - alpha))


def high_pass(signal: Signal, frequency_hz: float, q: float = 0.7071) -> Signal:
    """Second-order high-pass along the last axis (R. Bristow-Johnson, Audio EQ Cookbook)."""
    cosine, alpha = _angle(frequency_hz, q)
    side = (1.0 + cosine) / 2.0
    return _filtered(signal, (side, -2.0 * side, side), (1.0 + alpha, -2.0 * cosine, 1.0 - alpha))


def band_pass(signal: Signal, frequency_hz: float, q: float) -> Signal:
    """Second-order band-pass, 0 dB at its centre (R. Bristow-Johnson, Audio EQ Cookbook)."""
    cosine, alpha = _angle(frequency_hz, q)
    return _filtered(signal, (alpha, 0.0, -alpha), (1.0 + alpha, -2.0 * cosine, 1.0 - alpha))


def peak(signal: Signal, frequency_hz: float, q: float, gain_db: float) -> Signal:
    """Peaking equaliser along the last axis (R. Bristow-Johnson, Audio EQ Cookbook)."""
    cosine, alpha = _angle(frequency_hz, q)
    amplitude = 10.0 ** (gain_db / 40.0)
    up, down = alpha * amplitude, alpha / amplitude
    return _filtered(signal, (1.0 + up, -2.0 * cosine, 1.0 - up), (1.0 + down, -2.0 * cosine, 1.0 - down))


def smoothed(values: Signal, width: int) -> Signal:
    """`values` averaged under a centred Hann window of about `width` points; ends are held."""
    half = max(1, width // 2)
    window = pinned(0.5 - 0.5 * np.cos(np.arange(1, 2 * half + 2) * (math.pi / (half + 1))))
    window /= float(np.cumsum(window)[-1])
    held = np.concatenate((np.full(half, values[0]), values, np.full(half, values[-1])))
    out = np.empty(values.size)
    weighted(held, window, out)
    return out
