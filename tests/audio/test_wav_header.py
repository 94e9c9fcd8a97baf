"""What we make of wave headers, well formed and otherwise. The files are built byte by byte here."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.audio.source import open_source
from engine.errors import InputError

PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
UNKNOWN = 0xFFFFFFFF


def chunk(name: bytes, payload: bytes, *, size: int | None = None) -> bytes:
    declared = len(payload) if size is None else size
    return name + struct.pack("<I", declared) + payload + bytes(len(payload) & 1)


def fmt(
    tag: int = 1, channels: int = 2, rate: int = 48000, bits: int = 16, block: int | None = None
) -> bytes:
    block = channels * -(-bits // 8) if block is None else block
    return struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)


def extensible(sub_tag: int, channels: int, bits: int, valid_bits: int) -> bytes:
    return (
        fmt(0xFFFE, channels, 48000, bits) + struct.pack("<HHIH", 22, valid_bits, 0, sub_tag) + PCM_GUID_TAIL
    )


def riff(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return magic + struct.pack("<I", len(body) if size is None else size) + body


def bext(time_reference: int) -> bytes:
    payload = bytearray(602)
    struct.pack_into("<Q", payload, 338, time_reference)
    return chunk(b"bext", bytes(payload))


def ds64(data_bytes: int, table: tuple[tuple[bytes, int], ...] = ()) -> bytes:
    entries = b"".join(name + struct.pack("<Q", size) for name, size in table)
    return chunk(b"ds64", struct.pack("<QQQI", 0, data_bytes, 0, len(table)) + entries)


@pytest.fixture
def write(tmp_path: Path):
    def to_file(content: bytes) -> Path:
        path = tmp_path / "Schlagzeug – Überblick 1.wav"
        path.write_bytes(content)
        return path

    return to_file


SHORTS = struct.pack("<6h", 0, -32768, 32767, 1, -1, 16384)
VALUES = np.array([[0.0, -1.0], [32767 / 32768, 1 / 32768], [-1 / 32768, 0.5]])


def samples_of(path: Path, columns: int = 2) -> np.ndarray:
    with open_source(path) as source:
        out = np.full((source.frames, columns), 9.0)
        source.read_into(0, out, 0, columns)
    return out


FMT = chunk(b"fmt ", fmt())
DATA = chunk(b"data", SHORTS)


def data_of_size(size: int) -> bytes:
    return chunk(b"data", SHORTS, size=size)


#: Each holds `VALUES`.
HEADERS = {
    "plain": riff(FMT, DATA),
    "junk and odd chunks": riff(chunk(b"JUNK", bytes(27)), FMT, chunk(b"odd!", b"xyz"), DATA),
    "extensible": riff(chunk(b"fmt ", extensible(1, 2, 16, 16)), DATA, chunk(b"LIST", bytes(40))),
    "RF64": riff(ds64(12), FMT, data_of_size(UNKNOWN), bext(7), magic=b"RF64", size=UNKNOWN),
    "BW64 with a table": riff(
        ds64(12, ((b"big!", 6),)),
        chunk(b"big!", b"abcdef", size=UNKNOWN),
        FMT,
        data_of_size(UNKNOWN),
        magic=b"BW64",
        size=UNKNOWN,
    ),
    "pipe, all ones": riff(FMT, data_of_size(UNKNOWN), size=UNKNOWN),
    "pipe, sox": riff(FMT, data_of_size(0x7FFFF000), size=0x7FFFF024),
    "pipe, sox, whole frames": riff(FMT, data_of_size(0x7FFFEFFC), size=0x7FFFF044),
    "pipe, arecord": riff(FMT, data_of_size(0x80000000), size=0x80000024),
    "never closed, zeros": riff(FMT, data_of_size(0), size=0),
    "never closed, empty sizes": riff(FMT, data_of_size(0), size=36),
    "RF64 never closed": riff(ds64(0), FMT, data_of_size(UNKNOWN), magic=b"RF64", size=UNKNOWN),
    "RF64 pipe, all ones": riff(ds64(2**64 - 1), FMT, data_of_size(UNKNOWN), magic=b"RF64"),
    "half a frame too much": riff(FMT, chunk(b"data", SHORTS + b"\x01", size=13)),
}


@pytest.mark.parametrize("content", HEADERS.values(), ids=HEADERS)
def test_reads_the_samples_of_every_header(write, content: bytes) -> None:
    np.testing.assert_array_equal(samples_of(write(content)), VALUES)


@pytest.mark.parametrize("after_data", [False, True])
def test_time_reference_wherever_bext_stands(write, after_data: bool) -> None:
    rest = [chunk(b"data", SHORTS)]
    rest.insert(1 if after_data else 0, bext(2**33 + 5))
    with open_source(write(riff(FMT, *rest))) as source:
        assert source.time_reference == 2**33 + 5


def test_time_reference_of_a_coding_that_libsndfile_decodes(write) -> None:
    content = riff(bext(96000), chunk(b"fmt ", fmt(bits=8)), chunk(b"data", bytes([128, 0, 255, 192])))
    with open_source(write(content)) as source:
        assert (source.time_reference, source.subtype, source.bits) == (96000, "PCM_U8", 8)
    np.testing.assert_array_equal(samples_of(write(content)), [[0.0, -1.0], [127 / 128, 0.5]])


def test_no_bext_is_no_time_reference(write) -> None:
    with open_source(write(riff(FMT, DATA))) as source:
        assert source.time_reference is None


def test_24_valid_bits_in_a_container_of_32(write) -> None:
    data = struct.pack("<2i", -(2**31), 2**30)
    with open_source(write(riff(chunk(b"fmt ", extensible(1, 1, 32, 24)), chunk(b"data", data)))) as source:
        assert (source.subtype, source.bits, source.channels) == ("PCM_32", 24, 1)
        out = np.zeros((2, 1))
        source.read_into(0, out, 0, 1)
    np.testing.assert_array_equal(out[:, 0], [-1.0, 0.5])


@pytest.mark.parametrize(
    "content",
    [
        riff(FMT, chunk(b"data", b"")),
        riff(FMT, chunk(b"data", b""), chunk(b"LIST", bytes(26))),
        riff(FMT, chunk(b"data", b"\x01\x02\x03")),
    ],
    ids=["nothing after it", "a chunk after it", "less than a frame"],
)
def test_zero_length_audio_opens_and_reads_as_silence(write, content: bytes) -> None:
    with open_source(write(content)) as source:
        assert (source.frames, source.declared_frames) == (0, 0)
        out = np.ones((3, 2))
        source.read_into(-1, out)
    assert not out.any()


@pytest.mark.parametrize(("data_size", "declared"), [(400, 100), (400_000, 100_000)])
def test_truncated_file_names_expected_and_present_frames(write, data_size: int, declared: int) -> None:
    path = write(riff(FMT, chunk(b"data", SHORTS + b"\0\0", size=data_size)))
    with pytest.raises(InputError, match=rf"3 of {declared} frames") as caught:
        open_source(path)
    assert caught.value.kind == "truncated"
    assert str(path) in caught.value.message
    with open_source(path, allow_truncated=True) as source:
        assert (source.frames, source.declared_frames) == (3, declared)
        out = np.ones((4, 2))
        source.read_into(0, out)
    np.testing.assert_array_equal(out, [*VALUES, [0.0, 0.0]])


@pytest.mark.parametrize("bits", [8, 16])
def test_truncated_to_the_bare_header(write, bits: int) -> None:
    path = write(riff(chunk(b"fmt ", fmt(bits=bits)), chunk(b"data", b"", size=4000)))
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert caught.value.kind == "truncated"


UNUSABLE = {
    "no fmt": riff(DATA),
    "no data": riff(FMT),
    "short fmt": riff(chunk(b"fmt ", fmt()[:10]), DATA),
    "no channels": riff(chunk(b"fmt ", fmt(channels=0)), DATA),
    "rate 0": riff(chunk(b"fmt ", fmt(rate=0)), DATA),
    "unknown coding": riff(chunk(b"fmt ", fmt(tag=0x4242)), DATA),
    "cut in the header": b"RIFF\x10\0\0\0WAVEfm",
    "RIFF alone": b"RIFF",
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_headers_are_no_audio(write, content: bytes) -> None:
    path = write(content)
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert caught.value.kind == "not_audio"
    assert str(path) in caught.value.message


@pytest.mark.parametrize("seed", range(40))
def test_damaged_headers_never_end_in_anything_but_our_own_errors(write, seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = chunk(b"fmt ", extensible(1, 2, 16, 16))
    content = bytearray(riff(ds64(12), bext(1), form, DATA, magic=b"RF64"))
    for position in rng.integers(12, len(content), 6):
        content[position] = rng.integers(256)
    path = write(bytes(content[: rng.integers(20, len(content) + 1)]))
    with contextlib.suppress(InputError), open_source(path, allow_truncated=True) as source:
        out = np.ones((min(source.frames, 100) + 2, source.channels))
        source.read_into(-1, out, 0, source.channels)
        assert not out[0].any()


def test_samples_of_no_bits_are_refused(write) -> None:
    content = riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 48000, 192000, 4, 0)), DATA)
    with pytest.raises(InputError, match="no bits"):
        samples_of(write(content))
