"""How much audio a header promises: each size that cannot be meant, next to one that can."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.audio.wave.extent import Extent, audio_extent

#: Where the samples begin; what stands before them and the head of the file.
BEGIN = 44
GIB_4 = 1 << 32


def extent(
    declared: int,
    there: int,
    *,
    riff: int | None = None,
    in_ds64: int | None = None,
    goes_on: bool = False,
    unpadded: tuple[bytes, ...] = (),
) -> Extent:
    """Of a file that goes on so many bytes from its first sample on.

    Args:
        declared: size of the data chunk.
        there: bytes from there to the end of the file.
        riff: size in its head; None: that of the file.
        in_ds64: size of the data in `ds64`.
        goes_on: a chunk begins behind the audio.
        unpadded: chunks whose pad byte is missing.
    """
    walk: Any = SimpleNamespace(
        file_bytes=BEGIN + there,
        sizes=SimpleNamespace(of=lambda _: declared, data=in_ds64),
        goes_on_at=lambda _: goes_on,
        unpadded=unpadded,
    )
    data: Any = SimpleNamespace(offset=BEGIN)
    return audio_extent(walk, data, BEGIN + there - 8 if riff is None else riff)


def said(found: Extent) -> str:
    return " ".join(found.notes)


def test_what_is_declared_is_there() -> None:
    assert extent(1000, 1000) == Extent(1000)
    assert extent(0, 0) == Extent(0)


@pytest.mark.parametrize(
    ("riff", "found"),
    [(BEGIN - 8, 5000), (BEGIN + 5000 - 8, 0), (BEGIN + 5000 - 9, 0), (BEGIN + 5000 - 11, 5000)],
)
def test_nothing_declared_is_a_recording_that_was_not_closed_unless_the_head_knows_better(
    riff: int, found: int
) -> None:
    """An odd size in the head has its pad byte behind it."""
    assert extent(0, 5000, riff=riff, goes_on=True) == Extent(found)


def test_a_head_that_names_no_size_knows_nothing() -> None:
    assert extent(0, 5000, riff=0xFFFFFFFF, goes_on=True) == Extent(5000)


@pytest.mark.parametrize(
    ("declared", "unknown"),
    [
        *((0x7FFFF000, True), (0x7FFFF000 - 1024, True), (0x7FFFF000 - 1025, False)),
        *((0x7FFFFFFF, True), (0x80000000, True), (0x80000001, False)),
        *((0xFFFFFFFF, True), (0xFFFFFFFF - 1024, True), (0xFFFFFFFF - 1025, False)),
        *((GIB_4, False), (0xFFFFFFFFFFFFFFFF, True), (0xFFFFFFFFFFFFFFFE, False)),
    ],
)
def test_sizes_that_programs_write_into_a_pipe(declared: int, unknown: bool) -> None:
    assert extent(declared, 5000) == Extent(5000 if unknown else declared)


@pytest.mark.parametrize(
    ("missing", "there", "mended"),
    [
        *((4096, 1_000_000, True), (4097, 1_000_000, False)),
        *((1000, 100_000, True), (1001, 100_000, False), (1, 100, True), (2, 100, False)),
    ],
)
def test_a_few_bytes_too_many_are_a_slip(missing: int, there: int, mended: bool) -> None:
    """4096 bytes and a hundredth of the audio at most."""
    found = extent(there + missing, there)
    assert found.bytes == (there if mended else there + missing)
    assert (f"{missing} bytes more" in said(found)) is mended


@pytest.mark.parametrize(
    ("behind", "in_ds64", "real"),
    [
        (GIB_4 - 1, None, 100),
        (GIB_4, None, 100 + GIB_4),
        (2 * GIB_4 + 7, None, 100 + 2 * GIB_4),
        (GIB_4, 100, 100),
    ],
)
def test_a_size_that_wrapped_around_is_counted_on(behind: int, in_ds64: int | None, real: int) -> None:
    found = extent(100, 100 + behind, in_ds64=in_ds64, goes_on=True)
    assert found.bytes == real
    assert ("wrapped around" in said(found)) is (real > 100)


@pytest.mark.parametrize(
    ("behind", "goes_on", "told"),
    [(1 << 16, False, False), ((1 << 16) + 1, False, True), ((1 << 16) + 1, True, False), (8, False, False)],
)
def test_much_behind_the_audio_that_is_no_chunk_is_told(behind: int, goes_on: bool, told: bool) -> None:
    found = extent(100, 100 + behind, goes_on=goes_on)
    assert found.bytes == 100
    assert (f"{behind} bytes that are no chunk" in said(found)) is told


@pytest.mark.parametrize(
    ("behind", "goes_on", "read_on"), [(8, False, False), (9, False, True), (9, True, False)]
)
def test_a_size_that_stopped_counting_is_read_to_the_end(behind: int, goes_on: bool, read_on: bool) -> None:
    """The head of a chunk would be eight bytes; less is none."""
    declared = 0x7FFFF000
    found = extent(declared, declared + behind, goes_on=goes_on)
    assert found.bytes == declared + behind * read_on
    assert ("stopped counting" in said(found)) is read_on


def test_missing_pad_bytes_are_told_by_chunk() -> None:
    found = extent(100, 100, unpadded=(b"odd ", b"note"))
    assert found.bytes == 100
    assert [note.split("'")[1] for note in found.notes] == ["odd ", "note"]
