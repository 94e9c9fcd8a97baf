"""Wave files whose headers are not as they should be: read as they are meant, told, or refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio.source import open_source
from engine.errors import InputError

RATE = 48_000
SHORTS = np.random.default_rng(4).integers(-(2**15), 2**15, (4800, 2)).astype("<i2")
PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def fmt(bits: int = 16, block: int = 4, channels: int = 2, tag: int = 1) -> bytes:
    fields = struct.pack("<HHIIHH", tag, channels, RATE, RATE * block, block, bits)
    return b"fmt " + struct.pack("<I", len(fields)) + fields


def extensible(bits: int, valid: int, channels: int = 1, mask: int = 0) -> bytes:
    block = channels * bits // 8
    fields = struct.pack("<HHIIHH", 0xFFFE, channels, RATE, RATE * block, block, bits)
    fields += struct.pack("<HHIH", 22, valid, mask, 1) + PCM_GUID_TAIL
    return b"fmt " + struct.pack("<I", len(fields)) + fields


def riff(path: Path, *chunks: bytes, size: int | None = None) -> Path:
    body = b"WAVE" + b"".join(chunks)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body)
    return path


def data(payload: bytes, size: int | None = None) -> bytes:
    return b"data" + struct.pack("<I", len(payload) if size is None else size) + payload


def read(path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    with open_source(path) as source:
        out = np.zeros((source.frames, source.channels))
        source.read_into(0, out, 0, source.channels)
        return out, source.notes


@pytest.mark.parametrize("odd", ["before", "two before", "data"])
def test_a_missing_pad_byte_is_told_and_nothing_is_lost(tmp_path: Path, odd: str) -> None:
    info = b"LIST" + struct.pack("<I", 19) + b"INFOISFT" + struct.pack("<I", 7) + b"Studio\0"
    payload = SHORTS.tobytes()
    if odd == "data":
        bytes_8 = np.arange(7, dtype=np.uint8).tobytes()
        path = riff(
            tmp_path / "a.wav", fmt(8, 1, 1), data(bytes_8), b"bext" + struct.pack("<I", 602) + bytes(602)
        )
        samples, _ = read(path)
        np.testing.assert_array_equal(samples[:, 0], (np.arange(7) - 128) / 128)
        with open_source(path) as source:
            assert source.time_reference == 0
        return
    path = riff(tmp_path / "a.wav", fmt(), *[info] * (2 if odd == "two before" else 1), data(payload))
    samples, notes = read(path)
    np.testing.assert_array_equal(samples, SHORTS / 2.0**15)
    assert any("pad byte" in note and "LIST" in note for note in notes)


@pytest.mark.parametrize("excess", [1, 8, 36, 44, 180])
def test_a_few_bytes_too_many_are_a_note(tmp_path: Path, excess: int) -> None:
    payload = SHORTS.tobytes()
    samples, notes = read(riff(tmp_path / "a.wav", fmt(), data(payload, len(payload) + excess)))
    np.testing.assert_array_equal(samples, SHORTS / 2.0**15)
    assert any(f"{excess} bytes" in note for note in notes)


def test_many_bytes_too_many_are_a_file_that_was_cut_off(tmp_path: Path) -> None:
    payload = SHORTS.tobytes()
    with pytest.raises(InputError, match="4800 of 5000 frames") as caught:
        open_source(riff(tmp_path / "a.wav", fmt(), data(payload, 20_000)))
    assert caught.value.kind == "truncated"


@pytest.mark.parametrize("wraps", [1, 2])
def test_a_size_that_wrapped_around_is_told_and_all_is_read(tmp_path: Path, wraps: int) -> None:
    real = wraps * 2**32 + 80_000
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", (real + 36) % 2**32) + b"WAVE" + fmt())
        file.write(b"data" + struct.pack("<I", real % 2**32))
        file.truncate(44 + real)
        file.seek(44 + real - 4)
        file.write(struct.pack("<2h", 16384, -16384))
    with open_source(path) as source:
        assert source.frames == real // 4
        last = np.zeros((1, 2))
        source.read_into(source.frames - 1, last)
        assert any("4 GiB" in note for note in source.notes)
    np.testing.assert_array_equal(last, [[0.5, -0.5]])


def test_a_size_that_stopped_at_all_ones_in_a_larger_file(tmp_path: Path) -> None:
    real = 2**32 + 4_000
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WAVE" + fmt())
        file.write(b"data" + struct.pack("<I", 2**32 - 37))
        file.truncate(44 + real)
    with open_source(path) as source:
        assert source.frames == real // 4


def test_audio_behind_what_the_header_declares_is_told(tmp_path: Path) -> None:
    long = np.tile(SHORTS, (20, 1)).tobytes()
    _, notes = read(riff(tmp_path / "a.wav", fmt(), data(long, 9600), size=9636))
    assert any("no chunk" in note for note in notes)


@pytest.mark.parametrize(("container", "valid"), [(24, 20), (32, 16), (32, 20), (32, 24)])
@pytest.mark.parametrize("plain", [False, True])
def test_fewer_bits_at_the_upper_end_of_a_container(
    tmp_path: Path, container: int, valid: int, plain: bool
) -> None:
    values = np.random.default_rng(valid).integers(-(2 ** (valid - 1)), 2 ** (valid - 1), 5000)
    packed = b"".join(
        int(value << (container - valid)).to_bytes(container // 8, "little", signed=True) for value in values
    )
    form = fmt(valid, container // 8, 1) if plain else extensible(container, valid)
    with open_source(riff(tmp_path / "a.wav", form, data(packed))) as source:
        out = np.zeros((source.frames, 1))
        source.read_into(0, out, 0, 1)
        assert source.bits == valid
    np.testing.assert_array_equal(out[:, 0], values / 2.0 ** (valid - 1))


def test_bits_at_the_lower_end_are_refused(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(-(2**23), 2**23, 5000).astype("<i4")
    with pytest.raises(InputError, match="lower end"):
        open_source(riff(tmp_path / "a.wav", extensible(32, 24), data(values.tobytes())))


@pytest.mark.parametrize(
    ("value", "is_full"), [(2**23 - 1, False), (2**23, True), (-(2**23), False), (-(2**23) - 1, True)]
)
def test_one_sample_beyond_the_lower_end_fills_the_container(
    tmp_path: Path, value: int, is_full: bool
) -> None:
    """24 bits reach from −2²³ to 2²³ − 1."""
    values = np.ones(5000, "<i4")
    values[77] = value
    path = riff(tmp_path / "a.wav", extensible(32, 24), data(values.tobytes()))
    if not is_full:
        with pytest.raises(InputError, match="lower end"):
            open_source(path)
        return
    with open_source(path) as source:
        assert source.bits == 32


def test_a_container_that_is_full_after_all(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(-(2**31), 2**31, 5000).astype("<i4")
    with open_source(riff(tmp_path / "a.wav", extensible(32, 24), data(values.tobytes()))) as source:
        assert source.bits == 32


def test_what_a_wave_file_of_another_coding_holds_is_said(tmp_path: Path) -> None:
    path = riff(tmp_path / "a.wav", fmt(0, 1, tag=0x55), data(bytes(4000)))
    with pytest.raises(InputError, match="MP3, which cannot be read: convert it"):
        open_source(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("._Drums.wav", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(80), "name 'Drums.wav'"),
        ("stems.wav", b"PK\x03\x04" + bytes(80), "zip archive"),
        ("Kick.wav", b"<!DOCTYPE html><html>", "web page"),
        ("Kick.wav", bytes(500), "nothing but zeros"),
        ("Kick.dsf", b"DSD " + bytes(80), "DSD"),
        ("Kick.sd2", bytes(range(80)), "Sound Designer II"),
        ("Kick.mid", b"MThd" + bytes(80), "MIDI"),
    ],
)
def test_what_is_no_audio_is_called_by_its_name(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_source(tmp_path / name)
    assert caught.value.kind == "not_audio"
    assert words in caught.value.message


def test_flac_of_unknown_length_with_a_tag_behind_and_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, SHORTS, RATE, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content + b"TAG" + bytes(125))
    np.testing.assert_array_equal(read(path)[0], SHORTS / 2.0**15)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="cut off") as caught:
        open_source(path)
    assert caught.value.kind == "corrupt"
