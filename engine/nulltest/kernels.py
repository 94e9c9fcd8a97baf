"""Compiled accumulators of the null test."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import compiled
from engine.compiler.addresses import doubles_at, start_of


@compiled("void(float64[:, ::1], float64[:, ::1], float64)")
def mix_in(total: Any, lane: Any, gain: Any) -> None:
    """Adds `gain` times `lane` to `total`, both `(frames, 2)`."""
    into, what = doubles_at(start_of(total)), doubles_at(start_of(lane))
    for index in range(np.uint64(total.size)):
        into[index] += gain * what[index]


@compiled("void(float64[:, :, ::1], float64[:, ::1])")
def sum_frames(planes: Any, sums: Any) -> None:
    """Sums of `(lanes, frames, 2)` over the frames, one after the other: `(lanes, 2)`.

    `planes.sum(axis=1)` has the same bits and takes ten times as long: its inner loop is two values.
    """
    for lane in range(planes.shape[0]):
        left, right = 0.0, 0.0
        for frame in range(planes.shape[1]):
            left += planes[lane, frame, 0]
            right += planes[lane, frame, 1]
        sums[lane, 0], sums[lane, 1] = left, right


@compiled("void(float64[:, ::1], float64[:, ::1], int64, int64, float64[::1], int64, float64[::1])")
def compare(
    total: Any, reference: Any, start_frame: Any, sample_rate: Any, tick_energies: Any, tick: Any, levels: Any
) -> None:
    """Turns `total` into the residual `total − reference` and adds up energies.

    Args:
        total: `(frames, 2)`, in: Σ stems; out: the residual.
        reference: `(frames, 2)`.
        start_frame: song frame of the first row.
        sample_rate: Hz.
        tick_energies: residual energy of each millisecond, both channels; tick n covers song frames
            from round(n · rate / 1000) to before round((n + 1) · rate / 1000).
        tick: the tick that `tick_energies[0]` stands for.
        levels: energy of Σ stems, of the reference, of the residual, and the residual's peak so far.
    """
    frames = total.shape[0]
    frame = 0
    now = (start_frame * 1000 + sample_rate // 2) // sample_rate
    while frame < frames:
        # the last tick whose first frame is not after this one
        while ((now + 1) * sample_rate + 500) // 1000 <= start_frame + frame:
            now += 1
        while (now * sample_rate + 500) // 1000 > start_frame + frame:
            now -= 1
        end = min(frames, ((now + 1) * sample_rate + 500) // 1000 - start_frame)
        energy, stems_energy, reference_energy, peak = 0.0, 0.0, 0.0, levels[3]
        for row in range(np.uint64(frame), np.uint64(end)):
            for channel in range(2):
                stems, mix = total[row, channel], reference[row, channel]
                difference = stems - mix
                total[row, channel] = difference
                stems_energy += stems * stems
                reference_energy += mix * mix
                energy += difference * difference
                peak = max(peak, abs(difference))
        levels[0] += stems_energy
        levels[1] += reference_energy
        levels[2] += energy
        levels[3] = peak
        tick_energies[now - tick] += energy
        frame = end


@compiled("void(float64[:, ::1], float64[:, ::1], float64[::1], float32[:, ::1])")
def window_channels(residual: Any, reference: Any, window: Any, out: Any) -> None:
    """The channels of two signals under a window, each in a row of single precision.

    Args:
        residual: `(frames, 2)`.
        reference: `(frames, 2)`.
        window: `(frames,)`.
        out: `(4, frames)`: left and right of the residual, left and right of the reference.
    """
    for frame in range(np.uint64(window.size)):
        weight = window[frame]
        for channel in range(np.uint64(2)):
            out[channel, frame] = residual[frame, channel] * weight
            out[np.uint64(2) + channel, frame] = reference[frame, channel] * weight


@compiled("void(complex64[:, ::1], int64[::1], float64[:, ::1])")
def add_band_energies(spectra: Any, edges: Any, energies: Any) -> None:
    """Adds the energy of each band in the spectra of two stereo signals.

    Args:
        spectra: discrete Fourier transforms of real signals, `(4, bins/2 + 1)`: left and right of the
            residual, left and right of the reference.
        edges: first bins of the bands, ascending and > 0, one more than bands, at most bins/2 + 1.
        energies: `(bands, 3)`: of Σ stems (residual + reference), the reference, the residual, summed
            over both channels and both signs of frequency, not normalised.
    """
    for band in range(energies.shape[0]):
        stems_energy, reference_energy, energy = 0.0, 0.0, 0.0
        for channel in range(2):
            for index in range(edges[band], edges[band + 1]):
                difference = np.complex128(spectra[channel, index])
                mix = np.complex128(spectra[2 + channel, index])
                stems = difference + mix
                stems_energy += stems.real * stems.real + stems.imag * stems.imag
                reference_energy += mix.real * mix.real + mix.imag * mix.imag
                energy += difference.real * difference.real + difference.imag * difference.imag
        # a real signal holds as much below zero as above
        energies[band, 0] += 2.0 * stems_energy
        energies[band, 1] += 2.0 * reference_energy
        energies[band, 2] += 2.0 * energy


@compiled("void(complex64[:, :, ::1], complex128[:, :, ::1])")
def add_cross_spectra(spectra: Any, sums: Any) -> None:
    """Adds the cross-spectra of all pairs of rows, window by window.

    Args:
        spectra: `(rows, windows, bins)`.
        sums: `(rows, rows, bins)`: of row i with the conjugate of row j, for i ≤ j; the rest is left alone.
    """
    bins = np.uint64(spectra.shape[2])
    for one in range(spectra.shape[0]):
        for two in range(one, spectra.shape[0]):
            into = sums[one, two]
            for window in range(spectra.shape[1]):
                first, second = spectra[one, window], spectra[two, window]
                for index in range(bins):
                    into[index] += np.complex128(first[index]) * np.conj(np.complex128(second[index]))
