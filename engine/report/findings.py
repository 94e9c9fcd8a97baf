"""What a check found, one finding at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
Verdict = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One thing somebody should know about the material or the session.

    Attributes:
        severity: `error` (the material cannot be trusted), `warning` or `note`.
        kind: stable short code for scripts, `snake_case`.
        stem: name of the stem concerned; None: the master, the reference or the session as a whole.
        message: what was found, with the measured value and its limit.
        fix: what to do about it.
    """

    severity: Severity
    kind: str
    stem: str | None
    message: str
    fix: str


def verdict(findings: Iterable[Finding]) -> Verdict:
    """The worst severity as a verdict: any error fails, any warning warns, notes pass."""
    severities = {finding.severity for finding in findings}
    if "error" in severities:
        return "fail"
    return "warn" if "warning" in severities else "pass"
