"""What an album will be, from the lengths of its tracks alone: nothing is rendered or written."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from engine.album.material import as_it_came
from engine.album.renders import Renders
from engine.album.segues import joined
from engine.album.source import TrackAudio, naming, opened
from engine.album.texts import disc_of
from engine.audio.convert import converted_frames
from engine.errors import InputError
from engine.offline.bus import StemFiles
from engine.plan.output import fades_of
from engine.progress import silent
from engine.report.album import AlbumFinding, AlbumLevels, AlbumReport, AlbumTrackReport
from engine.session.album.layout import (
    CD_RATE,
    FRAMES_PER_S,
    PREGAP_FRAMES,
    DiscLayout,
    Fault,
    Placed,
    examine,
)
from engine.session.album.model import Album, AlbumTrack
from engine.session.album.rules import layout_findings
from engine.session.versions import in_section


def plan_album(album: Album, folder: Path) -> AlbumReport:
    """Where the tracks will lie; levels and files are not known yet.

    A disc with a track that cannot be used is left out; what breaks a rule of the CD is a finding.

    Args:
        album: the album; its files are only looked at.
        folder: where it would be.
    """
    begun = time.perf_counter()
    layouts, faults = examined(album, Renders(silent))
    tracks = [_planned(layout, place) for layout in layouts for place in range(len(layout.tracks))]
    errors = [
        AlbumFinding("error", one.kind, one.track.number, one.track.title, _unlabelled(one), one.fix)
        for one in faults
    ]
    notes = [
        finding
        for layout in layouts
        for finding in (*layout_findings(album, layout), *disc_of(album, layout)[1])
    ]
    notes += _material(album)
    return AlbumReport(
        path=folder,
        tracks=tuple(sorted(tracks, key=lambda one: one.number)),
        album=AlbumLevels(
            None, None, None, None, sum(layout.playing_frames for layout in layouts) / FRAMES_PER_S
        ),
        ddp=(),
        vinyl=(),
        findings=(*errors, *notes),
        seconds=time.perf_counter() - begun,
    )


def _unlabelled(fault: Fault) -> str:
    """What is wrong without the track's name in front, which a finding says by itself."""
    label = fault.track.label
    return fault.message.removeprefix(f"{label}: ").removeprefix(f"{label} ")


def _material(album: Album) -> list[AlbumFinding]:
    """What finished files are: rate, channels, encoding."""
    found: list[AlbumFinding] = []
    for track in album.tracks:
        if track.path is not None and track.disc:
            with contextlib.suppress(InputError):  # told already
                found += as_it_came(opened(track, track.path, CD_RATE), dithered=False)
    return found


def examined(album: Album, renders: Renders) -> tuple[list[DiscLayout], list[Fault]]:
    """The discs as they will be, and all that stands against them, before anything is rendered.

    Args:
        album: the album; its files are only looked at.
        renders: that know its sessions.

    Returns:
        Layouts of the discs whose tracks can all be used; every fault.
    """
    audio: dict[int, TrackAudio] = {}
    layouts, faults = [], []
    for track in album.tracks:
        try:
            with naming(album, track):
                audio[track.number] = expected_audio(track, renders)
        except InputError as error:
            message, _, fix = error.message.removeprefix(f"{album.path}: ").rpartition(": ")
            faults.append(Fault(error.kind, track, message, fix, error.path))
    for disc, numbers in enumerate(album.discs, 1):
        if all(number in audio for number in numbers):
            lengths = {number: one.frames for number, one in joined(numbers, audio).items()}
            layout, found = examine(album, disc, lengths)
            layouts.append(layout)
            faults += found
    return layouts, faults


def expected_audio(track: AlbumTrack, renders: Renders) -> TrackAudio:
    """A track's audio as it will be; of a session only its length is known."""
    if track.path is not None:
        return opened(track, track.path, CD_RATE)
    session = renders.session(track)
    with StemFiles(session) as files:
        frames = converted_frames(files.song_frames, session.sample_rate, CD_RATE)
    frames = fades_of(in_section(session, track.version).master, CD_RATE, frames).length_frames
    return TrackAudio(track, session.path, CD_RATE, 2, "FLOAT", frames, CD_RATE, frames)


def _planned(layout: DiscLayout, place: int) -> AlbumTrackReport:
    placed = layout.tracks[place]
    track = placed.track
    return AlbumTrackReport(
        number=track.number,
        disc=track.disc,
        title=track.title,
        artist=track.credits.artist,
        start_s=(placed.start - PREGAP_FRAMES) / FRAMES_PER_S,
        duration_s=(placed.end - placed.start) / FRAMES_PER_S,
        gap_s=gap_s(placed),
        silence_s=silence_s(layout, place),
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


def silence_s(layout: DiscLayout, place: int) -> float:
    """What a listener calls the pause in front of a track: no sound, wherever its marks lie."""
    placed = layout.tracks[place]
    if place == 0:
        return (placed.start - PREGAP_FRAMES) / FRAMES_PER_S
    return (placed.audio_start - layout.tracks[place - 1].audio_end) / CD_RATE
