"""The declarations themselves: complete, coherent, and how a console steps through them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.session.declare import Kind, Parameter
from engine.session.fields import MASTER, PRESET_KEYS, STEM
from engine.session.processors import COMPRESSOR, PROCESSORS

RATE = 48000


def _all() -> list[tuple[str, Parameter]]:
    found: list[tuple[str, Parameter]] = []
    for kind, declaration in PROCESSORS.items():
        for parameter in declaration.parameters:
            found.append((kind, parameter))
            found += [(kind, inner) for inner in parameter.fields]
            found += [(kind, parameter.item)] if parameter.item else []
    return found + [("session", field) for field in (*STEM, *MASTER, *PRESET_KEYS)]


NUMBERS = [(kind, p) for kind, p in _all() if p.kind is Kind.NUMBER]
RANGED = [(kind, p) for kind, p in NUMBERS if p.minimum is not None]
_ids = [f"{kind}.{p.name}" for kind, p in RANGED]

#: What a name must end in, so that its unit can be read from it.
ENDINGS = {"dB": "_db", "dBTP": "_dbtp", "Hz": "_hz", "ms": "_ms", "s": "_s", "LUFS": "_lufs"}


#: The processors of the session format; there may be more.
FORMAT = ("gain", "eq", "compressor", "multiband", "saturator", "stereo", "deesser", "limiter")


def test_the_processors_of_the_format_are_all_there() -> None:
    assert tuple(kind for kind in PROCESSORS if kind in FORMAT) == FORMAT
    assert [kind for kind in FORMAT if not PROCESSORS[kind].stems] == ["limiter"]


def test_every_processor_has_a_short_name_of_its_own() -> None:
    shorts = [declaration.short for declaration in PROCESSORS.values()]
    assert len(set(shorts)) == len(shorts)
    assert all(short.isupper() and len(short) <= 2 for short in shorts)


@pytest.mark.parametrize(("kind", "parameter"), RANGED, ids=_ids)
def test_numbers_are_declared_completely(kind: str, parameter: Parameter) -> None:
    assert parameter.help
    assert parameter.lower() < parameter.upper(RATE)
    assert parameter.step > 0.0
    assert parameter.coarse_step > parameter.step
    assert not parameter.logarithmic or (parameter.step > 1.0 and parameter.lower() > 0.0)
    if parameter.default is not None:
        assert parameter.accepts(parameter.default, RATE)
    if parameter.unit in ENDINGS:
        assert parameter.name.endswith(ENDINGS[parameter.unit])


@pytest.mark.parametrize(("kind", "parameter"), _all(), ids=[f"{k}.{p.name}" for k, p in _all()])
def test_choices_hold_their_default(kind: str, parameter: Parameter) -> None:
    if parameter.kind is Kind.CHOICE:
        assert parameter.default in parameter.choices
        assert parameter.allowed(RATE) == ", ".join(parameter.choices)
    else:
        assert not parameter.choices


@given(
    entry=st.sampled_from(RANGED),
    share=st.floats(0, 1),
    steps=st.integers(-400, 400),
    coarse=st.booleans(),
)
def test_steps_stay_in_range_and_go_the_right_way(
    entry: tuple[str, Parameter], share: float, steps: int, coarse: bool
) -> None:
    parameter = entry[1]
    low, high = parameter.lower(), parameter.upper(RATE)
    start = min(high, low + share * (high - low))
    moved = parameter.stepped(start, steps, coarse=coarse, sample_rate=RATE)
    assert parameter.accepts(moved, RATE)
    assert (moved - start) * steps >= -1e-4 * abs(start) - 1e-6
    far = parameter.stepped(start, int(math.copysign(10**6, steps)), sample_rate=RATE) if steps else start
    off_or_low = 0.0 if parameter.zero_is_off else low
    assert far == (start if steps == 0 else high if steps > 0 else off_or_low)


def test_a_step_of_a_frequency_is_musical_and_of_a_level_is_a_tenth() -> None:
    frequency = PROCESSORS["eq"].by_name["bands"].fields[1]
    assert frequency.stepped(1000.0, 3, coarse=True, sample_rate=RATE) == pytest.approx(2000.0)
    assert frequency.stepped(1000.0, 24, sample_rate=RATE) == pytest.approx(2000.0)
    threshold = COMPRESSOR.by_name["threshold_db"]
    assert threshold.stepped(-18.0, 3, sample_rate=RATE) == -17.7
    assert threshold.stepped(-18.0, -1, coarse=True, sample_rate=RATE) == -19.0


def test_off_lies_below_the_smallest_value() -> None:
    sidechain = COMPRESSOR.by_name["sidechain_highpass_hz"]
    assert sidechain.stepped(0.0, 1, sample_rate=RATE) == 10.0
    assert sidechain.stepped(10.0, -1, sample_rate=RATE) == 0.0
    assert sidechain.stepped(0.0, -1, sample_rate=RATE) == 0.0
