"""`approval.html`: one page that needs nothing else, on which an album can be heard and approved."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.album.pq_sheet import pq_facts, pq_rows
from engine.files import AtomicFile
from engine.meters.gating import short_term_series
from engine.report.album import AlbumFinding, AlbumLevels, AlbumTrackReport
from engine.session.album.layout import DiscLayout
from engine.session.album.model import Album
from engine.units import level_text, number_text, seconds_text

#: Bytes of a preview in one element of the page, a multiple of 3.
_CHUNK_BYTES = 3 << 18
#: The page may load nothing and run nothing but itself.
_POLICY = (
    "default-src 'none'; media-src blob:; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
#: Loudness drawn: size in px, and its scale in LUFS.
_WIDTH, _HEIGHT, _LOWEST_LUFS = 220, 28, -36.0
_SLOTS_PER_S = 100


@dataclass(frozen=True)
class Approval:
    """What the page is made of.

    Attributes:
        album: the album file as it was read.
        layouts: by disc.
        tracks: in album order.
        levels: of the whole.
        slot_powers: of each disc from LBA 0.
        image_md5: of each disc.
        previews: of each disc; none where there is no encoder.
        hashes: SHA-256 by name of everything else in the folder.
        findings: of the album.
    """

    album: Album
    layouts: Mapping[int, DiscLayout]
    tracks: Sequence[AlbumTrackReport]
    levels: AlbumLevels
    slot_powers: Mapping[int, NDArray[np.float64]]
    image_md5: Mapping[int, str]
    previews: Mapping[int, Path]
    hashes: Mapping[str, str]
    findings: Sequence[AlbumFinding]


def write_approval(path: Path, approval: Approval) -> None:
    """Writes the page piece by piece: it holds the previews, and memory need not.

    Raises:
        MachineError: the system refused.
    """
    with AtomicFile(path, replaces=False) as file:
        for piece in _page(approval):
            file.write(piece.encode())
        for disc, preview in approval.previews.items():
            with preview.open("rb") as source:
                while block := source.read(_CHUNK_BYTES):
                    file.write(f'<script type="text/plain" data-preview="{disc}">'.encode())
                    file.write(base64.b64encode(block))
                    file.write(b"</script>\n")
        script = files("engine.album").joinpath("approval.js").read_text(encoding="utf-8")
        file.write(f"<script>\n{script}</script>\n</body>\n</html>\n".encode())
        file.commit()


def _page(approval: Approval) -> Iterator[str]:
    album = approval.album
    style = files("engine.album").joinpath("approval.css").read_text(encoding="utf-8")
    yield "<!DOCTYPE html>\n"
    yield f'<html lang="{album.language}">\n<head><meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(album.title)}: approval</title>\n<style>\n{style}</style></head>\n<body>\n"
    yield f"<h1>{escape(album.title)}</h1>\n<p>{escape(_subtitle(approval))}</p>\n"
    for disc, layout in approval.layouts.items():
        yield from _disc(approval, disc, layout)
    if approval.findings:
        yield "<h2>Findings</h2>\n<ul>\n"
        for finding in approval.findings:
            where = f"{finding.where}: " if finding.where else ""
            yield f"<li>{escape(finding.severity)}: {escape(where + finding.message)}</li>\n"
        yield "</ul>\n"
    yield "<h2>Files</h2>\n<table><tr><th>file</th><th>SHA-256</th></tr>\n"
    for name, value in sorted(approval.hashes.items()):
        yield f"<tr><td>{escape(name)}</td><td><code>{value}</code></td></tr>\n"
    yield "</table>\n"


def _subtitle(approval: Approval) -> str:
    album, levels = approval.album, approval.levels
    parts = [album.credits.artist, album.label, album.catalogue_number, seconds_text(levels.duration_s)]
    if levels.integrated_lufs is not None and levels.loudest_track_lufs is not None:
        whole, loudest = number_text(levels.integrated_lufs), number_text(levels.loudest_track_lufs)
        parts.append(f"{whole} LUFS, loudest track {loudest} LUFS")
    return " · ".join(filter(None, parts))


def _disc(approval: Approval, disc: int, layout: DiscLayout) -> Iterator[str]:
    if len(approval.layouts) > 1:
        yield f"<h2>Disc {disc}</h2>\n"
    playable = disc in approval.previews
    if playable:
        yield f'<audio controls preload="metadata" data-disc="{disc}"></audio>\n'
    yield '<table>\n<tr><th></th><th>title</th><th class="n">start</th><th class="n">length</th>'
    yield '<th class="n">LUFS</th><th class="n">dBTP</th><th>loudness</th><th>ISRC</th></tr>\n'
    for track in approval.tracks:
        if track.disc == disc:
            yield _track(track, approval.slot_powers[disc], playable)
    yield "</table>\n"
    yield f"<h2>PQ sheet{f' of disc {disc}' if len(approval.layouts) > 1 else ''}</h2>\n<dl>\n"
    for name, value in pq_facts(approval.album, layout, approval.image_md5[disc]):
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n"
    yield '</dl>\n<table class="pq"><tr><th>track</th><th>index</th><th class="n">absolute</th>'
    yield '<th class="n">length</th><th>ISRC</th><th>title</th></tr>\n'
    for row in pq_rows(layout):
        cells = (row.track, row.index, row.absolute, row.length, row.isrc, row.title)
        classes = ("", "", ' class="n"', ' class="n"', "", "")
        inner = "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(classes, cells, strict=True))
        yield f"<tr>{inner}</tr>\n"
    yield "</table>\n"


def _track(track: AlbumTrackReport, slot_powers: NDArray[np.float64], playable: bool) -> str:
    gap = ""
    if track.silence_s:
        seconds = f"{abs(track.silence_s):.2f} s"
        what = f"pause of {seconds}" if track.silence_s > 0 else f"cross-fade of {seconds}"
        gap = f'<tr class="gap"><td></td><td colspan="7">{what}</td></tr>\n'
    button = '<button type="button" aria-label="play">▶</button>' if playable else ""
    artist = f"<br><small>{escape(track.artist)}</small>" if track.artist else ""
    begin, end = round(track.start_s * _SLOTS_PER_S), round((track.start_s + track.duration_s) * _SLOTS_PER_S)
    return (
        f'{gap}<tr data-disc="{track.disc}" data-track="{track.number}" data-start="{track.start_s:.6f}" '
        f'aria-current="false"><td class="n">{track.number} {button}</td>'
        f"<td>{escape(track.title)}{artist}</td>"
        f'<td class="n">{seconds_text(track.start_s)}</td><td class="n">{seconds_text(track.duration_s)}</td>'
        f'<td class="n">{number_text(track.integrated_lufs)}</td>'
        f'<td class="n">{number_text(track.true_peak_dbtp)}</td>'
        f"<td>{_drawn(slot_powers[begin:end])}</td>"
        f'<td class="isrc"><code>{track.isrc or ""}</code></td></tr>\n'
    )


def _drawn(slot_powers: NDArray[np.float64]) -> str:
    """Short-term loudness of a track as a line, every second."""
    series = short_term_series(slot_powers)[::_SLOTS_PER_S]
    if not series.size:
        return ""
    shares = np.clip(1.0 - np.maximum(series, _LOWEST_LUFS) / _LOWEST_LUFS, 0.0, 1.0)
    across = np.linspace(0.0, _WIDTH, series.size) if series.size > 1 else np.array([0.0])
    points = " ".join(f"{x:.1f},{_HEIGHT * (1.0 - y):.1f}" for x, y in zip(across, shares, strict=True))
    label = f"short-term loudness, from {level_text(_LOWEST_LUFS, 'LUFS', None)} to 0"
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{label}">'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )
