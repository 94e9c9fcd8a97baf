"""Transport: position, loop, markers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.link.document import Marker
from engine.link.records import State
from engine.units import seconds_text
from tui.controls.asking import Asking, Handler
from tui.controls.quantity import parse_time_s
from tui.view import View

SMALL_STEP_S = 5.0
LARGE_STEP_S = 30.0


def _rate(view: View) -> int:
    return view.snapshot.transport.sample_rate_hz


def _is_loaded(controls: Asking, view: View) -> bool:
    if _rate(view) > 0:
        return True
    controls.say("the session is still being loaded", "warning")
    return False


def _time(view: View, frames: int) -> str:
    return seconds_text(frames / _rate(view))


def play_pause(controls: Asking, view: View, argument: str) -> None:
    """Plays or pauses; from the end, plays from the start."""
    transport = view.snapshot.transport
    if not _is_loaded(controls, view):
        return
    if transport.state is State.PLAYING:
        controls.expect_state(controls.send("pause"), "transport", state=State.PAUSED)
        return
    if transport.state is not State.PAUSED:
        controls.say(f"nothing can be played while the engine is {transport.state.name.lower()}", "warning")
        return
    if 0 < transport.length_frames <= transport.position_frames:
        _seek_frames(controls, view, 0)
    controls.expect_state(controls.send("play"), "transport", state=State.PLAYING)


def _seek_frames(controls: Asking, view: View, frames: int) -> None:
    length = view.snapshot.transport.length_frames
    frames = max(0, min(frames, length) if length > 0 else frames)
    id = controls.send("seek", {"position_frames": frames})
    controls.expect_state(id, "transport", position_frames=frames)


def _move(seconds: float) -> Handler:
    def move(controls: Asking, view: View, argument: str) -> None:
        if _is_loaded(controls, view):
            here = view.snapshot.transport.position_frames
            _seek_frames(controls, view, here + round(seconds * _rate(view)))

    return move


def start(controls: Asking, view: View, argument: str) -> None:
    """To the start."""
    _seek_frames(controls, view, 0)


def end(controls: Asking, view: View, argument: str) -> None:
    """To the end."""
    if _is_loaded(controls, view):
        _seek_frames(controls, view, view.snapshot.transport.length_frames)


def seek(controls: Asking, view: View, argument: str) -> None:
    """To a typed time."""
    if not _is_loaded(controls, view):
        return
    try:
        seconds = parse_time_s(argument, view.snapshot.transport.position_frames / _rate(view))
    except ValueError as error:
        controls.say(str(error), "error")
        return
    _seek_frames(controls, view, round(seconds * _rate(view)))


def _markers(view: View) -> list[Marker]:
    return list(view.document.markers)


def _neighbour(action: str) -> Handler:
    def jump(controls: Asking, view: View, argument: str) -> None:
        if _markers(view):
            controls.send("marker", {"action": action})
        else:
            controls.say("there are no markers: M sets one here")

    return jump


def marker(controls: Asking, view: View, argument: str) -> None:
    """Sets a marker here; without a name the engine numbers it."""
    if not _is_loaded(controls, view):
        return
    here = view.snapshot.transport.position_frames
    payload: dict[str, Any] = {"action": "set", "position_frames": here}
    if argument:
        payload["name"] = argument
    if controls.send("marker", payload) is not None:
        controls.say(f"marker {argument} at {_time(view, here)}".replace("  ", " "))


def _found(markers: list[Marker], wanted: str) -> Marker | None:
    """A marker by its number from 1, its name, or a beginning of it that no other has."""
    if wanted.isdecimal() and 1 <= int(wanted) <= len(markers):
        return markers[int(wanted) - 1]
    fold = wanted.casefold()
    same = [marker for marker in markers if marker.name.casefold() == fold]
    begun = [marker for marker in markers if marker.name.casefold().startswith(fold)]
    found = same or begun
    return found[0] if len(found) == 1 or same else None


def _pick(controls: Asking, view: View, wanted: str) -> Marker | None:
    markers = _markers(view)
    found = _found(markers, wanted)
    if found is None:
        names = ", ".join(f"{number} {marker.name}" for number, marker in enumerate(markers, 1))
        controls.say(f"no single marker is '{wanted}': there are {names or 'none'}", "error")
    return found


def jump(controls: Asking, view: View, argument: str) -> None:
    """Jumps to a marker by number or name; without one, asks."""
    if not _markers(view):
        controls.say("there are no markers: M sets one here")
    elif not argument:
        names = ", ".join(f"{number} {marker.name}" for number, marker in enumerate(_markers(view), 1))
        controls.ask(f"jump to ({names})", "", lambda typed: jump(controls, controls.view, typed or "1"))
    elif (found := _pick(controls, view, argument)) is not None:
        _seek_frames(controls, view, int(found.position_frames))


def remove_marker(controls: Asking, view: View, argument: str) -> None:
    """Removes a marker by number or name."""
    found = _pick(controls, view, argument)
    if found is not None:
        payload = {"action": "remove", "position_frames": found.position_frames, "name": found.name}
        controls.send("marker", payload)


def _set_loop(controls: Asking, begin: int, end_frames: int, *, on: bool) -> None:
    payload = {"on": on, "start_frames": begin, "end_frames": end_frames}
    shown = {"loop_on": on, "loop_start_frames": begin, "loop_end_frames": end_frames}
    controls.expect_state(controls.send("loop", payload), "transport", **shown)


def loop_in(controls: Asking, view: View, argument: str) -> None:
    """Begins the loop here; an end that would lie before it moves to the end of the song."""
    transport = view.snapshot.transport
    if not _is_loaded(controls, view):
        return
    here, last = transport.position_frames, transport.loop_end_frames
    if here >= transport.length_frames:
        controls.say("a loop cannot begin at the end of the song", "warning")
        return
    if last <= here:
        if last >= 0:
            controls.say("the loop ended before this: its end is the end of the song now", "warning")
        last = transport.length_frames
    _set_loop(controls, here, last, on=transport.loop_on)


def loop_out(controls: Asking, view: View, argument: str) -> None:
    """Ends the loop here; a beginning that would lie after it moves to the start of the song."""
    transport = view.snapshot.transport
    if not _is_loaded(controls, view):
        return
    here, first = transport.position_frames, max(0, transport.loop_start_frames)
    if here <= 0:
        controls.say("a loop cannot end at the start of the song", "warning")
        return
    if first >= here:
        controls.say("the loop began after this: it begins at the start of the song now", "warning")
        first = 0
    _set_loop(controls, first, here, on=transport.loop_on)


def loop(controls: Asking, view: View, argument: str) -> None:
    """Switches the loop, or sets it: `:loop 1:00 1:30`."""
    transport = view.snapshot.transport
    if not _is_loaded(controls, view):
        return
    if argument:
        _typed_loop(controls, view, argument)
    elif transport.loop_end_frames <= transport.loop_start_frames:
        _set_loop(controls, 0, transport.length_frames, on=True)
        controls.say("the whole song loops: i and o set where")
    else:
        id = controls.send("loop", {"on": not transport.loop_on})
        controls.expect_state(id, "transport", loop_on=not transport.loop_on)


def _typed_loop(controls: Asking, view: View, argument: str) -> None:
    texts = argument.replace("–", " ").split()
    try:
        times = [round(parse_time_s(text, 0.0) * _rate(view)) for text in texts]
    except ValueError as error:
        controls.say(str(error), "error")
        return
    if len(times) != 2 or not 0 <= times[0] < times[1]:
        controls.say("a loop goes from a time to a later one: loop 1:00 1:30", "error")
        return
    _set_loop(controls, times[0], min(times[1], view.snapshot.transport.length_frames), on=True)


HANDLERS: Mapping[str, Handler] = {
    "play_pause": play_pause,
    "seek_back": _move(-SMALL_STEP_S),
    "seek_forward": _move(SMALL_STEP_S),
    "seek_back_far": _move(-LARGE_STEP_S),
    "seek_forward_far": _move(LARGE_STEP_S),
    "start": start,
    "end": end,
    "seek": seek,
    "previous_marker": _neighbour("previous"),
    "next_marker": _neighbour("next"),
    "marker": marker,
    "jump": jump,
    "remove_marker": remove_marker,
    "loop_in": loop_in,
    "loop_out": loop_out,
    "loop": loop,
}
