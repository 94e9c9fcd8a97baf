"""What tags need to know of a wave file: its chunks and how many frames it holds, for `ds64`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.errors import InputError
from engine.tags.riff import read_riff


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_frames_are_those_of_the_file(tmp_path: Path, container: str, subtype: str, channels: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full((4321, channels), 0.25), 48_000, subtype, format=container)
    found = read_riff(path)
    assert found.samples == soundfile.info(path).frames == 4321
    names = [chunk.name for chunk in found.chunks]
    assert {b"fmt ", b"data"} <= set(names)
    assert not {b"ds64", b"JUNK"} & set(names)


@pytest.mark.parametrize("kept", [0, 11, 20, 36])
def test_what_is_no_wave_file_is_told(tmp_path: Path, kept: int) -> None:
    whole, path = tmp_path / "whole.wav", tmp_path / "a.wav"
    soundfile.write(whole, np.zeros((100, 1)), 48_000, "PCM_16")
    path.write_bytes(whole.read_bytes()[:kept])
    with pytest.raises(InputError) as failed:
        read_riff(path)
    assert failed.value.kind == "not_audio"
    assert str(path) in str(failed.value)
