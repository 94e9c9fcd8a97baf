"""The first line: session, target, version, and how the engine and the device are."""

from __future__ import annotations

from engine.link.records import DeviceState, Role
from engine.processes.client import Health
from tui.desk.pace import Moment
from tui.desk.row import Piece, Row
from tui.desk.target import ceiling_dbtp, target_lufs
from tui.display.cells import Canvas, clipped
from tui.glyphs import numbers
from tui.view import View

#: Above this share of its time the engine's load is marked.
_HIGH_LOAD = 0.7
_HEALTH = {
    Health.RUNNING: ("●", "good"),
    Health.STOPPED: ("‖ STOPPED", "warn"),
    Health.HANGING: ("○ HANGING", "bad"),
    Health.GONE: ("× GONE", "bad"),
}


class TitleBar:
    """The title line on row 0 of `canvas`."""

    def __init__(self, canvas: Canvas) -> None:
        self._row = Row(canvas, 0, "panel")
        self._begun = False

    def draw(self, moment: Moment) -> None:
        """Shows the state of `moment`."""
        if not moment.histories and self._begun:
            return
        self._begun = True
        self._row.draw([*_session(moment.view), *_engine(moment.view)])


def _session(view: View) -> list[Piece]:
    document = view.document
    title = document.title or (view.session.title if view.session else "") or "stemlathe"
    unsaved = document.revision != document.saved_revision
    mark = "*" if unsaved else ""
    target, lufs, ceiling = document.target, target_lufs(view), ceiling_dbtp(view)
    aims = [] if lufs is None else [f"{numbers.level(lufs, 0)} LUFS"]
    aims += [] if ceiling is None else [f"{numbers.level(ceiling, 0)} dBTP"]
    aim = " ".join(aims)
    goal = f"target {target}" if target else "no target"
    short = f"{clipped(target, 16)} {' '.join(aims[:1]).removesuffix(' LUFS')}".rstrip() if target else goal
    version = document.version
    return [
        Piece(tuple(clipped(title, size) + mark for size in (60, 32, 24, 16)), "bold title", 1),
        Piece(("unsaved", "") if unsaved else ("",), "warn", 8),
        Piece((f"{goal} {aim}", short, clipped(target or "", 12), ""), "text", 5),
        Piece((f"version {version}", clipped(version, 12), "") if version else ("",), "text", 6),
    ]


def _engine(view: View) -> list[Piece]:
    output, status = view.snapshot.output, view.snapshot.status
    sign, style = _HEALTH[view.health]
    load = output.load_mean
    loaded = numbers.percent(load, 3)
    heavy = load > _HIGH_LOAD
    rate = numbers.rate(output.device_rate_hz)
    matters = output.xruns > 0 and output.device != "null"
    clients = status.clients
    return [
        Piece((f"{sign} {clipped(view.name, 20)}", sign), style, 7, right=True),
        _device(view),
        Piece((rate, ""), "dim", 4, right=True),
        # what concerns nobody as long as it is well
        Piece((f"load {loaded}", loaded) if heavy else ("",), "warn", 3, right=True),
        Piece((f"xruns {output.xruns}", f"{output.xruns}x") if matters else ("",), "warn", 3, right=True),
        Piece((f"{clients} consoles", f"{clients}c", "") if clients > 1 else ("",), "dim", 9, right=True),
        _role(view),
    ]


def somebody_controls(view: View) -> bool:
    """Whether a console is in control, as far as the engine has told."""
    clients = view.document.clients
    return clients is None or any(client.role == "controller" for client in clients)


def _device(view: View) -> Piece:
    output = view.snapshot.output
    name = clipped(output.device, 24)
    short = clipped(output.device, 8)
    if output.device_state is DeviceState.LOST:
        return Piece(("device LOST: null plays on", "device LOST"), "bold bad", 0, right=True)
    if output.device_state is DeviceState.CLOSED:
        return Piece(("no device",), "warn", 0, right=True)
    if output.device_state is DeviceState.RESAMPLED:
        return Piece((f"{name} resampled", f"{short} resampled", "resampled"), "note", 2, right=True)
    return Piece((name, short), "dim", 7, right=True)


def _role(view: View) -> Piece:
    if view.role is Role.CONTROLLER:
        return Piece(("",), "dim", 9, right=True)
    if view.role is Role.OBSERVER:
        if not somebody_controls(view):
            return Piece(("NO CONTROL",), "bold reverse note", 0, right=True)
        return Piece(("WATCHING",), "bold reverse note", 0, right=True)
    return Piece(("READ-ONLY",), "bold reverse note", 0, right=True)
