"""What edits raise that make no sense: chains, deliverables, versions."""

from __future__ import annotations


class NotPossibleError(ValueError):
    """Why an edit makes no sense; the text is for the user."""
