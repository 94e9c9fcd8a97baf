"""`stemlathe render`: writes the deliverables and prints what was measured on them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.batch import add_batch, execute_batch, is_batch
from engine.cli.progress_lines import ProgressLines
from engine.cli.session_input import add_sessions, read_session_and_text
from engine.cli.show import TerminalProgress, joined, prepare_kernels, print_json
from engine.cli.yielding import yield_to_playback
from engine.errors import ExitCode
from engine.units import level_text

if TYPE_CHECKING:
    from engine.report.render import OutputReport, RenderReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_sessions(parser)
    add_choice(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="output folder (default: renders/ beside it)")
    parser.add_argument("--force", action="store_true", help="replace files that are already there")
    add_batch(parser)


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Declares how some of the deliverables and versions are named."""
    parser.add_argument(
        "--deliverable", action="append", default=[], metavar="NAME", help="only this one (repeatable)"
    )
    parser.add_argument(
        "--version", action="append", default=[], metavar="V", help="only this version (repeatable)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 when every output holds, 1 when one missed its target, ceiling or format; of several
        sessions the worst.
    """
    if is_batch(arguments):
        return execute_batch(arguments)
    [arguments.session] = arguments.sessions
    report = _rendered(arguments)
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    return int(ExitCode.DONE if report.holds else ExitCode.FELL_SHORT)


def _rendered(arguments: argparse.Namespace) -> RenderReport:
    """Renders one session, or finds that it is done."""
    from engine.deliver.job import plan_jobs

    session, text = read_session_and_text(arguments)
    jobs = plan_jobs(
        session,
        deliverables=arguments.deliverable,
        versions=arguments.version,
        folder=arguments.out,
        force=arguments.force or arguments.resume,
    )
    from engine.deliver.render import publisher_of, render
    from engine.delivery.render_record import Recorder, proven, refuse_others_files
    from engine.report.render import RenderReport

    folder = arguments.out or session.path.parent / "renders"
    yield_to_playback()
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        if arguments.resume:
            done = proven(session, jobs, folder)
            if done is not None:
                return RenderReport(done, 0.0, 0.0)
            if not arguments.force:
                refuse_others_files(session, jobs, folder)
        recorder = None
        if arguments.resume or arguments.record:
            recorder = Recorder(session, text, jobs, folder, progress)
        with publisher_of(session, jobs, progress) as publisher:
            if isinstance(progress, ProgressLines):
                progress.whole = publisher.job
            report = render(session, jobs, publisher)
        if recorder is not None:
            recorder.finish(report.outputs)
    return report


def print_report(report: RenderReport) -> None:
    """Each file with its figures as measured, and each miss with its reason."""
    for output in report.outputs:
        name = output.path.name if output.stem is None else f"{output.path.parent.name}/{output.path.name}"
        print(f"{'holds ' if output.holds else 'MISSED'}  {name}")
        print(joined(_figures(output), indent=8))
        if output.attribution:
            shares = sorted(output.attribution, key=lambda one: one.share, reverse=True)
            print("        gain reduced for:")
            print(joined((f"{one.stem} {level_text(100 * one.share, '%', 0)}" for one in shares), indent=8))
        if not output.holds:
            print(f"        {_why(output)}")
        for note in output.notes:
            print(f"        note: {note}")
    if report.outputs:
        first = report.outputs[0]
        folder = first.path.parent if first.stem is None else first.path.parent.parent
        print(f"in {folder.absolute()}")
    print(f"{report.seconds:.1f} s, {report.realtime_factor:.0f} × real time")


def _figures(output: OutputReport) -> Iterator[str]:
    target = "" if output.target_lufs is None else f" (target {level_text(output.target_lufs, 'LUFS')})"
    yield f"{level_text(output.integrated_lufs, 'LUFS', 2)}{target}"
    ceiling = "" if output.ceiling_dbtp is None else f" (ceiling {level_text(output.ceiling_dbtp, 'dBTP')})"
    yield f"{level_text(output.true_peak_dbtp, 'dBTP', 2)}{ceiling}"
    yield f"LRA {level_text(output.lra_lu, 'LU')}"
    if output.limiter_max_gain_reduction_db is not None:
        yield f"limiting up to {level_text(output.limiter_max_gain_reduction_db, 'dB')}"
    yield f"drive {level_text(output.drive_db, 'dB')}"
    yield f"{output.sample_rate / 1000:g} kHz {output.subtype}"
    if output.version != "master":
        yield "part of the master" if output.linked else "a mix of its own, at the master's drive"
    if output.linked and output.holds and output.over_ceiling_db > 0.0:
        yield f"{level_text(output.over_ceiling_db, 'dB', 2)} over the master's ceiling"


def _why(output: OutputReport) -> str:
    return "; ".join(reason for reason in output.reasons if " " in reason) or ", ".join(output.reasons)
