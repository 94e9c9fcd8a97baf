"""Records come back as they were stored, whatever was in them."""

import enum
import math
from typing import Annotated, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.wire import Merge, Table, counter, flag, integer, number, numbers, text


class Colour(enum.IntEnum):
    RED = 1
    BLUE = 2


class Sample(NamedTuple):
    """Every kind of field."""

    name: Annotated[str, text(16, "a name")]
    level: Annotated[float, number("dB", "a level")]
    lowest: Annotated[float, number("1", "a minimum", merge=Merge.MINIMUM)]
    spectrum: Annotated[tuple[float, ...], numbers(3, "dB", "bands")]
    offset: Annotated[int, integer("frames", "signed")]
    overs: Annotated[int, counter("unsigned")]
    on: Annotated[bool, flag("a flag")]
    colour: Annotated[Colour, counter("an enumeration")]


class Reading(NamedTuple):
    """Fields that merge."""

    level: Annotated[float, number("dB", "a level")]
    lowest: Annotated[float, number("1", "a minimum", merge=Merge.MINIMUM)]
    position: Annotated[int, integer("frames", "where")]


TABLE = Table(Sample, 128)
ANY_NUMBER = st.floats(allow_nan=False)


@given(
    st.builds(
        Sample,
        st.text(max_size=4).filter(lambda text: "\0" not in text),
        ANY_NUMBER,
        ANY_NUMBER,
        st.tuples(ANY_NUMBER, ANY_NUMBER, ANY_NUMBER),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**64 - 1),
        st.booleans(),
        st.sampled_from(Colour),
    )
)
def test_a_record_comes_back_as_it_was(record: Sample) -> None:
    buffer = bytearray(200)
    TABLE.pack_into(buffer, 8, record)
    found = TABLE.unpack_from(buffer, 8)
    assert found == record
    assert isinstance(found.on, bool)
    assert isinstance(found.colour, Colour)


@given(st.text())
def test_text_is_cut_at_a_whole_character(name: str) -> None:
    buffer = bytearray(TABLE.room)
    TABLE.pack_into(buffer, 0, Sample(name, 0.0, 0.0, (), 0, 0, False, Colour.RED))
    found = TABLE.unpack_from(buffer).name
    shown = name.encode("utf-8", "replace").decode().rstrip("\0")
    assert shown.startswith(found)
    assert len(found.encode()) <= 16
    assert found == shown or len(found.encode()) > 16 - 4


def test_a_short_array_is_filled_and_a_long_one_refused() -> None:
    buffer = bytearray(TABLE.room)
    record = Sample("", 0.0, 0.0, (1.0,), 0, 0, False, Colour.RED)
    TABLE.pack_into(buffer, 0, record)
    first, *rest = TABLE.unpack_from(buffer).spectrum
    assert first == 1.0
    assert all(math.isnan(value) for value in rest)
    with pytest.raises(ValueError, match="4 values in a field of 3"):
        TABLE.pack_into(buffer, 0, record._replace(spectrum=(1.0,) * 4))


def test_a_value_of_a_later_version_does_not_hide_the_rest() -> None:
    buffer = bytearray(TABLE.room)
    TABLE.pack_into(buffer, 0, Sample("x", 3.0, 0.0, (), 0, 0, False, Colour.RED)._replace(colour=77))
    found = TABLE.unpack_from(buffer)
    assert (found.colour, found.level) == (77, 3.0)


@given(st.lists(st.builds(Reading, ANY_NUMBER, ANY_NUMBER, st.integers(0, 99)), min_size=1))
def test_readings_merge_field_by_field(readings: list[Reading]) -> None:
    merged = Table(Reading, 64).merge(readings)
    assert merged.level == max(reading.level for reading in readings)
    assert merged.lowest == min(reading.lowest for reading in readings)
    assert merged.position == readings[-1].position
