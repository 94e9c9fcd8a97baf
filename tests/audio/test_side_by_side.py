"""Files read together: the samples of each read alone, wherever it lies, and the same errors."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import pytest
import soundfile

from engine.audio.side_by_side import Placed, SideBySide
from engine.audio.source import open_source
from engine.errors import InputError
from engine.nulltest.kernels import mix_in

RATE = 48000
FRAMES = 20_011


@pytest.fixture
def sources(tmp_path, random):
    """Of every sample format, mono and stereo."""
    with ExitStack() as stack:
        found = []
        for subtype in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
            for channels in (1, 2):
                path = tmp_path / f"{subtype} {channels}.wav"
                wave = random.uniform(-0.9, 0.9, (FRAMES - 17 * channels, channels))
                soundfile.write(path, wave, RATE, subtype)
                found.append(stack.enter_context(open_source(path)))
        yield found


@pytest.mark.parametrize("start", [-9000, -3, 0, 5, 8191, 12_000, 19_990, 30_000])
def test_columns_hold_what_each_source_holds_alone(sources, start):
    placed = [Placed(source, 100 * n - 250, 2 * n) for n, source in enumerate(sources)]
    together = SideBySide(placed)
    assert together.at_once
    out = np.full((9000, 2 * len(placed) + 1), 7.0)
    expected = out.copy()
    together.read_into(start, out)
    for one in placed:
        one.source.read_into(start - one.late_frames, expected, one.column)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("start", [-9000, 0, 8191, 19_990])
def test_the_sum_has_the_bits_of_adding_one_after_the_other(sources, start):
    placed = [Placed(source, 10 * n, gain=0.7 - 0.2 * n) for n, source in enumerate(sources)]
    total, expected, lane = np.zeros((9000, 2)), np.zeros((9000, 2)), np.zeros((9000, 2))
    assert SideBySide(placed).add_to(start, total)
    for one in placed:
        one.source.read_into(start - one.late_frames, lane)
        mix_in(expected, lane, one.gain)
    np.testing.assert_array_equal(total, expected)


def test_what_no_wave_file_holds_is_read_one_by_one(tmp_path, random, sources):
    path = tmp_path / "a.flac"
    soundfile.write(path, random.uniform(-0.5, 0.5, (5000, 2)), RATE, "PCM_24")
    with open_source(path) as flac:
        together = SideBySide([Placed(sources[0], 0, 0), Placed(flac, 0, 2)])
        assert not together.at_once
        assert not together.add_to(0, np.zeros((100, 2)))
        out, expected = np.zeros((5000, 4)), np.zeros((5000, 4))
        together.read_into(0, out)
        sources[0].read_into(0, expected, 0)
        flac.read_into(0, expected, 2)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_told_as_ever(tmp_path, sources, bad):
    wave = np.zeros((FRAMES, 2), np.float32)
    wave[12_345, 1] = bad
    soundfile.write(tmp_path / "bad.wav", wave, RATE, "FLOAT")
    with open_source(tmp_path / "bad.wav") as source:
        together = SideBySide([Placed(sources[1], 0, 0), Placed(source, 0, 2)])
        out = np.zeros((FRAMES, 4))
        together.read_into(0, out[:12_345])
        with pytest.raises(InputError, match=r"bad\.wav") as told:
            together.read_into(0, out)
        assert told.value.kind == "not_finite"
        assert not together.add_to(0, np.zeros((FRAMES, 2)))


def test_a_file_that_has_shrunk_is_told_as_ever(tmp_path, sources):
    path = tmp_path / "shrinks.wav"
    soundfile.write(path, np.zeros((FRAMES, 2)), RATE, "PCM_24")
    with open_source(path) as source:
        with open(path, "r+b") as file:
            file.truncate(60_000)
        together = SideBySide([Placed(sources[3], 0, 0), Placed(source, 0, 2)])
        with pytest.raises(InputError, match=r"shrinks\.wav") as told:
            together.read_into(0, np.zeros((FRAMES, 4)))
        assert told.value.kind == "truncated"
