"""Asks the engine to look closely at what this console shows, and no longer than it shows it."""

from __future__ import annotations

from typing import NamedTuple

from engine.link.records import Role
from engine.link.snapshot import NO_CLOSE_UP
from tui.controls.asking import Asking
from tui.desk.columns import CLOSELY_FROM
from tui.view import Panel, View

#: A wish that has come to nothing is sent again after this long, s: another console may have had its own.
_AGAIN_S = 2.0


class Wish(NamedTuple):
    """What a view looks at closely.

    Attributes:
        stem: by its place; MASTER: the master; None: no strip.
        image: the stereo image.
        stems: every stem.
    """

    stem: int | None = None
    image: bool = False
    stems: bool = False


class Looking:
    """One per console. Only who is in control asks; all others see it where they look at the same."""

    def __init__(self) -> None:
        self._sent = Wish()
        self._sent_s = 0.0
        self._in_control = False

    def follow(self, view: View, controls: Asking, columns: int | None = 0) -> None:
        """To be called once a frame, by a console of so many columns; None: without a picture."""
        in_control = view.role is Role.CONTROLLER and not view.engine_is_lost
        if not in_control:
            # another engine, or another console's wish: what was sent holds no more
            self._in_control = False
            return
        wanted = wish_of(view, columns)
        if not self._in_control:
            self._in_control, self._sent = True, Wish()
        shown = NO_CLOSE_UP.strip if wanted.stem is None else wanted.stem
        lost = wanted.stem is not None and view.close_up.strip != shown
        lost |= wanted.stems and view.is_playing and not view.stems_close_up
        if wanted != self._sent or (lost and view.now_s - self._sent_s > _AGAIN_S):
            payload = {"stem": wanted.stem, "image": wanted.image}
            if wanted.stems:  # an engine that does not know the word refuses all of it
                payload["stems"] = True
            if controls.send_quietly("look", payload):
                self._sent, self._sent_s = wanted, view.now_s


def wish_of(view: View, columns: int | None = 0) -> Wish:
    """What a view looks at closely on a screen of so many columns.

    Without a picture the loudness of a stem may be asked for in every view, and is to be known then.
    """
    panel = view.focus.panel
    return Wish(
        view.focus.stem if panel is Panel.CHAIN else None,
        panel is Panel.MASTER,
        columns is None or (panel is Panel.STEMS and columns >= CLOSELY_FROM),
    )
