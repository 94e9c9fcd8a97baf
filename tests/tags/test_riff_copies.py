"""Copies of wave files with other chunks around the same audio, byte by byte, and where RF64 begins."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.errors import InputError
from engine.files import AtomicFile
from engine.tags import riff
from engine.tags.bext import UNSET, loudness_figures
from engine.tags.riff import copy_with_chunks, read_riff
from engine.tags.tags import Loudness

FMT = struct.pack("<HHIIHH", 1, 1, 48_000, 48_000 * 3, 3, 24)
#: Three frames of 24 bits: an odd number of bytes.
AUDIO = bytes(range(9))


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def wave(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


ROOM = chunk(b"JUNK", bytes(28))


def copied(folder: Path, content: bytes, before: dict[bytes, bytes], after: dict[bytes, bytes]) -> bytes:
    """What becomes of a file."""
    (folder / "a.wav").write_bytes(content)
    with AtomicFile(folder / "b.wav") as file:
        copy_with_chunks(folder / "a.wav", file, before, after)
        file.commit()
    assert (folder / "a.wav").read_bytes() == content
    return (folder / "b.wav").read_bytes()


def test_chunks_of_those_names_go_all_others_stay_in_their_order(tmp_path: Path) -> None:
    kept, odd, late = chunk(b"note", b"abcd"), chunk(b"odd ", b"abc"), chunk(b"late", b"x")
    data = chunk(b"data", AUDIO)
    content = wave(
        chunk(b"JUNK", bytes(40)), chunk(b"fmt ", FMT), chunk(b"bext", b"old"), kept, odd, data, late
    )
    found = copied(tmp_path, content, {b"bext": b"new"}, {b"iXML": b"<x/>", b"LIST": b"12345"})
    assert found == wave(
        *(ROOM, chunk(b"fmt ", FMT), kept, odd, chunk(b"bext", b"new"), data, late),
        *(chunk(b"iXML", b"<x/>"), chunk(b"LIST", b"12345")),
    )


def test_long_audio_is_copied_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(riff, "_COPY_BYTES", 4)
    found = copied(tmp_path, wave(chunk(b"fmt ", FMT), chunk(b"data", AUDIO)), {}, {})
    assert found == wave(ROOM, chunk(b"fmt ", FMT), chunk(b"data", AUDIO))


@pytest.mark.parametrize(("room", "magic"), [(0, b"RIFF"), (-1, b"RF64")])
def test_a_file_that_32_bits_cannot_say_is_rf64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, magic: bytes
) -> None:
    samples = np.linspace(-0.5, 0.5, 1001)
    soundfile.write(tmp_path / "plain.wav", samples, 48_000, "PCM_24")
    plain = copied(tmp_path, (tmp_path / "plain.wav").read_bytes(), {b"bext": b"12"}, {})
    monkeypatch.setattr(riff, "RIFF_LIMIT_BYTES", len(plain) - 8 + room)
    again = copied(tmp_path, (tmp_path / "plain.wav").read_bytes(), {b"bext": b"12"}, {})
    assert len(again) == len(plain)
    assert again[:4] == magic
    assert np.array_equal(*(soundfile.read(tmp_path / name)[0] for name in ("b.wav", "plain.wav")))
    found = read_riff(tmp_path / "b.wav")
    assert found.samples == 1001
    assert [one.size for one in found.chunks if one.name == b"data"] == [3003]
    if magic == b"RF64":
        assert struct.unpack_from("<I4s4sIQQQI", again, 4) == (
            *(0xFFFFFFFF, b"WAVE", b"ds64", 28, len(again) - 8, 3003, 1001, 0),
        )
        # a copy of it where it fits again
        monkeypatch.undo()
        assert copied(tmp_path, again, {}, {}) == plain


def test_the_limit_is_the_largest_size_that_is_no_sign(tmp_path: Path) -> None:
    assert riff.RIFF_LIMIT_BYTES == 2**32 - 2
    assert riff._head(2**32 - 2, 0, 0)[:8] == b"RIFF" + struct.pack("<I", 2**32 - 2)
    assert riff._head(2**32 - 1, 0, 0)[:4] == b"RF64"
    assert len(riff._head(2**32 - 2, 0, 0)) == len(riff._head(2**32 - 1, 0, 0)) == 48


def test_a_chunk_that_says_more_than_there_is_ends_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wave(chunk(b"fmt ", FMT), b"data" + struct.pack("<I", 900) + AUDIO))
    found = read_riff(path)
    assert [(one.name, one.size) for one in found.chunks] == [(b"fmt ", 16), (b"data", 9)]
    assert found.samples == 3


@pytest.mark.parametrize(("more", "is_read"), [(9_998, True), (9_999, False)])
def test_a_file_of_nothing_but_chunks_is_damaged(tmp_path: Path, more: int, is_read: bool) -> None:
    """The ten thousandth chunk is the last that is looked at."""
    path = tmp_path / "a.wav"
    path.write_bytes(wave(chunk(b"fmt ", FMT), *[chunk(b"xxxx", b"")] * more, chunk(b"data", AUDIO)))
    if is_read:
        assert read_riff(path).samples == 3
        return
    with pytest.raises(InputError, match="no wave file"):
        read_riff(path)


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        *((-14.0, -1400), (-14.004, -1400), (-14.005, -1400), (-14.006, -1401), (0.0, 0), (None, UNSET)),
        *((99.99, 9999), (99.994, 9999), (99.995, UNSET), (-99.99, -9999), (-99.996, UNSET), (-150.0, UNSET)),
    ],
)
def test_loudness_is_in_hundredths_as_far_as_those_go(figure: float | None, written: int) -> None:
    assert loudness_figures(Loudness(figure, figure, figure, figure, figure)) == (written,) * 5
