"""Reads CD-Text packs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.ddp.reading.model import Found

_PACK = 18
_NAMES = {
    0x80: "title",
    0x81: "performer",
    0x82: "songwriter",
    0x83: "composer",
    0x84: "arranger",
    0x85: "message",
    0x86: "disc_id",
    0x8E: "code",
}
_SIZES = 0x8F
_ENCODINGS = {0x00: "latin-1", 0x01: "ascii", 0x80: "shift_jis"}


@dataclass(frozen=True)
class _Pack:
    kind: int
    track: int
    sequence: int
    block: int
    double: bool
    payload: bytes


@dataclass(frozen=True)
class CdTextRead:
    """The texts of the first block, by type, then track (0: the disc); and what it says of itself.

    Attributes:
        texts: type → track → text.
        last_track: of the disc, as the size packs tell; None without them.
    """

    texts: Mapping[str, Mapping[int, str]]
    last_track: int | None


def crc(data: bytes) -> int:
    """CRC-16 of CD-Text and the Q channel: polynomial x¹⁶ + x¹² + x⁵ + 1, from 0, inverted at the end."""
    register = 0
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register ^ 0xFFFF


def read_cd_text(content: bytes, found: Found) -> CdTextRead:
    """Reads the packs of a CD-Text file, with or without a header of four bytes."""
    content = _without_frame(content, found)
    packs = []
    for number, begin in enumerate(range(0, len(content) - _PACK + 1, _PACK)):
        raw = content[begin : begin + _PACK]
        if crc(raw[:16]) != int.from_bytes(raw[16:], "big"):
            found.error("cd_text_crc", f"CD-Text pack {number} has a wrong CRC", "write the set again")
        packs.append(_Pack(raw[0], raw[1] & 0x7F, raw[2], raw[3] >> 4 & 7, bool(raw[3] & 0x80), raw[4:16]))
    blocks = sorted({pack.block for pack in packs})
    if len(blocks) > 1:
        found.note("cd_text_blocks", f"CD-Text has {len(blocks)} languages; the first is shown")
    packs = [pack for pack in packs if pack.block == (blocks[0] if blocks else 0)]
    if [pack.sequence for pack in packs] != list(range(len(packs))):
        found.error("cd_text", "CD-Text packs are not numbered from 0 without holes", "write the set again")
    return _decoded(packs, found)


def _without_frame(content: bytes, found: Found) -> bytes:
    """Without the header of READ TOC dumps and without a rest that is no pack."""
    length = int.from_bytes(content[:2], "big")
    if len(content) % _PACK == 4 and content[0] < 0x80 and length in (len(content) - 2, len(content) - 4):
        found.note("cd_text_header", "CD-Text has a header of four bytes, as drives deliver it")
        content = content[4:]
    rest = len(content) % _PACK
    if rest:
        if any(content[-rest:]):
            found.warning(
                "cd_text", f"CD-Text ends with {rest} bytes that are no pack", "write the set again"
            )
        else:
            found.note("cd_text_rest", f"CD-Text ends with {rest} zero bytes too many")
    return content[: len(content) - rest]


def _decoded(packs: Sequence[_Pack], found: Found) -> CdTextRead:
    sizes = b"".join(pack.payload for pack in packs if pack.kind == _SIZES)
    if len(sizes) != 36:
        found.error(
            "cd_text", f"CD-Text has {len(sizes) // 12} size packs instead of 3", "write the set again"
        )
        sizes = bytes(36)
    _check_counts(packs, sizes, found)
    encoding = _ENCODINGS.get(sizes[0])
    if encoding is None:
        found.error("cd_text", f"CD-Text is in an unknown character set ({sizes[0]:#x})", "use ISO 8859-1")
        encoding = "latin-1"
    texts: dict[str, dict[int, str]] = {}
    for kind, name in _NAMES.items():
        of_kind = [pack for pack in packs if pack.kind == kind]
        if of_kind:
            texts[name] = _strings(of_kind, sizes[2], encoding)
    return CdTextRead(texts, sizes[2] or None)


def _check_counts(packs: Sequence[_Pack], sizes: bytes, found: Found) -> None:
    for kind in range(0x80, 0x90):
        there, said = sum(pack.kind == kind for pack in packs), sizes[4 + kind - 0x80]
        if there != said:
            found.error(
                "cd_text",
                f"CD-Text has {there} packs of type {kind:#x} and says {said}",
                "write the set again",
            )


def _strings(packs: Sequence[_Pack], last_track: int, encoding: str) -> dict[int, str]:
    """The strings of one type by track; a lone TAB repeats the one before."""
    ending = b"\0\0" if packs[0].double else b"\0"
    tab = b"\t\t" if packs[0].double else b"\t"
    stream = b"".join(pack.payload for pack in packs)
    strings: dict[int, str] = {}
    previous = b""
    track = packs[0].track
    while stream and track <= max(last_track, 0):
        end = 0
        while stream[end : end + len(ending)] not in (ending, b""):
            end += len(ending)
        raw = stream[:end]
        raw = previous if raw == tab else raw
        if raw:
            strings[track] = raw.decode(encoding, "replace")
        previous, stream, track = raw, stream[end + len(ending) :], track + 1
    return strings
