"""The focused value: steps, typed, default; bypass; any key of the session file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from engine.session.declare import Kind
from engine.session.files import parse_key
from engine.session.reading import KeyPath
from engine.session.words import value_text
from engine.units import with_minus
from tui.controls.asking import Asking, Handler
from tui.controls.places import Place, base_path, chain_of, focused, place, strip_name
from tui.controls.quantity import parse_value
from tui.view import MASTER, Panel, View


def focused_place(controls: Asking, view: View) -> Place | None:
    """The value the keys act on; says why there is none."""
    if view.session is None:
        controls.say("the session is still being loaded", "warning")
        return None
    found = focused(view.session, view.focus)
    if found is None and view.focus.stem == MASTER and view.focus.processor < 0 and not view.focus.key:
        controls.say("the master has no limiter to drive: e edits its chain")
    elif found is None:
        controls.say("choose a value first: j and k go from one to the next")
    return found


def _step(steps: int, *, coarse: bool = False) -> Handler:
    def step(controls: Asking, view: View, argument: str) -> None:
        found = focused_place(controls, view)
        if found is not None:
            step_value(controls, view, found, steps, coarse=coarse)

    return step


def step_value(controls: Asking, view: View, found: Place, steps: int, *, coarse: bool = False) -> None:
    """Moves a value: numbers by their declared step, choices to the next, switches off or on."""
    assert view.session is not None
    new, parameter = _stepped(found, steps, view.session.sample_rate, coarse=coarse), found.parameter
    if new == found.value:
        allowed = _allowed(found, view.session.sample_rate)
        controls.say(f"{found.label} is {value_text(parameter, new)}: {allowed}")
        return
    _warn_of_target(controls, view, found)
    controls.set(found.path, new)


def _stepped(found: Place, steps: int, sample_rate: int, *, coarse: bool) -> Any:
    parameter, value = found.parameter, found.value
    if parameter.kind is Kind.SWITCH:
        return steps > 0
    if parameter.kind is Kind.CHOICE:
        at = parameter.choices.index(value) + (1 if steps > 0 else -1)
        return parameter.choices[min(max(at, 0), len(parameter.choices) - 1)]
    if parameter.kind is Kind.NUMBER and value is not None:
        return parameter.stepped(value, steps, coarse=coarse, sample_rate=sample_rate)
    return value


def _warn_of_target(controls: Asking, view: View, found: Place) -> None:
    """With a loudness target the drive is solved: what is set here is heard without one only."""
    target = view.document.target
    if target and found.parameter.name == "drive_db" and found.path[0] == "master":
        controls.say(
            f"the target {target} solves the drive by itself: this is heard with no target (t)", "warning"
        )


def set_value(controls: Asking, view: View, path: KeyPath, typed: str) -> None:
    """Sets a key to a typed value; says what is wrong with it."""
    assert view.session is not None
    found = place(view.session, path)
    if found is None:
        controls.say("there is no such value", "error")
        return
    try:
        value = parse_value(found.parameter, typed, view.session.sample_rate)
    except ValueError as error:
        controls.say(f"{found.label}: {error}", "error")
        return
    _warn_of_target(controls, view, found)
    controls.set(path, value)


def type_value(controls: Asking, view: View, argument: str) -> None:
    """Sets the focused value to a typed one; without it, asks."""
    found = focused_place(controls, view)
    if found is None or view.session is None:
        return
    if argument:
        set_value(controls, view, found.path, argument)
        return

    def entered(typed: str) -> None:
        set_value(controls, controls.view, found.path, typed)

    prompt = f"{found.label} ({_allowed(found, view.session.sample_rate)})"
    controls.ask(prompt, value_text(found.parameter, found.value), entered)


def _allowed(found: Place, sample_rate: int) -> str:
    """What may stand there, for people."""
    if found.parameter.kind is Kind.SWITCH:
        return "on or off"
    if found.parameter.kind in (Kind.TEXT, Kind.PATH):
        return "text"
    return with_minus(found.parameter.allowed(sample_rate))


def default(controls: Asking, view: View, argument: str) -> None:
    """Sets the focused value back to its default."""
    found = focused_place(controls, view)
    if found is None:
        return
    if found.parameter.required:
        controls.say(f"{found.label} has no default: = types a value")
    else:
        controls.set(found.path, None)


def set_key(controls: Asking, view: View, argument: str) -> None:
    """Sets any key of the session file: `stems[0].trim_db 0.5`."""
    key, _, typed = argument.replace(" = ", " ", 1).partition(" ")
    if not typed.strip() or view.session is None:
        controls.say("set needs a key and a value: set stems[0].trim_db 0.5", "error")
        return
    try:
        path = parse_key(key)
    except ValueError as error:
        controls.say(str(error), "error")
        return
    if place(view.session, path) is not None:
        set_value(controls, view, path, typed.strip())
    else:
        controls.set(path, _toml_value(typed.strip()))


def _toml_value(typed: str) -> Any:
    """A value as TOML has it; what is none is text. The engine judges whether it fits."""
    try:
        return tomllib.loads(f"value = {typed}")["value"]
    except tomllib.TOMLDecodeError:
        return typed


def bypass(controls: Asking, view: View, argument: str) -> None:
    """Switches the chosen processor off or on; on the desk, the only one of a chain."""
    if view.session is None:
        return
    focus, chain = view.focus, chain_of(view.session, view.focus.stem)
    number = max(focus.processor, 0)
    if not chain:
        controls.say(f"{strip_name(view.session, focus.stem)} has no processor: e edits its chain")
    elif focus.processor < 0 and len(chain) > 1:
        controls.say(f"{len(chain)} processors: e chooses one of them, X bypasses them all")
    elif number < len(chain):
        controls.set((*base_path(focus), "chain", number, "enabled"), not chain[number].enabled)


def bypass_chain(controls: Asking, view: View, argument: str) -> None:
    """Switches a whole chain off; once more, what was on before."""
    if view.session is None:
        return
    focus, base = view.focus, base_path(view.focus)
    chain, name = chain_of(view.session, focus.stem), strip_name(view.session, focus.stem)
    on = tuple(index for index, processor in enumerate(chain) if processor.enabled)
    if not chain:
        controls.say(f"{name} has no processor: e edits its chain")
        return
    before = controls.remembered.get(base, ())
    back = tuple(index for index in before if index < len(chain)) or tuple(range(len(chain)))
    if on:
        controls.remembered[base] = on
    places, label = (on, f"{name} chain off") if on else (back, f"{name} chain on")
    controls.edit(label, [((*base, "chain", index, "enabled"), not on) for index in places])
    if on and chain[-1].type == "limiter" and chain[-1].enabled:
        controls.say("the limiter is off too: nothing holds the ceiling", "warning")


def edit_chain(controls: Asking, view: View, argument: str) -> None:
    """Opens the chain of the focused strip; from there, goes back to the desk."""
    if view.focus.panel is Panel.CHAIN:
        controls.focus(panel=Panel.MASTER if view.focus.stem == MASTER else Panel.STEMS, processor=-1, key="")
        return
    chain = chain_of(view.session, view.focus.stem) if view.session is not None else ()
    controls.focus(panel=Panel.CHAIN, processor=0 if chain else -1, key="", row=0, column=0)


HANDLERS: Mapping[str, Handler] = {
    "step_down": _step(-1),
    "step_up": _step(1),
    "coarse_down": _step(-1, coarse=True),
    "coarse_up": _step(1, coarse=True),
    "type_value": type_value,
    "default": default,
    "set": set_key,
    "bypass": bypass,
    "bypass_chain": bypass_chain,
    "edit_chain": edit_chain,
}
