"""Word lengths of coded integer samples, which FFmpeg hands out in the upper bits of 16 or 32.

Sources: Apple, *ALAC Magic Cookie Description*; IETF RFC 9639 (STREAMINFO); D. Bryant, *WavPack File/Block
Format* (flags of a block); the True Audio format (header).
"""

from __future__ import annotations

from pathlib import Path

#: WavPack flags: bytes per sample − 1, hybrid (lossy without its correction file), float, bits shifted out.
_WV_BYTES, _WV_HYBRID, _WV_FLOAT, _WV_SHIFT, _WV_SHIFT_MASK = 3, 8, 0x80, 13, 31


def coded_bits(codec: str, extradata: bytes | None, path: Path) -> int | None:
    """Bits of a sample; None for float and lossy codings.

    Args:
        codec: FFmpeg's name of the decoder.
        extradata: the codec's own header, as the container has it.
        path: the file, for formats that keep it in their blocks.
    """
    if codec == "alac" and extradata and len(extradata) >= 18:
        return extradata[17]
    if codec == "flac" and extradata and len(extradata) >= 18:
        return (int.from_bytes(extradata[10:18], "big") >> 36 & 31) + 1
    if codec == "wavpack":
        flags = _wavpack_flags(path)
        if flags & (_WV_HYBRID | _WV_FLOAT):
            return None
        return 8 * ((flags & _WV_BYTES) + 1) - (flags >> _WV_SHIFT & _WV_SHIFT_MASK)
    if codec == "tta":
        with path.open("rb") as file:
            return int.from_bytes(file.read(10)[8:10], "little")
    if codec.startswith(("pcm_s", "pcm_u")):
        return int(codec[5:7].rstrip("lbp") or 8)
    return None


def subtype_of(codec: str, bits: int | None, path: Path) -> str:
    """The coding under a name as soundfile has them; lossless integers are called by their word length."""
    if codec == "alac":
        return f"ALAC_{bits or 16}"
    if bits is not None:
        return f"PCM_{bits}"
    if codec == "wavpack":
        return "FLOAT" if _wavpack_flags(path) & _WV_HYBRID == 0 else "WAVPACK_LOSSY"
    if codec.startswith("pcm_f"):
        return "DOUBLE" if codec.startswith("pcm_f64") else "FLOAT"
    return codec.removesuffix("float").upper()


def _wavpack_flags(path: Path) -> int:
    with path.open("rb") as file:
        return int.from_bytes(file.read(28)[24:28], "little")
