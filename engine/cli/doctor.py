"""`stemlathe doctor`: prints what works on this machine and how to mend what does not."""

from __future__ import annotations

import argparse

from engine.cli.show import print_json
from engine.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; what does not work is told, and is no failure of the command."""
    from engine.doctor import examine

    report = examine()
    if arguments.json:
        print_json(report)
        return int(ExitCode.DONE)
    width = max(len(check.name) for check in report.checks)
    for check in report.checks:
        print(f"{'ok ' if check.works else 'no '} {check.name:<{width}}  {check.found}")
        if check.fix:
            print(f"    {'':<{width}}  → {check.fix}")
    print("\ndevices for --device:")
    for device in report.devices:
        number = "" if device.number is None else f"{device.number}"
        rate = "any rate" if device.default_sample_rate is None else f"{device.default_sample_rate:g} Hz"
        mark = " (default)" if device.is_default else ""
        mark += " (one channel: a master needs two)" if device.output_channels < 2 else ""
        details = f"{device.audio_system}, {device.output_channels} channels, {rate}"
        print(f"  {number:>3}  {device.name}{mark}: {details}")
    return int(ExitCode.DONE)
