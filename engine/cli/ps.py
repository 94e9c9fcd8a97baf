"""`stemlathe ps`: running engines and renders of this user."""

from __future__ import annotations

import argparse

from engine.cli.show import print_json
from engine.errors import ExitCode
from engine.units import seconds_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; nothing running is no failure."""
    from engine.processes.status import statuses

    running = statuses()
    if arguments.json:
        print_json({"engines": running})
        return int(ExitCode.DONE)
    if not running:
        print("nothing is running")
    width = max((len(status.name) for status in running), default=0)
    for status in running:
        if status.kind == "render":
            place = "" if status.progress is None else f"{100.0 * status.progress:.0f} %"
        else:
            place = "" if status.position_s is None else seconds_text(status.position_s)
        load = "" if status.load_mean is None else f"  load {100.0 * status.load_mean:.0f} %"
        memory = "" if status.rss_mb is None else f"  {status.rss_mb:.0f} MB"
        clients = f"{status.clients} client{'' if status.clients == 1 else 's'}"
        print(
            f"{status.name:<{width}}  {status.kind:<6}  {status.state:<9}  {place:>8}  {clients}"
            f"{load}  {status.xruns} under-runs{memory}  pid {status.pid}  {status.session}"
        )
    return int(ExitCode.DONE)
