"""`stemlathe replace`: a new file for a stem; settings stay, and what changed is told."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, level_text, prepare_kernels, print_json
from engine.errors import ExitCode, InputError, MachineError, UsageError

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.report.null import NullReport
    from engine.report.replace import FileFigures, NullOutcome, ReplaceReport
    from engine.session.files import Change
    from engine.session.model import Session, Stem


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
    from engine.session.files import load_session

    session = load_session(arguments.session, require_files=False)
    index = _index_of(session, arguments.stem)
    _require_playable(arguments.file, session.sample_rate)
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


def _index_of(session: Session, name: str) -> int:
    from engine.session.reading import folded

    names = [stem.name for stem in session.stems]
    for index, one in enumerate(names):
        if folded(one) == folded(name):
            return index
    raise UsageError(f"there is no stem '{name}': this session has {', '.join(names)}")


def _require_playable(path: Path, sample_rate: int) -> None:
    """Refuses a file with which the session could no longer be played; nothing has been written yet."""
    from engine.audio.source import open_source

    with open_source(path) as source:
        rate, channels, frames = source.sample_rate, source.channels, source.frames
    if rate != sample_rate:
        what, cure = f"has {rate} Hz, the session {sample_rate} Hz", f"export it at {sample_rate} Hz"
    elif channels > 2:
        what, cure = f"has {channels} channels; stems have one or two", "export it as stereo or mono"
    elif frames == 0:
        what, cure = "holds no audio", "export it again"
    else:
        return
    raise InputError(f"{path}: {what}: {cure}; the session is as it was", kind="unusable_stem", path=path)


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
    if document.get("revision", 0) != document.get("saved_revision", 0):
        raise MachineError(
            f"{path}: the engine '{entry.name}' has edits of it that are not saved: save them in its console "
            "(W), or replace the stem there (g i)",
            kind="unsaved_edits",
            path=path,
        )


def replace_file(session: Session, index: int, path: Path, progress: Progress) -> ReplaceReport:
    """Gives a stem another file, in the session file, and tells what that changes.

    Args:
        session: as it is on disk; its other files need not be there.
        index: of the stem.
        path: of the new file, absolute.
        progress: told about every reading.

    Raises:
        InputError: the new file cannot be used; the session is as it was.
        MachineError: the session file cannot be written.
    """
    from engine.report.replace import ReplaceReport, changes_between
    from engine.session.files import edit_session

    stem = session.stems[index]
    after = _figures(path, progress)
    before = _old_figures(stem, after, progress)
    null_before = _null_outcome(session, progress) if before is not None else None
    session = edit_session(session.path, _changes(session, index, after))
    report = ReplaceReport(
        session=session.path,
        stem=stem.name,
        before=before,
        after=after,
        changes=() if before is None else changes_between(before, after),
        kept=tuple(_kept(stem)),
        check=None,
        null_before=null_before,
        null=None,
    )
    return _checked(report, session, progress)


def _checked(report: ReplaceReport, session: Session, progress: Progress) -> ReplaceReport:
    """The report with intake and null test, or with the reason why they could not run."""
    from dataclasses import replace

    from engine.intake.check import check_session
    from engine.nulltest.nulltest import null_test

    try:
        report = replace(report, check=check_session(session, progress))
        if session.reference is not None:
            report = replace(report, null=null_test(session, progress))
    except InputError as error:
        return replace(report, problem=error.message)
    return report


def _figures(path: Path, progress: Progress) -> FileFigures:
    from engine.measure import measure_file
    from engine.meters.statistics import bits_of
    from engine.report.replace import FileFigures
    from engine.session.pins import sha256_of

    digest = sha256_of(path, progress)
    measured = measure_file(path, progress)
    return FileFigures(
        path=path,
        sample_rate=measured.sample_rate,
        channels=measured.channels,
        frames=measured.frames,
        duration_s=measured.duration_s,
        subtype=measured.subtype,
        bits=bits_of(measured.subtype),
        integrated_lufs=measured.integrated_lufs,
        rms_dbfs=measured.rms_dbfs,
        true_peak_dbtp=measured.true_peak_dbtp,
        sha256=digest,
    )


def _old_figures(stem: Stem, new: FileFigures, progress: Progress) -> FileFigures | None:
    """The old file, where it is still what the session was saved with."""
    in_place = os.path.realpath(stem.path) == os.path.realpath(new.path)
    if in_place:
        return new if stem.sha256 == new.sha256 else None  # it has been overwritten: nobody knows
    with contextlib.suppress(InputError):
        return _figures(stem.path, progress)
    return None


def _null_outcome(session: Session, progress: Progress) -> NullOutcome | None:
    from engine.nulltest.nulltest import null_test
    from engine.report.replace import NullOutcome

    if session.reference is None:
        return None
    try:
        report = null_test(session, progress)
    except InputError:
        return None  # it was not possible before either; whether it is now, the report says
    return NullOutcome(report.verdict, report.residual_rms_dbfs)


def _changes(session: Session, index: int, new: FileFigures) -> list[Change]:
    # folders are resolved so that `..` leads where it should; a linked file keeps its name
    target = os.path.join(os.path.realpath(new.path.parent), new.path.name)
    written = os.path.relpath(target, os.path.realpath(session.path.parent))
    changes: list[Change] = [(("stems", index, "sha256"), new.sha256)]
    if Path(target) != session.stems[index].path:
        changes.insert(0, (("stems", index, "path"), Path(written).as_posix()))
    return changes


def _kept(stem: Stem) -> Iterator[str]:
    """Settings that were made for the old file."""
    if stem.source_gain_db:
        yield f"source gain {stem.source_gain_db:+.2f} dB".replace("-", "−")
    if stem.polarity_inverted:
        yield "polarity inverted"
    if stem.offset_samples:
        yield f"offset {stem.offset_samples:+g} samples".replace("-", "−")
    if stem.chain:
        yield f"{len(stem.chain)} processor{'' if len(stem.chain) == 1 else 's'}"
    if stem.trim_db:
        yield f"trim {stem.trim_db:+.1f} dB".replace("-", "−")
    if stem.mute:
        yield "muted"


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
