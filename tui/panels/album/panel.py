"""The album of the session: order, gaps, titles and codes of its tracks, edited in the album file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.errors import StemlatheError
from engine.link.records import State
from engine.session.album.files import edit_album
from engine.session.album.model import AlbumTrack
from engine.session.album.order import swap_tracks
from engine.session.editing import Change
from tui.actions.registry import Declare
from tui.controls.asking import Asking
from tui.display.cells import Canvas
from tui.panels.album.about import ask_about
from tui.panels.album.album_file import AlbumFile
from tui.panels.album.picture import AlbumPicture, draw_album
from tui.panels.album.told import tell_album
from tui.panels.album.undo import AlbumUndo
from tui.panels.page import job_key
from tui.panels.sheet import Sheet
from tui.panels.told import Told
from tui.view import Panel, View
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

if TYPE_CHECKING:
    from engine.report.album import AlbumFinding, AlbumReport, AlbumTrackReport

_action = Declare("session", frozenset({Panel.ALBUM}))

ACTIONS = (
    _action("album_audition", "P", "hear the gap in front of the track, or stop it", footer="hear gap"),
    _action("album_track_later", "J", "the track one place later", control=True, footer="later"),
    _action("album_track_earlier", "K", "the track one place earlier", control=True, footer="earlier"),
    _action("album_title", "enter", "type the track's title", control=True, footer="title"),
    _action("album_isrc", "I", "type the track's ISRC", control=True, footer="ISRC"),
    _action("album_about", "E", "type the album's title, artist, codes, sides", control=True, footer="album"),
    _action("album_fades", "F", "type the track's fade in and fade out", control=True, footer="fades"),
    _action("cancel_album", "D delete", "cancel what is being made"),
)

#: Shown by `?` above the keys.
HELP = (
    "The album file beside the session; edits are written to it at once, comments stay, u takes them back "
    "and ctrl+r makes them again. h l and H L change the gap in front of the track by 0.1 s and 1 s, = types "
    "it; below 0 it is a cross-fade. J K move the track, F types its fades; E is about the album as a whole: "
    "title, artist, EAN, codes, loudness, record sides. P plays the last seconds of the track before, the "
    "gap, and the first of this one, at the monitor's level; the session pauses for it. R makes the album: "
    "DDP image, cue sheet, tracks, record sides, approval page. The line below the tracks is the disc: ┃ is "
    "a mark, a hole is a pause. Levels are those of the album that was made last."
)

#: The device that makes no sound (`engine.live.devices.device.NULL`).
NULL = "null"
_GAP_STEPS_S = {"step_down": -0.1, "step_up": 0.1, "coarse_down": -1.0, "coarse_up": 1.0}


class AlbumPanel:
    """The panel.

    Args:
        runner: runs the verb that plans and makes the album.
    """

    actions = ACTIONS
    help = HELP

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._sheet = Sheet()
        self._file = AlbumFile()
        self._undo = AlbumUndo()
        self._planned = -1
        self._answered: set[int] = set()

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        self._file.look(_session(view), view.now_s)
        jobs, hearing = self._jobs(), self._hearing()
        key = (self._file.changes, view.focus.row, *map(job_key, (*jobs, hearing)))
        if not self._sheet.is_due(canvas, "page", key):
            return
        draw_album(self._sheet.page(canvas), self._picture(view))
        self._sheet.show(canvas)

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        self._file.look(_session(view), view.now_s)
        return tell_album(self._picture(view))

    def _picture(self, view: View) -> AlbumPicture:
        jobs = self._jobs()
        reports = [cast("AlbumReport", job.result) for job in reversed(jobs) if job.result]
        newest = reports[0] if reports else None
        made = next((report for report in reports if report.ddp), None)
        return AlbumPicture(
            album=self._file.album,
            problem=self._file.problem,
            tracks=self._by_number(newest),
            levels=self._by_number(made),
            whole=None if made is None else made.album,
            folder="" if made is None else str(made.path),
            findings=() if newest is None else tuple(_findings(newest)),
            chosen=self._row(view),
            job=next((job for job in jobs if job.stage in (Stage.RUNNING, Stage.ENDING)), jobs[-1])
            if jobs
            else None,
            hearing=self._hearing(),
            now_s=view.now_s,
        )

    def rows(self, view: View) -> int:
        """Tracks."""
        return 0 if self._file.album is None else len(self._file.album.tracks)

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Tracks, for `/`."""
        tracks = () if self._file.album is None else self._file.album.tracks
        return [(track.title, f"track {place}") for place, track in enumerate(tracks, 1)]

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions; values and `render` in its own way."""
        own = {action.name for action in ACTIONS} | {*_GAP_STEPS_S, "type_value", "render", "undo", "redo"}
        if name not in own:
            return False
        album, path = self._file.album, self._file.path
        if album is None or path is None:
            controls.say(self._file.problem or "there is no album file beside this session", "warning")
            return True
        track = album.tracks[self._row(view)]
        if name in _GAP_STEPS_S:
            self._set(controls, track, "gap", gap_s=round(track.gap_s + _GAP_STEPS_S[name], 3))
        elif name == "type_value":
            self._ask_gap(controls, track)
        elif name == "album_title":
            controls.ask("title", track.title, lambda text: self._set(controls, track, "title", title=text))
        elif name == "album_isrc":
            controls.ask(
                "ISRC", track.isrc or "", lambda text: self._set(controls, track, "ISRC", isrc=text or None)
            )
        elif name == "album_about":
            ask_about(controls, album, lambda what, changes: self._change(controls, path, what, changes))
        elif name == "album_fades":
            self._ask_fades(controls, track)
        elif name == "album_audition":
            self._hear(controls, view, track, path)
        elif name in ("undo", "redo"):
            self._step(controls, path, name)
        elif name in ("album_track_later", "album_track_earlier"):
            self._move(controls, view, path, 1 if name == "album_track_later" else -1)
        elif name == "render":
            self._make(controls, path)
        elif name == "cancel_album":
            for job in [*self._jobs(), *filter(None, [self._hearing()])]:
                if job.active:
                    self._runner.cancel(job)
        return True

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: asks for lengths where the file has changed, and before replacing."""
        if view.focus.panel is not Panel.ALBUM:
            return
        due = self._planned != self._file.changes
        if self._file.album is not None and self._file.path is not None and due:
            self._planned = self._file.changes
            for job in self._jobs():
                if job.stage is Stage.WAITING and "--plan" in job.work.arguments:
                    self._runner.cancel(job)  # it would plan what the file says now, as the new one does
            self._runner.start(Work("album", self._file.path, ("--plan",)))
        for job in self._jobs():
            if job.stage is Stage.FAILED and job.error_kind == "exists" and id(job) not in self._answered:
                self._answered.add(id(job))
                self._ask_to_replace(job, controls)

    def _make(self, controls: Asking, path: Path) -> None:
        if any(job.active and "--plan" not in job.work.arguments for job in self._jobs()):
            controls.say("the album is being made already: D cancels it")
        else:
            controls.run(Work("album", path))

    def _ask_to_replace(self, job: Job, controls: Asking) -> None:
        again = Work("album", job.work.session, ("--force",))
        controls.confirm("the album is there already: replace it?", lambda: controls.run(again))

    def _row(self, view: View) -> int:
        return max(0, min(view.focus.row, self.rows(view) - 1))

    def _ask_gap(self, controls: Asking, track: AlbumTrack) -> None:
        def entered(text: str) -> None:
            try:
                gap_s = float(text.strip().replace("−", "-").replace(",", "."))
            except ValueError:
                controls.say(f"'{text}' is no number of seconds", "warning")
                return
            self._set(controls, track, "gap", gap_s=gap_s)

        controls.ask("gap in s, below 0 a cross-fade", f"{track.gap_s:g}", entered)

    def _ask_fades(self, controls: Asking, track: AlbumTrack) -> None:
        def entered(text: str) -> None:
            words = text.replace(",", ".").split()
            try:
                fade_in_s, fade_out_s = map(float, words)
            except ValueError:
                controls.say(f"'{text}' is not two numbers of seconds, as in 0 2.5", "warning")
                return
            self._set(controls, track, "fades", fade_in_s=fade_in_s, fade_out_s=fade_out_s)

        now = f"{track.fade_in_s:g} {track.fade_out_s:g}"
        controls.ask("fade in and fade out in s", now, entered)

    def _set(self, controls: Asking, track: AlbumTrack, what: str, **values: Any) -> None:
        path = self._file.path
        assert path is not None, "there is an album"
        changes = [(("tracks", track.number - 1, key), value) for key, value in values.items()]
        self._change(controls, path, f"{what} of {track.label}", changes)

    def _change(self, controls: Asking, path: Path, what: str, changes: Sequence[Change]) -> None:
        self._edit(controls, path, what, lambda: edit_album(path, changes))

    def _move(self, controls: Asking, view: View, path: Path, by: int) -> None:
        row = self._row(view)
        if not 0 <= row + by < self.rows(view):
            controls.say("it is at the end already")
            return
        label = f"order of tracks {min(row, row + by) + 1} and {max(row, row + by) + 1}"
        if self._edit(controls, path, label, lambda: swap_tracks(path, min(row, row + by))):
            controls.focus(row=row + by)

    def _edit(self, controls: Asking, path: Path, label: str, change: Callable[[], object]) -> bool:
        """Changes the album file, or says why not."""
        try:
            self._undo.watch(path, label, change)
        except StemlatheError as error:
            controls.say(error.message.partition(": ")[2] or error.message, "error")
            return False
        self._file.read()
        return True

    def _step(self, controls: Asking, path: Path, name: str) -> None:
        """Undo or redo of what was done here; the session's own steps are those of the other panels."""
        try:
            label = self._undo.undo(path) if name == "undo" else self._undo.redo(path)
        except StemlatheError as error:
            controls.say(error.message.partition(": ")[2] or error.message, "error")
            return
        self._file.read()
        controls.say(f"nothing to {name} in the album" if label is None else f"{name}: {label}")

    def _hear(self, controls: Asking, view: View, track: AlbumTrack, path: Path) -> None:
        """Plays the gap in front of a track, by a player of its own through the engine's device."""
        hearing = self._hearing()
        if hearing is not None and hearing.active:
            self._runner.cancel(hearing)
            if f"{track.number}" in hearing.work.arguments:
                return
        if view.snapshot.transport.state is State.PLAYING:
            controls.send("pause", {})
        device = view.snapshot.output.device
        wanted = view.document.device_wanted or "default"
        if device == NULL:
            wanted = NULL
            controls.say("the engine plays on 'null', without sound: choose a device with :device", "warning")
        arguments = ("--audition", f"{track.number}", "--device", wanted)
        self._runner.start(Work("album", path, arguments, turn="audition"))

    def _jobs(self) -> list[Job]:
        """Plans and albums."""
        return [job for job in self._of_albums() if "--audition" not in job.work.arguments]

    def _hearing(self) -> Job | None:
        """The newest gap that was to be heard."""
        return next((job for job in reversed(self._of_albums()) if "--audition" in job.work.arguments), None)

    def _by_number(self, report: AlbumReport | None) -> dict[int, AlbumTrackReport]:
        """What was found of the tracks that still stand where they stood then."""
        tracks = () if self._file.album is None else self._file.album.tracks
        titles = {track.number: track.title for track in tracks}
        found = () if report is None else report.tracks
        return {one.number: one for one in found if titles.get(one.number) == one.title}

    def _of_albums(self) -> list[Job]:
        return [job for job in self._runner.jobs if job.work.verb == "album"]


def _session(view: View) -> Path | None:
    path = view.document.path
    return None if not path else Path(path)


def _findings(report: AlbumReport) -> Iterator[AlbumFinding]:
    """Those of the disc, then those of the record's sides, which say where on the side, and which stem."""
    yield from report.findings
    for side in report.vinyl:
        for one in side.findings:
            at = "" if one.at_s is None else f" at {int(one.at_s) // 60}:{int(one.at_s) % 60:02d}"
            whose = "" if one.stem is None else f", stem '{one.stem}'"
            yield replace(one, message=f"side {side.side}{at}{whose}: {one.message}")
