"""Loudness: what plays, against every deliverable and every known target, each with date and source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.errors import StemlatheError
from engine.link.history import NO_HISTORY, Heard, History
from engine.session.targets import Target, listed, targets
from tui.actions.registry import Declare
from tui.controls.asking import Asking
from tui.controls.written import written
from tui.display.cells import Canvas
from tui.panels.loudness.histogram import counted
from tui.panels.loudness.picture import WIDE_FROM, Known, LoudnessPicture, draw_loudness
from tui.panels.loudness.told import tell_loudness
from tui.panels.page import job_key
from tui.panels.render.edits import deliverable_added
from tui.panels.render.plan import Outcome, outcomes
from tui.panels.sheet import Sheet
from tui.panels.told import Told
from tui.view import Panel, View
from tui.work.other_renders import OtherRenders, all_renders
from tui.work.verb_job import Job
from tui.work.verb_runner import Runner

_action = Declare("session", frozenset({Panel.LOUDNESS}))

ACTIONS = (
    _action(
        "play_target",
        "enter",
        "play at the deliverable's target, or add one for the target",
        control=True,
        footer="play at it",
    ),
)

#: Shown by `?` above the keys.
HELP = (
    "The figures are of the song by position: whatever order it was heard in, a place counts once, and as "
    "long as places are missing the whole is marked as partial. Above, the session's deliverables: how far "
    "what plays is from each target, and the margin of the true peak below its ceiling; on disk is what the "
    "last render measured. Below, every target known, with its date and source: what the song lies above it "
    "is what a service that normalises turns it down by. Enter plays at a deliverable's target; on a target "
    "it adds a deliverable for it."
)


def known_of(view: View) -> Known:
    """The figures of a view, in the steps in which they are shown."""
    master, states = view.snapshot.master, view.history.states
    heard = view.snapshot.status.loudness_heard
    outdated = states.count(Heard.OUTDATED) / len(states) if states else 0.0
    return Known(
        integrated_lufs=_tenths(master.integrated_lufs),
        lra_lu=_tenths(master.lra_lu),
        true_peak_dbtp=_tenths(master.true_peak_max_dbtp),
        plr_db=_tenths(master.plr_db),
        psr_db=_tenths(master.psr_db),
        heard=0.0 if math.isnan(heard) else math.floor(100.0 * heard) / 100.0,
        outdated=round(outdated, 2),
    )


def _tenths(value: float) -> float:
    return round(value, 1) if math.isfinite(value) else value


class LoudnessPanel:
    """The panel.

    Args:
        runner: whose renders are compared.
        others: knows those that others ran; None: nobody did.
    """

    actions = ACTIONS
    help = HELP

    def __init__(self, runner: Runner, others: OtherRenders | None = None) -> None:
        self._runner, self._others = runner, others
        self._sheet = Sheet()
        self._targets: Mapping[str, Target] | None = None
        self._presets: Mapping[str, Target] = {}
        self._problem = ""
        self._counted: tuple[History, Mapping[int, int]] = (NO_HISTORY, {})

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        jobs = self._jobs(view)
        known = known_of(view)
        playing = view.document.target
        # repr: NaN equals NaN there
        jobs_key = tuple(job_key(job) for job in jobs)
        counts = self._counts_of(view) if canvas.width >= WIDE_FROM else {}
        revision = view.document.revision
        key = (repr(known), playing, revision, view.focus.row, id(view.session), jobs_key, counts)
        if not self._sheet.is_due(canvas, "page", key):
            return
        draw_loudness(self._sheet.page(canvas), self._picture(view))
        self._sheet.show(canvas)

    def _jobs(self, view: View) -> list[Job]:
        return all_renders(self._runner.jobs, self._others, view.document)

    def _picture(self, view: View) -> LoudnessPicture:
        found: dict[tuple[str, str], Outcome] = outcomes(self._jobs(view))
        playing = view.document.target
        return LoudnessPicture(
            deliverables=() if view.session is None else view.session.deliverables,
            targets=tuple(self.targets().values()),
            presets=self._presets,
            problem=self._problem,
            known=known_of(view),
            playing=None if playing is None else str(playing),
            on_disk={name: outcome for (name, version), outcome in found.items() if version == "master"},
            revision=view.document.revision,
            chosen=max(0, min(view.focus.row, self.rows(view) - 1)),
            counts=self._counts_of(view),
        )

    def _counts_of(self, view: View) -> Mapping[int, int]:
        """As `counted`, once for the same history."""
        if self._counted[0] is not view.history:
            self._counted = (view.history, counted(view.history))
        return self._counted[1]

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        return tell_loudness(self._picture(view))

    def targets(self) -> Mapping[str, Target]:
        """The targets of the list; the user's own file may be broken, and then says so."""
        if self._targets is None:
            try:
                self._presets = targets()
            except StemlatheError as error:
                self._presets, self._problem = {}, error.message
            self._targets = listed(self._presets)
        return self._targets

    def rows(self, view: View) -> int:
        """Deliverables, then targets."""
        return (0 if view.session is None else len(view.session.deliverables)) + len(self.targets())

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions."""
        if name != "play_target":
            return False
        deliverables: tuple[Any, ...] = () if view.session is None else view.session.deliverables
        if view.focus.row >= len(deliverables):
            self._add(view, controls)
            return True
        chosen = deliverables[max(0, view.focus.row)].name
        controls.send("target", {"deliverable": None if view.document.target == chosen else chosen})
        return True

    def _add(self, view: View, controls: Asking) -> None:
        """Adds a deliverable with the chosen target's preset, named after it."""
        deliverables = () if view.session is None else view.session.deliverables
        names = list(self.targets())
        place = view.focus.row - len(deliverables)
        if view.session is None or not 0 <= place < len(names):
            return
        tree = written(view)
        if tree is None:
            controls.say("the session cannot be read", "error")
            return
        edit = deliverable_added(tree, names[place], names[place])
        controls.edit(edit.label, edit.changes)
        controls.focus(row=len(deliverables))
        controls.say(f"{edit.label}: enter plays at it, R renders it")

    def labels(self, view: View) -> list[tuple[str, str]]:
        """Deliverables, then targets, for `/`."""
        deliverables = () if view.session is None else view.session.deliverables
        own = [(one.name, one.preset or "") for one in deliverables]
        return [*own, *((name, "target") for name in self.targets())]
