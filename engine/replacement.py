"""Another file for a stem: the rules, the figures before and after, and what is kept.

The verb `replace`, the running engine and the console take the same files and refuse the same ones.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError, UsageError
from engine.session.editing import Change
from engine.session.model import Session, Stem
from engine.session.reading import folded
from engine.units import level_text

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.report.replace import FileFigures, NullOutcome, ReplaceReport


def stem_index(stems: Sequence[Stem], wanted: str | int) -> int:
    """Place of a stem, by its number from 0 or by its name whatever its case and composition of letters.

    Raises:
        UsageError: there is no such stem (kind `no_stem`).
    """
    for index, stem in enumerate(stems):
        if index == wanted or folded(stem.name) == folded(str(wanted)):
            return index
    names = ", ".join(stem.name for stem in stems)
    raise UsageError(f"there is no stem '{wanted}': this session has {names}", kind="no_stem")


def require_playable(path: Path, sample_rate: int) -> None:
    """Refuses a file with which the session could no longer be played; nothing has been written yet.

    Args:
        path: the stem's new file.
        sample_rate: of the session, Hz.

    Raises:
        InputError: it is no audio that can be read, has another rate, more than two channels or no
            frames (kind `unusable_stem`).
    """
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


def file_changes(session: Session, index: int, path: Path, sha256: str) -> list[Change]:
    """The edit that gives a stem another file.

    Args:
        session: it belongs to.
        index: of the stem.
        path: of the new file.
        sha256: of its content, by `engine.session.pins.sha256_of`.
    """
    # folders are resolved so that `..` leads where it should; a linked file keeps its name
    target = os.path.join(os.path.realpath(path.parent), path.name)
    written = os.path.relpath(target, os.path.realpath(session.path.parent))
    changes: list[Change] = [(("stems", index, "sha256"), sha256)]
    if Path(target) != session.stems[index].path:
        changes.insert(0, (("stems", index, "path"), Path(written).as_posix()))
    return changes


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
    session = edit_session(session.path, file_changes(session, index, path, after.sha256))
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


def _kept(stem: Stem) -> Iterator[str]:
    """Settings that were made for the old file."""
    if stem.source_gain_db:
        yield f"source gain {level_text(stem.source_gain_db, 'dB', 2, signed=True)}"
    if stem.polarity_inverted:
        yield "polarity inverted"
    if stem.offset_samples:
        yield f"offset {level_text(stem.offset_samples, 'samples', None, signed=True)}"
    if stem.chain:
        yield f"{len(stem.chain)} processor{'' if len(stem.chain) == 1 else 's'}"
    if stem.trim_db:
        yield f"trim {level_text(stem.trim_db, 'dB', signed=True)}"
    if stem.mute:
        yield "muted"
