"""Genres and languages as CD-Text numbers them, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Genre codes of CD-Text pack 0x87 (libcdio 2.1 `cdtext.h`; REAPER's list agrees).
GENRES: Mapping[str, int] = MappingProxyType(
    {
        "adult contemporary": 2,
        "alternative rock": 3,
        "children's": 4,
        "classical": 5,
        "contemporary christian": 6,
        "country": 7,
        "dance": 8,
        "easy listening": 9,
        "erotic": 10,
        "folk": 11,
        "gospel": 12,
        "hip-hop": 13,
        "jazz": 14,
        "latin": 15,
        "musical": 16,
        "new age": 17,
        "opera": 18,
        "operetta": 19,
        "pop": 20,
        "rap": 21,
        "reggae": 22,
        "rock": 23,
        "r&b": 24,
        "sound effects": 25,
        "soundtrack": 26,
        "spoken word": 27,
        "world": 28,
    }
)

#: Language codes of CD-Text (EBU Tech 3264 via libburn `cdtext.txt`), by ISO 639-1 code, of those
#: languages that ISO 8859-1 can write.
LANGUAGES: Mapping[str, int] = MappingProxyType(
    {
        "sq": 0x01,
        "br": 0x02,
        "ca": 0x03,
        "cy": 0x05,
        "da": 0x07,
        "de": 0x08,
        "en": 0x09,
        "es": 0x0A,
        "eo": 0x0B,
        "et": 0x0C,
        "eu": 0x0D,
        "fo": 0x0E,
        "fr": 0x0F,
        "fy": 0x10,
        "ga": 0x11,
        "gd": 0x12,
        "gl": 0x13,
        "is": 0x14,
        "it": 0x15,
        "la": 0x17,
        "lb": 0x19,
        "nl": 0x1D,
        "no": 0x1E,
        "oc": 0x1F,
        "pt": 0x21,
        "rm": 0x23,
        "fi": 0x27,
        "sv": 0x28,
        "wa": 0x2B,
    }
)
