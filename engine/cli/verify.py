"""`stemlathe verify`: is this delivery still what was delivered?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import (
    TerminalProgress,
    joined,
    prepare_kernels,
    print_file_findings,
    print_json,
)
from engine.errors import ExitCode
from engine.units import level_text, seconds_text

if TYPE_CHECKING:
    from engine.report.album import DiscRead
    from engine.report.deliver import VerifyReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a delivery, an album or a DDP set, wherever it is now"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 when every file is as it was delivered and nothing else is there, else 1.
    """
    from engine.album.verify import ddp_folders, verify_album
    from engine.delivery.verify import verify_folder

    verify = verify_album if ddp_folders(arguments.folder) else verify_folder
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = verify(arguments.folder, progress)
    if arguments.json:
        print_json(report)
    else:
        print_verification(report, arguments.folder)
    return int(ExitCode.DONE if report.holds else ExitCode.FELL_SHORT)


def print_verification(report: VerifyReport, folder: Path) -> None:
    """Each file with what has become of it, the figures of the audio, then every finding."""
    base = folder.absolute()
    for file in report.files:
        name = file.path.relative_to(base).as_posix()
        figures = [
            level_text(level, unit, 2)
            for level, unit in ((file.integrated_lufs, "LUFS"), (file.true_peak_dbtp, "dBTP"))
            if level is not None
        ]
        print(f"{file.status:<8} {name}")
        if figures:
            print(joined(figures, indent=9))
    for disc in report.discs:
        _print_disc(disc)
    print_file_findings(report.findings)
    told = sum(file.status != "ok" for file in report.files)
    if report.holds:
        print(f"holds: all {len(report.files)} files are as they were delivered")
    else:
        print(f"DOES NOT HOLD: {told} of {len(report.files)} files are not as they were delivered")


def _print_disc(disc: DiscRead) -> None:
    """A DDP set as a plant would read it."""
    facts = (disc.level, disc.master_id, disc.ean or "no EAN", f"{disc.sectors} sectors")
    print(f"{disc.path.name}/   {joined(facts, indent=0)}")
    if disc.title:
        print(joined(filter(None, (disc.title, disc.performer)), indent=9))
    for track in disc.tracks:
        length = "" if track.duration_s is None else seconds_text(track.duration_s)
        times = f"{seconds_text(track.start_s):>9}  {length:>8}"
        name = " · ".join(filter(None, (track.title, track.performer)))
        print(f"         {track.number:02d}  {times}  {track.isrc or '—':<12}  {name}".rstrip())
