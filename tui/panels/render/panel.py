"""The renders: deliverables × versions to choose from, a queue, and a verdict for every file."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from engine.link.records import Role
from tui.actions.registry import Declare
from tui.controls.asking import Asking
from tui.controls.copying import Copy
from tui.display.cells import Canvas
from tui.panels.page import job_key
from tui.panels.render import editor
from tui.panels.render.deliveries import ROWS, Deliveries
from tui.panels.render.disk import RENDERS, DiskReader
from tui.panels.render.on_file import FileReader, OnFile
from tui.panels.render.picture import STRIPS_FROM, RenderPicture, draw_renders
from tui.panels.render.plan import Cell, Outcome, calls_for, cells_of, columns_of, outcomes, planned_cells
from tui.panels.render.told import tell_renders
from tui.panels.sheet import Sheet
from tui.panels.told import Told
from tui.view import Panel, View
from tui.work.other_renders import OtherRenders, all_renders
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

#: How long the engine may take to write the session file, s.
_PATIENCE_S = 10.0
#: What the key that cancels ends.
_CANCELLED = ("render", "deliver", "verify")

_action = Declare("session", frozenset({Panel.RENDER}))

ACTIONS = (
    _action("toggle_output", "enter", "choose this version, or leave it out", footer="choose"),
    _action("only_output", "n", "choose only this one", footer="only this"),
    _action("planned_outputs", "N", "choose what the deliverables name"),
    _action("version_left", "h minus", "the version to the left"),
    _action("version_right", "l plus", "the version to the right"),
    _action("cancel_render", "D delete", "cancel the newest render, delivery or verification"),
    _action("deliver", "O", "deliver the chosen versions into a folder", footer="deliver"),
    _action("verify_delivery", "V", "verify a delivery", footer="verify"),
    _action("output_folder", "", "write renders into another folder, or beside the session", "[folder]"),
    _action("client_note", "E", "write the note to the client", "[file]"),
    *editor.ACTIONS,
)

#: Shown by `?` above the keys.
HELP = (
    "Rows are the session's deliverables, columns the versions. R renders the chosen cells (▣) from the "
    "saved session, offline and beside what plays; unsaved edits are saved first, after asking. Every file "
    "is measured again after it was written: ✓ it meets target, ceiling and format, ✖ it does not, and the "
    "line under the table says why. ○ behind a result: the session has been edited since. A render goes on "
    "when the console is left; stemlathe watch shows it. Files that somebody else has rendered are read from "
    "the record beside them. :output-folder takes another place for them. "
    "O delivers the chosen versions into a folder that can be sent, V looks at a "
    f"delivery again, E writes a note to the client about the newest. {editor.HELP}"
)


class RenderPanel:
    """The panel.

    Args:
        runner: runs the renders.
        others: knows those that others run; None: nobody does.
    """

    actions = ACTIONS
    help = HELP

    def __init__(self, runner: Runner, others: OtherRenders | None = None) -> None:
        self._runner, self._others = runner, others
        self._sheet = Sheet()
        self._chosen: frozenset[Cell] | None = None
        self._waiting: tuple[int, float] | None = None
        self._answered: set[int] = set()
        self._noted: set[int] = set()
        self._disk = DiskReader()
        self._deliveries = Deliveries(runner)
        self._editor = editor.OutputEditor()
        self._files = FileReader(runner)
        #: the loudness of every file is shown, not only that of the focused cell's
        self._strips = False
        #: where renders are written while this console is open; None: into `renders/` beside the session.
        self._folder: Path | None = None
        self._then: Callable[[View, Asking], None] = self._start

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        jobs, session = all_renders(self._runner.jobs, self._others, view.document), view.session
        revision = view.document.revision
        unsaved = revision != view.document.saved_revision
        disk = self._disk.look(session, revision, view.now_s)
        known = (id(disk), self._deliveries.key())
        self._strips = canvas.width >= STRIPS_FROM
        # what is not known of the files yet is asked for here, and drawn once it is
        self._on_file({**disk.outcomes, **outcomes(jobs)}, view)
        key = (
            tuple(job_key(job) for job in jobs),
            view.focus.row,
            view.focus.column,
            unsaved,
            revision,
            known,
            self._files.key(),
        )
        if not self._sheet.is_due(
            canvas, "page", (*key, self._chosen, id(session), self._waiting is not None)
        ):
            return
        page = self._sheet.page(canvas)
        rows = 0 if self._deliveries.is_silent(disk.deliveries) else ROWS
        draw_renders(page.part(0, 0, page.width, page.height - rows), self._picture(view))
        if rows:
            place = page.part(1, page.height - rows, page.width - 2, rows)
            self._deliveries.draw(place, disk.deliveries, view.now_s)
        self._sheet.show(canvas)

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        picture = self._picture(view)
        return tell_renders(picture, self._deliveries.told(self._disk.found.deliveries))

    def _picture(self, view: View) -> RenderPicture:
        jobs, session = all_renders(self._runner.jobs, self._others, view.document), view.session
        revision = view.document.revision
        disk = self._disk.look(session, revision, view.now_s)
        active = [job for job in jobs if job.active]
        running = next((job for job in active if job.stage is not Stage.WAITING), None)
        found = {**disk.outcomes, **outcomes(jobs)}
        return RenderPicture(
            session=session,
            planned=frozenset() if session is None else planned_cells(session),
            chosen=self._cells(view),
            focus=self._focus(view),
            outcomes=found,
            on_file=self._on_file(found, view),
            running=frozenset() if running is None or session is None else cells_of(running, session),
            waiting=frozenset(
                cell
                for job in active
                if job.stage is Stage.WAITING and session is not None
                for cell in cells_of(job, session)
            ),
            job=running or (jobs[-1] if jobs else None),
            queued=sum(job.stage is Stage.WAITING for job in jobs),
            unsaved=revision != view.document.saved_revision,
            saving=self._waiting is not None,
            revision=revision,
            now_s=view.now_s,
        )

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Deliverables, for `/`."""
        deliverables = () if view.session is None else view.session.deliverables
        return [(one.name, f"{one.encoding}  {', '.join(one.versions)}") for one in deliverables]

    def copies(self, view: View) -> list[Copy]:
        """The paths of what was rendered and delivered, for the clipboard."""
        jobs = all_renders(self._runner.jobs, self._others, view.document)
        disk = self._disk.look(view.session, view.document.revision, view.now_s)
        known = {**disk.outcomes, **outcomes(jobs)}
        files = [str(output.path) for outcome in known.values() for output in outcome.outputs]
        folders = [disk.deliveries[-1].folder] if disk.deliveries else []
        return [
            Copy("renders", "the paths of what was rendered", "\n".join(dict.fromkeys(files))),
            Copy("delivery", "the folder of the newest delivery", "".join(folders)),
        ]

    def _on_file(self, found: Mapping[Cell, Outcome], view: View) -> dict[str, OnFile]:
        """What the files under the cursor say of themselves."""
        cell = self._focus(view)
        outcome = None if cell is None else found.get(cell)
        paths = [] if outcome is None else [str(one.path) for one in outcome.outputs]
        beside = [
            str(output.path)
            for other, outcome in found.items()
            if self._strips and other != cell
            for output in outcome.outputs
            if output.stem is None
        ]
        return self._files.look(paths, view.now_s, beside)

    def rows(self, view: View) -> int:
        """Deliverables."""
        return 0 if view.session is None else len(view.session.deliverables)

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions; `render` among them."""
        moves = {"version_left": -1, "version_right": 1, "step_down": -1, "step_up": 1}
        moves |= {"coarse_down": -99, "coarse_up": 99}
        rows = {"row_up": -1, "row_down": 1}
        if name in moves and view.session is not None:
            last = len(columns_of(view.session)) - 1
            controls.focus(column=max(0, min(view.focus.column + moves[name], last)))
        elif name in rows:
            row = max(0, min(view.focus.row + rows[name], self.rows(view) - 1))
            controls.focus(row=row, column=view.focus.column)
        elif name == "toggle_output":
            self._choose(view, lambda cells, cell: cells ^ {cell})
        elif name == "only_output":
            self._choose(view, lambda _, cell: frozenset({cell}))
        elif name == "planned_outputs":
            self._chosen = None
        elif name == "render":
            self.render(view, controls)
        elif name == "output_folder":
            self._choose_folder(argument, view, controls)
        elif name == "cancel_render":
            active = [job for job in self._runner.jobs if job.active and job.work.verb in _CANCELLED]
            if active:
                self._runner.cancel(active[-1])
        elif name == "deliver":
            self._when_saved(view, controls, "deliver", self._deliver)
        elif name in ("verify_delivery", "client_note"):
            found = self._disk.found.deliveries
            newest = found[-1] if found else None
            if name == "verify_delivery":
                self._deliveries.verify(newest, controls)
            else:
                self._deliveries.note(argument, newest, view, controls)
        else:
            return self._editor.perform(name, argument, self._focus(view), view, controls)
        return True

    def render(self, view: View, controls: Asking) -> None:
        """Renders the chosen cells, once the session is saved."""
        self._when_saved(view, controls, "render", self._start)

    def _choose_folder(self, argument: str, view: View, controls: Asking) -> None:
        usual = Path(view.document.path).parent / RENDERS

        def go(line: str) -> None:
            folder = Path(line.strip()).expanduser()
            folder = folder if folder.is_absolute() else usual.parent / folder
            self._folder = None if not line.strip() or folder == usual else folder
            controls.say(f"renders go into {self._folder or usual}, from this console, until it is left")

        if argument:
            go(argument)
        else:
            controls.ask("write renders into", str(self._folder or usual), go, files=True)

    def _when_saved(
        self, view: View, controls: Asking, doing: str, then: Callable[[View, Asking], None]
    ) -> None:
        """Does something with the chosen cells of the saved session; says why not where that cannot be."""
        session, document = view.session, view.document
        if session is None or not document.path:
            controls.say("the session is still being loaded")
            return
        if not session.deliverables:
            controls.say("the session has no deliverables: I adds one", "warning")
            return
        if not self._cells(view):
            controls.say("no version is chosen: enter chooses one", "warning")
            return
        revision = document.revision
        if revision == document.saved_revision:
            then(view, controls)
            return
        controls.confirm(
            f"The session has unsaved edits: save them and {doing}?",
            lambda: self._save_first(revision, view.now_s, controls, then),
        )

    def _deliver(self, view: View, controls: Asking) -> None:
        if view.session is not None:
            self._deliveries.deliver(view, calls_for(view.session, self._cells(view)), controls)

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: renders once the session is saved, asks before files are replaced.

        What has been rendered is told to the engine, for the history.
        """
        if self._waiting is not None:
            revision, until_s = self._waiting
            if view.document.saved_revision >= revision:
                self._waiting = None
                self._then(view, controls)
            elif view.now_s > until_s:
                self._waiting = None
                controls.say("the session could not be saved: nothing was done", "error")
        self._deliveries.follow(controls)
        for job in self._jobs():
            if job.stage is Stage.DONE and id(job) not in self._noted:
                self._noted.add(id(job))
                if view.role is Role.CONTROLLER and job.work.revision:
                    controls.send("rendered", {"revision": job.work.revision})
            if job.error_kind == "exists" and id(job) not in self._answered:
                self._answered.add(id(job))
                self._ask_to_replace(job, controls)

    def _save_first(
        self, revision: int, now_s: float, controls: Asking, then: Callable[[View, Asking], None]
    ) -> None:
        controls.send("save", {})
        self._then = then
        self._waiting = (revision, now_s + _PATIENCE_S)

    def _start(self, view: View, controls: Asking) -> None:
        if view.session is None:
            return
        path, revision = Path(view.document.path), view.document.revision
        cells = self._cells(view)
        out = () if self._folder is None else ("--out", str(self._folder))
        works = [
            Work("render", path, (*arguments, *out), revision=revision)
            for arguments in calls_for(view.session, cells)
        ]
        # at once: a question that comes when somebody types already gets an answer nobody gave
        there = self._there(view, path, cells)
        if not there:
            self._run(works, controls)
            return
        one = f"{there[0]} is" if len(there) == 1 else f"{len(there)} files are"
        controls.confirm(
            f"{one} there already in {(self._folder or path.parent / RENDERS).name}/: replace?",
            lambda: self._run([_forced(work) for work in works], controls),
        )

    def _run(self, works: Sequence[Work], controls: Asking) -> None:
        for work in works:
            controls.run(work)

    def _there(self, view: View, path: Path, cells: frozenset[Cell]) -> list[str]:
        """Files that the chosen cells would replace, as far as that can be told without rendering: those
        an earlier render wrote for them, and those named for their deliverable in the usual folder."""
        known = outcomes(all_renders(self._runner.jobs, self._others, view.document))
        folder = self._folder or path.parent / RENDERS
        names = {
            output.path.name
            for cell in cells & known.keys()
            for output in known[cell].outputs
            if output.path.exists() and folder in output.path.parents
        }
        ending = tuple(f"[{name}]" for name in {name for name, _ in cells - known.keys()})
        with contextlib.suppress(OSError):
            names |= {file.name for file in folder.iterdir() if file.stem.endswith(ending)}
        return sorted(names)

    def _ask_to_replace(self, job: Job, controls: Asking) -> None:
        name = job.error.partition(": is already there")[0].rpartition("/")[2]
        again = _forced(job.work)
        controls.confirm(f"replace what is there already? {name} is", lambda: controls.run(again))

    def _jobs(self) -> list[Job]:
        return [job for job in self._runner.jobs if job.work.verb == "render"]

    def _cells(self, view: View) -> frozenset[Cell]:
        if view.session is None:
            return frozenset()
        if self._chosen is None:
            return planned_cells(view.session)
        names = {deliverable.name for deliverable in view.session.deliverables}
        columns = columns_of(view.session)
        return frozenset(cell for cell in self._chosen if cell[0] in names and cell[1] in columns)

    def _focus(self, view: View) -> Cell | None:
        if view.session is None or not view.session.deliverables:
            return None
        rows, columns = view.session.deliverables, columns_of(view.session)
        row = max(0, min(view.focus.row, len(rows) - 1))
        return rows[row].name, columns[max(0, min(view.focus.column, len(columns) - 1))]

    def _choose(self, view: View, change: Callable[[frozenset[Cell], Cell], frozenset[Cell]]) -> None:
        cell = self._focus(view)
        if cell is not None:
            self._chosen = change(self._cells(view), cell)


def _forced(work: Work) -> Work:
    """The same, over what is there."""
    return dataclasses.replace(work, arguments=(*work.arguments, "--force"))
