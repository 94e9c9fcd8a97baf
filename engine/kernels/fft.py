"""A complex FFT of 4096 points for kernels, in place, not reordered.

A block holds 512 rows of eight real parts and their eight imaginary parts, points in order.

Eight transforms of 512 points run side by side, one per SIMD lane (lane l holds the points
8·m + l), each as three radix-8 steps; a last step joins the lanes. The forward transform decimates
in frequency and leaves the spectrum in a scrambled order, the inverse one takes that order back, so
that nothing is ever reordered: products of spectra need no order. `scrambled_order` tells it to
whoever prepares a spectrum elsewhere.

Source of the two decimations: J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation
of complex Fourier series", Mathematics of Computation 19, 1965; W. M. Gentleman, G. Sande, "Fast
Fourier transforms: for fun and profit", AFIPS 1966.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import inlined
from engine.compiler.lanes import fused, load8, store, swapped, swapped_halves, swapped_pairs
from engine.kernels.butterfly import forward_butterfly, inverse_butterfly
from engine.kernels.elementary import cos_pi, sin_pi

Doubles = NDArray[np.float64]

#: Complex points of the transform.
FFT_POINTS = 4096
#: float64 values of a block, and of one of its rows.
BLOCK_DOUBLES = 2 * FFT_POINTS
ROW_DOUBLES = 16

_LANES = 8
_ROWS = FFT_POINTS // _LANES
_RADIX = 8

# The table: factors of the radix-8 steps; signs and turns of the step that joins the lanes; its factors.
_FACTORS_PER_ROW = 2 * (_RADIX - 1)
_SIGNS = _FACTORS_PER_ROW * _ROWS // _RADIX
_TURNS = _SIGNS + 3 * _LANES
_LANE_FACTORS = _TURNS + 4 * _LANES
#: float64 values of the table of factors that every transform reads.
FFT_TABLE_DOUBLES = _LANE_FACTORS + BLOCK_DOUBLES


def _row_order() -> NDArray[np.int64]:
    """Which of its 512 frequencies a lane's transform leaves in each row: octal digits reversed."""
    rows = np.arange(_ROWS)
    return rows // 64 + rows // 8 % 8 * 8 + rows % 8 * 64


def scrambled_order() -> NDArray[np.int64]:
    """`(FFT_POINTS,)`: the frequency, 0 … FFT_POINTS − 1, at each place of a transformed block."""
    lanes = np.arange(_LANES)
    blocks = lanes % 2 * 4 + lanes // 2 % 2 * 2 + lanes // 4
    order: NDArray[np.int64] = (_row_order()[:, None] + _ROWS * blocks[None, :]).ravel()
    return order


def _turns(turn: Doubles) -> tuple[Doubles, Doubles]:
    """Real and imaginary part of exp(−2πi·turn)."""
    return cos_pi(2.0 * turn), -sin_pi(2.0 * turn)


def fft_table() -> Doubles:
    """`(FFT_TABLE_DOUBLES,)`: the factors of the transform, the same for both directions."""
    first = np.arange(_ROWS // _RADIX)[:, None] * np.arange(1, _RADIX)[None, :]
    steps = _turns(first / _ROWS)
    lane = np.arange(_LANES)
    signs = [np.where(lane & bit, -1.0, 1.0) for bit in (4, 2, 1)]
    eighth = _turns(np.where(lane & 4, (lane & 3) / 8.0, 0.0))
    quarter = _turns(np.where(lane & 2, (lane & 1) / 4.0, 0.0))
    factors = _turns(_row_order()[:, None] * lane[None, :] / FFT_POINTS)
    return np.concatenate(
        [
            np.stack(steps, axis=-1).ravel(),
            *signs,
            *eighth,
            *quarter,
            np.stack(factors, axis=1).ravel(),
        ]
    )


@inlined
def forward_fft(block_p: Any, table_p: Any) -> None:
    """Transforms a block in place: Σ x[n]·exp(−2πi·k·n/4096), frequencies as `scrambled_order` says.

    Args:
        block_p: address of the block, `(512, 2, 8)`.
        table_p: address of `fft_table`.
    """
    rows = _ROWS
    while rows > 1:
        for j in range(rows // _RADIX):
            factor = _FACTORS_PER_ROW * j * (_ROWS // rows)
            for at in range(ROW_DOUBLES * j, BLOCK_DOUBLES, ROW_DOUBLES * rows):
                forward_butterfly(block_p, at, ROW_DOUBLES * rows // _RADIX, table_p, factor)
        rows //= _RADIX
    # join the eight transforms: their factors, then eight points in each register
    halves, pairs, neighbours = (
        load8(table_p, _SIGNS),
        load8(table_p, _SIGNS + 8),
        load8(table_p, _SIGNS + 16),
    )
    er, ei = load8(table_p, _TURNS), load8(table_p, _TURNS + 8)
    qr, qi = load8(table_p, _TURNS + 16), load8(table_p, _TURNS + 24)
    for at in range(0, BLOCK_DOUBLES, ROW_DOUBLES):
        fr, fi = load8(table_p, _LANE_FACTORS + at), load8(table_p, _LANE_FACTORS + at + 8)
        r, i = _turned(load8(block_p, at), load8(block_p, at + 8), fr, fi)
        r, i = fused(halves, r, swapped_halves(r)), fused(halves, i, swapped_halves(i))
        r, i = _turned(r, i, er, ei)
        r, i = fused(pairs, r, swapped_pairs(r)), fused(pairs, i, swapped_pairs(i))
        r, i = _turned(r, i, qr, qi)
        store(block_p, at, fused(neighbours, r, swapped(r)))
        store(block_p, at + 8, fused(neighbours, i, swapped(i)))


@inlined
def inverse_fft(block_p: Any, table_p: Any) -> None:
    """Takes a block from `forward_fft` back, times 4096 (arguments as there)."""
    halves, pairs, neighbours = (
        load8(table_p, _SIGNS),
        load8(table_p, _SIGNS + 8),
        load8(table_p, _SIGNS + 16),
    )
    er, ei = load8(table_p, _TURNS), 0.0 - load8(table_p, _TURNS + 8)
    qr, qi = load8(table_p, _TURNS + 16), 0.0 - load8(table_p, _TURNS + 24)
    for at in range(0, BLOCK_DOUBLES, ROW_DOUBLES):
        fr, fi = load8(table_p, _LANE_FACTORS + at), 0.0 - load8(table_p, _LANE_FACTORS + at + 8)
        r, i = load8(block_p, at), load8(block_p, at + 8)
        r, i = fused(neighbours, r, swapped(r)), fused(neighbours, i, swapped(i))
        r, i = _turned(r, i, qr, qi)
        r, i = fused(pairs, r, swapped_pairs(r)), fused(pairs, i, swapped_pairs(i))
        r, i = _turned(r, i, er, ei)
        r, i = fused(halves, r, swapped_halves(r)), fused(halves, i, swapped_halves(i))
        r, i = _turned(r, i, fr, fi)
        store(block_p, at, r)
        store(block_p, at + 8, i)
    rows = _RADIX
    while rows <= _ROWS:
        for j in range(rows // _RADIX):
            factor = _FACTORS_PER_ROW * j * (_ROWS // rows)
            for at in range(ROW_DOUBLES * j, BLOCK_DOUBLES, ROW_DOUBLES * rows):
                inverse_butterfly(block_p, at, ROW_DOUBLES * rows // _RADIX, table_p, factor)
        rows *= _RADIX


@inlined
def _turned(xr: Any, xi: Any, fr: Any, fi: Any) -> Any:
    """A complex product."""
    return fused(xr, fr, 0.0 - xi * fi), fused(xr, fi, xi * fr)
