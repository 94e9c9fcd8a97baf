"""The loudness meter after ITU-R BS.1770-5: K-weighting, and the power of each 10 ms slot.

The meter keeps one figure per slot: the K-weighted power of all channels together. Everything else
is a function of those figures (`engine.meters.gating`), so a programme assembled from slots that
were measured at different times reads the same as one measured in a single run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import compiled, inlined
from engine.elementary import tan_pi
from engine.meters.channels import channel_weights
from engine.meters.gating import Loudness, loudness_of
from engine.meters.slots import slot_start_compiled, slots_in, with_room
from engine.units import gain_from_db

Doubles = NDArray[np.float64]

#: Feedback below this is cleared at the end of a slot, long before it becomes denormal (or when it is NaN).
_SILENCE = 1e-30
#: Values a pair of channels keeps between calls: x[n−1], x[n−2] of both, the same of stage 1 and of
#: stage 2, and the energy of the slot so far.
_MEMORY = 13


def k_weighting(sample_rate: int) -> Doubles:
    """Coefficients of the K-weighting at any rate.

    The standard tabulates 48 kHz and asks other rates to match that response. The analogue
    prototypes are those of libebur128, which reproduce the table to all its digits. The table's
    second numerator is 1, −2, 1, a little above unity gain; the factor `gain` keeps that excess at
    other rates, so that a programme reads the same at all of them (within 0.008 dB at every
    frequency from 44.1 kHz on; towards 8 kHz the shelf is cramped and 1 kHz reads up to 0.2 dB low).

    Args:
        sample_rate: Hz, above twice the shelf's 1682 Hz.

    Returns:
        `(2, 5)`: b0 b1 b2 a1 a2 (a0 = 1) of the high shelf and of the high-pass.
    """
    shelf_hz, shelf_q, shelf_db = 1681.974450955533, 0.7071752369554196, 3.999843853973347
    pass_hz, pass_q = 38.13547087602444, 0.5003270373238773
    k = tan_pi(shelf_hz / sample_rate)
    high = gain_from_db(shelf_db)
    band = gain_from_db(0.4996667741545416 * shelf_db)
    a0 = 1.0 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / a0,
        2.0 * (k * k - high) / a0,
        (high - band * k / shelf_q + k * k) / a0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / shelf_q + k * k) / a0,
    ]
    k, k_tabulated = (tan_pi(pass_hz / rate) for rate in (sample_rate, 48000))
    a0 = 1.0 + k / pass_q + k * k
    gain = (1.0 + k_tabulated / pass_q + k_tabulated**2) / a0
    high_pass = [gain, -2.0 * gain, gain, 2.0 * (k * k - 1.0) / a0, (1.0 - k / pass_q + k * k) / a0]
    return np.array([shelf, high_pass])


@inlined
def _settled(value: Any) -> Any:
    return value if abs(value) > _SILENCE else 0.0


@inlined
def weigh_pair(left: Any, right: Any, c: Any, left_weight: Any, right_weight: Any, memory: Any) -> None:
    """Adds the weighted energy of two channels to `memory[12]`; direct form I, the shortest feedback."""
    b0, b1, b2, a1, a2 = c[0, 0], c[0, 1], c[0, 2], c[0, 3], c[0, 4]
    gain, c1, c2 = c[1, 0], c[1, 3], c[1, 4]
    x1, x2, r1, r2 = memory[0], memory[1], memory[2], memory[3]
    u1, u2, v1, v2 = memory[4], memory[5], memory[6], memory[7]
    y1, y2, z1, z2 = memory[8], memory[9], memory[10], memory[11]
    energy = memory[12]
    for i in range(left.size):
        x, r = left[i], right[i]
        u = (b0 * x + b1 * x1) + (b2 * x2 - a2 * u2) - a1 * u1
        v = (b0 * r + b1 * r1) + (b2 * r2 - a2 * v2) - a1 * v1
        y = (gain * (u - u1 - u1 + u2) - c2 * y2) - c1 * y1
        z = (gain * (v - v1 - v1 + v2) - c2 * z2) - c1 * z1
        energy += left_weight * (y * y) + right_weight * (z * z)
        x2, x1, r2, r1 = x1, x, r1, r
        u2, u1, v2, v1 = u1, u, v1, v
        y2, y1, z2, z1 = y1, y, z1, z
    memory[0], memory[1], memory[2], memory[3] = x1, x2, r1, r2
    memory[4], memory[5], memory[6], memory[7] = u1, u2, v1, v2
    memory[8], memory[9], memory[10], memory[11] = y1, y2, z1, z2
    memory[12] = energy


@compiled("int64(float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1], int64[::1], float64[::1])")
def weigh(block: Any, coefficients: Any, weights: Any, memory: Any, clock: Any, powers: Any) -> Any:
    """K-weights a block and writes the power of every slot that it completes.

    Args:
        block: `(frames, channels)`.
        coefficients: of `k_weighting`.
        weights: `(2·pairs,)`, one per channel, 0 for the missing partner of an odd last one.
        memory: `(pairs, 13)`, see `_MEMORY`.
        clock: rate in Hz, frames seen, slots completed.
        powers: receives the new slots, from its beginning.

    Returns:
        How many slots were completed.
    """
    rate, channels, done, slots = clock[0], block.shape[1], 0, 0
    while True:
        begin, end = slot_start_compiled(clock[2], rate), slot_start_compiled(clock[2] + 1, rate)
        stop = min(block.shape[0], done + end - clock[1])
        for pair in range(memory.shape[0]):
            left, right = 2 * pair, min(2 * pair + 1, channels - 1)
            weigh_pair(
                block[done:stop, left],
                block[done:stop, right],
                coefficients,
                weights[2 * pair],
                weights[2 * pair + 1],
                memory[pair],
            )
        clock[1] += stop - done
        done = stop
        if clock[1] < end:
            return slots
        powers[slots] = 0.0
        for pair in range(memory.shape[0]):
            powers[slots] += memory[pair, 12] / (end - begin)
            for i in range(12):
                memory[pair, i] = _settled(memory[pair, i])
            memory[pair, 12] = 0.0
        slots += 1
        clock[2] += 1


class LoudnessMeter:
    """Measures a programme that is handed over in blocks of any size, with the same result.

    Args:
        sample_rate: Hz, 8 kHz to 768 kHz.
        channels: of the blocks.
        weights: one per channel; by default those of the layout with that many channels.

    Memory grows by 100 values per second of programme.
    """

    def __init__(self, sample_rate: int, channels: int, weights: Sequence[float] | None = None) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        pairs = (channels + 1) // 2
        self._coefficients = k_weighting(sample_rate)
        self._weights = np.zeros(2 * pairs)
        self._weights[:channels] = channel_weights(channels) if weights is None else weights
        self._memory = np.zeros((pairs, _MEMORY))
        self._clock = np.array([sample_rate, 0, 0])
        self._powers = np.zeros(slots_in(0, sample_rate))

    def process(self, block: Doubles) -> None:
        """Measures the next frames.

        Args:
            block: `(frames, channels)` float64, C order, full scale ±1.0, finite.
        """
        first = int(self._clock[2])
        self._powers = with_room(self._powers, first + slots_in(len(block), self.sample_rate))
        weigh(block, self._coefficients, self._weights, self._memory, self._clock, self._powers[first:])

    @property
    def slot_powers(self) -> Doubles:
        """K-weighted power of every complete slot so far, oldest first; a view, to be read only."""
        return self._powers[: int(self._clock[2])]

    def result(self) -> Loudness:
        """The loudness of what has been measured so far; measuring may go on."""
        return loudness_of(self.slot_powers)
