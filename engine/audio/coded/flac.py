"""FLAC files that do not say how long they are, and those whose samples have 32 bits.

A FLAC written into a pipe has 0 for its number of samples, which the format reads as unknown (IETF RFC
9639, 8.2). libsndfile then claims 2^63 − 1 frames. The last frame of the file says where it stands; its
checksums (9.1.8, 9.3) prove that it is a frame.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

_STREAMINFO_BYTES = 34
#: Comments stand before any picture in what programs write.
_COMMENT_BYTES = 1 << 16
#: Block sizes by code (RFC 9639, 9.1.1).
_BLOCK_SIZES = {1: 192, 2: 576, 3: 1152, 4: 2304, 5: 4608} | {code: 1 << code for code in range(8, 16)}
#: No frame is larger: 65 535 samples of 8 channels of 32 bits, verbatim, and its head.
_LARGEST_FRAME = 65_535 * 8 * 4 + 64


@dataclass(frozen=True)
class FlacInfo:
    """STREAMINFO of a FLAC file.

    Attributes:
        offset: where the `fLaC` mark stands (an ID3 tag may come first).
        bits: of a sample, 4 to 32.
        frames: in all; 0: unknown.
        smallest_block: frames of every block but the last, where blocks are of one size.
        packed: the 8 bytes of rate, channels, word length and total samples as a number.
    """

    offset: int
    bits: int
    frames: int
    smallest_block: int
    packed: int

    @property
    def total_offset(self) -> int:
        """Where the 8 bytes of rate, channels, word length and total samples stand in the file."""
        return self.offset + 18

    def with_frames(self, frames: int) -> bytes:
        """Those 8 bytes with another number of samples."""
        return (self.packed & ~((1 << 36) - 1) | frames).to_bytes(8, "big")


def read_flac_info(head: bytes) -> FlacInfo | None:
    """Reads STREAMINFO from a file's first bytes; None for any other file."""
    offset = 0
    if head[:3] == b"ID3" and len(head) >= 10:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        offset = 10 + size
    info = head[offset : offset + 8 + _STREAMINFO_BYTES]
    if info[:4] != b"fLaC" or len(info) < 8 + _STREAMINFO_BYTES or info[4] & 0x7F != 0:
        return None
    packed = int.from_bytes(info[18:26], "big")
    smallest = int.from_bytes(info[8:10], "big")
    return FlacInfo(offset, (packed >> 36 & 31) + 1, packed & (1 << 36) - 1, smallest, packed)


def flac_channel_mask(path: Path) -> int:
    """The `dwChannelMask` that a Vorbis comment gives (RFC 9639, 8.6.2); 0 without one.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_COMMENT_BYTES).upper()
    _, found, rest = head.partition(b"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0X")
    digits = rest[:8].decode("latin-1")
    end = next((at for at, sign in enumerate(digits) if sign not in "0123456789ABCDEF"), len(digits))
    return int(digits[:end], 16) if found and end else 0


def last_frame_end(path: Path, info: FlacInfo) -> int | None:
    """Sample frames up to the end of the last FLAC frame; None where no frame ends the file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = len(content)
        if content[end - 128 : end - 125] == b"TAG":  # an ID3v1 tag
            end -= 128
        at = end
        while (at := content.rfind(b"\xff", max(0, end - _LARGEST_FRAME), at)) >= 0:
            if content[at + 1 : at + 2] not in (b"\xf8", b"\xf9"):
                continue
            place = _frame_end(content[at : at + 16], info)
            checksum = int.from_bytes(content[end - 2 : end], "big")
            if place is not None and _crc16(content[at : end - 2]) == checksum:
                return place
    return None


def _frame_end(head: bytes, info: FlacInfo) -> int | None:
    """The sample frame behind the FLAC frame that begins with `head`; None where that is no frame's head."""
    if len(head) < 6 or head[3] & 1 or head[2] & 15 == 15:
        return None
    number, used = _coded_number(head[4:])
    at = 4 + used
    size_code, rate_code = head[2] >> 4, head[2] & 15
    if used == 0 or size_code == 0:
        return None
    if size_code in (6, 7):
        width = size_code - 5
        block = int.from_bytes(head[at : at + width], "big") + 1
        at += width
    else:
        block = _BLOCK_SIZES[size_code]
    at += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    first = number if head[1] & 1 else number * info.smallest_block
    return first + block


def _coded_number(text: bytes) -> tuple[int, int]:
    """A number coded as UTF-8 is, up to 36 bits (RFC 9639, 9.1.5), and the bytes it takes; (0, 0): none."""
    first = text[0]
    if first < 0x80:
        return first, 1
    length = 8 - (first ^ 0xFF).bit_length()
    if not 2 <= length <= 7 or len(text) < length:
        return 0, 0
    number = first & ((1 << (7 - length)) - 1)
    for byte in text[1:length]:
        if byte & 0xC0 != 0x80:
            return 0, 0
        number = number << 6 | byte & 0x3F
    return number, length


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    rows = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        rows.append(value)
    return tuple(rows)


_CRC8_TABLE, _CRC16_TABLE = _table(0x07, 8), _table(0x8005, 16)


def _crc8(content: bytes) -> int:
    value = 0
    for byte in content:
        value = _CRC8_TABLE[value ^ byte]
    return value


def _crc16(content: bytes) -> int:
    value = 0
    for byte in content:
        value = (value << 8 & 0xFFFF) ^ _CRC16_TABLE[value >> 8 ^ byte]
    return value
