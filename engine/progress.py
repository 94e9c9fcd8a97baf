"""How long work tells whoever watches how far it has come, without knowing who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from engine.report.render import OutputReport


class Progress(Protocol):
    """Receives progress. Calls are cheap, may come from any thread, and may be dropped."""

    def __call__(self, label: str, done: float, total: float) -> None:
        """`done` of `total` (any unit) of the step named `label`; `done == total` ends the step."""


@runtime_checkable
class RenderProgress(Progress, Protocol):
    """A progress that also wants to know what a render measures on its way."""

    def measured(self, *, integrated_lufs: float) -> None:
        """The loudness that a pass has found, LUFS."""

    def delivered(self, output: OutputReport) -> None:
        """A file is finished and has been measured."""


def silent(label: str, done: float, total: float) -> None:
    """The progress of work nobody watches."""


def tell_measured(progress: Progress, integrated_lufs: float | None) -> None:
    """Tells a loudness, if there is one and somebody wants to know."""
    if integrated_lufs is not None and isinstance(progress, RenderProgress):
        progress.measured(integrated_lufs=integrated_lufs)


def tell_delivered(progress: Progress, output: OutputReport) -> None:
    """Tells a finished file, if somebody wants to know."""
    if isinstance(progress, RenderProgress):
        progress.delivered(output)
