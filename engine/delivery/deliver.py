"""`deliver`: renders into a folder that can be sent, with proof of everything in it."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.audio.fingerprint import fingerprint
from engine.deliver.file_names import Naming
from engine.deliver.job import plan_jobs
from engine.deliver.render import publisher_of, render
from engine.delivery.contents import Contents
from engine.delivery.file_checks import Mix, file_findings
from engine.delivery.generations import NewLine, delivering, next_revision, read_generations
from engine.delivery.new_folder import NewFolder
from engine.delivery.pins import machine, record_of
from engine.delivery.second_opinion import opinion_findings, second_opinion
from engine.delivery.session_copy import copy_stems
from engine.delivery.sums import MD5SUMS, SHA256SUMS, Hashes, hashes_of, sums_text
from engine.errors import MachineError, StemlatheError, machine_error
from engine.intake.check import check_session
from engine.intake.scan import scan_stem
from engine.measure import measure_history
from engine.nulltest.nulltest import null_test
from engine.papers.measured import Measured
from engine.papers.programmes import drawn_programmes
from engine.processes.published import RenderPublisher
from engine.progress import Progress, RenderProgress, silent
from engine.report.check import CheckReport
from engine.report.deliver import DeliverReport, FileFinding, delivery_holds
from engine.report.delivery import DeliveredFile, DeliveryRecord, Generation
from engine.report.null import NullReport
from engine.report.render import OutputReport, RenderReport
from engine.session.atomic import write_atomic
from engine.session.model import Deliverable, Session
from engine.session.pins import sha256_of
from engine.session.versions import MASTER, in_section
from engine.tags.file import read_tags


@dataclass(frozen=True)
class Order:
    """What is to be delivered.

    Attributes:
        session: the session file as it was read.
        text: of its file, or what stands for it.
        folder: where to; not there yet, or empty.
        deliverables: names of those wanted; empty for all.
        versions: versions wanted; empty for those each deliverable names.
        force: an earlier delivery in that place is set aside.
        with_stems: the files it came from go with it.
        note: for whom or what it is; kept in `deliveries.jsonl` only.
    """

    session: Session
    text: str
    folder: Path
    deliverables: Sequence[str] = ()
    versions: Sequence[str] = ()
    force: bool = False
    with_stems: bool = False
    note: str = ""


def deliver(
    order: Order,
    progress: Progress = silent,
    published: Callable[[RenderPublisher], None] = lambda publisher: None,
) -> DeliverReport:
    """Fills the folder, looks at everything in it again, and gives it its name.

    Whatever goes wrong before, nothing is there under that name and nothing was recorded.

    Args:
        order: what to deliver.
        progress: told about every step.
        published: told what makes the render visible to `ps` and `watch`.

    Raises:
        InputError: a stem cannot be used, or the folder is taken.
        MachineError: the system refused, or somebody else is delivering this session.
    """
    with (
        delivering(order.session.path),
        NewFolder(order.folder, force=order.force) as folder,
        _in_its_place(folder),
    ):
        revision = next_revision(order.session.path)
        report, record = _filled(order, folder.working, revision, progress, published)
        hashes = _summed(folder.working, record, progress)
        with NewLine(order.session.path) as line:
            line.write(
                Generation(
                    revision=revision,
                    delivered_at=_now(),
                    note=order.note,
                    folder=str(folder.path),
                    manifest_sha256=hashes[SHA256SUMS].sha256,
                    machine=machine(),
                    record=record,
                )
            )
            folder.put_in_place(_aside_name(order.session.path, folder.path))
            try:
                line.put_in_place()
            except BaseException:
                folder.take_back()
                raise
        return replace(
            report,
            render=_moved(report.render, folder.working, folder.path),
            reports=tuple(_move(path, folder.working, folder.path) for path in report.reports),
            folder=folder.path,
            manifest=folder.path / SHA256SUMS,
            set_aside=folder.set_aside,
        )


def _filled(
    order: Order,
    working: Path,
    revision: int,
    progress: Progress,
    published: Callable[[RenderPublisher], None],
) -> tuple[DeliverReport, DeliveryRecord]:
    """Everything but the sums, in the working folder."""
    session = order.session
    jobs = plan_jobs(
        session,
        deliverables=order.deliverables,
        versions=order.versions,
        folder=working,
        force=False,
        naming=Naming(revision=revision),
    )
    check = check_session(session, progress)
    null = None if session.reference is None else null_test(session, progress)
    with publisher_of(session, jobs, progress) as publisher:
        published(publisher)
        rendered = render(session, jobs, _Moved(publisher, working, order.folder))
    deliverables = dict.fromkeys(job.deliverable for job in jobs)
    contents = _contents(order, working, rendered, check, null, deliverables, progress)
    if order.with_stems:
        copy_stems(session, working)
    reports = contents.write(working)
    report = DeliverReport(
        render=rendered,
        tags=contents.tags,
        check=check,
        null=null,
        opinions=contents.opinions,
        findings=contents.findings,
        folder=working,
        manifest=working / SHA256SUMS,
        revision=revision,
        reports=reports,
        set_aside=None,
    )
    return report, contents.record


def _contents(
    order: Order,
    working: Path,
    rendered: RenderReport,
    check: CheckReport,
    null: NullReport | None,
    deliverables: Iterable[Deliverable],
    progress: Progress,
) -> Contents:
    """What the papers are made of: everything that can be found out about the files."""
    session = order.session
    outputs = [_delivered_file(output, working) for output in rendered.outputs]
    opinions = []
    for number, output in enumerate(outputs, start=1):
        opinions.append(second_opinion(working / output.path, output.path, output.integrated_lufs))
        progress("second opinion", number, len(outputs))
    findings = (
        *opinion_findings(opinions),
        *_checked(order.session, outputs, working),
    )
    return Contents(
        session=session,
        text=order.text,
        record=record_of(session, order.text, deliverables, outputs, progress),
        render=_moved(rendered, working, Path()),
        tags=tuple(read_tags(output.path) for output in rendered.outputs),
        check=check,
        null=null,
        opinions=tuple(opinions),
        findings=findings,
        measured=_measured(rendered, working, progress),
        reference=None if session.reference is None else _along(session.reference.path, progress),
        holds=delivery_holds(rendered, check, null, findings),
    )


def _checked(session: Session, outputs: Iterable[DeliveredFile], working: Path) -> Iterator[FileFinding]:
    """What is odd about each file; the master's sides are compared with the mix's."""
    mix = None
    if session.reference is not None:
        scan = scan_stem(session.reference.path, lambda frames: None)
        mix = Mix(scan, in_section(session, MASTER).master.start_s)
    for output in outputs:
        of_mix = mix if output.version == MASTER else None
        yield from file_findings(working / output.path, output.path, of_mix)


def _measured(rendered: RenderReport, working: Path, progress: Progress) -> dict[str, Measured]:
    """What the report draws, along its time line."""
    return {
        drawn.output.path.relative_to(working).as_posix(): _along(drawn.output.path, progress)
        for drawn in drawn_programmes(rendered.outputs)
    }


def _along(path: Path, progress: Progress) -> Measured:
    return Measured(*measure_history(path, progress))


def _delivered_file(output: OutputReport, working: Path) -> DeliveredFile:
    return DeliveredFile(
        path=output.path.relative_to(working).as_posix(),
        version=output.version,
        stem=output.stem,
        deliverable=output.deliverable,
        sha256=output.sha256,
        audio_sha256=fingerprint(output.path).audio_sha256,
        integrated_lufs=output.integrated_lufs,
        true_peak_dbtp=output.true_peak_dbtp,
    )


def _summed(working: Path, record: DeliveryRecord, progress: Progress) -> Mapping[str, Hashes]:
    """Reads every file again, writes both files of sums, and returns all hashes.

    Raises:
        MachineError: an audio file is not what was written and measured (kind `changed`).
    """
    names = sorted(path.relative_to(working).as_posix() for path in working.rglob("*") if not path.is_dir())
    hashes: dict[str, Hashes] = {}
    for number, name in enumerate(names, start=1):
        hashes[name] = _hashes(working / name)
        progress("reading everything again", number, len(names))
    for output in record.outputs:
        path = working / output.path
        # a pair of mono files has one digest, of left and then right
        found = hashes[output.path].sha256 if output.path in hashes else sha256_of(path)
        if found != output.sha256:
            raise MachineError(
                f"{working / output.path}: is not what was written: look after the disk and deliver again",
                kind="changed",
                path=working / output.path,
            )
    for sums, kind in ((MD5SUMS, "md5"), (SHA256SUMS, "sha256")):
        listed = {name: str(getattr(both, kind)) for name, both in hashes.items()}
        write_atomic(working / sums, sums_text(listed), replace=False)
        hashes[sums] = _hashes(working / sums)
    return hashes


def _hashes(path: Path) -> Hashes:
    try:
        return hashes_of(path)
    except OSError as error:
        raise machine_error(error, path, "read") from error


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _aside_name(session: Path, folder: Path) -> str:
    """What an earlier delivery in this place is called from now on: by its revision, where that is known."""
    try:
        manifest = hashes_of(folder / SHA256SUMS).sha256
    except OSError:
        return f"{folder.name} (earlier)"
    revisions = [one.revision for one in read_generations(session) if one.manifest_sha256 == manifest]
    return f"{folder.name} (revision {revisions[-1]})" if revisions else f"{folder.name} (earlier)"


class _Moved:
    """A progress that is told of files by their final names."""

    def __init__(self, onward: RenderProgress, working: Path, final: Path) -> None:
        self._onward = onward
        self._working = working
        self._final = Path(os.path.abspath(final))

    def __call__(self, label: str, done: float, total: float) -> None:
        self._onward(label, done, total)

    def measured(self, *, integrated_lufs: float) -> None:
        self._onward.measured(integrated_lufs=integrated_lufs)

    def delivered(self, output: OutputReport) -> None:
        self._onward.delivered(replace(output, path=_move(output.path, self._working, self._final)))


def _move(path: Path, working: Path, final: Path) -> Path:
    return final / path.relative_to(working)


def _moved(report: RenderReport, working: Path, final: Path) -> RenderReport:
    outputs = (replace(one, path=_move(one.path, working, final)) for one in report.outputs)
    return replace(report, outputs=tuple(outputs))


@contextmanager
def _in_its_place(folder: NewFolder) -> Iterator[None]:
    """Errors speak of the folder that was asked for, not of the hidden one."""
    try:
        yield
    except StemlatheError as error:
        error.message = error.message.replace(str(folder.working), str(folder.path))
        error.args = (error.message,)
        if error.path is not None and error.path.is_relative_to(folder.working):
            error.path = folder.path / error.path.relative_to(folder.working)
        raise
