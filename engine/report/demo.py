"""The demo's whole job in one result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.report.check import CheckReport
from engine.report.null import NullReport
from engine.report.render import RenderReport


@dataclass(frozen=True)
class DemoReport:
    """What the demo wrote and what was found on it.

    Attributes:
        session: the session file.
        check: the intake of its stems.
        null: the null test against its reference mix.
        render: its deliverables as measured.
    """

    session: Path
    check: CheckReport
    null: NullReport
    render: RenderReport

    @property
    def holds(self) -> bool:
        """Nothing fell short."""
        return self.check.verdict != "fail" and self.null.verdict != "fail" and self.render.holds
