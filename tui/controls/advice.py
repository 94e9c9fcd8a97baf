"""Warnings that teach: what an edit newly takes out of the conservative ranges, and why."""

from __future__ import annotations

from collections.abc import Sequence

from engine.report.findings import Finding
from engine.session.model import Session
from engine.session.range_card import card_findings
from engine.session.reading import KeyPath

#: Kinds of findings that mean the work of another: the mix engineer's.
_FOR_THE_MIX = frozenset({"trim", "ratio", "eq_gain", "eq_q"})

#: Corrections, after which the stems sum to something else.
_CORRECTIONS = frozenset({"source_gain_db", "polarity_inverted", "offset_samples"})


def advice_text(finding: Finding) -> str:
    """A finding as one sentence with its figure, its reason and what to do."""
    who = finding.stem or "master"
    mix = (
        ": this belongs in the mix" if finding.severity == "warning" and finding.kind in _FOR_THE_MIX else ""
    )
    return f"{who}: {finding.message}{mix}; {finding.fix}"


def new_advice(
    before: Session, after: Session, paths: Sequence[KeyPath], *, tested_again: bool = False
) -> list[tuple[str, str]]:
    """What an edit gives to think about, as lines with their level; never a refusal.

    Args:
        before: the session without the edit.
        after: with it.
        paths: the keys it changed.
        tested_again: the null test follows by itself.
    """
    known = set(card_findings(before))
    said = [
        (advice_text(finding), "warning" if finding.severity == "warning" else "note")
        for finding in card_findings(after)
        if finding not in known
    ]
    for path in paths:
        match path:
            case ("stems", int(stem), str(name)) if (
                name in _CORRECTIONS and stem < len(after.stems) and not tested_again
            ):
                text = f"{after.stems[stem].name}: a correction changes the sum: g n runs the null test again"
                said.append((text, "warning"))
            case ("stems", int(stem), "mute") if stem < len(after.stems) and after.stems[stem].mute:
                text = (
                    f"{after.stems[stem].name} is muted: renders leave it out, the sum is no longer the mix"
                )
                said.append((text, "warning"))
    # the weightiest last, for a line that shows the newest
    return sorted(said, key=lambda line: line[1] == "warning")
