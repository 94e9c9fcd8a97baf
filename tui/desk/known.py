"""How much of what is shown is true now, and what of it stands still."""

from __future__ import annotations

from engine.link.history import Heard
from tui.view import View


def outdated_share(view: View) -> float:
    """Share of the song whose loudness was heard before the newest edits, 0…1."""
    states = view.history.states
    return states.count(Heard.OUTDATED) / len(states) if states else 0.0


def moving_style(view: View) -> str:
    """The style of a figure that follows the sound: dimmed while it shows what was, not what is."""
    return "value" if view.is_playing else "dim"
