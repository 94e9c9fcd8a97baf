"""Third-octave levels: a bank of sixth-order Butterworth band-passes, eight bands per register.

Mid-band frequencies are those of IEC 61260-1:2014, 5.4, base ten: 1000 Hz · 10^(n/10), n from −17
(20 Hz) to 13 (20 kHz); band edges lie 10^(±1/20) from them (5.6).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import compiled, inlined
from engine.compiler.addresses import doubles_at, start_of
from engine.compiler.lanes import flushed, load8, splat8, store

Doubles = NDArray[np.float64]

#: Bands from 20 Hz to 20 kHz.
BANDS = 31
_LOWEST, _GROUP, _SECTIONS = -17, 8, 3
#: The upper edge of a band stays below this share of the rate.
_HIGHEST_EDGE = 0.49
_NEGLIGIBLE = 1e-30

_GROUPS = -(-BANDS // _GROUP)
_COEFFICIENTS = (1 + 2 * _SECTIONS) * _GROUP  # input gain, then a1 and a2 of each section
_STATES = 2 * _SECTIONS * _GROUP
#: float64 values of the bank: coefficients of all groups, then the states of both channels.
_BANK_DOUBLES = _GROUPS * (_COEFFICIENTS + 2 * _STATES)
_STATE_AT = _GROUPS * _COEFFICIENTS


def mid_band_hz() -> Doubles:
    """The exact mid-band frequencies, Hz."""
    return np.asarray(1000.0 * 10.0 ** ((np.arange(BANDS) + _LOWEST) / 10.0))


def band_sections(low_hz: float, high_hz: float, sample_rate: int) -> tuple[float, Doubles]:
    """A Butterworth band-pass of order six by the bilinear transform, its edges (−3 dB) exact.

    The prototype's poles are those of a third-order low-pass; s → (s² + ω₀²)/(B·s) makes two of each.

    Returns:
        The gain at its input and `(3, 2)`: a1 and a2 of each section; every numerator is 1 − z⁻².
    """
    edges = np.tan(np.pi * np.array([low_hz, high_hz]) / sample_rate)
    width, square = edges[1] - edges[0], edges[0] * edges[1]
    prototype = np.exp(1j * np.pi * np.array([4.0, 6.0, 8.0]) / 6.0)
    half = prototype * width / 2.0
    root = np.sqrt(half**2 - square + 0j)
    poles = np.concatenate([half + root, half - root])
    digital = (1.0 + poles) / (1.0 - poles)
    upper = digital[digital.imag > 0.0]
    sections = np.stack([-2.0 * upper.real, np.abs(upper) ** 2], axis=1)
    centre = np.exp(-2j * np.arctan(np.sqrt(square)))  # z⁻¹ at the mid-band frequency
    response = np.prod((1.0 - centre**2) / (1.0 + sections[:, 0] * centre + sections[:, 1] * centre**2))
    return float(1.0 / abs(response)), sections


def _make_bank(sample_rate: int) -> Doubles:
    """Coefficients and cleared states; bands that do not fit under half the rate stay silent."""
    bank = np.zeros(_BANK_DOUBLES)
    for band, middle in enumerate(mid_band_hz()):
        low, high = middle * 10.0**-0.05, min(middle * 10.0**0.05, _HIGHEST_EDGE * sample_rate)
        if low >= 0.95 * high:
            continue
        gain, sections = band_sections(low, high, sample_rate)
        group = bank[band // _GROUP * _COEFFICIENTS :][:_COEFFICIENTS].reshape(-1, _GROUP)
        group[:, band % _GROUP] = [gain, *sections.ravel()]
    return bank


@inlined
def _step(x: Any, a1: Any, a2: Any, s1: Any, s2: Any) -> Any:
    """One frame of a section with the numerator 1 − z⁻²: output and new states."""
    y = x + s1
    return y, s2 - a1 * y, splat8(0.0) - x - a2 * y


@inlined
def _group(bank_p: Any, group: Any, state: Any, samples: Any) -> Any:
    """Eight bands over one channel; returns the sums of their squares."""
    at = group * _COEFFICIENTS
    gain = load8(bank_p, at)
    a1, a2 = load8(bank_p, at + 8), load8(bank_p, at + 16)
    b1, b2 = load8(bank_p, at + 24), load8(bank_p, at + 32)
    c1, c2 = load8(bank_p, at + 40), load8(bank_p, at + 48)
    s1, s2 = load8(bank_p, state), load8(bank_p, state + 8)
    t1, t2 = load8(bank_p, state + 16), load8(bank_p, state + 24)
    u1, u2 = load8(bank_p, state + 32), load8(bank_p, state + 40)
    energy = splat8(0.0)
    for frame in range(samples.size):
        y, s1, s2 = _step(gain * samples[frame], a1, a2, s1, s2)
        y, t1, t2 = _step(y, b1, b2, t1, t2)
        y, u1, u2 = _step(y, c1, c2, u1, u2)
        energy = energy + y * y
    store(bank_p, state, flushed(s1, _NEGLIGIBLE))
    store(bank_p, state + 8, flushed(s2, _NEGLIGIBLE))
    store(bank_p, state + 16, flushed(t1, _NEGLIGIBLE))
    store(bank_p, state + 24, flushed(t2, _NEGLIGIBLE))
    store(bank_p, state + 32, flushed(u1, _NEGLIGIBLE))
    store(bank_p, state + 40, flushed(u2, _NEGLIGIBLE))
    return energy


@compiled("void(float64[:, ::1], float64[::1], float64[::1])")
def _add(block: Any, bank: Any, energies: Any) -> None:
    bank_p, energies_p = doubles_at(start_of(bank)), doubles_at(start_of(energies))
    for channel in range(2):
        for group in range(_GROUPS):
            state = _STATE_AT + (channel * _GROUPS + group) * _STATES
            energy = _group(bank_p, group, state, block[:, channel])
            at = (channel * _GROUPS + group) * _GROUP
            store(energies_p, at, load8(energies_p, at) + energy)


class SpectrumMeter:
    """Third-octave levels of a stereo programme, read and begun anew as often as wanted.

    Args:
        sample_rate: Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._bank = _make_bank(sample_rate)
        self._energies = np.zeros(2 * _GROUPS * _GROUP)
        self._frames = 0

    def process(self, block: Doubles) -> None:
        """Takes the next frames in: `(frames, 2)` float64, C order, full scale ±1.0, finite."""
        _add(block, self._bank, self._energies)
        self._frames += len(block)

    def take(self) -> Doubles:
        """`(BANDS,)` mean squares per band since the last call, both channels added; then begins anew."""
        left, right = self.take_each()
        return np.asarray(left + right)

    def take_each(self) -> Doubles:
        """`(2, BANDS)`: as `take`, of either channel."""
        result = self._energies.reshape(2, -1)[:, :BANDS] / max(self._frames, 1)
        self._energies[:] = 0.0
        self._frames = 0
        return result
