"""`recall`: renders a delivered session again, compares, and says what makes a difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from engine.audio.fingerprint import fingerprint
from engine.audio.source import AudioSource, open_source
from engine.deliver.job import Job, plan_jobs
from engine.deliver.render import publisher_of, render
from engine.errors import InputError, StemlatheError, machine_error
from engine.pairs import are_files
from engine.progress import Progress
from engine.recall.causes import differences_of
from engine.recall.records import Delivered
from engine.report.delivery import DeliveredFile
from engine.report.recall import RecalledFile, RecallReport
from engine.session.model import Session
from engine.session.pins import sha256_of
from engine.units import db_from_gain

_BLOCK_FRAMES = 1 << 16


def recall(session: Session, text: str, delivered: Delivered, progress: Progress) -> RecallReport:
    """Makes a delivery again in a folder that nobody sees, and compares it with what was delivered.

    Args:
        session: as it is now; its files are only read.
        text: of its file.
        delivered: the record, and the folder of its files.
        progress: told about every step.

    Raises:
        InputError: a stem cannot be used, or nothing of the delivery can be rendered any more.
        MachineError: there is no room.
    """
    try:
        scratch = TemporaryDirectory(prefix="stemlathe-recall-")
    except OSError as error:
        raise machine_error(error, "the temporary folder", "keep the files of a recall") from error
    with scratch as name:
        found = _rendered(session, delivered.record.outputs, Path(name), progress)
        outputs = []
        for number, output in enumerate(delivered.record.outputs, start=1):
            outputs.append(_compared(output, found.get(_key(output)), delivered.folder))
            progress("comparing", number, len(delivered.record.outputs))
    differences = tuple(differences_of(session, text, delivered.record, progress))
    return RecallReport(all(one.identical for one in outputs), tuple(outputs), differences)


@dataclass(frozen=True)
class _Made:
    path: Path
    sha256: str
    audio_sha256: str


_Key = tuple[str, str, str | None]


def _key(output: DeliveredFile | Job) -> _Key:
    name = output.deliverable if isinstance(output.deliverable, str) else output.deliverable.name
    return name, output.version, output.stem


def _rendered(
    session: Session, outputs: tuple[DeliveredFile, ...], folder: Path, progress: Progress
) -> dict[_Key, _Made]:
    """What of the delivery can be made today. Deliverables and versions that are gone are left out."""
    wanted = {_key(output) for output in outputs}
    known = [one.name for one in session.deliverables]
    jobs: list[Job] = []
    problem: StemlatheError | None = None
    for name in dict.fromkeys(output.deliverable for output in outputs):
        if name not in known:
            continue
        for version in dict.fromkeys(one.version for one in outputs if one.deliverable == name):
            try:
                jobs += plan_jobs(
                    session, deliverables=[name], versions=[version], folder=folder, force=False
                )
            except StemlatheError as error:
                problem = error
    jobs = [job for job in jobs if _key(job) in wanted]
    if not jobs:
        raise problem or InputError(
            f"{session.path}: has none of the deliverables that were delivered "
            f"({', '.join(dict.fromkeys(one.deliverable for one in outputs))}): name another delivery",
            kind="nothing_to_recall",
            path=session.path,
        )
    with publisher_of(session, jobs, progress) as publisher:
        report = render(session, jobs, publisher)
    return {
        _key(job): _Made(one.path, one.sha256, fingerprint(one.path).audio_sha256)
        for job, one in zip(jobs, report.outputs, strict=True)
    }


def _compared(output: DeliveredFile, made: _Made | None, folder: Path | None) -> RecalledFile:
    same = made is not None and made.audio_sha256 == output.audio_sha256
    peak = None
    if made is not None and not same and folder is not None:
        old = folder / output.path
        if are_files(old) and sha256_of(old) == output.sha256:
            peak = _difference_peak_dbfs(old, made.path)
    return RecalledFile(
        version=output.version,
        stem=output.stem,
        deliverable=output.deliverable,
        identical=same,
        difference_peak_dbfs=peak,
        sha256=None if made is None else made.sha256,
        delivered_sha256=output.sha256,
    )


def _difference_peak_dbfs(old: Path, new: Path) -> float | None:
    """The largest difference between two samples; None where they cannot be compared one by one."""
    with open_source(old) as before, open_source(new) as after:
        shapes = [(one.sample_rate, one.channels, one.frames) for one in (before, after)]
        if shapes[0] != shapes[1]:
            return None
        return db_from_gain(max(_peaks(before, after), default=0.0))


def _peaks(before: AudioSource, after: AudioSource) -> Iterator[float]:
    for start in range(0, before.frames, _BLOCK_FRAMES):
        frames = min(_BLOCK_FRAMES, before.frames - start)
        blocks = []
        for source in (before, after):
            block = np.zeros((frames, source.channels))
            source.read_into(start, block, 0, source.channels)
            blocks.append(block)
        yield float(np.abs(blocks[0] - blocks[1]).max(initial=0.0))
