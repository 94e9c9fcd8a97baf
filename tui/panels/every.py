"""All panels but the desk."""

from __future__ import annotations

from typing import Any

from tui.panels.intake import IntakePanel
from tui.panels.null import NullPanel
from tui.view import Panel
from tui.work import Runner


def make_panels(runner: Runner) -> dict[Panel, Any]:
    """The panels, by what they show.

    Args:
        runner: does their work.
    """
    return {
        Panel.INTAKE: IntakePanel(runner),
        Panel.NULL: NullPanel(runner),
    }
