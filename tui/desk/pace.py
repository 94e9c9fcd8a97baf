"""How often what may change: bars at every frame, figures ten times a second, histories twice."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.link.document import Document
from engine.session.model import Session
from tui.view import View

_FIGURES_HZ = 10.0
_SPECTRUM_HZ = 12.0
_HISTORIES_HZ = 2.0


class Moment(NamedTuple):
    """A view, and what may be drawn of it now.

    Attributes:
        view: of this frame.
        figures: numbers may change.
        spectrum: spectrum bars may move.
        histories: histories may scroll.
        words: something a user did or was told has changed; everything is due.
    """

    view: View
    figures: bool = True
    spectrum: bool = True
    histories: bool = True
    words: bool = True


class Pace:
    """Hands out moments; whatever a key changed is due at once."""

    def __init__(self) -> None:
        self._ticks = (-1, -1, -1)
        self._words: tuple[Any, ...] = ()
        self._session: Session | None = None
        self._document: Document | None = None

    def at(self, view: View) -> Moment:
        """The moment of `view`, whose clock is `now_s`."""
        now_s = view.now_s
        ticks = (int(now_s * _FIGURES_HZ), int(now_s * _SPECTRUM_HZ), int(now_s * _HISTORIES_HZ))
        snapshot = view.snapshot
        transport, monitor = snapshot.transport, snapshot.monitor
        words = (
            view.focus,
            view.message,
            view.health,
            view.role,
            # without the reference's level, which may be NaN and then equals nothing
            monitor.level_db,
            monitor[2:],
            transport.state,
            transport.source,
            transport.snapshot,
            snapshot.output.device_state,
            snapshot.status.revision,
        )
        # session and document are new objects only where something in them changed
        changed = (
            view.session is not self._session or view.document is not self._document or words != self._words
        )
        self._session, self._document = view.session, view.document
        due = [changed or now != before for now, before in zip(ticks, self._ticks, strict=True)]
        moment = Moment(view, figures=due[0], spectrum=due[1], histories=due[2], words=changed)
        self._ticks, self._words = ticks, words
        return moment
