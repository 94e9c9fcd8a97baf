"""The `bext` chunk of a broadcast wave file, version 2 (EBU Tech 3285, May 2011, clause 2.3)."""

from __future__ import annotations

import math
import struct
import unicodedata

from engine.tags.tags import Loudness, Tags

#: Description, Originator, OriginatorReference, OriginationDate, OriginationTime, TimeReference, Version,
#: UMID, the five loudness figures, reserved; the coding history follows.
_LAYOUT = struct.Struct("<256s32s32s10s8sQH64s5h180s")
_VERSION = 2
_DESCRIPTION_BYTES, _ORIGINATOR_BYTES = 256, 32
#: Stands for a figure that is not there (supplement to Tech 3285 v2); 0 would read as a measured 0.
UNSET = 0x7FFF
#: Figures are hundredths within ±99.99.
_LARGEST = 9999


def bext_chunk(tags: Tags) -> bytes:
    """The chunk's content. Date, time and UMID stay empty: nothing embeds the clock."""
    technical = tags.technical
    history = "" if technical is None else "".join(f"{line}\r\n" for line in technical.coding_history)
    return _LAYOUT.pack(
        ascii_text(_description(tags), _DESCRIPTION_BYTES),
        ascii_text(tags.originator or "", _ORIGINATOR_BYTES),
        b"",
        b"",
        b"",
        0 if technical is None else technical.time_reference,
        _VERSION,
        b"",
        *loudness_figures(tags.loudness),
        b"",
    ) + ascii_text(history, len(history))


def cut_short(tags: Tags) -> tuple[str, ...]:
    """Sentences about what does not fit the chunk and is cut there: other tags hold every value whole."""
    return tuple(
        f"bext holds {length} characters of the {name}, this one has {len(value)}: its rest is left out"
        for name, value, length in (
            ("description (title, artist, album, ISRC)", _description(tags), _DESCRIPTION_BYTES),
            ("originator", tags.originator or "", _ORIGINATOR_BYTES),
        )
        if len(ascii_text(value)) > length
    )


def _description(tags: Tags) -> str:
    """Title first: readers of the first 64 characters find it (EBU R 99)."""
    wanted = ("title", "artist", "album", "isrc")
    return " / ".join(tags.text[name] for name in wanted if name in tags.text)


def loudness_figures(loudness: Loudness) -> tuple[int, ...]:
    """The five figures in hundredths: integrated, range, true peak, largest momentary and short-term."""
    return tuple(
        _hundredths(figure)
        for figure in (
            loudness.integrated_lufs,
            loudness.range_lu,
            loudness.true_peak_dbtp,
            loudness.momentary_max_lufs,
            loudness.short_term_max_lufs,
        )
    )


def _hundredths(figure: float | None) -> int:
    if figure is None:
        return UNSET
    rounded = math.floor(100.0 * figure + 0.5)
    return rounded if abs(rounded) <= _LARGEST else UNSET


def ascii_text(text: str, length: int | None = None) -> bytes:
    """So much of a text as the chunk may hold it: without accents, `?` for what else is not ASCII."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return plain.encode("ascii", "replace")[:length]
