"""The header of a RIFF, RF64 or BW64 wave file: what is in it, and where its samples lie.

Sources: Microsoft/IBM *Multimedia Programming Interface and Data Specifications 1.0* (RIFF, `fmt `),
Microsoft `WAVEFORMATEXTENSIBLE`, EBU Tech 3306 (RF64, `ds64`), ITU-R BS.2088 (BW64),
EBU Tech 3285 (`bext`).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

FORMAT_PCM = 0x0001
FORMAT_FLOAT = 0x0003
FORMAT_EXTENSIBLE = 0xFFFE
#: Bytes 2 to 15 of every sub-format GUID made from a format tag (KSDATAFORMAT_SUBTYPE_…).
SUBFORMAT_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")

#: A 32-bit size that stands in `ds64` instead, or that a writer into a pipe never learnt.
SIZE_ELSEWHERE = 0xFFFFFFFF
#: Data sizes that programs write into a pipe because they cannot know the real one: all ones
#: (ffmpeg), 0x7FFFF000 (sox), 0x7FFFFFFF, 0x80000000 (arecord); some round down to whole frames or
#: leave room for the header, hence ranges. 64 ones is the same in `ds64`.
_UNKNOWN_SIZES = (
    range(0x7FFFF000 - 1024, 0x80000001),
    range(0xFFFFFFFF - 1024, 0x100000000),
    range(0xFFFFFFFFFFFFFFFF, 0x10000000000000000),
)

#: Offset of TimeReference, a u64 of samples since midnight, in `bext` (EBU Tech 3285, clause 2.3).
BEXT_TIME_REFERENCE_OFFSET = 338
#: A file with more chunks is damaged; the walk must end.
_MAX_CHUNKS = 10_000

_SUBTYPES = {
    (FORMAT_PCM, 16): "PCM_16",
    (FORMAT_PCM, 24): "PCM_24",
    (FORMAT_PCM, 32): "PCM_32",
    (FORMAT_FLOAT, 32): "FLOAT",
    (FORMAT_FLOAT, 64): "DOUBLE",
}


class WavHeaderError(Exception):
    """The file begins as a wave file but its header cannot be used; the text says why."""


@dataclass(frozen=True)
class WavHeader:
    """What the header of a wave file says.

    Attributes:
        sample_rate: Hz.
        channels: interleaved samples per frame.
        subtype: `PCM_16`, `PCM_24`, `PCM_32`, `FLOAT` or `DOUBLE`; None for every other coding.
        bits: significant bits of a sample as declared (24 may stand in a container of 32).
        frame_bytes: bytes per frame.
        data_offset: where the first sample lies in the file.
        declared_frames: frames the header promises; for a file written into a pipe, those present.
        present_frames: whole frames the file really holds, at most `declared_frames`.
        time_reference: samples since midnight from `bext`, None without that chunk.
    """

    sample_rate: int
    channels: int
    subtype: str | None
    bits: int
    frame_bytes: int
    data_offset: int
    declared_frames: int
    present_frames: int
    time_reference: int | None


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    offset: int
    size: int


@dataclass(frozen=True)
class _Format:
    tag: int
    channels: int
    sample_rate: int
    frame_bytes: int
    container_bits: int
    valid_bits: int


@dataclass(frozen=True)
class _Sizes:
    """64-bit sizes of a `ds64` chunk: the data's and, by name, those of other chunks."""

    data: int | None = None
    others: tuple[tuple[bytes, int], ...] = ()

    def of(self, chunk: _Chunk) -> int:
        if chunk.size != SIZE_ELSEWHERE:
            return chunk.size
        if chunk.name == b"data" and self.data is not None:
            return self.data
        return dict(self.others).get(chunk.name, chunk.size)


def read_wav_header(descriptor: int, file_bytes: int) -> WavHeader | None:
    """Reads the header of the open file, without moving its position.

    Args:
        descriptor: file descriptor, open for reading.
        file_bytes: the file's length.

    Returns:
        The header, or None when this is no little-endian wave file.

    Raises:
        WavHeaderError: it is one, but lacks a usable `fmt ` or any `data`.
        OSError: the system refused to read.
    """
    head = os.pread(descriptor, 12, 0)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
        return None
    riff_bytes = int.from_bytes(head[4:8], "little")
    form: _Format | None = None
    data: _Chunk | None = None
    sizes = _Sizes()
    time_reference: int | None = None
    for chunk in _chunks(descriptor, file_bytes):
        if chunk.name == b"ds64":
            sizes = _parse_ds64(os.pread(descriptor, min(chunk.size, 1 << 16), chunk.offset))
        elif chunk.name == b"fmt " and form is None:
            form = _parse_fmt(os.pread(descriptor, min(chunk.size, 64), chunk.offset))
        elif chunk.name == b"bext" and time_reference is None:
            time_reference = _read_time_reference(descriptor, chunk)
        elif chunk.name == b"data" and data is None:
            data = chunk
    if form is None:
        raise WavHeaderError("the header holds no usable description of the format")
    if data is None:
        raise WavHeaderError("the header is there but no audio data follows")
    return _header(form, data, _data_bytes(data, sizes, riff_bytes, file_bytes), file_bytes, time_reference)


def _chunks(descriptor: int, file_bytes: int) -> Iterator[_Chunk]:
    """All chunks of the file in order; ends at one whose size is unknown or leaves the file."""
    offset = 12
    sizes = _Sizes()
    for _ in range(_MAX_CHUNKS):
        head = os.pread(descriptor, 8, offset)
        if len(head) < 8:
            return
        chunk = _Chunk(head[:4], offset + 8, int.from_bytes(head[4:], "little"))
        yield chunk
        if chunk.name == b"ds64":
            sizes = _parse_ds64(os.pread(descriptor, min(chunk.size, 1 << 16), chunk.offset))
        size = sizes.of(chunk)
        offset = chunk.offset + size + (size & 1)
        if offset >= file_bytes:
            return


def _parse_ds64(payload: bytes) -> _Sizes:
    """`ds64`: riff size, data size, sample count (u64 each), u32 entries of (id, u64 size)."""
    if len(payload) < 24:
        return _Sizes()
    entries = int.from_bytes(payload[24:28], "little")
    table = payload[28 : 28 + 12 * entries]
    others = tuple(
        (table[at : at + 4], int.from_bytes(table[at + 4 : at + 12], "little"))
        for at in range(0, len(table) - 11, 12)
    )
    return _Sizes(int.from_bytes(payload[8:16], "little"), others)


def _parse_fmt(payload: bytes) -> _Format | None:
    if len(payload) < 16:
        return None
    tag, channels, sample_rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", payload)
    valid_bits = bits
    if tag == FORMAT_EXTENSIBLE and len(payload) >= 40 and payload[26:40] == SUBFORMAT_GUID_TAIL:
        tag = int.from_bytes(payload[24:26], "little")
        declared = int.from_bytes(payload[18:20], "little")
        valid_bits = declared if 0 < declared <= bits else bits
    return _Format(tag, channels, sample_rate, frame_bytes, -(-bits // 8) * 8, valid_bits)


def _read_time_reference(descriptor: int, chunk: _Chunk) -> int | None:
    if chunk.size < BEXT_TIME_REFERENCE_OFFSET + 8:
        return None
    payload = os.pread(descriptor, 8, chunk.offset + BEXT_TIME_REFERENCE_OFFSET)
    return int.from_bytes(payload, "little") if len(payload) == 8 else None


def _data_bytes(data: _Chunk, sizes: _Sizes, riff_bytes: int, file_bytes: int) -> int:
    """Bytes of audio the header promises; for a size that was never filled in, all to the end.

    A size of 0 counts as never filled in when the file goes on beyond what its RIFF size covers:
    a recording without audio but with chunks after it has a RIFF size that covers those.
    """
    declared = sizes.of(data)
    to_the_end = max(0, file_bytes - data.offset)
    if declared > to_the_end and any(declared in unknown for unknown in _UNKNOWN_SIZES):
        return to_the_end
    whole = riff_bytes + (riff_bytes & 1) + 8
    never_filled_in = riff_bytes == SIZE_ELSEWHERE or whole < file_bytes
    return to_the_end if declared == 0 and never_filled_in else declared


def _header(
    form: _Format, data: _Chunk, data_bytes: int, file_bytes: int, time_reference: int | None
) -> WavHeader:
    if form.channels == 0 or form.sample_rate == 0 or form.frame_bytes == 0:
        raise WavHeaderError("the header declares no channels, no sample rate or frames of no size")
    regular = form.frame_bytes * 8 == form.channels * form.container_bits
    available = max(0, file_bytes - data.offset)
    return WavHeader(
        sample_rate=form.sample_rate,
        channels=form.channels,
        subtype=_SUBTYPES.get((form.tag, form.container_bits)) if regular else None,
        bits=form.valid_bits,
        frame_bytes=form.frame_bytes,
        data_offset=data.offset,
        declared_frames=data_bytes // form.frame_bytes,
        present_frames=min(data_bytes, available) // form.frame_bytes,
        time_reference=time_reference,
    )
