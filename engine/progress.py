"""How long work tells whoever watches how far it has come, without knowing who watches."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives progress. Calls are cheap, may come from any thread, and may be dropped."""

    def __call__(self, label: str, done: float, total: float) -> None:
        """`done` of `total` (any unit) of the step named `label`; `done == total` ends the step."""


def silent(label: str, done: float, total: float) -> None:
    """The progress of work nobody watches."""
