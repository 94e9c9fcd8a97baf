"""The record of a render beside its files: what they came from, so that they can prove themselves later.

It is written twice: before the first file, with what is about to be written, and when all files have
been measured. A program that is killed between leaves the first one behind: whatever lies under the
names in it was made by this program, and may be made again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import __version__
from engine.audio.fingerprint import fingerprint
from engine.deliver.job import Job
from engine.delivery.pins import numerics, record_of
from engine.errors import InputError, machine_error
from engine.pairs import are_files
from engine.plan.numerics import proof
from engine.progress import Progress, silent
from engine.report.delivery import DeliveredFile, DeliveryRecord
from engine.report.plain import as_json, from_json
from engine.report.reading import read_all, read_as
from engine.report.render import OutputReport
from engine.session.atomic import write_atomic
from engine.session.model import Session
from engine.session.pins import sha256_of
from engine.session.settings import settings_of

#: The folder of records, in that of the files.
FOLDER = ".stemlathe"
_FORMAT = 1


@dataclass(frozen=True)
class RenderRecord:
    """A render.

    Attributes:
        planned: names of the files it was to write, inside the output folder.
        record: what they came from; its outputs are empty until all were written.
        outputs: the files as measured; empty until then.
    """

    planned: tuple[str, ...]
    record: DeliveryRecord
    outputs: tuple[OutputReport, ...]


def record_path(session: Path, folder: Path) -> Path:
    """Where the record of a session's renders into a folder lies: the same when both are moved together."""
    way = os.path.relpath(os.path.realpath(session), os.path.realpath(folder))
    digest = hashlib.sha256(way.encode(errors="surrogateescape")).hexdigest()[:12]
    return folder / FOLDER / f"{session.stem}-{digest}.json"


def read_render_record(session: Path, folder: Path) -> RenderRecord | None:
    """The record of the last render into a folder; None where there is none, or none that can be read."""
    try:
        tree = from_json(record_path(session, folder).read_text(encoding="utf-8"))
        if tree["format"] != _FORMAT:
            return None
        outputs = [{**one, "path": str(folder / one["path"])} for one in tree["outputs"]]
        return RenderRecord(
            tuple(tree["planned"]),
            read_as(DeliveryRecord, tree["record"]),
            read_all(OutputReport, outputs, "outputs"),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Recorder:
    """Keeps the record of one render.

    Args:
        session: that is rendered.
        text: of its file.
        jobs: the files it writes.
        folder: where they go; made if need be.
        progress: told about the hashing of stems.

    Raises:
        InputError: a stem cannot be read.
        MachineError: the folder cannot be written.
    """

    def __init__(
        self, session: Session, text: str, jobs: Sequence[Job], folder: Path, progress: Progress = silent
    ) -> None:
        self._folder = folder
        self._path = record_path(session.path, folder)
        self._planned = tuple(_inside(job.path, folder) for job in jobs)
        deliverables = dict.fromkeys(job.deliverable for job in jobs)
        # before the render, so that a stem that is exchanged meanwhile is noticed next time
        self._record = record_of(session, text, deliverables, (), progress)
        self._write(())

    def finish(self, outputs: Sequence[OutputReport]) -> None:
        """Everything has been written and measured."""
        self._record = dataclasses.replace(
            self._record, outputs=tuple(_delivered(one, self._folder) for one in outputs)
        )
        self._write(outputs)

    def _write(self, outputs: Sequence[OutputReport]) -> None:
        content = {
            "format": _FORMAT,
            "planned": list(self._planned),
            "record": as_json(self._record),
            "outputs": [as_json(one) | {"path": _inside(one.path, self._folder)} for one in outputs],
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise machine_error(error, self._path.parent, "make the folder of records") from error
        data = json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        write_atomic(self._path, data, replace=True)


def _inside(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _delivered(output: OutputReport, folder: Path) -> DeliveredFile:
    return DeliveredFile(
        path=_inside(output.path, folder),
        version=output.version,
        stem=output.stem,
        deliverable=output.deliverable,
        sha256=output.sha256,
        audio_sha256=fingerprint(output.path).audio_sha256,
        integrated_lufs=output.integrated_lufs,
        true_peak_dbtp=output.true_peak_dbtp,
    )


def proven(session: Session, jobs: Sequence[Job], folder: Path) -> tuple[OutputReport, ...] | None:
    """The files of an earlier render, if it would be the same again and they are still what it wrote.

    Every stem and every file is read and hashed.

    Returns:
        One report for each job, in their order; None where anything is missing or differs.
    """
    found = read_render_record(session.path, folder)
    if found is None or found.planned != tuple(_inside(job.path, folder) for job in jobs):
        return None
    if len(found.outputs) != len(jobs) or not would_be_the_same(found.record, session):
        return None
    try:
        return found.outputs if all(_is_whole(one) for one in found.outputs) else None
    except InputError:
        return None


def would_be_the_same(record: DeliveryRecord, session: Session) -> bool:
    """Whether a session's files would be made again as they were: same program, settings, stems.

    Every stem is read and hashed.
    """
    same = (
        record.program == __version__
        and dict(record.numerics) == numerics()
        and dict(record.proof) == dataclasses.asdict(proof())
        and record.settings == _as_stored(settings_of(session))
        and [pin.name for pin in record.stems] == [stem.name for stem in session.stems]
    )
    try:
        pinned = zip(session.stems, record.stems, strict=True)
        return same and all(sha256_of(stem.path) == pin.sha256 for stem, pin in pinned)
    except InputError:
        return False


def _is_whole(output: OutputReport) -> bool:
    return are_files(output.path) and sha256_of(output.path) == output.sha256


def _as_stored(settings: Any) -> Any:
    return json.loads(json.dumps(settings))


def refuse_others_files(session: Session, jobs: Sequence[Job], folder: Path) -> None:
    """Makes sure that no file would be replaced but those that an earlier render into the folder made.

    Raises:
        InputError: kind `exists`.
    """
    found = read_render_record(session.path, folder)
    ours = set() if found is None else set(found.planned)
    for job in jobs:
        if any(file.exists() for file in job.files) and _inside(job.path, folder) not in ours:
            raise InputError(
                f"{job.path}: is already there, and no record of a render says that it is ours: pass "
                "--force to replace it, or another --out folder",
                kind="exists",
                path=job.path,
            )
