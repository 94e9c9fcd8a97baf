"""What a DDP set was found to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.report.album import AlbumFinding

#: CD frames in a second.
FRAMES_PER_S = 75


@dataclass(frozen=True)
class ReadTrack:
    """A track as the set describes it; marks in CD frames from the first of the image.

    Attributes:
        number: from 1.
        pause: index 00; None: none.
        start: index 01.
        indexes: index 02 and on.
        isrc: the first that a packet of the track names; None: none.
        control: the first two control characters, for example `01`.
        texts: CD-Text by type (`title`, `performer`, …); empty ones left out.
    """

    number: int
    pause: int | None
    start: int
    indexes: tuple[int, ...]
    isrc: str | None
    control: str
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileCheck:
    """A file of the set against its checksums.

    Attributes:
        path: the file.
        status: `ok`, `changed`, `missing` or `unknown` (no checksum names it).
    """

    path: Path
    status: str


@dataclass(frozen=True)
class DdpSet:
    """A DDP set of any maker.

    Attributes:
        path: its folder.
        level: as DDPID says, for example `DDP 2.00`.
        ean: digits of the EAN or UPC; None: none.
        master_id: name of the master.
        image: the audio; None where it cannot be told.
        sectors: that the map promises.
        tracks: in order.
        lead_out: CD frame; None where no packet tells.
        texts: CD-Text of the disc by type.
        files: each file against its checksums.
        findings: everything odd or wrong, worst kinds are errors.
    """

    path: Path
    level: str
    ean: str | None
    master_id: str
    image: Path | None
    sectors: int
    tracks: tuple[ReadTrack, ...]
    lead_out: int | None
    texts: Mapping[str, str]
    files: tuple[FileCheck, ...]
    findings: tuple[AlbumFinding, ...]

    @property
    def holds(self) -> bool:
        """Nothing that was found is an error, and no file has changed or is missing."""
        sound = all(one.status in ("ok", "unknown") for one in self.files)
        return sound and all(one.severity != "error" for one in self.findings)


class Found:
    """Collects findings while a set is read."""

    def __init__(self) -> None:
        self.all: list[AlbumFinding] = []

    def error(self, kind: str, message: str, fix: str, track: int | None = None) -> None:
        """Something that a plant would refuse."""
        self.all.append(AlbumFinding("error", kind, track, None, message, fix))

    def warning(self, kind: str, message: str, fix: str, track: int | None = None) -> None:
        """Something that goes wrong at some plants."""
        self.all.append(AlbumFinding("warning", kind, track, None, message, fix))

    def note(self, kind: str, message: str, track: int | None = None) -> None:
        """Something odd but legal."""
        self.all.append(AlbumFinding("note", kind, track, None, message, "nothing: it is legal"))


def is_number(text: str) -> bool:
    """Whether it is digits from 0 to 9; what looks like a digit elsewhere in the character set is none."""
    return text.isascii() and text.isdigit()


def time_text(frames: int) -> str:
    """`mm:ss:ff`."""
    minutes, rest = divmod(frames, 60 * FRAMES_PER_S)
    return f"{minutes:02d}:{rest // FRAMES_PER_S:02d}:{rest % FRAMES_PER_S:02d}"
