"""`stemlathe play`: the real-time engine without a console, from song frame 0."""

from __future__ import annotations

import argparse
import gc
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode, StemlatheError, UsageError
from engine.units import seconds_text

if TYPE_CHECKING:
    from engine.live.devices.output import Output
    from engine.live.player.capture import Capture
    from engine.live.player.changes import Programme
    from engine.live.player.player import Player
    from engine.progress import Progress
    from engine.report.play import PlayReport
    from engine.session.model import Deliverable, Session

#: Frames a device takes at once unless `--block` says otherwise, and what it may say.
_BLOCK_FRAMES = 512
_SMALLEST_BLOCK, _LARGEST_BLOCK = 16, 8192
_LOOK_S = 0.05
#: What the device may take to play the end, besides the ring.
_PATIENCE_S = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("session", type=Path, metavar="SESSION", help="the session file (TOML)")
    parser.add_argument(
        "--headless", action="store_true", help="without a console (with one: 'stemlathe open')"
    )
    parser.add_argument(
        "--device",
        default="default",
        metavar="D",
        help="null, default, or a name or number that 'stemlathe doctor' lists (default: default)",
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="stop after so much of the song")
    parser.add_argument(
        "--capture", type=Path, metavar="OUT.wav", help="write the master bus to a 32-bit float file"
    )
    parser.add_argument(
        "--block", type=int, default=_BLOCK_FRAMES, metavar="N", help="frames per block (default: 512)"
    )
    parser.add_argument(
        "--deliverable", metavar="NAME", help="play at this deliverable's loudness and ceiling"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0.

    Raises:
        UsageError: an argument is out of range, or there is no such deliverable.
        MachineError: the device refuses, or the capture cannot be written.
    """
    from engine.session.files import load_session

    _check(arguments)
    session = load_session(arguments.session)
    deliverable = _deliverable(session, arguments.deliverable)
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        programme = _programme(session, deliverable, progress)
        from engine.live.player.player import Player

        player = Player(programme, block_frames=arguments.block, progress=progress)
    try:
        report = _play(player, arguments)
    finally:
        player.close()
    if arguments.json:
        print_json(report)
    else:
        _print_report(report)
    return int(ExitCode.DONE)


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.headless:
        raise UsageError("play runs without a console: add --headless, or use 'stemlathe open'")
    if not _SMALLEST_BLOCK <= arguments.block <= _LARGEST_BLOCK:
        raise UsageError(f"--block takes {_SMALLEST_BLOCK} to {_LARGEST_BLOCK} frames")
    if arguments.seconds is not None and not 0.0 < arguments.seconds < math.inf:
        raise UsageError("--seconds takes a number above 0")


def _deliverable(session: Session, name: str | None) -> Deliverable | None:
    if name is None:
        return None
    for deliverable in session.deliverables:
        if deliverable.name == name:
            return deliverable
    known = ", ".join(deliverable.name for deliverable in session.deliverables) or "none"
    raise UsageError(f"there is no deliverable '{name}': this session has {known}")


def _programme(session: Session, deliverable: Deliverable | None, progress: Progress) -> Programme:
    """What to play; a deliverable's drive and ceiling are found first."""
    from engine.live.player.changes import Programme

    if deliverable is None:
        return Programme(session)
    from engine.deliver.target import Rehearsal

    with Rehearsal(Path(tempfile.gettempdir())) as rehearsal:
        setting = rehearsal.setting(session, deliverable, progress=progress)
    return Programme(session, deliverable, setting.drive_db, ceiling_dbtp=setting.ceiling_dbtp)


def _play(player: Player, arguments: argparse.Namespace) -> PlayReport:
    from engine.live.devices.output import Output
    from engine.live.player.capture import Capture
    from engine.live.player.published_player import HeadlessHost

    if arguments.seconds is not None:
        player.stop_at(round(arguments.seconds * player.sample_rate))
    capture = None if arguments.capture is None else Capture(player, arguments.capture)
    output = Output(
        player.ring,
        player.sample_rate,
        arguments.block,
        lambda notice: print(f"stemlathe: {notice.message}", file=sys.stderr, flush=True),
    )
    try:
        output.select(arguments.device)
        gc.collect()
        gc.freeze()
        blocks, xruns = player.ring.blocks, player.ring.xruns
        with HeadlessHost(arguments.session, player, output):
            player.play()
            _wait_for_end(player, capture)
        report = _report(player, output, player.ring.blocks - blocks, player.ring.xruns - xruns)
    except StemlatheError:
        if capture is not None:
            capture.abort()
        raise
    finally:
        player.pause()
        output.stop()
        # an interrupted capture holds what was played until then
        if capture is not None:
            capture.close()
    return report


def _wait_for_end(player: Player, capture: Capture | None) -> None:
    """Until the last frame of the song has been taken from the ring, or the capture has failed."""
    from engine.live.player.player import State

    while player.state is not State.ENDED and (capture is None or capture.error is None):
        time.sleep(_LOOK_S)
        for notice in player.poll_files():
            print(f"stemlathe: {notice.message}", file=sys.stderr, flush=True)
    patience = time.monotonic() + player.ring_frames / player.sample_rate + _PATIENCE_S
    while not player.has_been_heard and time.monotonic() < patience:
        time.sleep(_LOOK_S / 10)


def _report(player: Player, output: Output, blocks: int, xruns: int) -> PlayReport:
    from engine.report.play import PlayReport

    device, loads = output.device, player.loads()
    assert device is not None, "a device is chosen before anything plays"
    return PlayReport(
        device=device.name,
        sample_rate=player.sample_rate,
        block=device.block_frames,
        blocks=blocks,
        xruns=xruns,
        load_mean=loads.mean,
        load_p999=loads.p999,
        load_max=loads.largest,
        seconds=player.tapped_frames / player.sample_rate,
    )


def _print_report(report: PlayReport) -> None:
    print(f"played {seconds_text(report.seconds)} on '{report.device}' at {report.sample_rate / 1000:g} kHz")
    print(f"{report.blocks} blocks of {report.block} frames, {report.xruns} under-runs")
    loads = (report.load_mean, report.load_p999, report.load_max)
    mean, p999, largest = (f"{100.0 * load:.1f} %" for load in loads)
    print(f"load: mean {mean}, 99.9th percentile {p999}, largest {largest}")
