"""Transforms: bit for bit those of `scipy.fft`, whichever way they are reached, and without importing it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.fft

from engine import fourier

SHAPES = [(7,), (64,), (3, 1000), (4, 4096)]


@pytest.fixture(params=["extension", "scipy"])
def way(request, monkeypatch):
    if request.param == "scipy":
        monkeypatch.setattr(fourier, "_pocketfft", lambda: fourier._ByScipy)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("single", [False, True])
def test_transforms_have_the_bits_of_scipy(random, shape, single):
    real = random.standard_normal(shape).astype(np.float32 if single else np.float64)
    wave = real + 1j * real[..., ::-1]
    for length in (None, 5, shape[-1] + 30):
        for ours, theirs, values in (
            (fourier.fft, scipy.fft.fft, wave),
            (fourier.fft, scipy.fft.fft, real),
            (fourier.ifft, scipy.fft.ifft, wave),
            (fourier.rfft, scipy.fft.rfft, real),
            (fourier.irfft, scipy.fft.irfft, wave),
        ):
            before = values.copy()
            found, expected = ours(values, length), theirs(values, length)
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(values, before)


@pytest.mark.usefixtures("way")
def test_axes_threads_and_overwriting_change_no_bit(random):
    wave = random.standard_normal((512, 6)) + 1j * random.standard_normal((512, 6))
    expected = scipy.fft.fft(wave, axis=0)
    for threads in (1, 2, 3, 8):
        np.testing.assert_array_equal(fourier.fft(wave, axis=0, threads=threads), expected)
    np.testing.assert_array_equal(fourier.fft(wave.copy(), axis=0, overwrite=True), expected)
    np.testing.assert_array_equal(fourier.ifft([1.0, 2.0, 4.0]), scipy.fft.ifft([1.0, 2.0, 4.0]))
    np.testing.assert_array_equal(fourier.rfft([1, 2, 4]), scipy.fft.rfft([1, 2, 4]))


@pytest.mark.usefixtures("way")
def test_quick_lengths_are_those_of_scipy():
    for least in (1, 13, 97, 1021, 262_145):
        assert fourier.next_fast_len(least) == scipy.fft.next_fast_len(least)


def test_the_extension_is_found_and_scipy_is_not_imported():
    code = "import sys; from engine import fourier; fourier.fft([1.0, 2.0]); "
    code += "assert fourier._pocketfft() is not fourier._ByScipy; "
    code += "print([name for name in sys.modules if name.split('.')[0] == 'scipy'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_where_the_extension_is_not_found_scipy_serves(monkeypatch):
    monkeypatch.setattr(fourier, "_NAME", "no_such_module")
    assert fourier._pocketfft.__wrapped__() is fourier._ByScipy
