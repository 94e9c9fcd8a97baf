"""What a file's header may claim before anybody makes room for it.

A damaged or malicious header of a few bytes can promise billions of frames, a rate of gigahertz or a
thousand channels. Meters and intake set memory aside by these numbers, so they are compared with what
the file's own length can hold and with what there is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from engine.errors import InputError

#: The K-weighting's shelf needs room below half the rate; above, no converter has ever worked.
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8_000, 768_000
#: More than any console prints, and the most samples of one second that the meters hold (about 250 MB).
MOST_CHANNELS, MOST_SAMPLES_PER_S = 64, 8_000_000

#: Samples of one byte at most, where each is coded by itself.
_PLAIN = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW", "DPCM_")
#: The same of codings by block: 2 bits (NMS ADPCM) and less a sample, 160 in 33 bytes (GSM 06.10).
_DENSE, _DENSE_SAMPLES = ("NMS_ADPCM", "IMA_ADPCM", "MS_ADPCM", "VOX_ADPCM", "G721", "G723", "GSM610"), 8
#: Frames of one byte of MPEG audio: 1152 in the 96 bytes of 32 kbit/s at 48 kHz, and four times that.
_MPEG_FRAMES = 48
#: Frames of one byte of anything that can code silence in next to nothing: 65535 in the 14 bytes of a FLAC
#: frame of constants (RFC 9639, 9.2), 120 ms in the two of an Opus packet (RFC 6716, 3.2).
_SILENT_FRAMES = 8192


class Claims(Protocol):
    """What a header says, as of `engine.audio.source.Reader`."""

    sample_rate: int
    channels: int
    frames: int
    subtype: str
    is_compressed: bool


def require_believable(path: Path, reader: Claims) -> None:
    """Makes sure that room may be made by what the header says.

    Raises:
        InputError: the rate (kind `sample_rate`) or the channels (kind `channels`) are beyond any use, or
            more frames are promised than the file can hold (kind `corrupt`).
    """
    rate, channels = reader.sample_rate, reader.channels
    if not LOWEST_RATE_HZ <= rate <= HIGHEST_RATE_HZ:
        raise InputError(
            f"{path}: a sample rate of {rate} Hz cannot be used: "
            f"convert it to one between {LOWEST_RATE_HZ} and {HIGHEST_RATE_HZ} Hz",
            kind="sample_rate",
            path=path,
        )
    if channels > MOST_CHANNELS or channels * rate > MOST_SAMPLES_PER_S:
        raise InputError(
            f"{path}: {channels} channels at {rate} Hz are more than can be used ({MOST_CHANNELS} channels, "
            f"{MOST_SAMPLES_PER_S:,} samples a second): export it again",
            kind="channels",
            path=path,
        )
    size = os.stat(path).st_size
    if reader.frames > size * _frames_of_a_byte(reader):
        raise InputError(
            f"{path}: its header promises {reader.frames} frames, more than its {size} bytes can hold: it is "
            "damaged, copy or export it again",
            kind="corrupt",
            path=path,
        )


def _frames_of_a_byte(reader: Claims) -> float:
    subtype = reader.subtype
    if subtype.startswith("MPEG"):
        return _MPEG_FRAMES
    if subtype.startswith(_DENSE):
        return _DENSE_SAMPLES / reader.channels
    if subtype.startswith(_PLAIN) and not reader.is_compressed:
        return 1.0 / reader.channels
    return _SILENT_FRAMES
