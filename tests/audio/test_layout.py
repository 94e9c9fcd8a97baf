"""Where channels belong is read from every container, and decides how loud they count."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio.layout import core_audio_layout, mask_layout
from engine.audio.source import open_source
from engine.measure import measure_file
from engine.meters.channels import channel_weights

RATE = 48_000
#: LUFS of a 997 Hz sine of −23 dBFS peak in one front channel (BS.1770-5: 0 dBFS reads −3.01).
ONE_CHANNEL_LUFS = -26.01
SURROUND_LU = 10 * np.log10(1.41)


def written(folder: Path, layout: str, channels: int, tone_in: int, ending: str, coder: str) -> Path:
    """A file of FFmpeg with a tone in one channel of a layout of its."""
    samples = np.zeros((2 * RATE, channels))
    samples[:, tone_in] = 10 ** (-23 / 20) * np.sin(2 * np.pi * 997 / RATE * np.arange(2 * RATE))
    path = folder / f"a.{ending}"
    raw = ["-f", "f64le", "-ar", str(RATE), "-ac", str(channels), "-channel_layout", layout, "-i", "-"]
    command = ["ffmpeg", "-v", "error", "-y", *raw, "-c:a", coder, "-strict", "-2", path]
    subprocess.run(command, check=True, input=samples.tobytes())
    return path


@pytest.mark.parametrize("ending", ["wav", "w64", "caf"])
@pytest.mark.parametrize(
    ("layout", "channels", "tone_in", "weight_lu"),
    [
        ("2.1", 3, 2, None),
        ("3.1", 4, 3, None),
        ("3.1", 4, 2, 0.0),
        ("4.0", 4, 3, 0.0),
        ("quad", 4, 2, SURROUND_LU),
        ("5.1", 6, 3, None),
        ("5.1(side)", 6, 5, SURROUND_LU),
        ("7.1", 8, 3, None),
        ("7.1", 8, 4, 0.0),
        ("7.1", 8, 6, SURROUND_LU),
        ("7.1(wide)", 8, 4, SURROUND_LU),
        ("7.1(wide)", 8, 6, 0.0),
    ],
)
def test_a_tone_counts_by_its_channels_place(
    tmp_path: Path, layout: str, channels: int, tone_in: int, weight_lu: float | None, ending: str
) -> None:
    if ending == "caf" and channels == 8 and tone_in != 3:
        pytest.skip("FFmpeg gives its back channels the tag of Apple's surrounds: the file's word counts")
    path = written(tmp_path, layout, channels, tone_in, ending, "pcm_s24le")
    measured = measure_file(path).integrated_lufs
    assert measured == (None if weight_lu is None else pytest.approx(ONE_CHANNEL_LUFS + weight_lu, abs=0.02))


@pytest.mark.parametrize(
    ("ending", "coder"), [("flac", "flac"), ("opus", "libopus"), ("ogg", "libvorbis"), ("mka", "flac")]
)
@pytest.mark.parametrize(("tone_in", "weight_lu"), [(3, None), (4, 0.0), (7, SURROUND_LU), (2, 0.0)])
def test_the_fixed_orders_of_coders(
    tmp_path: Path, ending: str, coder: str, tone_in: int, weight_lu: float | None
) -> None:
    measured = measure_file(written(tmp_path, "7.1", 8, tone_in, ending, coder)).integrated_lufs
    if weight_lu is None:  # a coder's noise in the other channels
        assert measured is None or measured < -60.0
    else:
        assert measured == pytest.approx(ONE_CHANNEL_LUFS + weight_lu, abs=0.1)


def test_eight_channels_in_planes(tmp_path: Path) -> None:
    with open_source(written(tmp_path, "7.1(wide)", 8, 7, "m4a", "alac")) as source:
        out = np.zeros((source.frames, 8))
        source.read_into(0, out, 0, 8)
        assert source.layout == ("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC")
    assert (np.abs(out).max(axis=0) > 0.05).tolist() == [False] * 7 + [True]


def test_flac_of_three_channels_with_a_mask(tmp_path: Path) -> None:
    with open_source(written(tmp_path, "2.1", 3, 2, "flac", "flac")) as source:
        assert source.layout == ("FL", "FR", "LFE")


def test_masks_and_core_audio_descriptions() -> None:
    assert mask_layout(0, 3) is None
    assert mask_layout(0xB, 3) == ("FL", "FR", "LFE")
    assert mask_layout(0x3, 4) == ("FL", "FR", "?", "?")
    assert mask_layout(0xFF, 2) == ("FL", "FR")
    described = (
        struct.pack(">III", 0, 0, 2)
        + struct.pack(">II3f", 4, 0, 0, 0, 0)
        + struct.pack(">II3f", 33, 0, 0, 0, 0)
    )
    assert core_audio_layout(described, 2) == ("LFE", "BL")
    assert core_audio_layout(struct.pack(">III", 133 << 16 | 3, 0, 0), 3) == ("FL", "FR", "LFE")
    assert core_audio_layout(struct.pack(">III", 1 << 16, 0xB, 0), 3) == ("FL", "FR", "LFE")
    assert core_audio_layout(b"short", 2) is None


def test_the_usual_layouts_without_a_mask_stay(tmp_path: Path) -> None:
    assert channel_weights(1, ("LFE",)) == (1.0,)
    assert channel_weights(3) == (1.0, 1.0, 1.0)
    assert channel_weights(5) == (1.0, 1.0, 1.0, 1.41, 1.41)
    assert channel_weights(6) == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    soundfile.write(tmp_path / "6.wav", np.zeros((100, 6)), RATE)
    with open_source(tmp_path / "6.wav") as source:
        assert channel_weights(6, source.layout) == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
