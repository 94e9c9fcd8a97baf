"""Many sessions at once: what `render` and `deliver` do with several sessions, folders or patterns."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import UsageError
from engine.report.batch import sum_text
from engine.units import level_text

if TYPE_CHECKING:
    from engine.batch.orders import Order
    from engine.progress import Progress
    from engine.report.batch import BatchReport, SessionResult


def add_batch(parser: argparse.ArgumentParser) -> None:
    """Declares the options for many sessions."""
    add_common(parser)
    parser.add_argument("--record", action="store_true", help=argparse.SUPPRESS)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Declares those that every verb for many sessions has."""
    parser.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="sessions at once (default: one per usable core)"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="skip what is there already and proves, by hashes, to be what would be written",
    )
    parser.add_argument(
        "--plan",
        action="store_true",
        help="write nothing; print the jobs, one JSON object a line, each with its command",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="hand the sessions to a Dask cluster: tls://HOST:PORT, or tcp:// here",
    )
    parser.add_argument(
        "--insecure", action="store_true", help="allow plain tcp:// to other machines of a trusted network"
    )
    parser.add_argument(
        "--shared-root", metavar="HERE=THERE", help="a folder that has another name on the cluster's machines"
    )


def is_batch(arguments: argparse.Namespace) -> bool:
    """Whether the arguments mean more than one session, or a plan.

    Raises:
        UsageError: options do not fit together.
    """
    from engine.batch.selection import is_many

    if arguments.jobs < 0:
        raise UsageError(f"--jobs {arguments.jobs}: give a number from 1, or leave it out")
    if arguments.cluster is None and (arguments.insecure or arguments.shared_root):
        raise UsageError("--insecure and --shared-root: belong to --cluster ADDRESS")
    many = is_many(arguments.sessions) or arguments.plan or arguments.cluster is not None
    if many and arguments.stdin:
        raise UsageError("--stdin: stands for one session: name one, without --plan and --cluster")
    return many


def execute_batch(
    arguments: argparse.Namespace, verb: Literal["render", "deliver"] = "render", more: Sequence[str] = ()
) -> int:
    """Renders or delivers, or plans, all sessions.

    Args:
        arguments: of the verb.
        verb: what to do with each.
        more: words that each command has besides, for that verb.

    Returns:
        The worst exit code.
    """
    from engine.batch.orders import Choice, orders_of
    from engine.batch.published import BatchPublisher
    from engine.batch.selection import select

    run = _runner(arguments)
    choice = Choice(
        deliverables=tuple(arguments.deliverable),
        versions=tuple(arguments.version),
        folder=arguments.out,
        force=arguments.force,
        resume=arguments.resume or arguments.plan,  # as the planned commands do
        verb=verb,
        more=tuple(more),
    )
    selected = select(arguments.sessions)
    if len(selected) < len(arguments.sessions):
        print("stemlathe: a session that is named twice is taken once", file=sys.stderr)
    with TerminalProgress() as progress:
        orders = orders_of(selected, choice, progress)
    if arguments.plan:
        return print_plan(orders)
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        with BatchPublisher(orders, progress) as publisher:
            report = run(orders, publisher)
    if arguments.json:
        print_json(report)
    else:
        print_batch(report)
    return report.exit_code


def _runner(arguments: argparse.Namespace) -> Callable[[Sequence[Order], Progress], BatchReport]:
    """Who renders: this machine or a cluster.

    Raises:
        UsageError: the address or the shared folder cannot be used.
    """
    if arguments.cluster is None:
        from engine.batch.local import run_here

        return lambda orders, progress: run_here(orders, jobs=arguments.jobs, progress=progress)
    from engine.batch.address import require_safe, shared_root
    from engine.batch.cluster import run_on_cluster
    from engine.batch.connection import ClusterOptions

    require_safe(arguments.cluster, insecure=arguments.insecure)
    root = None if arguments.shared_root is None else shared_root(arguments.shared_root)
    options = ClusterOptions(arguments.cluster, arguments.insecure, root, arguments.jobs)
    return lambda orders, progress: run_on_cluster(orders, options, progress=progress)


def print_plan(orders: tuple[Order, ...]) -> int:
    """One job a line, each with the command that does it; what cannot be done is told on stderr."""
    worst = 0
    for number, order in enumerate((one for one in orders if one.error is None), start=1):
        line = {
            "job": number,
            "session": str(order.path),
            "command": order.command(),
            "outputs": [str(job.path.absolute()) for job in order.jobs],
            "song_s": order.song_s,
            "memory_bytes": order.memory_bytes,
            "disk_bytes": order.disk_bytes,
        }
        print(json.dumps(line, ensure_ascii=False, allow_nan=False))
    for order in orders:
        if order.error is not None:
            print(f"stemlathe: {order.error.message}", file=sys.stderr)
            worst = max(worst, int(order.error.exit_code))
    return worst


def print_batch(report: BatchReport) -> None:
    """A line for each session, its misses below, and the sum."""
    for worker in report.workers:
        if not worker.accepted:
            print(f"no work for {worker.name} on {worker.host}: {worker.reason}")
    for result in report.sessions:
        print(f"{result.verdict:<7} {result.session}{_after(result)}")
        for line in _details(result):
            print(f"        {line}")
    counted = Counter(result.verdict for result in report.sessions)
    files = sum(len(result.outputs) for result in report.sessions)
    print(f"{counted.total()} sessions: {sum_text(counted)}; {files} files in {report.seconds:.1f} s")


def _after(result: SessionResult) -> str:
    if result.error is not None:
        return ""
    told = "was there already" if result.resumed else f"{len(result.outputs)} files, {result.seconds:.1f} s"
    return f": {told}" if result.folder is None else f": {told}: {result.folder}"


def _details(result: SessionResult) -> Iterator[str]:
    if result.error is not None:
        yield str(result.error["message"])
    for output in result.outputs:
        if not output["holds"]:
            figures = f"{level_text(output['integrated_lufs'], 'LUFS', 2)}, "
            figures += level_text(output["true_peak_dbtp"], "dBTP", 2)
            why = "; ".join(reason for reason in output["reasons"] if " " in reason)
            yield f"{Path(output['path']).name}: {figures}: {why}"
