"""CD-Text packs, and what to leave out when they do not all fit.

A block holds 256 packs of 12 characters, three of which describe the block. Layout: Sony's pack format
as libburn's `cdtext.txt` and libcdio describe it.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

#: Pack types.
TITLE, PERFORMER, WRITER, COMPOSER, ARRANGER, MESSAGE = range(0x80, 0x86)
DISC_ID, GENRE, CODES, SIZES = 0x86, 0x87, 0x8E, 0x8F
#: Types that the disc and every track have.
CREDIT_TYPES = (PERFORMER, WRITER, COMPOSER, ARRANGER, MESSAGE)

_PAYLOAD_BYTES = 12
_SIZE_PACKS = 3
#: 256 sequence numbers, three of which the size packs take.
MOST_TEXT_PACKS = 253
#: The position field has four bits.
_HIGHEST_POSITION = 15


@dataclass(frozen=True)
class Texts:
    """The strings of one pack type, ISO 8859-1: the disc's, then each track's."""

    type: int
    disc: bytes
    tracks: tuple[bytes, ...]

    @property
    def all(self) -> tuple[bytes, ...]:
        """In the order of the packs."""
        return (self.disc, *self.tracks)


@dataclass(frozen=True)
class CdText:
    """The texts of a disc.

    Attributes:
        texts: rising in type, those that say something; each has as many tracks as the disc.
        disc_id: catalogue number; empty: none.
        genre: code; 0: none.
        genre_name: a text for it.
        codes: EAN and ISRCs; empty: none.
        tracks: how many the disc has.
        language: CD-Text's code.
    """

    texts: tuple[Texts, ...]
    disc_id: bytes
    genre: int
    genre_name: bytes
    codes: tuple[bytes, ...]
    tracks: int
    language: int


@dataclass(frozen=True)
class Fitted:
    """A CD-Text that fits, and what it took.

    Attributes:
        cd_text: what is written.
        dropped: tracks (from 1) and types whose text is the album's and was left out.
        shortened: tracks (0: the disc) and types whose text was cut.
        limit: bytes that a text was cut to; None: none was.
    """

    cd_text: CdText
    dropped: tuple[tuple[int, int], ...] = ()
    shortened: tuple[tuple[int, int], ...] = ()
    limit: int | None = None


def fitted(cd_text: CdText) -> Fitted:
    """Makes a CD-Text fit its block: first without what repeats the album's credits, then shortened."""
    if _text_packs(cd_text) <= MOST_TEXT_PACKS:
        return Fitted(cd_text)
    dropped: list[tuple[int, int]] = []
    texts = []
    for one in cd_text.texts:
        repeats = one.type in CREDIT_TYPES
        tracks = tuple(b"" if repeats and text == one.disc else text for text in one.tracks)
        dropped += [
            (number, one.type)
            for number, (old, new) in enumerate(zip(one.tracks, tracks, strict=True), 1)
            if old != new
        ]
        texts.append(replace(one, tracks=tracks))
    slim = replace(cd_text, texts=tuple(texts))
    if _text_packs(slim) <= MOST_TEXT_PACKS:
        return Fitted(slim, tuple(dropped))
    longest = max(len(text) for one in slim.texts for text in one.all)
    low, high = 0, longest  # `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _fits(_cut(slim, middle)) else (low, middle)
    shortened = tuple(
        (number, one.type) for one in slim.texts for number, text in enumerate(one.all) if len(text) > low
    )
    return Fitted(_cut(slim, low), tuple(dropped), shortened, low)


def _fits(cd_text: CdText) -> bool:
    return _text_packs(cd_text) <= MOST_TEXT_PACKS


def _cut(cd_text: CdText, length: int) -> CdText:
    texts = tuple(
        Texts(one.type, one.disc[:length].rstrip(), tuple(text[:length].rstrip() for text in one.tracks))
        for one in cd_text.texts
    )
    return replace(cd_text, texts=texts)


def _text_packs(cd_text: CdText) -> int:
    return sum(1 for _ in _payloads(cd_text))


def packs(cd_text: CdText) -> bytes:
    """The packs of a CD-Text that fits, 18 bytes each.

    Raises:
        ValueError: it does not fit.
    """
    payloads = list(_payloads(cd_text))
    if len(payloads) > MOST_TEXT_PACKS:
        raise ValueError(f"{len(payloads)} packs do not fit a block")
    counts = [sum(kind == 0x80 + offset for kind, *_ in payloads) for offset in range(16)]
    counts[SIZES - 0x80] = _SIZE_PACKS
    sizes = bytes((0, 1, cd_text.tracks, 0, *counts))  # ISO 8859-1, first and last track, no copyright claim
    sizes += bytes((len(payloads) + _SIZE_PACKS - 1, *bytes(7)))
    sizes += bytes((cd_text.language, *bytes(7)))
    payloads += [
        (SIZES, part, 0, sizes[part * _PAYLOAD_BYTES : (part + 1) * _PAYLOAD_BYTES])
        for part in range(_SIZE_PACKS)
    ]
    return b"".join(_pack(sequence, *payload) for sequence, payload in enumerate(payloads))


def _pack(sequence: int, kind: int, track: int, position: int, payload: bytes) -> bytes:
    body = bytes((kind, track, sequence, position)) + payload
    return body + struct.pack(">H", binascii.crc_hqx(body, 0) ^ 0xFFFF)


_Payload = tuple[int, int, int, bytes]


def _payloads(cd_text: CdText) -> Iterator[_Payload]:
    """Type, track, position and twelve bytes of every pack of text."""
    for one in cd_text.texts:
        yield from _cut_up(one.type, one.all)
    if cd_text.disc_id:
        yield from _cut_up(DISC_ID, (cd_text.disc_id,))
    if cd_text.genre:
        yield from _cut_up(GENRE, (struct.pack(">H", cd_text.genre) + cd_text.genre_name,))
    if cd_text.codes:
        yield from _cut_up(CODES, cd_text.codes)


def _cut_up(kind: int, strings: Sequence[bytes]) -> Iterator[_Payload]:
    """Strings, each with a NUL at its end, one behind the other in packs of twelve bytes."""
    stream = b"".join(string + b"\0" for string in strings)
    owners = list(_owners(strings))
    for begin in range(0, len(stream), _PAYLOAD_BYTES):
        track, position = owners[begin]
        payload = stream[begin : begin + _PAYLOAD_BYTES].ljust(_PAYLOAD_BYTES, b"\0")
        yield kind, track, min(position, _HIGHEST_POSITION), payload


def _owners(strings: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Of every byte the string it belongs to and its place in it."""
    for number, string in enumerate(strings):
        for position in range(len(string) + 1):
            yield number, position
