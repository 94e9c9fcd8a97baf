"""Events: what is not as it was a moment ago, as sentences, each told once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from engine.link.records import DeviceState, Source, State
from engine.processes.client import Health
from tui.desk.nulltest import null_reading, null_state
from tui.desk.told import overs_of
from tui.desk.warnings import pressing
from tui.glyphs.numbers import change
from tui.plain.changes import session_changes
from tui.plain.jobs import JobTeller
from tui.plain.topics import device_words, heard_words, loop_words, position, state_words
from tui.screen.layout import Footer, banner_of
from tui.view import View
from tui.work.verb_job import Job

#: A line and its level.
News = tuple[str, str]
#: Overs and under-runs are told at most so often, s.
_PERIOD_S = 5.0
#: What this console has asked for is not told once more as news for so long, s.
_OWN_S = 3.0
#: An engine that answers no more is told after so long, s.
_HANGING_S = 3.0
_DIGITS = re.compile(r"[\d.]+")
_RUNNING = (State.PLAYING, State.PAUSED)


class Watcher:
    """Compares each view with the one before.

    Args:
        footer: keys as banners name them.
    """

    def __init__(self, footer: Footer) -> None:
        self._footer = footer
        self._before: View | None = None
        self._jobs = JobTeller()
        self._own: dict[str, float] = {}
        self._standing: set[str] = set()
        self._banner = ""
        self._loading = -1
        self._hanging_s = float("-inf")
        self._overs: tuple[list[int], float] = ([], float("-inf"))
        self._xruns: tuple[int, float] = (-1, float("-inf"))
        self._null: tuple[str, str] | None = None

    def asked(self, kind: str, now_s: float) -> None:
        """This console has asked the engine for something, and said so."""
        self._own[kind] = now_s

    def _is_own(self, kind: str, view: View) -> bool:
        return view.now_s - self._own.get(kind, float("-inf")) < _OWN_S

    def news(self, view: View, jobs: Sequence[Job]) -> Iterator[News]:
        """What is to be told now."""
        before, self._before = self._before, view
        yield from self._health(view)
        if before is not None and before.session is not None and view.session is not None:
            for text in session_changes(before.session, view.session):
                yield text, "note"
            for watch in _WATCHES:
                yield from watch(before, view)
            yield from self._words(before, view)
        yield from self._counted(view)
        yield from self._warned(view)
        yield from self._nulled(view)
        yield from self._jobs.news(jobs, view.now_s)

    def _health(self, view: View) -> Iterator[News]:
        """The engine's state, where it is not simply there."""
        if view.snapshot.transport.state is State.LOADING and not view.engine_is_lost:
            job = view.snapshot.job
            step = int(job.progress * 4) if job.progress == job.progress else 0
            if step != self._loading:
                self._loading = step
                share = f" {25 * step}%" if step else ""
                yield f"loading: {job.label or 'the session'}{share}", "note"
            return
        self._loading = -1
        found = banner_of(view, self._footer)
        text = found[0] if found is not None else ""
        if view.health is not Health.HANGING:
            self._hanging_s = view.now_s
        elif view.now_s - self._hanging_s < _HANGING_S:
            return  # a busy machine may hold up a beat or two
        if text != self._banner:
            was, self._banner = self._banner, text
            if found is not None:
                yield text, {"bad": "error", "warn": "warning"}.get(found[1], "note")
            elif "HANGING" in was or "STOPPED" in was:
                yield "the engine answers again", "note"

    def _words(self, before: View, view: View) -> Iterator[News]:
        """Target, version, snapshot and file, where somebody else has changed them."""
        for key, kind in (("target", "target"), ("version", "version")):
            then, now = getattr(before.document, key), getattr(view.document, key)
            if then != now and not self._is_own(kind, view):
                yield f"{key} {now or 'none'}", "note"
        letter = view.snapshot.transport.snapshot
        if (
            letter != before.snapshot.transport.snapshot
            and not self._is_own("snapshot", view)
            and letter >= 0
        ):
            yield f"snapshot {'ABCD'[letter]}", "note"
        saved = view.document.saved_revision
        if saved != before.document.saved_revision and not self._is_own("save", view):
            yield "the session was saved", "note"

    def _counted(self, view: View) -> Iterator[News]:
        """Overs and under-runs, as they happen but not too often."""
        if view.reading is not None and view.session is not None:
            master = view.reading.totals.master_overs
            counts = [master.overs - master.overs_at_reset]
            counts += [overs_of(view, index) for index in range(len(view.session.stems))]
            known, told_s = self._overs
            if len(known) != len(counts) or any(now < then for now, then in zip(counts, known, strict=True)):
                self._overs = (counts, told_s)
            elif counts != known and view.now_s - told_s >= _PERIOD_S:
                names = ["master", *(stem.name for stem in view.session.stems)]
                more = [
                    f"{name} {now - then}"
                    for name, now, then in zip(names, counts, known, strict=True)
                    if now > then
                ]
                self._overs = (counts, view.now_s)
                yield f"over: {', '.join(more)}, {position(view)}", "warning"
        output = view.snapshot.output
        known_xruns, told_s = self._xruns
        if known_xruns < 0 or output.device == "null" or output.xruns < known_xruns:
            self._xruns = (output.xruns, told_s)
        elif output.xruns > known_xruns and view.now_s - told_s >= _PERIOD_S:
            self._xruns = (output.xruns, view.now_s)
            yield f"under-runs of the device: {output.xruns - known_xruns}", "warning"

    def _warned(self, view: View) -> Iterator[News]:
        """What newly is wrong; figures in it may move."""
        found = {_DIGITS.sub("", one.text): one for one in pressing(view)}
        for key, one in found.items():
            if key not in self._standing:
                yield one.text, one.level
        self._standing = set(found)

    def _nulled(self, view: View) -> Iterator[News]:
        """The verdict of the test that the engine runs by itself; a fail is told as a warning."""
        if null_state(view) != "current":
            return
        found = null_reading(view)
        now = (found.text, found.remark)
        if self._null is not None and now[0] != self._null[0] and "FAIL" not in found.text:
            yield f"the stems are tested again: {found.text} {found.remark}", "note"
        self._null = now


def _transport(before: View, view: View) -> Iterator[News]:
    then, now = before.snapshot.transport, view.snapshot.transport
    if then.state is not now.state and then.state in _RUNNING and now.state in _RUNNING:
        yield f"{state_words(view)} {position(view)}", "note"
    # a track is silent while it is measured, and then as loud as the song
    matched = now.source is Source.TRACK and heard_words(before) != heard_words(view)
    is_asked_for = now.source is Source.TRACK and not view.document.listening
    if (then.source is not now.source or matched) and not is_asked_for:
        yield heard_words(view), "note"
    ends = ("loop_on", "loop_start_frames", "loop_end_frames")
    if any(getattr(then, name) != getattr(now, name) for name in ends):
        yield loop_words(view), "note"


def _monitor(before: View, view: View) -> Iterator[News]:
    then, now = before.snapshot.monitor, view.snapshot.monitor
    if then.level_db != now.level_db:
        yield f"monitor {change(now.level_db).strip()} dB", "note"
    for name in ("dim", "mono", "side", "swap"):
        if getattr(then, name) != getattr(now, name):
            yield f"monitor {name} {'on' if getattr(now, name) else 'off'}", "note"
    if then.translation != now.translation:
        yield f"monitor like {now.translation}" if now.translation else "monitor plain", "note"


def _device(before: View, view: View) -> Iterator[News]:
    then, now = before.snapshot.output, view.snapshot.output
    if then.device_state is not now.device_state or then.device != now.device:
        lost = now.device_state is DeviceState.LOST
        first = then.device_state is DeviceState.CLOSED and not then.device
        if not lost and not first:  # that it is lost stands among the warnings
            back = "the device is back: " if then.device_state is DeviceState.LOST else ""
            yield back + device_words(view), "note"


def _solved(before: View, view: View) -> Iterator[News]:
    then, now = before.snapshot.status, view.snapshot.status
    if then.drive_stale and not now.drive_stale and now.target_lufs == now.target_lufs:
        yield f"solved for {now.target_lufs:g} LUFS: drive {change(now.drive_db).strip()} dB", "note"


def _clients(before: View, view: View) -> Iterator[News]:
    then, now = before.snapshot.status.clients, view.snapshot.status.clients
    if then != now and now > 1:
        yield f"{now} consoles are attached", "note"


_WATCHES: Sequence[Callable[[View, View], Iterator[News]]] = (
    _transport,
    _monitor,
    _device,
    _solved,
    _clients,
)
