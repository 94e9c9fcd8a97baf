"""`stemlathe verify`: is this delivery still what was delivered?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import (
    TerminalProgress,
    joined,
    level_text,
    prepare_kernels,
    print_file_findings,
    print_json,
)
from engine.errors import ExitCode

if TYPE_CHECKING:
    from engine.report.deliver import VerifyReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a delivery, wherever it is now")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 when every file is as it was delivered and nothing else is there, else 1.
    """
    from engine.delivery.verify import verify_folder

    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = verify_folder(arguments.folder, progress)
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
    print_file_findings(report.findings)
    told = sum(file.status != "ok" for file in report.files)
    if report.holds:
        print(f"holds: all {len(report.files)} files are as they were delivered")
    else:
        print(f"DOES NOT HOLD: {told} of {len(report.files)} files are not as they were delivered")
