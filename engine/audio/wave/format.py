"""The `fmt ` chunk of wave files: coding, channels and their places, word length and container.

Sources: Microsoft `WAVEFORMATEX` and `WAVEFORMATEXTENSIBLE` (samples stand at the upper end of their
container), IETF RFC 2361 (format tags), the ambisonic sub-formats of R. Dobson, *Developments in audio
file formats* (2000).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

FORMAT_PCM = 0x0001
FORMAT_FLOAT = 0x0003
FORMAT_EXTENSIBLE = 0xFFFE
#: Bytes 2 to 15 of every sub-format GUID made from a format tag (KSDATAFORMAT_SUBTYPE_…).
SUBFORMAT_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
#: The same of ambisonic files (SUBTYPE_AMBISONIC_B_FORMAT_PCM and _IEEE_FLOAT).
_AMBISONIC_GUID_TAIL = bytes.fromhex("00002107d3118644c8c1ca000000")

_SUBTYPES = {
    (FORMAT_PCM, 16): "PCM_16",
    (FORMAT_PCM, 24): "PCM_24",
    (FORMAT_PCM, 32): "PCM_32",
    (FORMAT_FLOAT, 32): "FLOAT",
    (FORMAT_FLOAT, 64): "DOUBLE",
}
#: What other format tags stand for, for messages (RFC 2361, annex A).
_CODINGS = {
    0x0002: "Microsoft ADPCM",
    0x0006: "A-law",
    0x0007: "µ-law",
    0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10",
    0x0050: "MPEG Layer II",
    0x0055: "MP3",
    0x0092: "Dolby AC-3 (S/PDIF)",
    0x00FF: "AAC",
    0x0160: "Windows Media Audio",
    0x0161: "Windows Media Audio",
    0x2000: "Dolby AC-3",
    0x2001: "DTS",
    0x566F: "Vorbis",
    0xF1AC: "FLAC",
}


@dataclass(frozen=True)
class WaveFormat:
    """What a `fmt ` chunk says.

    Attributes:
        tag: of the coding; that of the sub-format where the format is extensible.
        channels: interleaved.
        sample_rate: Hz.
        frame_bytes: of one frame.
        container_bits: a sample takes in the file.
        valid_bits: of a sample that count.
        channel_mask: `dwChannelMask`; 0 where none is given.
    """

    tag: int
    channels: int
    sample_rate: int
    frame_bytes: int
    container_bits: int
    valid_bits: int
    channel_mask: int

    @property
    def subtype(self) -> str | None:
        """soundfile's name of a coding that `engine.audio.decode` knows; None for any other."""
        if self.frame_bytes * 8 != self.channels * self.container_bits:
            return None
        return _SUBTYPES.get((self.tag, self.container_bits))

    @property
    def coding(self) -> str:
        """The coding in words."""
        if self.tag in (FORMAT_PCM, FORMAT_FLOAT):
            kind = "float" if self.tag == FORMAT_FLOAT else "PCM"
            return f"{kind} of {self.valid_bits} bits in frames of {self.frame_bytes} bytes"
        return _CODINGS.get(self.tag, f"format tag 0x{self.tag:04X}")


def parse_format(payload: bytes) -> WaveFormat | None:
    """Reads the content of a `fmt ` chunk; None when it is too short to be one."""
    if len(payload) < 16:
        return None
    tag, channels, sample_rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", payload)
    valid_bits, mask = bits, 0
    if tag == FORMAT_EXTENSIBLE and len(payload) >= 40:
        declared, mask = struct.unpack_from("<HI", payload, 18)
        valid_bits = declared if 0 < declared <= bits else bits
        tail = payload[26:40]
        if tail == SUBFORMAT_GUID_TAIL:
            tag = int.from_bytes(payload[24:26], "little")
        elif tail == _AMBISONIC_GUID_TAIL:
            tag, mask = int.from_bytes(payload[24:26], "little"), 0
    container = -(-bits // 8) * 8
    if tag == FORMAT_PCM and channels and frame_bytes % channels == 0:
        # 20 or 24 bits in 4 bytes: some programs say so by the size of a frame alone
        container = max(container, 8 * (frame_bytes // channels))
    return WaveFormat(tag, channels, sample_rate, frame_bytes, container, valid_bits, mask)
