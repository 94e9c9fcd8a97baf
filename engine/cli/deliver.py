"""`stemlathe deliver`: renders into a folder that can be sent, with proof of everything in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.batch import add_common, execute_batch, is_batch
from engine.cli.progress_lines import ProgressLines
from engine.cli.render import add_choice, print_report
from engine.cli.session_input import add_sessions, read_session_and_text
from engine.cli.show import TerminalProgress, prepare_kernels, print_file_findings, print_json
from engine.cli.yielding import yield_to_playback
from engine.errors import ExitCode
from engine.units import level_text

if TYPE_CHECKING:
    from engine.delivery.deliver import Order
    from engine.processes.published import RenderPublisher
    from engine.report.deliver import DeliverReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_sessions(parser)
    add_choice(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="the delivery: a folder that is not there yet, or empty; it appears complete or not at all. Of "
        "several sessions each is a delivery of its own in it, called by its title",
    )
    parser.add_argument(
        "--force", action="store_true", help="an earlier delivery of that name is set aside, never replaced"
    )
    parser.add_argument(
        "--with-stems", action="store_true", help="the stems and the mix go with it, as stems/NAME"
    )
    parser.add_argument(
        "--note", default="", metavar="TEXT", help="for whom or what; kept in deliveries.jsonl, not sent"
    )
    add_common(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 when everything holds, 1 when an output missed its target, or intake or null test failed; of
        several sessions the worst.
    """
    if is_batch(arguments):
        more = ["--with-stems"] if arguments.with_stems else []
        more += [f"--note={arguments.note}"] if arguments.note else []
        return execute_batch(arguments, "deliver", more)
    [arguments.session] = arguments.sessions
    session, text = read_session_and_text(arguments)
    from engine.delivery.deliver import Order, deliver

    order = Order(
        session=session,
        text=text,
        folder=arguments.out,
        deliverables=arguments.deliverable,
        versions=arguments.version,
        force=arguments.force,
        with_stems=arguments.with_stems,
        note=arguments.note,
    )
    yield_to_playback()
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        if arguments.resume:
            done = _already(order)
            if done is not None:
                return _tell_done(done, arguments)

        def published(publisher: RenderPublisher) -> None:
            if isinstance(progress, ProgressLines):
                progress.whole = publisher.job

        report = deliver(order, progress, published)
    if arguments.json:
        print_json(report)
    else:
        print_delivery(report)
    return int(ExitCode.DONE if report.holds else ExitCode.FELL_SHORT)


def _already(order: Order) -> dict[str, Any] | None:
    """The delivery, if it is there already and would be the same again; no revision is counted for it."""
    from engine.deliver.file_names import Naming
    from engine.deliver.job import plan_jobs
    from engine.delivery.again import delivered_already
    from engine.delivery.generations import next_revision

    jobs = plan_jobs(
        order.session,
        deliverables=order.deliverables,
        versions=order.versions,
        folder=order.folder,
        force=True,
        naming=Naming(revision=next_revision(order.session.path)),
    )
    return delivered_already(order.session, jobs, order.folder, with_stems=order.with_stems)


def _tell_done(document: dict[str, Any], arguments: argparse.Namespace) -> int:
    folder = arguments.out.absolute()
    if arguments.json:
        print_json({**document, "folder": str(folder)})
    else:
        print(f"was there already, whole, and would be the same again: {folder}")
    return int(ExitCode.DONE if document["holds"] else ExitCode.FELL_SHORT)


def print_delivery(report: DeliverReport) -> None:
    """The files with their figures, what else was found, and where everything is."""
    print_report(report.render)
    null = "no reference" if report.null is None else report.null.verdict
    print(f"intake: {report.check.verdict} · null test: {null}")
    for opinion in report.opinions:
        difference = opinion.difference_lu
        if difference is not None:
            print(f"{opinion.meter} reads {level_text(difference, 'LU', 3)} beside ours: {opinion.path}")
    print_file_findings(report.findings)
    if report.set_aside is not None:
        print(f"the earlier delivery is {report.set_aside}")
    print(f"revision {report.revision}: {report.folder}")
