"""Fourier transforms: those of `scipy.fft`, without what importing that brings along.

`import scipy.fft` takes about as long as the null test of a short song: it loads SciPy's special functions
and its layer for other array libraries. What transforms is one extension module of it (pocketfft by
M. Reinecke), which needs neither. It is loaded by its place in the package and called as `scipy.fft` itself
calls it, so the results are the same to the last bit. Where it is not at its place, or is called otherwise,
`scipy.fft` serves.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

_NAME = "pypocketfft"
#: How pocketfft scales a result: not at all, or by one over the length.
_PLAIN, _BY_LENGTH = 0, 2


def fft(
    values: Any, length: int | None = None, axis: int = -1, *, overwrite: bool = False, threads: int = 1
) -> Any:
    """The discrete Fourier transform along an axis.

    Args:
        values: real or complex floats, single or double; what comes out has the same precision.
        length: of the transform: values are cut off, or zeros added at the end; None: as many as there are.
        axis: along which.
        overwrite: `values` may be used for the result.
        threads: for several transforms at once.

    Returns:
        Complex values.
    """
    return _complex(values, length, axis, overwrite, threads, forward=True)


def ifft(
    values: Any, length: int | None = None, axis: int = -1, *, overwrite: bool = False, threads: int = 1
) -> Any:
    """The inverse of `fft`, with the same arguments."""
    return _complex(values, length, axis, overwrite, threads, forward=False)


def rfft(values: Any, length: int | None = None, axis: int = -1, *, threads: int = 1) -> Any:
    """The first half of the transform of real values, which holds all of it.

    Args:
        values: floats, single or double.
        length: see `fft`, as for `axis` and `threads`.
        axis: see `length`.
        threads: see `length`.
    """
    real = _floats(values)
    points = real if length is None else _of_length(real, length, axis)
    return _pocketfft().r2c(points, (axis,), True, _PLAIN, None, threads)


def irfft(values: Any, length: int | None = None, axis: int = -1, *, threads: int = 1) -> Any:
    """The inverse of `rfft`.

    Args:
        values: complex, single or double.
        length: of the result; None: twice one less than there are values.
        axis: along which.
        threads: see `fft`.
    """
    half = _floats(values)
    half = half if np.iscomplexobj(half) else half + 0.0j
    points = 2 * (half.shape[axis] - 1) if length is None else length
    bins = half if length is None else _of_length(half, points // 2 + 1, axis)
    return _pocketfft().c2r(bins, (axis,), points, False, _BY_LENGTH, None, threads)


def next_fast_len(least: int) -> int:
    """The smallest length of at least `least` with no prime factor above 11: transforms are quick."""
    return int(_pocketfft().good_size(least, False))


def _complex(
    values: Any, length: int | None, axis: int, overwrite: bool, threads: int, *, forward: bool
) -> Any:
    found = _floats(values)
    points = found if length is None else _of_length(found, length, axis)
    # what is a copy already may hold the result
    free = overwrite or found is not values or (points is not found and points.base is None)
    place = points if free and points.dtype.kind == "c" else None
    return _pocketfft().c2c(points, (axis,), forward, _PLAIN if forward else _BY_LENGTH, place, threads)


def _floats(values: Any) -> Any:
    found = np.asarray(values)
    return found if found.dtype.kind in "fc" else found.astype(np.float64)


def _of_length(values: Any, length: int, axis: int) -> Any:
    """So many values along an axis: the first ones, or all and zeros behind them."""
    present = values.shape[axis]
    shape = list(values.shape)
    shape[axis] = length
    index = [slice(None)] * values.ndim
    index[axis] = slice(0, min(length, present))
    if present >= length:
        return values[tuple(index)]
    padded = np.zeros(shape, values.dtype)
    padded[tuple(index)] = values
    return padded


@functools.cache
def _pocketfft() -> Any:
    """The extension module; `scipy.fft` in its shape where that is not found, or answers otherwise."""
    try:
        found = _loaded()
        probe = np.array([1.0, 2.0])
        if found.r2c(probe, (-1,), True, _PLAIN, None, 1).tolist() == [3.0, -1.0] and found.good_size(
            7, False
        ):
            return found
    except (ImportError, OSError, AttributeError, TypeError, ValueError):
        pass
    return _ByScipy


def _loaded() -> Any:
    scipy = importlib.util.find_spec("scipy")
    for place in (scipy.submodule_search_locations or ()) if scipy is not None else ():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = Path(place, "fft", "_pocketfft", _NAME + suffix)
            if path.is_file():
                loader = importlib.machinery.ExtensionFileLoader(_NAME, str(path))
                spec = importlib.util.spec_from_loader(_NAME, loader)
                assert spec is not None
                module = importlib.util.module_from_spec(spec)
                loader.exec_module(module)
                return module
    raise ImportError(f"scipy has no {_NAME} where it is looked for")


class _ByScipy:
    """The same by the public way."""

    @staticmethod
    def c2c(
        values: Any, axes: tuple[int], forward: bool, _scale: int, place: Any, threads: int
    ) -> Any:  # as the extension module is called
        from scipy import fft as transforms

        transform = transforms.fft if forward else transforms.ifft
        return transform(values, axis=axes[0], overwrite_x=place is not None, workers=threads)

    @staticmethod
    def r2c(values: Any, axes: tuple[int], _forward: bool, _scale: int, _place: None, threads: int) -> Any:
        from scipy import fft as transforms

        return transforms.rfft(values, axis=axes[0], workers=threads)

    @staticmethod
    def c2r(
        values: Any, axes: tuple[int], length: int, _forward: bool, _scale: int, _place: None, threads: int
    ) -> Any:
        from scipy import fft as transforms

        return transforms.irfft(values, length, axis=axes[0], workers=threads)

    @staticmethod
    def good_size(least: int, real: bool) -> int:
        from scipy import fft as transforms

        return int(transforms.next_fast_len(least, real))
