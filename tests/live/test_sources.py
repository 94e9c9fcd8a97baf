"""Stems that change under a player's hands: silence and a word, never an end."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio.source import open_source
from engine.errors import InputError
from engine.live.graph.decoded import decoded_file
from engine.live.graph.sources import SourceFile, SourceFiles
from engine.paths import cache_dir

FRAMES = 120_000


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def tape(play, write_session, random):
    """One stem of noise without any processing, playing."""
    noise = 0.1 * random.standard_normal((FRAMES, 2))
    tape = play(write_session({"a": noise}, master="chain = []", subtype="FLOAT"))
    tape.player.play()
    tape.until_frames(20_000)
    return tape


def stem_path(tape) -> Path:
    """The stem's file."""
    return tape.player.programme.session.stems[0].path


def kinds(tape) -> list[str]:
    """What has been noticed since the last look."""
    return [notice.kind for notice in tape.player.poll_files()]


def test_a_stem_that_is_cut_off_goes_silent(tape):
    size = os.stat(stem_path(tape)).st_size
    os.truncate(stem_path(tape), size * 2 // 3)
    tape.until_end()
    kept = FRAMES * 2 // 3
    assert kinds(tape) == ["stem_truncated"]
    assert kinds(tape) == []  # told once
    assert len(tape.signal) == FRAMES
    assert tape.signal[: kept - 5000].any(axis=1).all()
    assert not tape.signal[kept + 5000 :].any()


def test_a_stem_that_is_emptied_goes_silent_at_once(tape):
    os.truncate(stem_path(tape), 0)
    read_ahead = len(tape.signal) + 10_000  # the ring, and one block of the file
    tape.until_end()
    assert "stem_truncated" in kinds(tape)
    assert not tape.signal[read_ahead:].any()


def test_a_stem_that_is_removed_plays_on(tape):
    stem_path(tape).unlink()
    assert kinds(tape) == ["stem_removed"]
    tape.until_end()
    assert tape.signal.any(axis=1).all()


def test_a_stem_that_is_replaced_plays_on_until_the_session_is_reopened(tape, tmp_path):
    other = tmp_path / "other.wav"
    soundfile.write(other, np.zeros((100, 2)), 48_000, subtype="FLOAT")
    os.replace(other, stem_path(tape))
    assert kinds(tape) == ["stem_replaced"]
    tape.until_end()
    assert tape.signal.any(axis=1).all()


def test_a_replaced_stem_plays_when_it_is_reopened(tape, tmp_path):
    other = tmp_path / "other.wav"
    soundfile.write(other, np.full((FRAMES, 2), 0.25), 48_000, subtype="FLOAT")
    os.replace(other, stem_path(tape))
    tape.player.reopen(stem_path(tape))
    tape.until_settled()
    settled = len(tape.signal)
    tape.until_end()
    assert (tape.signal[settled:] == 0.25).all()


def test_a_stem_that_is_written_to_is_told(tape):
    with stem_path(tape).open("r+b") as file:
        file.seek(1000)
        file.write(b"\0" * 64)
    os.utime(stem_path(tape))
    assert kinds(tape) == ["stem_changed"]


def test_samples_that_are_no_numbers_are_silent_and_told(play, write_session):
    signal = np.full((20_000, 2), 0.25)
    signal[5000, 0], signal[5001, 1], signal[5002] = np.nan, np.inf, -np.inf
    tape = play(write_session({"a": signal}, master="chain = []", subtype="FLOAT"))
    tape.player.play()
    tape.until_end()
    assert kinds(tape) == ["not_finite"]
    assert np.isfinite(tape.signal).all()
    assert not tape.signal[5000:5003].any()
    assert (np.delete(tape.signal, range(5000, 5003), axis=0) == 0.25).all()


@pytest.mark.parametrize(
    ("subtype", "channels"),
    [("PCM_16", 2), ("PCM_24", 1), ("PCM_24", 2), ("PCM_32", 2), ("FLOAT", 1), ("DOUBLE", 2)],
)
def test_every_coding_reads_as_offline(play, write_session, random, subtype, channels):
    signal = random.uniform(-1.0, 1.0, (9001, channels))
    session = write_session({"a": signal}, master="chain = []", subtype=subtype)
    tape = play(session)
    tape.player.play()
    tape.until_end()
    with open_source(session.stems[0].path) as source:
        expected = np.zeros((9001, 2))
        source.read_into(0, expected)
    assert np.array_equal(tape.signal, expected)


@pytest.mark.parametrize(("name", "subtype"), [("a.flac", "PCM_16"), ("a.ogg", "VORBIS"), ("a.mp3", None)])
def test_compressed_files_are_decoded_once_and_exactly(tmp_path, random, name, subtype):
    path = tmp_path / name
    soundfile.write(path, 0.3 * random.standard_normal((30_000, 2)).clip(-3, 3), 48_000, subtype=subtype)
    copy = decoded_file(path)
    written = copy.stat().st_mtime_ns
    assert decoded_file(path) == copy
    assert copy.parent == cache_dir() / "decoded"
    with open_source(path) as source, open_source(copy) as again:
        assert (again.frames, again.channels, again.sample_rate) == (source.frames, 2, 48_000)
        expected, found = np.zeros((source.frames, 2)), np.zeros((source.frames, 2))
        source.read_into(0, expected)
        again.read_into(0, found)
    assert np.array_equal(found, expected)
    assert copy.stat().st_mtime_ns >= written
    os.utime(path, ns=(1, 1))
    assert decoded_file(path) != copy  # another file, as far as anybody knows


def test_a_copy_holds_64_bits_where_it_must(tmp_path, random):
    path = tmp_path / "a.w64"
    signal = random.standard_normal((1000, 1))
    soundfile.write(path, signal, 44_100, subtype="DOUBLE", format="W64")
    assert soundfile.info(decoded_file(path)).subtype == "DOUBLE"
    assert np.array_equal(soundfile.read(decoded_file(path))[0], signal[:, 0])


def test_other_rates_and_layouts_are_refused(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((10, 2)), 44_100)
    with pytest.raises(InputError, match="44100 Hz") as caught:
        SourceFiles(48_000).get(path)
    assert caught.value.kind == "sample_rate"
    soundfile.write(path, np.zeros((10, 6)), 48_000)
    with pytest.raises(InputError, match="6 channels"):
        SourceFile(path)


def test_files_are_read_ahead(play, write_session, random):
    """What will be played within seconds has been asked of the system by then."""
    import time

    from engine.live.loop import cells
    from engine.live.loop.ahead import AHEAD_HEAD

    tape = play(write_session({"a": 0.1 * random.standard_normal((FRAMES * 5, 2))}, master="chain = []"))
    until = time.monotonic() + 10.0
    while time.monotonic() < until:
        address = int(tape.player.board.cells[cells.AT_AHEAD])
        table = np.ctypeslib.as_array((np.ctypeslib.ctypes.c_int64 * 16).from_address(address))
        if table[AHEAD_HEAD + 6] >= 8 * 48_000:
            break
        time.sleep(0.01)
    assert table[AHEAD_HEAD + 5] == 0
    assert 8 * 48_000 <= table[AHEAD_HEAD + 6] <= 9 * 48_000
