"""The intake in words."""

from __future__ import annotations

from collections.abc import Iterator

from engine.report.check import StemFigures
from engine.report.findings import Finding
from tui.panels.intake.picture import COLUMNS, IntakePicture, counts
from tui.panels.page import job_words, verdict_word
from tui.panels.told import Told

#: What the table's headings are called where there is no table.
_HEADINGS = {
    "ch": "channels",
    "dBTP": "true peak dBTP",
    "peak": "peak dBFS",
    "RMS": "RMS dBFS",
    "crest": "crest dB",
    "floor": "noise floor dBFS",
    "DC %": "DC percent",
    "corr": "correlation",
}


def tell_intake(picture: IntakePicture) -> Told:
    """Verdict and counts, then findings and stems as rows."""
    report = picture.report
    running = job_words(picture.job, "n checks the stems")
    lines = [running] if running else []
    if report is None:
        return Told("intake", lines)
    if picture.outdated:
        lines.append("outdated: files or corrections have changed, n checks again")
    if picture.told:
        lines.append(picture.told)
    findings, stems = report.findings, report.stems
    lines.append(counts(findings) or "nothing to complain about")
    rows = [*map(_finding, findings), *map(_stem, stems)]
    chosen = min(picture.chosen, max(len(rows) - 1, 0))
    detail = [f"fix: {findings[chosen].fix}"] if chosen < len(findings) else []
    return Told(f"intake, {verdict_word(report.verdict)}", lines, rows, chosen, detail)


def _finding(finding: Finding) -> str:
    where = f"{finding.stem}, " if finding.stem else ""
    return f"{finding.severity}: {where}{finding.kind.replace('_', ' ')}: {finding.message}"


def _stem(stem: StemFigures) -> str:
    return f"{stem.name}: {', '.join(_figures(stem))}"


def _figures(stem: StemFigures) -> Iterator[str]:
    for column in COLUMNS:
        text = column.text(stem).strip().replace("<", " of ")
        yield f"{_HEADINGS.get(column.heading, column.heading)} {text}"
