"""The album of the session: order, gaps, titles and codes of its tracks, edited in the album file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import StemlatheError
from engine.session.album.files import edit_album
from engine.session.album.model import AlbumTrack
from engine.session.album.order import swap_tracks
from tui.actions.registry import Declare
from tui.controls.asking import Asking
from tui.display.cells import Canvas
from tui.panels.album.album_file import AlbumFile
from tui.panels.album.picture import AlbumPicture, draw_album
from tui.panels.page import job_key
from tui.panels.sheet import Sheet
from tui.view import Panel, View
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

_action = Declare("session", frozenset({Panel.ALBUM}))

ACTIONS = (
    _action("album_track_later", "J", "the track one place later", control=True, footer="later"),
    _action("album_track_earlier", "K", "the track one place earlier", control=True, footer="earlier"),
    _action("album_title", "enter", "type the track's title", control=True, footer="title"),
    _action("album_isrc", "I", "type the track's ISRC", control=True, footer="ISRC"),
    _action("cancel_album", "D delete", "cancel what is being made"),
)

#: Shown by `?` above the keys.
HELP = (
    "The album file beside the session; edits are written to it at once, comments stay. h l and H L change "
    "the gap in front of the track by 0.1 s and 1 s, = types it; below 0 it is a cross-fade. J K move it. "
    "R makes the album: DDP image, cue sheet, tracks, record sides, approval page. The line below the tracks "
    "is the disc: ┃ is a mark, a hole is a pause. Levels are those of the album that was made last."
)

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
        self._planned = -1
        self._answered: set[int] = set()

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        self._file.look(_session(view), view.now_s)
        jobs = self._jobs()
        key = (self._file.changes, view.focus.row, tuple(job_key(job) for job in jobs))
        if not self._sheet.is_due(canvas, "page", key):
            return
        newest = next((job.result for job in reversed(jobs) if job.result), None) or {}
        made = next((job.result for job in reversed(jobs) if job.result and job.result.get("ddp")), None)
        picture = AlbumPicture(
            album=self._file.album,
            problem=self._file.problem,
            tracks=_by_number(newest),
            levels=_by_number(made or {}),
            whole=None if made is None else made.get("album"),
            findings=tuple(newest.get("findings", ())),
            chosen=self._row(view),
            job=jobs[-1] if jobs else None,
            now_s=view.now_s,
        )
        draw_album(self._sheet.page(canvas), picture)
        self._sheet.show(canvas)

    def rows(self, view: View) -> int:
        """Tracks."""
        return 0 if self._file.album is None else len(self._file.album.tracks)

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions; values and `render` in its own way."""
        own = {action.name for action in ACTIONS} | {*_GAP_STEPS_S, "type_value", "render"}
        if name not in own:
            return False
        album, path = self._file.album, self._file.path
        if album is None or path is None:
            controls.say(self._file.problem or "there is no album file beside this session", "warning")
            return True
        track = album.tracks[self._row(view)]
        if name in _GAP_STEPS_S:
            self._set(controls, track, "gap_s", round(track.gap_s + _GAP_STEPS_S[name], 3))
        elif name == "type_value":
            self._ask_gap(controls, track)
        elif name == "album_title":
            controls.ask("title", track.title, lambda text: self._set(controls, track, "title", text))
        elif name == "album_isrc":
            controls.ask(
                "ISRC", track.isrc or "", lambda text: self._set(controls, track, "isrc", text or None)
            )
        elif name in ("album_track_later", "album_track_earlier"):
            self._move(controls, view, path, 1 if name == "album_track_later" else -1)
        elif name == "render":
            controls.run(Work("album", path))
        elif name == "cancel_album":
            for job in self._jobs():
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
            self._set(controls, track, "gap_s", gap_s)

        controls.ask("gap in s, below 0 a cross-fade", f"{track.gap_s:g}", entered)

    def _set(self, controls: Asking, track: AlbumTrack, key: str, value: Any) -> None:
        path = self._file.path
        assert path is not None, "there is an album"
        self._edit(controls, lambda: edit_album(path, [(("tracks", track.number - 1, key), value)]))

    def _move(self, controls: Asking, view: View, path: Path, by: int) -> None:
        row = self._row(view)
        if not 0 <= row + by < self.rows(view):
            controls.say("it is at the end already")
            return
        if self._edit(controls, lambda: swap_tracks(path, min(row, row + by))):
            controls.focus(row=row + by)

    def _edit(self, controls: Asking, change: Callable[[], object]) -> bool:
        """Changes the album file, or says why not."""
        try:
            change()
        except StemlatheError as error:
            controls.say(error.message.partition(": ")[2] or error.message, "error")
            return False
        self._file.read()
        return True

    def _jobs(self) -> list[Job]:
        return [job for job in self._runner.jobs if job.work.verb == "album"]


def _session(view: View) -> Path | None:
    path = view.document.get("path")
    return None if not path else Path(path)


def _by_number(result: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {int(one["number"]): one for one in result.get("tracks", ())}
