"""How many frames an MP3 really holds, for files that do not say so.

Encoders state the length in a `Xing`, `Info` or `VBRI` tag inside the first MPEG frame. Without it
libmpg123 extrapolates from the first bit rates, and libsndfile then hands out no more than that: of a
file with a variable bit rate the rest would be missing without a word. Header layout and tables:
ISO/IEC 11172-3, clause 2.4.2.3, and ISO/IEC 13818-3, clause 2.4.2.3.
"""

from __future__ import annotations

import mmap
from pathlib import Path

_HEADER_BYTES = 4
#: kbit/s by index, Layer III of MPEG-1 and of MPEG-2 (and 2.5); 0 is "free", which nothing tells.
_BIT_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BIT_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
#: Hz by index, by the header's version bits: 0 MPEG-2.5, 2 MPEG-2, 3 MPEG-1.
_SAMPLE_RATES = {0: (11_025, 12_000, 8_000), 2: (22_050, 24_000, 16_000), 3: (44_100, 48_000, 32_000)}
_LENGTH_TAGS = (b"Xing", b"Info", b"VBRI")


def count_unstated_frames(path: Path) -> int | None:
    """Sample frames of a Layer III file without a length tag, by walking over all its headers.

    Returns:
        The count, encoder delay and padding included; None when the file states its length or does
        not begin with a Layer III header.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        offset = _after_id3(content)
        first = _frame(content, offset)
        if first is None or any(tag in content[offset : offset + first[0]] for tag in _LENGTH_TAGS):
            return None
        frames = 0
        while (frame := _frame(content, offset)) is not None:
            offset += frame[0]
            frames += frame[1]
        return frames


def _after_id3(content: mmap.mmap) -> int:
    """The end of an ID3v2 tag at the beginning; its size has 7 bits in each of 4 bytes."""
    head = content[:10]
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _frame(content: mmap.mmap, offset: int) -> tuple[int, int] | None:
    """Bytes and sample frames of the Layer III frame at `offset`; None when there is none."""
    head = content[offset : offset + _HEADER_BYTES]
    if len(head) < _HEADER_BYTES or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, rate_index, bit_rate_index = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version not in _SAMPLE_RATES or rate_index == 3 or bit_rate_index in (0, 15):
        return None
    is_mpeg_1 = version == 3
    sample_frames = 1152 if is_mpeg_1 else 576
    bit_rate = 1000 * (_BIT_RATES_1 if is_mpeg_1 else _BIT_RATES_2)[bit_rate_index]
    padding = head[2] >> 1 & 1
    return sample_frames // 8 * bit_rate // _SAMPLE_RATES[version][rate_index] + padding, sample_frames
