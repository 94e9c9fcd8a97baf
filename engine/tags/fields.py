"""Which place each value has in each kind of tag: the one declaration that writers and readers share.

Names: ID3v2.4 (*ID3 tag version 2.4.0 – Native Frames*), the Vorbis comment specification and, for what it
does not name, the usage of MusicBrainz Picard; atoms of the iTunes metadata list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: A freeform atom of an MP4 file: mean and name.
FREEFORM = "----:com.apple.iTunes:"


@dataclass(frozen=True)
class Field:
    """The places of one value.

    Attributes:
        id3: a frame, or `TXXX:` and a description.
        vorbis: a comment's name.
        mp4: an atom, freeform ones with their mean.
    """

    id3: str
    vorbis: str
    mp4: str


#: By the names that `Tags.text` uses. `track` and `disc` are numbers; their totals join them in ID3 and MP4.
FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "title": Field("TIT2", "TITLE", "\xa9nam"),
        "version": Field("TIT3", "VERSION", f"{FREEFORM}SUBTITLE"),
        "artist": Field("TPE1", "ARTIST", "\xa9ART"),
        "album": Field("TALB", "ALBUM", "\xa9alb"),
        "album_artist": Field("TPE2", "ALBUMARTIST", "aART"),
        "composer": Field("TCOM", "COMPOSER", "\xa9wrt"),
        "writer": Field("TXXX:Writer", "WRITER", f"{FREEFORM}WRITER"),
        "label": Field("TPUB", "LABEL", f"{FREEFORM}LABEL"),
        "catalogue_number": Field("TXXX:CATALOGNUMBER", "CATALOGNUMBER", f"{FREEFORM}CATALOGNUMBER"),
        "barcode": Field("TXXX:BARCODE", "BARCODE", f"{FREEFORM}BARCODE"),
        "genre": Field("TCON", "GENRE", "\xa9gen"),
        "year": Field("TDRC", "DATE", "\xa9day"),
        "copyright": Field("TCOP", "COPYRIGHT", "cprt"),
        "comment": Field("COMM", "COMMENT", "\xa9cmt"),
        "isrc": Field("TSRC", "ISRC", f"{FREEFORM}ISRC"),
        "track": Field("TRCK", "TRACKNUMBER", "trkn"),
        "track_total": Field("TRCK", "TRACKTOTAL", "trkn"),
        "disc": Field("TPOS", "DISCNUMBER", "disk"),
        "disc_total": Field("TPOS", "DISCTOTAL", "disk"),
        "encoder": Field("TSSE", "ENCODER", "\xa9too"),
    }
)

#: Numbers that share a place with their total.
PAIRS: Mapping[str, str] = MappingProxyType({"track": "track_total", "disc": "disc_total"})
