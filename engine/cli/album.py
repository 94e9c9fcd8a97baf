"""`stemlathe album`: an album's masters, with everything a plant and a label ask for."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli import album_audition
from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.cli.yielding import yield_to_playback
from engine.errors import ExitCode
from engine.units import level_text, seconds_text

if TYPE_CHECKING:
    from engine.report.album import AlbumFinding, AlbumReport
    from engine.session.album.model import Album

_SIGNS = {"error": "ERROR", "warning": "warn ", "note": "note "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "album", type=Path, metavar="ALBUM", help="the album file (TOML); with --new the folder of its tracks"
    )
    parser.add_argument(
        "--new",
        action="store_true",
        help="write ALBUM/album.toml, to be filled in, from the audio files and sessions in that folder",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the album's folder (default: Artist_Title_Number beside it)"
    )
    parser.add_argument(
        "--plan", action="store_true", help="write nothing: tell where tracks and marks will lie"
    )
    album_audition.add_arguments(parser)
    parser.add_argument(
        "--session",
        action="store_true",
        help="make nothing: tell the session on which 'stemlathe open ALBUM' shows the album",
    )
    parser.add_argument("--force", action="store_true", help="replace an album that is already there")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0, or 1 when a finding is an error.
    """
    from engine.session.album.files import load_album

    if arguments.new:
        return _new(arguments)
    album = load_album(arguments.album)
    if arguments.plan:
        return _plan(album, arguments)
    if arguments.session:
        return _session(album, arguments)
    if arguments.audition is not None:
        return album_audition.audition(album, arguments)
    from engine.album.make import make_album

    yield_to_playback()
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = make_album(album, arguments.out, force=arguments.force, progress=progress)
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    return int(ExitCode.DONE if report.holds else ExitCode.FELL_SHORT)


def _new(arguments: argparse.Namespace) -> int:
    """Writes an album file and shows what it names."""
    from engine.session.album.files import load_album
    from engine.session.album.fresh import write_album

    path = write_album(arguments.album, force=arguments.force)
    album = load_album(path)
    if arguments.json:
        tracks = [{"number": one.number, "title": one.title, "path": one.source} for one in album.tracks]
        print_json({"path": path.absolute(), "tracks": tracks})
        return int(ExitCode.DONE)
    for track in album.tracks:
        print(f"{track.number:02d}  {track.title:<40}  {track.source.name}")
    print(f"wrote {path}: fill in artist, order, gaps and codes, then")
    print(f"  stemlathe album {shlex.quote(str(path))} --plan    where the tracks will lie")
    print(f"  stemlathe album {shlex.quote(str(path))}           makes the album")
    return int(ExitCode.DONE)


def _plan(album: Album, arguments: argparse.Namespace) -> int:
    from engine.album.make import default_folder
    from engine.album.plan import plan_album

    report = plan_album(album, (arguments.out or default_folder(album)).absolute())
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    return int(ExitCode.DONE if report.holds else ExitCode.FELL_SHORT)


def _session(album: Album, arguments: argparse.Namespace) -> int:
    from engine.album.showing import session_of_album

    session = session_of_album(album)
    if arguments.json:
        print_json({"session": session})
    else:
        print(session)
    return int(ExitCode.DONE)


def print_report(report: AlbumReport) -> None:
    """Tracks, album, files and findings."""
    for track in report.tracks:
        disc = f"{track.disc}-" if len(report.ddp) > 1 else ""
        times = f"{seconds_text(track.start_s):>9}  {seconds_text(track.duration_s):>8}"
        loudness = f"{level_text(track.integrated_lufs, 'LUFS'):>11}"
        peak = f"{level_text(track.true_peak_dbtp, 'dBTP'):>10}"
        print(
            f"{disc}{track.number:02d}  {times}  {loudness}  {peak}  {track.isrc or '—':<12}  {track.title}"
        )
    whole = report.album
    print(
        f"album {seconds_text(whole.duration_s)}"
        f" · {level_text(whole.integrated_lufs, 'LUFS', 2)}"
        f" · loudest track {level_text(whole.loudest_track_lufs, 'LUFS', 2)}"
        f" · LRA {level_text(whole.lra_lu, 'LU')}"
        f" · {level_text(whole.true_peak_dbtp, 'dBTP', 2)}"
    )
    for side in report.vinyl:
        print(f"side {side.side}  {seconds_text(side.duration_s)}  {side.path.name}")
        _print_findings(side.findings)
    _print_findings(report.findings)
    print(f"in {report.path}")


def _print_findings(findings: tuple[AlbumFinding, ...]) -> None:
    for finding in findings:
        at = "" if finding.at_s is None else f"{seconds_text(finding.at_s)} "
        stem = "" if finding.stem is None else f" ({finding.stem})"
        where = ": ".join(filter(None, (finding.where, at + finding.message)))
        print(f"{_SIGNS[finding.severity]}  {where}{stem}: {finding.fix}")
