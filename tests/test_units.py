"""Numbers as they are read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.units import level_text, number_text, with_minus

ENGINE = Path(__file__).parents[1] / "engine"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("-60 to 24 dB", "−60 to 24 dB"),
        ("0 (off) or -24 to -0.5 dBTP", "0 (off) or −24 to −0.5 dBTP"),
        ("wav16, mp3-320, aac-256", "wav16, mp3-320, aac-256"),
        ("low-pass, 1e-05", "low-pass, 1e−05"),
    ],
)
def test_figures_in_a_text_have_real_minus_signs_and_names_keep_their_hyphens(text, read):
    assert with_minus(text) == read


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (-14.0, {}, "−14.0"),
        (2.04, {}, "2.0"),
        (2.05, {"signed": True}, "+2.0"),
        (-0.04, {}, "0.0"),
        (-0.04, {"signed": True}, "+0.0"),
        (-0.04, {"digits": 2}, "−0.04"),
        (0.0, {"digits": None, "signed": True}, "+0"),
        (-0.3000001, {"digits": None}, "−0.3"),
        (-0.3000001, {"digits": None, "significant": 9}, "−0.3000001"),
        (None, {"signed": True}, "—"),
        (math.nan, {}, "—"),
        (-math.inf, {"digits": 2}, "−∞"),
        (math.inf, {"signed": True}, "+∞"),
    ],
)
def test_a_figure_has_a_real_minus_and_none_on_a_zero(value, options, text):
    assert number_text(value, **options) == text
    if "significant" not in options:
        assert level_text(value, "dB", **options) == ("—" if text == "—" else f"{text} dB")


@given(st.floats(-1e6, 1e6), st.integers(0, 6), st.booleans())
def test_a_figure_can_be_read_back(value, digits, signed):
    text = number_text(value, digits, signed=signed)
    assert abs(float(text.replace("−", "-")) - value) <= 0.5 * 10.0**-digits + 1e-9
    assert text[0] in ("+−" if signed else "−0123456789")


def test_one_module_writes_minus_signs():
    """Elsewhere a hyphen in a stem's name would become a minus as well."""
    found = [path for path in ENGINE.rglob("*.py") if 'replace("-", "−")' in path.read_text(encoding="utf-8")]
    assert found == []
