"""What became of an album: its tracks, discs, sides, and what somebody should know about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.report.findings import Severity


@dataclass(frozen=True)
class AlbumFinding:
    """One thing somebody should know about an album.

    Attributes:
        severity: `error`, `warning` or `note`.
        kind: stable short code for scripts, `snake_case`.
        track: number of the track concerned in the album; None: the whole.
        title: of that track; None: the whole.
        message: what was found, with the measured value and its limit.
        fix: what to do about it.
        at_s: where, s from the beginning of the side; None: everywhere or nowhere in particular.
        stem: name of the stem that causes it; None: none, or not known.
    """

    severity: Severity
    kind: str
    track: int | None
    title: str | None
    message: str
    fix: str
    at_s: float | None = None
    stem: str | None = None

    @property
    def where(self) -> str:
        """The track it is about, as text; empty for the whole."""
        return "" if self.track is None else f"track {self.track} '{self.title}'"


@dataclass(frozen=True)
class AlbumTrackReport:
    """One track as it is on its disc; levels are those of its file in `tracks/`.

    Attributes:
        number: in the album, from 1.
        disc: from 1; 0: on none.
        title: of the track.
        artist: of the track, empty without one.
        start_s: of its mark (index 01), s from LBA 0 of its disc.
        duration_s: from there to the next pause, mark or the lead-out.
        gap_s: pause in front of it (index 00 to 01); negative: length of the cross-fade into it.
        silence_s: heard in front of it: from the end of the track before, or from LBA 0 to its mark;
            longer than `gap_s` by as much as marks lie before the sound. Negative: as there.
        indexes_s: index 02 and on, s from LBA 0.
        integrated_lufs: None for silence.
        true_peak_dbtp: None for digital silence.
        isrc: None without one.
        gain_db: given to it in front of the limiter, or in all without one.
        path: of its file; None before it is written.
    """

    number: int
    disc: int
    title: str
    artist: str
    start_s: float
    duration_s: float
    gap_s: float
    silence_s: float
    indexes_s: tuple[float, ...]
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    isrc: str | None
    gain_db: float
    path: Path | None


@dataclass(frozen=True)
class AlbumLevels:
    """The album as one programme.

    Attributes:
        integrated_lufs: over all of it, gaps included (they lie below the gate).
        loudest_track_lufs: integrated loudness of the loudest track, LUFS.
        lra_lu: loudness range.
        true_peak_dbtp: largest of all tracks.
        duration_s: of all discs, from LBA 0 to the lead-out.
    """

    integrated_lufs: float | None
    loudest_track_lufs: float | None
    lra_lu: float | None
    true_peak_dbtp: float | None
    duration_s: float


@dataclass(frozen=True)
class DdpReport:
    """A DDP set.

    Attributes:
        path: its folder.
        sectors: of the image, 2352 bytes each.
        md5: of the image.
    """

    path: Path
    sectors: int
    md5: str


@dataclass(frozen=True)
class SideReport:
    """A side of a record.

    Attributes:
        side: its letter.
        path: of its file.
        duration_s: length of that file, s.
        findings: of this side.
    """

    side: str
    path: Path
    duration_s: float
    findings: tuple[AlbumFinding, ...]


@dataclass(frozen=True)
class AlbumReport:
    """A whole album.

    Attributes:
        path: its folder.
        tracks: in album order.
        album: levels of the whole.
        ddp: one set per disc.
        vinyl: one per side.
        findings: of everything but the sides.
        seconds: wall-clock time.
    """

    path: Path
    tracks: tuple[AlbumTrackReport, ...]
    album: AlbumLevels
    ddp: tuple[DdpReport, ...]
    vinyl: tuple[SideReport, ...]
    findings: tuple[AlbumFinding, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Nothing that was found is an error."""
        found = (*self.findings, *(finding for side in self.vinyl for finding in side.findings))
        return all(finding.severity != "error" for finding in found)

    def as_json(self) -> dict[str, Any]:
        """The contract's document: one DDP set stands alone, several are a list."""
        ddp: Any = self.ddp[0] if len(self.ddp) == 1 else list(self.ddp)
        return {
            "path": self.path,
            "tracks": list(self.tracks),
            "album": self.album,
            "ddp": ddp,
            "vinyl": list(self.vinyl),
            "findings": list(self.findings),
            "seconds": self.seconds,
        }

    @staticmethod
    def fields_from_json(tree: Mapping[str, object]) -> dict[str, object]:
        """Those of the contract's document."""
        ddp = tree.get("ddp")
        return {**tree, "ddp": [ddp] if isinstance(ddp, Mapping) else ddp}


@dataclass(frozen=True)
class AuditionReport:
    """What was played of an album.

    Attributes:
        track: number of the track that begins.
        before: number of the one that ends; None: the other is the first of its disc.
        gap_s: silence between both; negative: they overlap.
        join_s: where the second begins, s from the beginning of what was played.
        duration_s: of what was played.
        device: that it was played through.
        audible: False: that device makes no sound.
    """

    track: int
    before: int | None
    gap_s: float
    join_s: float
    duration_s: float
    device: str
    audible: bool


@dataclass(frozen=True)
class DiscTrackRead:
    """A track as a DDP set of any maker describes it.

    Attributes:
        number: from 1.
        title: from CD-Text, empty without it.
        performer: likewise.
        isrc: None without one.
        start_s: of index 01, s from LBA 0.
        duration_s: from there to the next pause, track or the lead-out; None where that is not told.
        indexes_s: index 02 and on, s from LBA 0.
    """

    number: int
    title: str
    performer: str
    isrc: str | None
    start_s: float
    duration_s: float | None
    indexes_s: tuple[float, ...]


@dataclass(frozen=True)
class DiscRead:
    """A DDP set of any maker.

    Attributes:
        path: its folder.
        level: as it says, for example `DDP 2.00`.
        ean: None without one.
        master_id: name of the master.
        title: from CD-Text, empty without it.
        performer: likewise.
        sectors: of the image.
        tracks: in order.
    """

    path: Path
    level: str
    ean: str | None
    master_id: str
    title: str
    performer: str
    sectors: int
    tracks: tuple[DiscTrackRead, ...]
