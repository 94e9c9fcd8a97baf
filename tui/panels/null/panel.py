"""The null test: do the stems sum to the mix, where not, why, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.report.null import NotedNullReport
from engine.report.null_causes import CAUSES, NullCause, is_correctable
from engine.session.corrections import corrections
from engine.session.model import Session
from tui.actions.registry import Declare
from tui.controls.asking import Asking, live_work
from tui.controls.copying import Copy
from tui.display.cells import Canvas
from tui.panels.newest import Newest
from tui.panels.note_file import ask_for_note
from tui.panels.null.picture import NullPicture, draw_null
from tui.panels.null.told import tell_null
from tui.panels.page import level_or_silence
from tui.panels.sheet import Sheet
from tui.panels.told import Told
from tui.view import Panel, View
from tui.work.verb_runner import Runner

#: Passes a test makes when it has something to explain: comparing, and fitting with and without lags.
_STEPS = 3
#: Longest wait for an edit that the engine was asked for, s.
_PATIENCE_S = 5.0

_action = Declare("session", frozenset({Panel.NULL}))

ACTIONS = (
    _action("null_test", "n", "run the null test", footer="test"),
    _action("apply_fix", "enter", "apply the chosen cause's fix", control=True, footer="apply"),
    _action("apply_fixes", "F", "apply every fix that needs no new bounce", control=True),
    _action("null_note", "N", "write the note to the mixer", "[file]", footer="note"),
    _action("cancel_null", "D delete", "cancel the null test"),
)

#: Shown by `?` above the keys.
HELP = (
    "The stems, with their corrections only, are summed and compared with the reference mix. What is left "
    "is the residual: below −60 dBFS nothing that can be heard was lost on the way from the mix. The plot "
    "shows it along the song (▲ the worst 400 ms), the table in each octave. d listens to it. A cause "
    "marked ⏎ is mended by a correction of the session, which u undoes; the others need a new bounce: "
    "N writes the message that asks the mix engineer for it."
)


class NullPanel:
    """The panel.

    Args:
        runner: runs the test.
    """

    actions = ACTIONS
    help = HELP

    def __init__(self, runner: Runner) -> None:
        self._test: Newest[NotedNullReport] = Newest(runner, "null")
        self._sheet = Sheet()
        self._again: tuple[int, float] | None = None

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        row = self._chosen(view)
        engine = _engines_own(view)
        names = tuple(self._test.renamed(view.session).items())
        key = (self._test.key, row, view.session is None, engine, self.is_outdated(view), names)
        if not self._sheet.is_due(canvas, "page", key):
            return
        draw_null(self._sheet.page(canvas), self._picture(view))
        self._sheet.show(canvas)

    def _picture(self, view: View) -> NullPicture:
        return NullPicture(
            report=self._test.report_of(view.session),
            job=self._test.job,
            chosen=self._chosen(view),
            outdated=self.is_outdated(view),
            has_reference=view.session is None or view.session.reference is not None,
            now_s=view.now_s,
            engine=_engines_own(view),
        )

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        return tell_null(self._picture(view))

    def rows(self, view: View) -> int:
        """Causes to choose from."""
        return len(self._causes())

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Causes, for `/`."""
        report = self._test.report_of(view.session)
        causes = () if report is None else report.causes
        return [(cause_name(cause), cause.evidence) for cause in causes]

    def copies(self, view: View) -> list[Copy]:
        """The note to the mixer, for the clipboard."""
        report = self._test.report
        return [] if report is None else [Copy("mixer", "the note to the mixer", report.note)]

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions."""
        if name == "null_test":
            self.test(view, controls)
        elif name == "apply_fix":
            causes = self._causes()
            self._apply(causes[self._chosen(view) :][:1], view, controls)
        elif name == "apply_fixes":
            self._apply(
                [cause for cause in self._causes() if is_correctable(cause.kind, cause.channel)],
                view,
                controls,
            )
        elif name == "null_note":
            self._note(argument, view, controls)
        elif name == "cancel_null":
            self._test.cancel()
        else:
            return False
        return True

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: tests when first looked at, and again once a correction has been made."""
        has_reference = view.session is not None and view.session.reference is not None
        is_ready = has_reference and view.document.path
        if view.focus.panel is Panel.NULL and self._test.job is None and is_ready:
            self.test(view, controls)
        if self._again is None:
            return
        revision, until_s = self._again
        if view.document.revision > revision:
            self._again = None
            self.test(view, controls)
        elif view.now_s > until_s:
            self._again = None

    def test(self, view: View, controls: Asking) -> None:
        """Runs the test on what is live now."""
        work = live_work(view, "null", ("--note",), steps=_STEPS)
        if work is None:
            controls.say("the session is still being loaded")
        elif view.session is not None and view.session.reference is None:
            controls.say("there is no reference mix: add [reference] to the session file", "warning")
        else:
            controls.run(work)

    def is_outdated(self, view: View) -> bool:
        """Whether stems, reference or corrections have changed since the result that is shown."""
        session = self._test.session
        return session is not None and view.session is not None and _heard(session) != _heard(view.session)

    def _causes(self) -> list[NullCause]:
        report = self._test.report
        return [] if report is None else list(report.causes)

    def _chosen(self, view: View) -> int:
        return max(0, min(view.focus.row, len(self._causes()) - 1))

    def _apply(self, causes: list[NullCause], view: View, controls: Asking) -> None:
        session = self._test.session
        if self._test.job is not None and self._test.job.active:
            controls.say("the null test is still running: apply what it finds once it is done")
            return
        if session is None or not causes:
            controls.say("there is nothing to apply: n runs the null test")
            return
        if self.is_outdated(view):
            controls.say("the stems have changed since this test: n runs it again", "warning")
            return
        changes = corrections(session, causes)
        if not changes:
            controls.say("no correction mends this: it needs a new bounce; N writes the note", "warning")
            return
        label = "null fixes" if len(causes) > 1 else f"null fix: {cause_name(causes[0])}"
        controls.edit(label, changes)
        self._again = (view.document.revision, view.now_s + _PATIENCE_S)

    def _note(self, argument: str, view: View, controls: Asking) -> None:
        done, report = self._test.done, self._test.report
        if done is None or report is None:
            controls.say("there is nothing to write yet: n runs the null test")
            return
        title = view.session.title if view.session is not None else done.work.session.stem
        path = Path(argument).expanduser() if argument else None
        ask_for_note(report.note, path, f"{title}: note to the mixer.txt", controls)


def _engines_own(view: View) -> tuple[str, float] | None:
    """Verdict and residual of the test that the engine runs beside the music."""
    found = view.document.null
    return None if found is None else (found.verdict, level_or_silence(found.residual_rms_dbfs))


def cause_name(cause: NullCause) -> str:
    """`gain, Drums`, or `polarity, Drums, left`."""
    parts = (CAUSES[cause.kind].title, cause.stem, cause.channel)
    return ", ".join(part for part in parts if part is not None)


def _heard(session: Session) -> tuple[Any, ...]:
    """What a null test depends on."""
    stems = tuple(
        (stem.path, stem.sha256, stem.source_gain_db, stem.polarity_inverted, stem.offset_samples)
        for stem in session.stems
    )
    return session.reference, stems
