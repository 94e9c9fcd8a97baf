"""Asks the engine to look closely at what this console shows, and no longer than it shows it."""

from __future__ import annotations

from engine.link.records import Role
from engine.link.snapshot import NO_CLOSE_UP
from tui.controls.asking import Asking
from tui.view import Panel, View

#: A wish that has come to nothing is sent again after this long, s: another console may have had its own.
_AGAIN_S = 2.0


class Looking:
    """One per console. Only who is in control asks; all others see it where they look at the same."""

    def __init__(self) -> None:
        self._sent: tuple[int | None, bool] = (None, False)
        self._sent_s = 0.0
        self._in_control = False

    def follow(self, view: View, controls: Asking) -> None:
        """To be called once a frame."""
        in_control = view.role is Role.CONTROLLER and not view.engine_is_lost
        if not in_control:
            # another engine, or another console's wish: what was sent holds no more
            self._in_control = False
            return
        wanted = wish_of(view)
        if not self._in_control:
            self._in_control, self._sent = True, (None, False)
        shown = NO_CLOSE_UP.strip if wanted[0] is None else wanted[0]
        lost = wanted[0] is not None and view.close_up.strip != shown
        if wanted != self._sent or (lost and view.now_s - self._sent_s > _AGAIN_S):
            payload = {"stem": wanted[0], "image": wanted[1]}
            if controls.send_quietly("look", payload):
                self._sent, self._sent_s = wanted, view.now_s


def wish_of(view: View) -> tuple[int | None, bool]:
    """Which strip a view looks at closely, and whether at the stereo image too."""
    panel = view.focus.panel
    return (view.focus.stem if panel is Panel.CHAIN else None), panel is Panel.MASTER
