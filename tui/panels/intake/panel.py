"""The intake: can these stems be trusted, what is wrong, and a new file for one of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.report.check import CheckReport, StemFigures
from engine.report.null import NullReport
from engine.report.replace import FileFigures, changes_between
from engine.session.model import Session
from tui.actions.registry import Declare
from tui.controls.asking import Asking, live_work
from tui.display.cells import Canvas
from tui.glyphs.numbers import level
from tui.panels.intake.picture import IntakePicture, draw_intake
from tui.panels.intake.told import tell_intake
from tui.panels.newest import Newest
from tui.panels.page import job_key
from tui.panels.sheet import Sheet
from tui.panels.told import Told
from tui.view import Panel, View
from tui.work.verb_runner import Runner

#: Readings of the stems an intake makes: themselves, and where they lie in the mix.
_STEPS = 2
#: The engine hashes a new file before it takes it; a file of an hour takes it so long at most, s.
_PATIENCE_S = 60.0

_action = Declare("session", frozenset({Panel.INTAKE}))

ACTIONS = (
    _action("check", "n", "check the stems again", footer="check"),
    _action(
        "replace_stem", "enter", "another file for the chosen stem", "[file]", control=True, footer="replace"
    ),
    _action("cancel_check", "D delete", "cancel the check"),
)

#: Shown by `?` above the keys.
HELP = (
    "Every stem is read once, by itself and against the others: rate, length, word length really used, "
    "clipping, silence, DC, limiters and bus processing that are printed into it, files that changed since "
    "the session was saved. ✖ errors make the set unusable, ▲ warnings want a look, · notes are worth "
    "knowing. Enter gives the chosen stem, or the stem of the chosen finding, another file: its settings "
    "stay, the check and the null test run again, and what changed is told."
)


@dataclass
class _Replaced:
    """A stem that was given another file from here.

    Attributes:
        stem: its name.
        pin: path and hash before.
        revision: of the live session before.
        until_s: when to stop waiting for the engine.
        figures: of the old file as the last intake saw it; None: it was not looked at.
        null: verdict and residual before; None: not known.
        taken: the engine has taken the new file, and the tests run.
    """

    stem: str
    pin: tuple[Path, str | None]
    revision: int
    until_s: float
    figures: StemFigures | None
    null: str | None
    taken: bool = False


class IntakePanel:
    """The panel.

    Args:
        runner: runs the check.
    """

    actions = ACTIONS
    help = HELP

    def __init__(self, runner: Runner) -> None:
        self._check: Newest[CheckReport] = Newest(runner, "check")
        self._null: Newest[NullReport] = Newest(runner, "null")
        self._sheet = Sheet()
        self._replaced: _Replaced | None = None
        self._stem_row = (0, 0, "")

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        null = job_key(self._null.done) if self._replaced else None
        names = tuple(self._check.renamed(view.session).items())
        outdated = self.is_outdated(view)
        taken = self._replaced is not None and self._replaced.taken
        key = (self._check.key, null, view.focus.row, outdated, taken, names)
        if not self._sheet.is_due(canvas, "page", key):
            return
        draw_intake(self._sheet.page(canvas), self._picture(view))
        self._sheet.show(canvas)

    def _picture(self, view: View) -> IntakePicture:
        return IntakePicture(
            report=self._check.report_of(view.session),
            job=self._check.job,
            chosen=max(0, min(view.focus.row, self.rows(view) - 1)),
            outdated=self.is_outdated(view),
            told=self._told(),
            now_s=view.now_s,
        )

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        return tell_intake(self._picture(view))

    def rows(self, view: View) -> int:
        """Findings, then stems."""
        report = self._check.report
        return 0 if report is None else len(report.findings) + len(report.stems)

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Findings, then stems, for `/`."""
        report = self._check.report_of(view.session)
        if report is None:
            return []
        found = [(one.message, one.stem or "") for one in report.findings]
        return [*found, *((stem.name, "") for stem in report.stems)]

    def _keep_stem(self, view: View, controls: Asking) -> None:
        """A check that finds more, or less, moves the stems' rows: the keys go on acting on the same one."""
        report, row = self._check.report_of(view.session), view.focus.row
        if report is None or view.focus.panel is not Panel.INTAKE:
            return
        findings, names = len(report.findings), [one.name for one in report.stems]
        former_row, former_findings, name = self._stem_row
        if row == former_row and findings != former_findings and name in names:
            row = findings + names.index(name)
            controls.focus(row=row)
        chosen = names[row - findings] if findings <= row < findings + len(names) else ""
        self._stem_row = (row, findings, chosen)

    def row_of_stem(self, view: View, stem: int) -> int | None:
        """The row of a stem, for the keys that choose one; None: it is not in the list."""
        report = self._check.report_of(view.session)
        if report is None or view.session is None or not 0 <= stem < len(view.session.stems):
            return None
        names = [one.name for one in report.stems]
        name = view.session.stems[stem].name
        return len(report.findings) + names.index(name) if name in names else None

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions."""
        if name == "check":
            self.check(view, controls)
        elif name == "replace_stem":
            self._ask_for_file(argument, view, controls)
        elif name == "cancel_check":
            self._check.cancel()
        else:
            return False
        return True

    def check(self, view: View, controls: Asking) -> None:
        """Runs the check on what is live now."""
        work = live_work(view, "check", steps=_STEPS)
        if work is None:
            controls.say("the session is still being loaded")
        else:
            controls.run(work)

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: checks when first looked at, again once the engine has taken a new file."""
        if view.focus.panel is Panel.INTAKE and self._check.job is None and view.document.path:
            self.check(view, controls)
        self._keep_stem(view, controls)
        replaced = self._replaced
        if replaced is None or replaced.taken or view.session is None:
            return
        stem = next((stem for stem in view.session.stems if stem.name == replaced.stem), None)
        if stem is not None and (stem.path, stem.sha256) != replaced.pin:
            replaced.taken = True
            self.check(view, controls)
            null = live_work(view, "null", ("--note",), steps=3)
            if null is not None and view.session.reference is not None:
                controls.run(null)
        elif stem is None or view.now_s > replaced.until_s:
            self._replaced = None

    def is_outdated(self, view: View) -> bool:
        """Whether a stem has another file or hash than when the result came to be."""
        before = self._check.session
        return before is not None and view.session is not None and _files(before) != _files(view.session)

    def _chosen_stem(self, view: View) -> str | None:
        """The stem of the chosen row; else the one that is focused on the desk."""
        report, row = self._check.report_of(view.session), view.focus.row
        if report is not None:
            findings = report.findings
            stem = (
                findings[row].stem
                if row < len(findings)
                else report.stems[min(row, self.rows(view) - 1) - len(findings)].name
            )
            if stem is not None:
                return stem
        if report is None and view.session is not None and 0 <= view.focus.stem < len(view.session.stems):
            return view.session.stems[view.focus.stem].name
        return None

    def _ask_for_file(self, argument: str, view: View, controls: Asking) -> None:
        name = self._chosen_stem(view)
        stem = next((one for one in view.session.stems if one.name == name), None) if view.session else None
        if stem is None:
            controls.say("this is about no single stem: choose a stem's row")
        elif argument:
            self._replace(stem.name, argument, view, controls)
        else:
            controls.ask(
                f"another file for {stem.name}",
                str(stem.path),
                lambda line: self._replace(stem.name, line, view, controls),
                files=True,
            )

    def _replace(self, name: str, line: str, view: View, controls: Asking) -> None:
        path = Path(line.strip()).expanduser()
        if not line.strip() or view.session is None:
            return
        folder = view.session.path.parent
        if not (folder / path).is_file():
            controls.say(f"{path}: is not there: check the name", "error")
            return
        stem = next(stem for stem in view.session.stems if stem.name == name)
        report, null = self._check.report_of(view.session), self._null.report
        figures = [one for one in ([] if report is None else report.stems) if one.name == name]
        self._replaced = _Replaced(
            stem=name,
            pin=(stem.path, stem.sha256),
            revision=view.document.revision,
            until_s=view.now_s + _PATIENCE_S,
            figures=figures[0] if figures else None,
            null=None if null is None else _null_text(null),
        )
        controls.send("replace", {"stem": name, "path": str(folder / path)})
        controls.say(f"{name}: {path.name} is being read")

    def _told(self) -> str:
        """What the newest replacement has changed, once it has been measured; empty before."""
        replaced = self._replaced
        if replaced is None or not replaced.taken:
            return ""
        check, null = self._check.done, self._null.done
        report, null_report = self._check.report, self._null.report
        parts = []
        if check is not None and report is not None and check.work.revision > replaced.revision:
            found = [one for one in report.stems if one.name == replaced.stem]
            if found and replaced.figures is not None:
                changes = changes_between(_figures(replaced.figures), _figures(found[0]))
                parts += [change.text for change in changes] or ["no figure of the file has changed"]
        if null is not None and null_report is not None and null.work.revision > replaced.revision:
            before = "" if replaced.null is None else f"{replaced.null} → "
            parts.append(f"null test {before}{_null_text(null_report)}")
        return f"{replaced.stem} has a new file, its settings stay: {'; '.join(parts) or 'testing …'}"


def _files(session: Session) -> tuple[Any, ...]:
    reference = None if session.reference is None else (session.reference.path, session.reference.sha256)
    # corrections too: a stem that was late, and is moved, is late no longer
    return reference, tuple(
        (stem.path, stem.sha256, stem.source_gain_db, stem.polarity_inverted, stem.offset_samples)
        for stem in session.stems
    )


def _null_text(report: NullReport) -> str:
    return f"{report.verdict} {level(report.residual_rms_dbfs).strip()} dBFS"


def _figures(stem: StemFigures) -> FileFigures:
    """A stem of the intake; its loudness was not measured."""
    return FileFigures(
        path=stem.path,
        sample_rate=stem.sample_rate,
        channels=stem.channels,
        frames=stem.frames,
        duration_s=stem.duration_s,
        subtype=stem.subtype,
        bits=stem.bits,
        integrated_lufs=None,
        rms_dbfs=stem.rms_dbfs,
        true_peak_dbtp=stem.true_peak_dbtp,
        sha256=stem.sha256,
    )
