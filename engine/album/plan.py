"""What an album will be, from the lengths of its tracks alone: nothing is rendered or written."""

from __future__ import annotations

import time
from pathlib import Path

from engine.album.renders import Renders
from engine.album.source import naming, opened
from engine.audio.convert import converted_frames
from engine.offline.bus import StemFiles
from engine.plan.output import fades_of
from engine.progress import silent
from engine.report.album import AlbumLevels, AlbumReport, AlbumTrackReport
from engine.session.album.layout import CD_RATE, FRAMES_PER_S, PREGAP_FRAMES, Placed, lay_out
from engine.session.album.model import Album, AlbumTrack
from engine.session.album.rules import layout_findings


def plan_album(album: Album, folder: Path) -> AlbumReport:
    """Where the tracks will lie; levels and files are not known yet.

    Args:
        album: the album; its files are only looked at.
        folder: where it would be.

    Raises:
        InputError: a track cannot be used, or breaks a rule of the CD.
    """
    begun = time.perf_counter()
    renders = Renders(silent)
    lengths = {}
    for track in album.tracks:
        if track.disc:
            with naming(album, track):
                lengths[track.number] = _length(track, renders)
    layouts = [lay_out(album, disc, lengths) for disc in range(1, len(album.discs) + 1)]
    tracks = [_planned(one) for layout in layouts for one in layout.tracks]
    return AlbumReport(
        path=folder,
        tracks=tuple(sorted(tracks, key=lambda one: one.number)),
        album=AlbumLevels(
            None, None, None, None, sum(layout.playing_frames for layout in layouts) / FRAMES_PER_S
        ),
        ddp=(),
        vinyl=(),
        findings=tuple(finding for layout in layouts for finding in layout_findings(album, layout)),
        seconds=time.perf_counter() - begun,
    )


def _length(track: AlbumTrack, renders: Renders) -> int:
    """Samples at 44.1 kHz."""
    if track.path is not None:
        return opened(track, track.path, CD_RATE).frames
    session = renders.session(track)
    with StemFiles(session) as files:
        frames = converted_frames(files.song_frames, session.sample_rate, CD_RATE)
    return fades_of(session.master, CD_RATE, frames).length_frames


def _planned(placed: Placed) -> AlbumTrackReport:
    track = placed.track
    return AlbumTrackReport(
        number=track.number,
        disc=track.disc,
        title=track.title,
        artist=track.credits.artist,
        start_s=(placed.start - PREGAP_FRAMES) / FRAMES_PER_S,
        duration_s=(placed.end - placed.start) / FRAMES_PER_S,
        gap_s=gap_s(placed),
        indexes_s=tuple((frame - PREGAP_FRAMES) / FRAMES_PER_S for frame in placed.indexes),
        integrated_lufs=None,
        true_peak_dbtp=None,
        isrc=track.isrc,
        gain_db=0.0,
        path=None,
    )


def gap_s(placed: Placed) -> float:
    """The pause in front of a track on the disc; the length of a cross-fade, negative."""
    if placed.overlap:
        return -placed.overlap / CD_RATE
    return 0.0 if placed.pause is None else (placed.start - placed.pause) / FRAMES_PER_S
