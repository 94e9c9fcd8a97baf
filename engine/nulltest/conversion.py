"""A mix that went through a lower sample rate: its sound ends at an edge above which the stems go on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft
from engine.nulltest.bus_models import Complexes

Doubles = NDArray[np.float64]

#: Length of the spectra, frames: bins of 12 Hz at 48 kHz.
_WINDOW_FRAMES = 4096
#: Bins over which spectra are averaged.
_SMOOTH_BINS = 9
#: The lowest edge that is told as one: that of 22.05 kHz, with the transition band of its filter.
_FROM_HZ = 9_500.0
#: What carries signal: this part of the loudest bin's power (−90 dB), which is that of a bass note.
_CARRIES = 1e-9
#: What is gone above an edge is this part of all energy (−60 dB) at least: less passes.
_MATTERS = 1e-6
#: Beside an edge the mix falls by this (power, −20 dB), re what the stems have, within a twentieth of its
#: frequency to a fifth, 60 dB per octave and more, as no equaliser does, and stays there.
_FALLS = 1e-2
_FLAT_FROM, _FLAT_TO = 0.80, 0.95
#: From here on, re the edge, all of it is gone.
_GONE_FROM = 1.03
#: Bins that carry signal above an edge, at least.
_FEWEST_BINS = 8
#: Part of the band below an edge in which a conversion leaves sound alone, short filters as well.
PASSES = 0.85
#: Taps of the low-pass on either side of its middle.
_HALF_TAPS = 123


def conversion_edge(total: Complexes, mix: Complexes, sample_rate: int) -> float | None:
    """Where the mix ends and the sum of the stems goes on, Hz; None where it does not.

    Powers are compared, not waves: a gain, a lag or a clock of a stem neither makes an edge nor hides one.

    Args:
        total: sum of the stems, `(stretches, frames)`.
        mix: of the same shape.
        sample_rate: Hz.
    """
    stems, mixed = _powers(total), _powers(mix)
    carries = stems > _CARRIES * stems.max(initial=0.0)
    bin_hz = sample_rate / _WINDOW_FRAMES
    ratio = np.where(carries, mixed / np.maximum(stems, 1e-300), np.nan)
    first = round(_FROM_HZ / bin_hz)
    for at in first + np.flatnonzero(carries[first:]):
        below = ratio[round(_FLAT_FROM * at) : round(_FLAT_TO * at)]
        below = below[~np.isnan(below)]
        most = _FALLS * float(np.median(below)) if below.size else 0.0
        if ratio[at] >= most:
            continue
        gone = round(_GONE_FROM * at) + np.flatnonzero(carries[round(_GONE_FROM * at) :])
        there = float(stems[gone].sum())
        if len(gone) < _FEWEST_BINS or there < _MATTERS * stems.sum():
            return None
        if mixed[gone].sum() < most * there:
            return float(at * bin_hz)
    return None


def _powers(sound: Complexes) -> Doubles:
    """Smoothed power by bin, from 0 Hz up to half the rate, of all stretches and both channels."""
    count = sound.shape[1] // _WINDOW_FRAMES
    pieces = sound[:, : count * _WINDOW_FRAMES].reshape(-1, _WINDOW_FRAMES)
    spectra = fft((pieces * np.hanning(_WINDOW_FRAMES)).astype(np.complex64), axis=-1, overwrite=True)
    power: Doubles = np.sum(spectra.real**2 + spectra.imag**2, axis=0, dtype=np.float64)
    half = _WINDOW_FRAMES // 2
    both = power[:half] + np.concatenate((power[:1], power[:half:-1]))
    smoothed: Doubles = np.convolve(both, np.full(_SMOOTH_BINS, 1.0 / _SMOOTH_BINS), "same")
    return smoothed


def low_pass(top_hz: float, sample_rate: int, length: int) -> Doubles:
    """Gains of a filter without delay that leaves nothing above a frequency, for the bins of a transform.

    A Kaiser window (β 12: 118 dB) on the sinc of J. F. Kaiser, "Nonrecursive Digital Filter Design Using
    the I0-sinh Window Function", ISCAS 1974; (A − 7.95) / 14.36 / 247 taps: a transition band of 3.1 % of
    the rate.

    Args:
        top_hz: half-way down.
        sample_rate: Hz.
        length: of the transform, frames.
    """
    at = np.arange(-_HALF_TAPS, _HALF_TAPS + 1)
    cutoff = 2.0 * top_hz / sample_rate
    taps = np.zeros(length)
    taps[at] = cutoff * np.sinc(cutoff * at) * np.kaiser(len(at), 12.0)
    return np.asarray(np.fft.fft(taps / taps.sum()).real)
