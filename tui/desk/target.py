"""What the master is aimed at: from the chosen deliverable, else from the limiter."""

from __future__ import annotations

from engine.session.chains import limiter_of
from engine.session.model import Deliverable
from tui.view import View


def deliverable(view: View) -> Deliverable | None:
    """The chosen deliverable; None: none is chosen."""
    name = view.document.target
    if view.session is None or name is None:
        return None
    return next((item for item in view.session.deliverables if item.name == name), None)


def ceiling_dbtp(view: View) -> float | None:
    """The true-peak ceiling in force, dBTP; None: nothing limits."""
    chosen = deliverable(view)
    if chosen is not None and chosen.ceiling_dbtp is not None:
        return chosen.ceiling_dbtp
    limiter = limiter_of(view.session) if view.session is not None else None
    return None if limiter is None else float(limiter.values["ceiling_dbtp"])


def target_lufs(view: View) -> float | None:
    """The loudness to reach, LUFS; None: no target."""
    value = view.snapshot.status.target_lufs
    return value if value == value else None
