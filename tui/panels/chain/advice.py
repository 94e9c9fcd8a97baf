"""What the quick-reference card says of each row, and what a row is: beside the value it concerns."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping

from engine.report.findings import Finding
from engine.session.declare import Kind, Parameter
from engine.session.model import Master, Session
from engine.session.range_card import card_findings
from engine.session.reading import KeyPath
from engine.session.words import name_of, value_text
from engine.units import with_minus
from tui.controls.places import replaced
from tui.panels.chain.rows import Row
from tui.view import MASTER

#: Findings by the row they concern.
Advice = Mapping[tuple[int, str], tuple[Finding, ...]]


def advice_of(session: Session, stem: int, rows: Iterable[Row]) -> Advice:
    """Which findings belong to which row.

    A finding belongs to a value if it is gone once that value is its default; to a processor, if it
    is gone once that is off. So nothing here has to know what the card looks at.

    Args:
        session: what is judged.
        stem: of whose strip the rows are; MASTER: the master.
        rows: see `chain_rows`.
    """
    # the strip alone, so that a look at it costs little
    if stem == MASTER:
        alone = dataclasses.replace(session, stems=())
    else:
        alone = dataclasses.replace(session, stems=(session.stems[stem],), master=Master())
    found = card_findings(alone)
    advice = {}
    for row in rows if found else ():
        if row.place is None or row.place.parameter.default is None:
            continue
        parameter = row.place.parameter
        neutral = False if parameter.name == "enabled" else parameter.default
        gone = _gone(alone, found, _local(row.place.path), neutral)
        if gone:
            advice[row.spot] = gone
    return advice


def _local(path: KeyPath) -> KeyPath:
    return ("stems", 0, *path[2:]) if path[0] == "stems" else path


def _gone(
    session: Session, found: tuple[Finding, ...], path: KeyPath, neutral: object
) -> tuple[Finding, ...]:
    left = card_findings(replaced(session, path, neutral))
    fewer = Counter(finding.kind for finding in found) - Counter(finding.kind for finding in left)
    return tuple(finding for finding in found if finding.kind in fewer and finding not in left)


def row_help(row: Row, sample_rate: int) -> str:
    """What a row is: meaning, range, default and steps, all from its declaration."""
    if row.place is None:
        return f"{row.label}: {row.summary}. N adds a band, D removes this one, J and K move it"
    parameter = row.place.parameter
    if parameter.name == "enabled":
        return "x switches it, D removes it, J and K move it, n adds one after it"
    parts = [f"{name_of(parameter)}: {parameter.help}"]
    if parameter.kind is not Kind.SWITCH:
        parts.append(with_minus(parameter.allowed(sample_rate)))
    if parameter.default is not None:
        parts.append(f"default {value_text(parameter, parameter.default)}")
    steps = _steps(parameter)
    return " · ".join([*parts, steps] if steps else parts)


def _steps(parameter: Parameter) -> str:
    if parameter.step == 0.0:
        return ""
    if parameter.logarithmic:
        return f"steps ×{parameter.step:.3g}, coarse ×{parameter.coarse_step:.3g}"
    return f"steps {parameter.step:g}, coarse {parameter.coarse_step:g}"
