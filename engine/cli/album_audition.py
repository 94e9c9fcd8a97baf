"""`stemlathe album --audition N`: the gap in front of a track, heard through the engine's player."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode, UsageError
from engine.progress import Progress
from engine.report.album import AuditionReport
from engine.session.toml_text import literal

if TYPE_CHECKING:
    from engine.album.audition import Excerpt
    from engine.session.album.model import Album

#: Of each track, s.
DEFAULT_SECONDS = 5.0
_BLOCK_FRAMES = 512
_LOOK_S = 0.05
#: What the device may take to play the end, besides the ring.
_PATIENCE_S = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what the verb takes for it."""
    parser.add_argument(
        "--audition",
        type=int,
        metavar="N",
        help="write nothing: play the end of the track before track N, the gap, and its beginning",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=DEFAULT_SECONDS,
        metavar="S",
        help=f"of each track for --audition (default: {DEFAULT_SECONDS:g})",
    )
    parser.add_argument(
        "--device", default="default", metavar="D", help="to play through (see 'stemlathe doctor')"
    )


def audition(album: Album, arguments: argparse.Namespace) -> int:
    """Plays the gap in front of a track at the user's monitor settings.

    Returns:
        0.

    Raises:
        UsageError: an argument is out of range.
        InputError: a track cannot be used.
        MachineError: the device refuses.
    """
    if not 0.0 < arguments.seconds <= 60.0:  # nor is NaN
        raise UsageError("--seconds takes a number above 0, up to 60")
    from engine.album.audition import write_excerpt
    from engine.album.renders import Renders

    with TerminalProgress() as progress:
        prepare_kernels(progress)
        with TemporaryDirectory(prefix="stemlathe-") as name:
            folder = Path(name)
            excerpt = write_excerpt(
                album, arguments.audition, arguments.seconds, folder / "gap.wav", Renders(progress), progress
            )
            device = _play(folder / "gap.wav", arguments.device, excerpt, progress)
    report = AuditionReport(
        track=excerpt.track.number,
        before=None if excerpt.before is None else excerpt.before.number,
        gap_s=excerpt.gap_s,
        join_s=excerpt.join_s,
        duration_s=excerpt.duration_s,
        device=device,
        audible=device != "null",
    )
    if arguments.json:
        print_json(report)
    else:
        _print_report(report, excerpt)
    return int(ExitCode.DONE)


def _play(wav: Path, wanted: str, excerpt: Excerpt, progress: Progress) -> str:
    """Plays a file to its end; returns the device's name."""
    from engine.live.devices.output import Output
    from engine.live.player.changes import Programme
    from engine.live.player.monitor import MonitorSection
    from engine.live.player.player import Player, State
    from engine.server.monitor_file import load_monitor
    from engine.session.album.layout import CD_RATE
    from engine.session.files import read_text_session

    title = excerpt.track.title
    text = f'title = {literal(title)}\nsample_rate = {CD_RATE}\n[[stems]]\nname = "gap"\npath = "gap.wav"\n'
    session = read_text_session(text, wav.with_name("gap.toml"))
    player = Player(Programme(session), block_frames=_BLOCK_FRAMES, progress=progress)
    heard = load_monitor()
    player.set_monitor(MonitorSection(heard.level_db, heard.dim, heard.mono, heard.side, heard.swap))
    output = Output(
        player.ring,
        player.sample_rate,
        _BLOCK_FRAMES,
        lambda notice: print(f"stemlathe: {notice.message}", file=sys.stderr, flush=True),
    )
    try:
        output.select(wanted)
        gc.collect()
        player.play()
        while player.state is not State.ENDED:
            time.sleep(_LOOK_S)
            progress("playing", player.position_frames, max(1, player.song_frames))
        patience = time.monotonic() + player.ring_frames / player.sample_rate + _PATIENCE_S
        while not player.has_been_heard and time.monotonic() < patience:
            time.sleep(_LOOK_S / 10)
        return "" if output.device is None else output.device.name
    finally:
        player.pause()
        output.stop()
        player.close()


def _print_report(report: AuditionReport, excerpt: Excerpt) -> None:
    before = "the beginning" if excerpt.before is None else f"{excerpt.before.label}, "
    if excerpt.before is not None:
        gap_s = report.gap_s
        before += f"{gap_s:.2f} s of silence, " if gap_s > 0.0 else ""
        before += f"a cross-fade of {-gap_s:.2f} s, " if gap_s < 0.0 else ""
    between = " of " if excerpt.before is None else ""
    print(f"played {before}{between}{excerpt.track.label} on '{report.device}'")
    if not report.audible:
        print("'null' makes no sound: choose a device with --device ('stemlathe doctor' lists them)")
