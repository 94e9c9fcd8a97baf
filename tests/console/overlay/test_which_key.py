"""The box after a key that begins a sequence: from the declarations, late, and in nobody's way."""

from __future__ import annotations

import pytest
from desk_views import Studio
from overlay_views import shown

from tui.actions.every import ACTIONS
from tui.actions.keys import key_label
from tui.controls.controls import Controls
from tui.overlay.which_key import WhichKey

PREFIXES = sorted({key.split(",")[0] for action in ACTIONS for key in action.keys if "," in key})


class _Still:
    """A surface that only has a view."""

    def __init__(self, view) -> None:
        self._view = view

    def view(self):
        return self._view


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_key_that_may_follow_is_there_with_what_it_does(prefix, size) -> None:
    controls = Controls(_Still(Studio().view()))
    assert controls.key(prefix)
    text = "\n".join(shown(WhichKey(controls), *size))
    following = controls.keymap.following(prefix, controls.view.focus.panel)
    assert following
    for key, action in following:
        assert f"{key_label(key)} {action.help}" in text


def test_it_comes_late_goes_with_the_next_key_and_takes_none(start_fake, terminal) -> None:
    start_fake()
    pty = terminal("attach", columns=80, rows=24)
    pty.until(lambda: "leave" in pty.text())
    pty.keys("g")
    pty.until(lambda: "g and then" in pty.text() and "h the history" in pty.text())
    pty.keys("h")
    pty.until(lambda: "g and then" not in pty.text() and "HISTORY" in pty.text())
    pty.keys("g")
    pty.until(lambda: "g and then" in pty.text())
    pty.keys("\x1b")
    pty.until(lambda: "g and then" not in pty.text())
    pty.raw.clear()
    pty.keys("gs")
    pty.until(lambda: "STEM" in pty.text())
    assert b"and then" not in pty.raw
