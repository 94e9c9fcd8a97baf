"""An album as data: what its file asked for, complete, checked and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Names of the texts that the disc and each track can have, in the order of CD-Text's pack types.
CREDIT_NAMES = ("artist", "writer", "composer", "arranger", "message")


@dataclass(frozen=True)
class Credits:
    """Who made it; empty: nobody is named."""

    artist: str = ""
    writer: str = ""
    composer: str = ""
    arranger: str = ""
    message: str = ""


@dataclass(frozen=True)
class AlbumTrack:
    """One track of an album.

    Attributes:
        number: in the album, from 1.
        disc: the disc it is on, from 1; 0 where it is on none.
        on_disc: its number on that disc, from 1; 0 where it is on none.
        session: absolute path of its session; None: a finished file.
        path: absolute path of a finished file; None: a session.
        version: of the session.
        title: of the track.
        credits: its own, or the album's where it names none.
        isrc: twelve characters, or None.
        gap_s: silence in front of it, s; negative: it is faded into from the one before.
        crossfade: the law of that fade, `equal_power` or `equal_gain`.
        fade_in_s: in the album, s.
        fade_out_s: in the album, s.
        fade_shape: `linear`, `cosine` or `exp`.
        indexes_s: index 02 and on, s from its first sample, rising.
        trim_db: its level in the album.
    """

    number: int
    disc: int
    on_disc: int
    session: Path | None
    path: Path | None
    version: str
    title: str
    credits: Credits
    isrc: str | None
    gap_s: float
    crossfade: str
    fade_in_s: float
    fade_out_s: float
    fade_shape: str
    indexes_s: tuple[float, ...]
    trim_db: float

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"track {self.number} '{self.title}'"

    @property
    def source(self) -> Path:
        """The session or the finished file."""
        found = self.session or self.path
        assert found is not None, "a track has one of both"
        return found


@dataclass(frozen=True)
class Vinyl:
    """The sides of a record.

    Attributes:
        size_inch: 7, 10 or 12.
        rpm: 33 or 45.
        mono_below_hz: the side signal is removed below; 0: it is left alone.
        limiter: the sessions' own limiters stay on.
        sides: track numbers of each side.
    """

    size_inch: int
    rpm: int
    mono_below_hz: float
    limiter: bool
    sides: tuple[tuple[int, ...], ...]

    def name_of(self, side: int) -> str:
        """The letter of a side, counted from 0."""
        return chr(ord("A") + side)


@dataclass(frozen=True)
class Album:
    """A whole album file.

    Attributes:
        path: absolute path of the album file.
        title: of the album.
        credits: of the album as a whole.
        upc: EAN-13 digits, or None.
        catalogue_number: empty: none.
        label: empty: none.
        genre: CD-Text genre code; 0: none.
        language: two letters, a key of `engine.session.album.tables.LANGUAGES`.
        levels: `keep` or `target`.
        loudness_lufs: None: no target.
        cd_text: whether the disc carries CD-Text.
        cd_text_codes: whether that repeats catalogue number, EAN and ISRCs.
        start_offset_frames: track marks lie that many CD frames early.
        isrc_on_both: the ISRC stands in the packets of index 00 and 01.
        longest_disc_s: a longer disc is refused.
        tracks: in album order.
        discs: track numbers of each disc.
        vinyl: None: no record.
    """

    path: Path
    title: str
    credits: Credits
    upc: str | None
    catalogue_number: str
    label: str
    genre: int
    language: str
    levels: str
    loudness_lufs: float | None
    cd_text: bool
    cd_text_codes: bool
    start_offset_frames: int
    isrc_on_both: bool
    longest_disc_s: float
    tracks: tuple[AlbumTrack, ...]
    discs: tuple[tuple[int, ...], ...]
    vinyl: Vinyl | None

    def track(self, number: int) -> AlbumTrack:
        """The track with that number."""
        return self.tracks[number - 1]

    def tracks_of(self, disc: int) -> tuple[AlbumTrack, ...]:
        """The tracks of a disc, counted from 1, in its order."""
        return tuple(self.track(number) for number in self.discs[disc - 1])
