"""The cut sheet of a side: what the cutting engineer reads beside the file."""

from __future__ import annotations

from collections.abc import Sequence

from engine.album.side_layout import SideLayout
from engine.report.album import AlbumFinding
from engine.session.album.model import Album, Vinyl
from engine.units import level_text


def side_facts(
    album: Album, vinyl: Vinyl, layout: SideLayout, file_name: str, sha256: str
) -> list[tuple[str, str]]:
    """The head of the sheet."""
    mono = f"removed below {vinyl.mono_below_hz:g} Hz (12 dB/octave, minimum phase)"
    facts = [
        ("Side", layout.name),
        ("Title", album.title),
        ("Artist", album.credits.artist),
        ("Label", album.label),
        ("Catalogue number", album.catalogue_number),
        ("Record", f'{vinyl.size_inch}", {vinyl.rpm} rpm'),
        ("Length", time_text(layout.duration_s)),
        ("File", f"{file_name}, 24 bit, {layout.sample_rate} Hz"),
        ("SHA-256", sha256),
        ("Limiter", "the sessions' own" if vinyl.limiter else "none"),
        ("Side signal", mono if vinyl.mono_below_hz else "as mastered"),
    ]
    return [(name, value) for name, value in facts if value]


def side_rows(layout: SideLayout) -> list[tuple[str, str, str, str, str]]:
    """Number on the side, start, end, gap in front, and title of each track."""
    rows = []
    end = 0
    for place, spot in enumerate(layout.spots):
        gap_s = (spot.start - end) / layout.sample_rate
        gap = "" if place == 0 else level_text(gap_s, "s", 3)
        start, stop = (time_text(at / layout.sample_rate) for at in (spot.start, spot.end))
        rows.append((f"{layout.name}{place + 1}", start, stop, gap, spot.audio.track.title))
        end = spot.end
    return rows


def cut_sheet(
    album: Album,
    vinyl: Vinyl,
    layout: SideLayout,
    file_name: str,
    sha256: str,
    findings: Sequence[AlbumFinding],
) -> str:
    """The sheet as plain text."""
    facts = side_facts(album, vinyl, layout, file_name, sha256)
    width = max(len(name) for name, _ in facts)
    lines = ["CUT SHEET", "", *(f"{name.ljust(width)}  {value}" for name, value in facts), ""]
    lines.append(f"{'track':<5}  {'start':<9}  {'end':<9}  {'gap':<8}  title")
    lines += [
        f"{number:<5}  {start:<9}  {end:<9}  {gap:<8}  {title}"
        for number, start, end, gap, title in side_rows(layout)
    ]
    lines += ["", "Findings" if findings else "Nothing to say about the sound."]
    lines += [f"  {finding_text(finding)}" for finding in findings]
    return "\n".join(lines) + "\n"


def finding_text(finding: AlbumFinding) -> str:
    """A finding in a line: where, which track, which stem, what."""
    at = "" if finding.at_s is None else f"{time_text(finding.at_s)} "
    stem = "" if finding.stem is None else f", stem '{finding.stem}'"
    where = f"{finding.where}{stem}: " if finding.where else ""
    return f"{at}{where}{finding.message}; {finding.fix}"


def time_text(seconds: float) -> str:
    """`mm:ss.mmm`."""
    milliseconds = round(1000.0 * seconds)
    return f"{milliseconds // 60000:02d}:{milliseconds // 1000 % 60:02d}.{milliseconds % 1000:03d}"
