"""The program itself: device, control, themes, leaving."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import StemlatheError
from engine.link.records import Role
from engine.processes.client import Health
from engine.session.atomic import write_atomic
from tui.actions.keymap import keymap_path, keymap_text
from tui.actions.say import TOPICS
from tui.controls.asking import Asking, Handler
from tui.view import View


def _application(name: str) -> Handler:
    def perform(controls: Asking, view: View, argument: str) -> None:
        controls.surface.app(name, argument)

    return perform


def device(controls: Asking, view: View, argument: str) -> None:
    """Plays through another device."""
    controls.send("device", {"device": argument})


def take_over(controls: Asking, view: View, argument: str) -> None:
    """Takes control from whoever has it."""
    if controls.read_only:
        controls.say(controls.why_not(view), "warning")
    elif view.role is Role.CONTROLLER:
        controls.say("this console is in control already")
    else:
        controls.send("take_over")


def hand_over(controls: Asking, view: View, argument: str) -> None:
    """Gives control to another console, or to whoever asks."""
    indices = [client.index for client in view.document.clients or ()]
    if argument and (not argument.isdecimal() or int(argument) not in indices):
        known = ", ".join(str(index) for index in indices)
        controls.say(f"there is no console '{argument}': there are {known}", "error")
    else:
        controls.send("hand_over", {"client": int(argument) if argument else None})


def write_keymap(controls: Asking, view: View, argument: str) -> None:
    """Writes `keymap.toml` with every key, commented out; never over one that is there."""
    path = keymap_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, keymap_text(controls.keymap).encode(), replace=False)
    except (StemlatheError, OSError) as error:
        controls.say(str(error), "error")
        return
    controls.say(f"{path}: is written; what you change there holds from the next start")


def how_to_leave(controls: Asking, view: View, argument: str) -> None:
    """Says how to leave: nothing was stopped."""
    controls.say("q leaves and the engine plays on; Q stops the engine")


def stop_engine(controls: Asking, view: View, argument: str) -> None:
    """Stops the engine, once the user has said yes; then leaves."""
    if controls.read_only:
        controls.say(controls.why_not(view), "warning")
        return
    if view.health is Health.GONE:
        controls.surface.app("leave", "")
        return
    document = view.document
    unsaved = document.revision != document.saved_revision
    kept = " Unsaved edits stay in its journal." if unsaved else ""

    def stop() -> None:
        if controls.send("stop") is not None:
            controls.surface.app("leave", "")

    controls.confirm(f"Stop the engine? The music ends for everybody.{kept}", stop)


_OF_THE_APPLICATION = (
    "leave",
    "command",
    "palette",
    "help",
    "restart",
    "theme",
    "tour",
    "next_warning",
    "zoom",
    "zoom_out",
    "repaint",
    "filter",
    "say",
)


def _say(name: str) -> Handler:
    def perform(controls: Asking, view: View, argument: str) -> None:
        controls.surface.app("say", name)

    return perform


HANDLERS: Mapping[str, Handler] = {
    **{name: _application(name) for name in _OF_THE_APPLICATION},
    **{f"say_{name}": _say(name) for name in TOPICS},
    "device": device,
    "take_over": take_over,
    "hand_over": hand_over,
    "write_keymap": write_keymap,
    "how_to_leave": how_to_leave,
    "stop_engine": stop_engine,
}
