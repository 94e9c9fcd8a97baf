"""What is heard, and the monitor section."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import StemlatheError
from engine.link.records import Source
from engine.session.playback import OFF, PlaybackSystem, playback_systems
from engine.units import MINUS, number_text
from tui.controls.asking import Asking, Handler
from tui.controls.tracks import track_of_heard
from tui.view import Panel, View

#: The range of the monitor level, dB.
LOWEST_DB, HIGHEST_DB = -80.0, 12.0
STEP_DB = 1.0
#: What needs nothing more to be said than its name.
PLAIN = (Source.PROCESSED, Source.DRY, Source.REFERENCE, Source.RESIDUAL)


def listen_to(controls: Asking, view: View, source: Source) -> None:
    """Listens to a source; says why not where it does not exist."""
    needs_reference = source in (Source.REFERENCE, Source.RESIDUAL)
    if needs_reference and view.session is not None and view.session.reference is None:
        controls.say("the session has no reference mix: give it one under [reference]", "warning")
        return
    controls.left_track = track_of_heard(view) or controls.left_track
    id = controls.send("listen", {"source": source.name.lower()})
    controls.expect_state(id, "transport", source=source)


def _toggle(source: Source) -> Handler:
    def toggle(controls: Asking, view: View, argument: str) -> None:
        heard = view.snapshot.transport.source
        listen_to(controls, view, Source.PROCESSED if heard is source else source)

    return toggle


def listen(controls: Asking, view: View, argument: str) -> None:
    """Listens to what is named."""
    names = [source.name.lower() for source in PLAIN]
    found = [name for name in names if name.startswith(argument.lower())]
    if len(found) == 1:
        listen_to(controls, view, Source[found[0].upper()])
    else:
        controls.say(f"there is no single source '{argument}': {', '.join(names)}", "error")


def codec(controls: Asking, view: View, argument: str) -> None:
    """Listens to what a codec makes of the master: the panel that compares has it made."""
    controls.panels[Panel.COMPARE].perform("codec", argument, view, controls)


def _set_level(controls: Asking, level_db: float) -> None:
    level_db = min(max(level_db, LOWEST_DB), HIGHEST_DB)
    id = controls.send("monitor", {"level_db": level_db})
    controls.expect_state(id, "monitor", level_db=level_db)


def _end(level_db: float) -> str:
    return number_text(level_db, None, signed=level_db > 0.0)


def _step(step_db: float) -> Handler:
    def step(controls: Asking, view: View, argument: str) -> None:
        now_db = view.snapshot.monitor.level_db
        if not LOWEST_DB <= now_db + step_db <= HIGHEST_DB:
            controls.say(f"the monitor goes from {_end(LOWEST_DB)} to {_end(HIGHEST_DB)} dB")
        _set_level(controls, round(now_db + step_db, 3))

    return step


def monitor(controls: Asking, view: View, argument: str) -> None:
    """Sets the monitor level to a typed value, dB."""
    text = argument.lower().removesuffix("db").strip().replace(MINUS, "-")
    try:
        level_db = float(text)
        if not LOWEST_DB <= level_db <= HIGHEST_DB:
            raise ValueError
    except ValueError:
        controls.say(f"'{argument}': the monitor goes from {LOWEST_DB:g} to {HIGHEST_DB:+g} dB", "error")
        return
    _set_level(controls, level_db)


def _switch(name: str, excludes: str = "") -> Handler:
    def switch(controls: Asking, view: View, argument: str) -> None:
        section = view.snapshot.monitor
        fields = {name: not getattr(section, name)}
        if excludes and fields[name] and getattr(section, excludes):
            fields[excludes] = False  # both at once would be silence
        controls.expect_state(controls.send("monitor", fields), "monitor", **fields)

    return switch


def translate(controls: Asking, view: View, argument: str) -> None:
    """Lets the monitor sound like a playback system: the named one, else one out of a list."""
    try:
        systems = tuple(playback_systems().values())
    except StemlatheError as error:
        # the user's own file; what is heard can be made plain all the same
        controls.say(error.message, "error")
        systems = ()
    now = view.snapshot.monitor.translation

    def set_to(name: str) -> None:
        id = controls.send("translate", {"system": name or None})
        controls.expect_state(id, "monitor", translation=name)

    if argument:
        found = [name for name in (OFF, *(one.name for one in systems)) if name.startswith(argument.lower())]
        exact = [name for name in found if name == argument.lower()]
        if len(exact or found) == 1:
            chosen = (exact or found)[0]
            set_to("" if chosen == OFF else chosen)
        elif systems:
            known = ", ".join((OFF, *(one.name for one in systems)))
            controls.say(f"there is no single playback system '{argument}': {known}", "error")
        return
    if not systems:
        if now:
            set_to("")
        return
    names = [(OFF, "plain, as the monitor is"), *((one.name, _about(one)) for one in systems)]
    # enter goes on from plain to the first, and from any of them back to plain
    controls.choose("sounds like", names, lambda row: set_to(names[row][0] if row else ""), 0 if now else 1)


def _about(system: PlaybackSystem) -> str:
    mono = ", mono" if system.mono else ""
    bass = f", mono below {system.mono_below_hz:g} Hz" if system.mono_below_hz and not system.mono else ""
    return f"{system.title}{mono}{bass}: {system.basis} {system.date or ''}".rstrip()


def processed_dry(controls: Asking, view: View, argument: str) -> None:
    """From whatever else is heard back to the song; from the song to its dry stems."""
    heard = view.snapshot.transport.source
    listen_to(controls, view, Source.DRY if heard is Source.PROCESSED else Source.PROCESSED)


HANDLERS: Mapping[str, Handler] = {
    "processed_dry": processed_dry,
    "reference": _toggle(Source.REFERENCE),
    "residual": _toggle(Source.RESIDUAL),
    "codec": codec,
    "listen": listen,
    "monitor_down": _step(-STEP_DB),
    "monitor_up": _step(STEP_DB),
    "monitor": monitor,
    "dim": _switch("dim"),
    "mono": _switch("mono", "side"),
    "side": _switch("side", "mono"),
    "swap": _switch("swap"),
    "translate": translate,
}
