"""`stemlathe templates`: lists the stem splits, the roles' starting values and the delivery targets."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from engine.cli.show import print_json
from engine.errors import ExitCode
from engine.units import level_text

if TYPE_CHECKING:
    from engine.report.templates import CardReport, Span, TargetReport, TemplateReport, TemplatesReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb."""
    from engine.session.catalogue import catalogue

    report = catalogue()
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    return int(ExitCode.DONE)


def print_report(report: TemplatesReport) -> None:
    """Three tables: splits, roles, targets."""
    from engine.cli.tables import TerminalConsole

    console = TerminalConsole(markup=False, highlight=False)
    for title, table in (
        ("Stem splits (new --template NAME)", _splits(report.templates)),
        ("Roles, conservative ranges; chains start in the middle, switched off", _roles(report)),
        (
            "Targets (preset = NAME): level, ceiling, who says so, when it was written",
            _targets(report.targets),
        ),
    ):
        console.print(title)
        console.print(table)
        console.print()


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _splits(splits: tuple[TemplateReport, ...]) -> Any:
    table = _table("name", "stems")
    for split in splits:
        table.add_row(split.name, ", ".join(f"{stem.name} ({stem.role})" for stem in split.stems))
    return table


def _span(span: Span, unit: str = "") -> str:
    low, high = span
    return f"{low:g}–{high:g}{unit}" if high > low else f"{high:g}{unit}"


def _roles(report: TemplatesReport) -> Any:
    table = _table("role", "card", "trim ±dB", "ratio", "EQ ±dB", "attack ms", "release ms")
    for card in (*report.roles, report.master):
        table.add_row(*_card_cells(card))
    return table


def _card_cells(card: CardReport) -> tuple[str, ...]:
    return (
        card.name,
        card.column,
        _span(card.trim_db),
        _span(card.ratio),
        f"{card.eq_maximum_db:g}",
        _span(card.attack_ms),
        _span(card.release_ms),
    )


def _targets(targets: tuple[TargetReport, ...]) -> Any:
    table = _table("name", "LUFS", "dBTP", "file", "source", "read on")
    for target in targets:
        if target.same_as is not None:
            continue
        rate = "" if target.sample_rate is None else f"{target.sample_rate / 1000:g} kHz "
        table.add_row(
            target.name if target.origin == "shipped" else f"{target.name} (yours)",
            level_text(
                target.loudness_lufs, "" if target.loudness_anchor == "programme" else "dialogue"
            ).strip(),
            level_text(target.ceiling_dbtp, "").strip(),
            f"{rate}{target.encoding or ''}",
            target.source,
            target.date or "undated",
        )
    return table
