"""`stemlathe new`: makes a session from stems and shows every guess."""

from __future__ import annotations

import argparse
import functools
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, print_json
from engine.errors import ExitCode

if TYPE_CHECKING:
    from engine.report.new import NewReport
    from engine.session.sorting import Form


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILES|DIR", help="the stems, or a folder that holds them"
    )
    parser.add_argument(
        "--reference", type=Path, metavar="MIX", help="the mix they sum to (default: guessed from the names)"
    )
    parser.add_argument(
        "--template", metavar="T", help="match the stems to a split, see 'stemlathe templates'"
    )
    parser.add_argument(
        "--out", type=Path, metavar="SESSION.toml", help="the session file (default: beside the first stem)"
    )
    parser.add_argument("--force", action="store_true", help="replace a session that is already there")
    parser.add_argument("--no-reference", action="store_true", help="none of the files is the mix")
    parser.add_argument("--title", metavar="T", help="of the song (default: guessed from the names)")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="STEM=ROLE",
        help="its role, not the guess",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="STEM=NAME",
        help="its name, not the guess",
    )
    parser.add_argument("--dry-run", action="store_true", help="show every guess and write nothing")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; 0 whenever a session was written."""
    from engine.intake.sums import sums_among
    from engine.session.new import NewRequest, new_session

    inputs = tuple(_unpacked(path, force=arguments.force) for path in arguments.files)
    request = NewRequest(
        inputs=inputs,
        reference=arguments.reference,
        template=arguments.template,
        out=arguments.out,
        force=arguments.force,
        no_reference=arguments.no_reference,
        title=arguments.title,
        roles=_pairs(arguments.role, "--role"),
        names=_pairs(arguments.name, "--name"),
        dry_run=arguments.dry_run,
    )
    with TerminalProgress() as progress:
        report = new_session(request, _read_form, progress, sums_among)
    if arguments.json:
        print_json(report)
    else:
        print_report(report, dry_run=arguments.dry_run)
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    return int(ExitCode.DONE)


def _unpacked(path: Path, *, force: bool) -> Path:
    """The path; of a stem file the folder its streams are written into, which is said."""
    from engine.audio.coded.stem_file import is_stem_file, unpack

    if not is_stem_file(path) or not path.is_file():
        return path
    with TerminalProgress() as progress:
        folder = unpack(path, force=force, progress=progress)
    print(f"note: {path.name} is unpacked: its mix and stems are in {folder}", file=sys.stderr)
    return folder


@functools.cache
def _read_form(path: Path) -> Form:
    from engine.audio.source import open_source
    from engine.session.sorting import Form

    with open_source(path, allow_truncated=True) as source:
        return Form(source.sample_rate, source.channels, source.frames)


def _pairs(given: list[str], option: str) -> dict[str, str]:
    """`STEM=VALUE`, as often as it was given.

    Raises:
        UsageError: one has not that form.
    """
    from engine.errors import UsageError

    pairs = [text.rpartition("=") for text in given]
    for text, (stem, _, value) in zip(given, pairs, strict=True):
        if not stem.strip() or not value.strip():
            raise UsageError(f"{option} {text}: has no stem or no value: write {option} 'Lead Vox=vocals'")
    return {stem.strip(): value.strip() for stem, _, value in pairs}


def print_report(report: NewReport, *, dry_run: bool = False) -> None:
    """The stems with their guessed roles, the mix, and where the session is."""
    from rich.table import Table

    from engine.cli.tables import TerminalConsole

    table = Table(box=None, pad_edge=False)
    for heading in ("stem", "role", "guessed from", "file"):
        table.add_column(heading, overflow="fold")
    for stem in report.stems:
        word = f"'{stem.guessed_from}'" if stem.guessed_from else "nothing"
        table.add_row(stem.name, stem.role, word, stem.path.name)
    if report.reference is not None:
        how = f"'{report.reference_guessed_from}'" if report.reference_guessed_from else "named"
        table.add_row("", "reference", how, report.reference.name)
    # file names may hold brackets, which are not markup
    TerminalConsole(markup=False, highlight=False).print(table)
    print(f"{report.title}, {len(report.stems)} stems at {report.sample_rate} Hz: {report.session}")
    if dry_run:
        print("nothing is written: leave out --dry-run to make it")
        return
    relative = os.path.relpath(report.session)
    session = shlex.quote(str(report.session) if relative.startswith(os.pardir) else relative)
    null = f" · stemlathe null {session}" if report.reference is not None else ""
    print(f"next: stemlathe check {session}{null} · stemlathe open {session}")
