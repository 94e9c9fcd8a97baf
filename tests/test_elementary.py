"""The elementary functions that designs are made of: accurate, exact where a double is, alike for arrays."""

from __future__ import annotations

import math
import re
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest

from engine import elementary
from engine.kernels import elementary as arrays
from engine.kernels.fixed_order import (
    CosineFit,
    convolved,
    fourier_transform,
    impulse_of_even,
    inner_products,
    solve_symmetric,
)


def _ulps(found: float, true: Decimal) -> float:
    return abs(float((Decimal(found) - true) / Decimal(math.ulp(float(true)))))


def test_exp_log_and_powers_of_ten_are_within_their_last_digits(random):
    with localcontext() as context:
        context.prec = 50
        for x in random.uniform(-30.0, 30.0, 300).tolist():
            assert _ulps(elementary.exp(x), Decimal(x).exp()) < 1.0
            assert _ulps(elementary.power_of_ten(x), Decimal(10) ** Decimal(x)) < 1.0
            positive = math.ldexp(1.0 + random.random(), int(x))
            assert _ulps(elementary.log(positive), Decimal(positive).ln()) < 1.0
            assert _ulps(elementary.log10(positive), Decimal(positive).log10()) < 3.0


def test_the_circle_is_within_its_last_digits(random):
    for turn in random.uniform(-3.0, 3.0, 300).tolist():
        assert elementary.sin_pi(turn) == pytest.approx(math.sin(math.pi * turn), abs=2e-15)
        assert elementary.cos_pi(turn) == pytest.approx(math.cos(math.pi * turn), abs=2e-15)
    for turn in random.uniform(1e-4, 0.499, 300).tolist():
        assert elementary.tan_pi(turn) == pytest.approx(math.tan(math.pi * turn), rel=1e-12)


def test_what_a_double_holds_exactly_comes_out_exact():
    assert [elementary.power_of_ten(n) for n in range(16)] == [10.0**n for n in range(16)]
    assert [elementary.log10(10.0**n) for n in range(16)] == list(range(16))
    assert elementary.exp(0.0) == 1.0
    assert elementary.log(1.0) == 0.0
    quarters = [n / 2.0 for n in range(-8, 9)]
    assert [elementary.cos_pi(turn) for turn in quarters] == [round(math.cos(math.pi * q)) for q in quarters]
    assert [elementary.sin_pi(turn) for turn in quarters] == [round(math.sin(math.pi * q)) for q in quarters]


def test_far_out_is_nothing_or_infinite():
    assert elementary.exp(-1e4) == 0.0
    assert elementary.exp(1e4) == math.inf
    assert elementary.power_of_ten(-math.inf) == 0.0
    assert elementary.power_of_ten(math.inf) == math.inf


def test_arrays_have_the_bits_of_single_numbers(random):
    x = random.uniform(-30.0, 30.0, 1000)
    for array, single in (
        (arrays.exp, elementary.exp),
        (arrays.sin_pi, elementary.sin_pi),
        (arrays.cos_pi, elementary.cos_pi),
    ):
        np.testing.assert_array_equal(array(x), [single(value) for value in x.tolist()])
    positive = np.abs(x)
    np.testing.assert_allclose(arrays.log10(positive), np.log10(positive), rtol=0, atol=2e-15)
    assert arrays.log10(0.0) == -math.inf


def test_windows_sincs_and_tables_are_those_of_numpy(random):
    x = random.uniform(0.0, 35.0, 500)
    np.testing.assert_allclose(arrays.bessel_i0(x), np.i0(x), rtol=1e-14)
    np.testing.assert_allclose(arrays.sinc(x), np.sinc(x), atol=1e-15)
    assert arrays.sinc(0.0) == 1.0
    np.testing.assert_allclose(arrays.geometric(1e-5, 4.0, 9), np.geomspace(1e-5, 0.1, 9), rtol=1e-15)
    grid = np.linspace(0.0, 0.5, 101)
    table = np.cos(2.0 * np.pi * np.outer(np.arange(37), grid))
    np.testing.assert_allclose(arrays.cosines(grid, 37), table, atol=2e-14)


def test_linear_algebra_and_transforms_are_those_of_numpy(random):
    rows = random.standard_normal((9, 40))
    right = random.standard_normal(9)
    matrix = inner_products(rows, rows)
    np.testing.assert_allclose(matrix, rows @ rows.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(solve_symmetric(matrix, right), np.linalg.solve(matrix, right), rtol=1e-9)
    np.testing.assert_allclose(convolved(rows[0], right), np.convolve(rows[0], right), atol=1e-13)
    wave = random.standard_normal((3, 256)) + 1j * random.standard_normal((3, 256))
    real, imaginary = fourier_transform(wave.real.copy(), wave.imag.copy())
    np.testing.assert_allclose(real + 1j * imaginary, np.fft.fft(wave), atol=1e-12)
    response = random.standard_normal(129)
    np.testing.assert_allclose(impulse_of_even(response), np.fft.irfft(response), atol=1e-14)


_FOREIGN = re.compile(
    r"math\.(exp|log|log2|log10|sin|cos|tan|tanh|pow|hypot)\(|cmath\.|\b10\.0 ?\*\*|"
    r"np\.(exp|log|log2|log10|sin|cos|tan|tanh|power|sinc|i0|convolve|linalg|fft)\b"
)
#: Lines that decide no bit of a file: analysis, displays, and whole numbers.
_HARMLESS = re.compile(r"np\.exp\(-2j|cmath\.phase|round\(math\.log2|flatnonzero")


@pytest.mark.parametrize("place", ["rack", "kernels", "audio", "offline", "session/response.py"])
def test_designs_ask_no_library_that_is_rounded_otherwise_elsewhere(place):
    here = Path(elementary.__file__).parent / place
    files = [here] if here.is_file() else sorted(here.rglob("*.py"))
    found = [
        f"{path.name}: {line.strip()}"
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if _FOREIGN.search(line) and not _HARMLESS.search(line)
    ]
    assert found == [], "take it from engine.elementary or engine.kernels.elementary"


@pytest.mark.parametrize("halves", [False, True])
def test_a_fit_of_cosines_is_least_squares(random, halves):
    frequency = np.linspace(0.0, 0.5, 90)
    fit = CosineFit(frequency, 12, halves=halves)
    wanted, weight = random.standard_normal(90), random.uniform(0.1, 2.0, 90)
    right = np.linalg.lstsq(fit.rows.T * weight[:, None], wanted * weight, rcond=None)[0]
    np.testing.assert_allclose(fit.amplitudes(wanted, weight), right, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fit.values(right), fit.rows.T @ right, atol=1e-12)
