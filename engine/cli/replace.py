"""`stemlathe replace`: a new file for a stem; settings stay, and what changed is told."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode, MachineError
from engine.units import level_text

if TYPE_CHECKING:
    from engine.report.null import NullReport
    from engine.report.replace import ReplaceReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("session", type=Path, metavar="SESSION", help="the session file (TOML)")
    parser.add_argument("stem", metavar="STEM", help="name of the stem")
    parser.add_argument("file", type=Path, metavar="FILE", help="its new audio file")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0; 1 when intake or null test fail with the new file; 3 when they could not run because of
        another file.
    """
    from engine.replacement import replace_file, require_playable, stem_index
    from engine.session.files import load_session

    session = load_session(arguments.session, require_files=False)
    index = stem_index(session.stems, arguments.stem)
    require_playable(arguments.file, session.sample_rate)
    _require_no_unsaved_edits(session.path)
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = replace_file(session, index, arguments.file.absolute(), progress)
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    if report.problem is not None:
        return int(ExitCode.INPUT)
    return int(ExitCode.FELL_SHORT if report.falls_short else ExitCode.DONE)


def _require_no_unsaved_edits(path: Path) -> None:
    """Refuses while an engine holds edits of this session that are not in its file.

    The engine takes over what is written into the file, unless it has edits of its own: then file and
    engine would go separate ways, and the next save would ask to overwrite this.
    """
    from engine.link.records import Role
    from engine.processes.client import attach_to
    from engine.processes.launch import find_engine

    entry = find_engine(path)
    if entry is None:
        return
    with attach_to(entry, Role.READER) as client:
        document = client.document()
    if document.revision != document.saved_revision:
        raise MachineError(
            f"{path}: the engine '{entry.name}' has edits of it that are not saved: save them in its console "
            "(W), or replace the stem there (g i)",
            kind="unsaved_edits",
            path=path,
        )


def print_report(report: ReplaceReport) -> None:
    """What changed, then intake and null test as their own verbs print them."""
    from engine.cli import check, null

    old = "" if report.before is None else f"{report.before.path.name} → "
    print(f"{report.stem}: {old}{report.after.path.name}")
    for change in report.changes:
        print(f"  {change.text}")
    if report.before is None:
        print("  the old file is not there to compare with")
    elif not report.changes:
        print("  no figure of the file has changed")
    if report.kept:
        print(f"  kept: {', '.join(report.kept)}")
    if report.check is not None:
        print()
        check.print_report(report.check)
    if report.null is not None:
        print()
        null.print_report(report.null)
        print(_null_line(report, report.null))
    if report.problem is not None:
        print(f"\nthe session has the new file, but could not be checked: {report.problem}")


def _null_line(report: ReplaceReport, now: NullReport) -> str:
    after = f"{now.verdict} {level_text(now.residual_rms_dbfs, 'dBFS')}"
    if report.null_before is None:
        return f"null test with the new file: {after}"
    before = report.null_before
    return f"null test: {before.verdict} {level_text(before.residual_rms_dbfs, 'dBFS')} → {after}"
