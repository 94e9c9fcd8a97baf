"""Long FIR filters on pairs of columns, by uniformly partitioned fast convolution.

A filter is cut into parts of 2048 taps. Every 2048 frames a pair (left as real, right as imaginary
part) is transformed together with the 2048 frames before; the sum over the parts of spectrum times
filter, transformed back, is the next block of the result (overlap-save). All parts but the newest
are known beforehand and are summed a little in every quantum, and pairs take turns with their
transforms, so that the load is even. Everything is float64.

Source: T. G. Stockham, "High-speed convolution and correlation", AFIPS 1966 (overlap-save);
G. Garcia, "Optimal filter partition for efficient convolution with short input/output delay",
AES 113, 2002 (uniform partitions in the frequency domain).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, inlined, kernel
from engine.compiler.lanes import advanced, fused, load8, splat8, store
from engine.kernels.fft import (
    BLOCK_DOUBLES,
    FFT_POINTS,
    FFT_TABLE_DOUBLES,
    ROW_DOUBLES,
    fft_table,
    forward_fft,
    inverse_fft,
    scrambled_order,
)
from engine.kernels.fixed_order import fourier_transform
from engine.rack.operation import Operation

Doubles = NDArray[np.float64]

#: Frames by which a result comes later than its first tap asks for: the length of a block.
BLOCK_FRAMES = FFT_POINTS // 2

_HALF = BLOCK_DOUBLES // 2
_QUANTA = BLOCK_FRAMES // QUANTUM_FRAMES
#: Values of a spectrum that are summed in one quantum.
_SLICE = BLOCK_DOUBLES // _QUANTA

# State of a pair: frames of the present block that are there, place of the newest spectrum; the last
# two blocks of input; the spectra; then per result the sum for the next block, and the present one.
_INPUT = 8
_SPECTRA = _INPUT + BLOCK_DOUBLES
_RESULT = BLOCK_DOUBLES + _HALF


@inlined
def _sum_products(sum_p: Any, spectra_p: Any, filter_p: Any, words: Any, first: Any, count: Any) -> None:
    """Σ of spectra times parts of a filter, over `count` values from `first` on: overwrites them.

    `words`: parts, streams, place of the newest spectrum. Part 0, whose spectrum is the next one,
    is left out.
    """
    parts, streams, newest = words
    for at in range(first, first + count, ROW_DOUBLES):
        # four sums, because one would wait for each addition in turn
        rr, ii, ri, ir = splat8(0.0), splat8(0.0), splat8(0.0), splat8(0.0)
        slot = newest
        for part in range(1, parts):
            for stream in range(streams):
                x = (slot * streams + stream) * BLOCK_DOUBLES + at
                h = (part * streams + stream) * BLOCK_DOUBLES + at
                xr, xi = load8(spectra_p, x), load8(spectra_p, x + 8)
                hr, hi = load8(filter_p, h), load8(filter_p, h + 8)
                rr, ii = fused(xr, hr, rr), fused(xi, hi, ii)
                ri, ir = fused(xr, hi, ri), fused(xi, hr, ir)
            slot = slot - 1 if slot > 0 else parts - 1
        store(sum_p, at, rr - ii)
        store(sum_p, at + 8, ri + ir)


@inlined
def _add_product(sum_p: Any, spectrum_p: Any, filter_p: Any) -> None:
    """Adds one spectrum times one part of a filter."""
    for at in range(0, BLOCK_DOUBLES, ROW_DOUBLES):
        xr, xi = load8(spectrum_p, at), load8(spectrum_p, at + 8)
        hr, hi = load8(filter_p, at), load8(filter_p, at + 8)
        r, i = load8(sum_p, at), load8(sum_p, at + 8)
        store(sum_p, at, fused(0.0 - xi, hi, fused(xr, hr, r)))
        store(sum_p, at + 8, fused(xi, hr, fused(xr, hi, i)))


@inlined
def _copy(source_p: Any, start: Any, target_p: Any, at: Any, count: Any) -> None:
    for offset in range(0, count, 8):
        store(target_p, at + offset, load8(source_p, start + offset))


@inlined
def _take_spectrum(input_p: Any, spectra_p: Any, slot: Any, streams: Any, table_p: Any) -> None:
    """Transforms the two blocks of input: both lanes in one stream, or each in one of its own."""
    for stream in range(streams):
        spectrum_p = advanced(spectra_p, (slot * streams + stream) * BLOCK_DOUBLES)
        _copy(input_p, 0, spectrum_p, 0, BLOCK_DOUBLES)
        if streams == 2:
            for at in range(0, BLOCK_DOUBLES, ROW_DOUBLES):
                lane = load8(input_p, at + 8 * stream)
                store(spectrum_p, at, lane)
                store(spectrum_p, at + 8, splat8(0.0))
        forward_fft(spectrum_p, table_p)


@inlined
def _finish_block(pair_p: Any, filters_p: Any, words: Any, table_p: Any) -> None:
    """The block is complete: its spectrum, and from it the next block of each result."""
    parts, streams, results = words
    spectra_p = advanced(pair_p, _SPECTRA)
    slot = int(pair_p[1]) + 1
    slot = 0 if slot == parts else slot
    pair_p[1] = float(slot)
    input_p = advanced(pair_p, _INPUT)
    _take_spectrum(input_p, spectra_p, slot, streams, table_p)
    result_p = advanced(spectra_p, parts * streams * BLOCK_DOUBLES)
    for result in range(results):
        for stream in range(streams):
            x = (slot * streams + stream) * BLOCK_DOUBLES
            h = (result * parts * streams + stream) * BLOCK_DOUBLES
            _add_product(result_p, advanced(spectra_p, x), advanced(filters_p, h))
        inverse_fft(result_p, table_p)
        _copy(result_p, _HALF, result_p, BLOCK_DOUBLES, _HALF)
        result_p = advanced(result_p, _RESULT)
    _copy(input_p, _HALF, input_p, 0, _HALF)


@inlined
def _read(frames_p: Any, columns: Any, left: Any, block_p: Any, at: Any) -> None:
    """One quantum of a pair of columns into rows of a block."""
    begin = left
    for row in range(at, at + 2 * QUANTUM_FRAMES, ROW_DOUBLES):
        for place in range(row, row + 8):
            block_p[place] = frames_p[begin]
            block_p[place + 8] = frames_p[begin + 1]
            begin += columns


@inlined
def _write(frames_p: Any, columns: Any, left: Any, block_p: Any, at: Any) -> None:
    begin = left
    for row in range(at, at + 2 * QUANTUM_FRAMES, ROW_DOUBLES):
        for place in range(row, row + 8):
            frames_p[begin] = block_p[place]
            frames_p[begin + 1] = block_p[place + 8]
            begin += columns


@kernel
def _convolve(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: pairs, parts, streams, results; then per pair its left column, where its filters begin,
    and the left column of each result. Parameters: the FFT's table, then the filters.
    """
    parts, streams, results = words_p[1], words_p[2], words_p[3]
    pair_doubles = _SPECTRA + parts * streams * BLOCK_DOUBLES + results * _RESULT
    for pair in range(words_p[0]):
        pair_p = advanced(state_p, pair * pair_doubles)
        word = 4 + pair * (2 + results)
        filters_p = advanced(parameters_p, words_p[word + 1])
        position = int(pair_p[0])
        _read(frames_p, columns, words_p[word], pair_p, _INPUT + _HALF + 2 * position)
        spectra_p = advanced(pair_p, _SPECTRA)
        result_p = advanced(spectra_p, parts * streams * BLOCK_DOUBLES)
        first = position // QUANTUM_FRAMES * _SLICE
        sizes = (parts, streams, int(pair_p[1]))
        for result in range(results):
            _write(frames_p, columns, words_p[word + 2 + result], result_p, BLOCK_DOUBLES + 2 * position)
            filter_p = advanced(filters_p, result * parts * streams * BLOCK_DOUBLES)
            _sum_products(result_p, spectra_p, filter_p, sizes, first, _SLICE)
            result_p = advanced(result_p, _RESULT)
        position += QUANTUM_FRAMES
        if position == BLOCK_FRAMES:
            _finish_block(pair_p, filters_p, (parts, streams, results), parameters_p)
            position = 0
        pair_p[0] = float(position)


@dataclass(frozen=True)
class Convolution:
    """One pair of columns and what becomes of it.

    Attributes:
        column: left column of the input; the right one is the next.
        results: left column of each result, may be the input's.
        filters: per result and stream `(taps,)`. With one stream a real filter serves both lanes.
            With two, the first filter acts on the left lane, the second on the right one, and the
            real part of what they give goes left, the imaginary part right.
        turn: when its blocks end, see `engine.rack.operation.Use.turns`.
    """

    column: int
    results: tuple[int, ...]
    filters: tuple[tuple[NDArray[Any], ...], ...]
    turn: int = 0


def _spectra(taps: NDArray[Any], parts: int) -> Doubles:
    """The spectra of a filter's parts, in the order of the kernel, scaled for its inverse."""
    padded = np.zeros((2, parts, FFT_POINTS))
    filled = np.zeros((2, parts * BLOCK_FRAMES))
    filled[0, : len(taps)], filled[1, : len(taps)] = taps.real, taps.imag
    padded[:, :, :BLOCK_FRAMES] = filled.reshape(2, parts, BLOCK_FRAMES)
    spectra = fourier_transform(padded[0], padded[1])
    rows = [
        (part[:, scrambled_order()] / FFT_POINTS).reshape(parts, -1, 1, ROW_DOUBLES // 2) for part in spectra
    ]
    return np.concatenate(rows, axis=2).reshape(parts, BLOCK_DOUBLES)


def convolve(convolutions: Sequence[Convolution]) -> tuple[Operation, ...]:
    """Filters pairs of columns; each result is `BLOCK_FRAMES` frames late besides its filter's delay.

    Args:
        convolutions: in any order; a filter that is the same object for several is kept once. Of one
            convolution all filters have as many taps.
    """
    groups: dict[tuple[int, int, int], list[Convolution]] = {}
    for convolution in convolutions:
        first = convolution.filters[0]
        shape = (_parts_of(len(first[0])), len(first), len(convolution.filters))
        groups.setdefault(shape, []).append(convolution)
    return tuple(_operation(shape, members) for shape, members in groups.items())


def _bits_reversed(number: int) -> int:
    bits = _QUANTA.bit_length() - 1
    return int(f"{number:0{bits}b}"[::-1], 2)


def _parts_of(taps: int) -> int:
    return -(-taps // BLOCK_FRAMES)


def _operation(shape: tuple[int, int, int], convolutions: Sequence[Convolution]) -> Operation:
    parts, streams, results = shape
    words = [len(convolutions), *shape]
    parameters = [fft_table()]
    kept: dict[int, int] = {}
    size = FFT_TABLE_DOUBLES
    doubles = _SPECTRA + parts * streams * BLOCK_DOUBLES + results * _RESULT
    state = np.zeros((len(convolutions), doubles))
    for index, convolution in enumerate(convolutions):
        key = id(convolution.filters)
        if key not in kept:
            kept[key] = size
            for of_result in convolution.filters:
                spectra = np.stack([_spectra(taps, parts) for taps in of_result], axis=1)
                parameters.append(spectra.ravel())
                size += spectra.size
        words += [convolution.column, kept[key], *convolution.results]
        # a pair's block ends when its turn has come: neighbours' turns are far apart
        state[index, 0] = _bits_reversed(convolution.turn % _QUANTA) * QUANTUM_FRAMES
    return Operation(_convolve, tuple(words), np.concatenate(parameters), state.ravel())
