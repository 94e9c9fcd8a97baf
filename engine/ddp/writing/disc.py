"""What a DDP set says about a disc: everything but the audio."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrackMarks:
    """The marks of a track, in CD frames from the first of the image.

    Attributes:
        pause: index 00; None: none.
        start: index 01.
        indexes: index 02 and on.
        isrc: twelve characters, or None.
    """

    pause: int | None
    start: int
    indexes: tuple[int, ...]
    isrc: str | None


@dataclass(frozen=True)
class Disc:
    """A disc.

    Attributes:
        tracks: 1 to 99; the first has a pause at frame 0.
        lead_out: CD frames in the image.
        ean: 13 digits, or None.
        master_id: up to 48 ASCII characters that name the master.
        isrc_on_both: the ISRC stands in the packets of index 00 and 01, not in the first alone.
        cd_text: the packs, 18 bytes each; empty: none.
    """

    tracks: tuple[TrackMarks, ...]
    lead_out: int
    ean: str | None
    master_id: str
    isrc_on_both: bool
    cd_text: bytes
