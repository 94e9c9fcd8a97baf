"""The PQ sheet: what a plant reads beside a DDP set, as rows and as plain text."""

from __future__ import annotations

from dataclasses import dataclass

from engine.album.texts import master_id
from engine.session.album.layout import FRAMES_PER_S, DiscLayout
from engine.session.album.model import Album
from engine.units import disc_time


@dataclass(frozen=True)
class PqRow:
    """One mark.

    Attributes:
        track: two digits, or `AA` for the lead-out.
        index: two digits.
        absolute: time on the disc as a player shows it, `mm:ss:ff`.
        length: of what begins here: a pause, or a track up to the next pause; empty for an index.
        isrc: of a track, at its start.
        title: of a track, at its start.
    """

    track: str
    index: str
    absolute: str
    length: str
    isrc: str
    title: str


def pq_rows(layout: DiscLayout) -> list[PqRow]:
    """Every mark of a disc in order, at the times that stand in its PQ descriptor."""
    rows = []
    for place, one in enumerate(layout.tracks):
        number = f"{one.track.on_disc:02d}"
        pause = 0 if place == 0 else one.pause
        if pause is not None:
            rows.append(PqRow(number, "00", disc_time(pause), disc_time(one.start - pause), "", ""))
        length = disc_time(one.end - one.start)
        rows.append(PqRow(number, "01", disc_time(one.start), length, one.track.isrc or "", one.track.title))
        rows += [
            PqRow(number, f"{index:02d}", disc_time(frame), "", "", "")
            for index, frame in enumerate(one.indexes, 2)
        ]
    return [*rows, PqRow("AA", "01", disc_time(layout.lead_out), "", "", "lead-out")]


def pq_facts(album: Album, layout: DiscLayout, image_md5: str) -> list[tuple[str, str]]:
    """The head of the sheet."""
    facts = [("Title", album.title)]
    if len(album.discs) > 1:
        facts.append(("Disc", f"{layout.number} of {len(album.discs)}"))
    facts += [
        ("Artist", album.credits.artist),
        ("Label", album.label),
        ("Catalogue number", album.catalogue_number),
        ("EAN", album.upc or ""),
        ("Master identifier", master_id(album, layout.number)),
        ("Tracks", str(len(layout.tracks))),
        (
            "Playing time",
            f"{disc_time(layout.playing_frames)} (frames of 1/{FRAMES_PER_S} s)",
        ),
        ("CD-Text", "yes" if album.cd_text else "no"),
        (
            "Start offset",
            f"{album.start_offset_frames} frames from each track mark to its sound",
        ),
        ("Copy permitted", "no"),
        ("Pre-emphasis", "no"),
        ("Image", f"IMAGE.DAT, {layout.lead_out} sectors of 2352 bytes, from absolute time 00:00:00"),
        ("MD5 of the image", image_md5),
    ]
    return [(name, value) for name, value in facts if value]


def pq_text(album: Album, layout: DiscLayout, image_md5: str) -> str:
    """The sheet of a disc as plain text."""
    facts = pq_facts(album, layout, image_md5)
    width = max(len(name) for name, _ in facts)
    lines = ["PQ SHEET", ""] + [f"{name.ljust(width)}  {value}" for name, value in facts]
    lines += [
        "",
        "Absolute times count from the first sector of the image, the pause in front of track 1 included:",
        "LBA 0 is 00:02:00. A length goes up to the next pause or track.",
        "",
        "trk idx  absolute  length    ISRC          title",
    ]
    lines += [
        f"{row.track:>3} {row.index:>3}  {row.absolute:<8}  {row.length:<8}  "
        f"{row.isrc:<12}  {row.title}".rstrip()
        for row in pq_rows(layout)
    ]
    return "\n".join(lines) + "\n"
