"""Everything of the console that works: its child processes, the panels that show them, and the tour."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions.registry import Action
from tui.jobs import Job, Work
from tui.panels.asking import Asking
from tui.panels.intake import IntakePanel
from tui.panels.loudness import LoudnessPanel
from tui.panels.null import NullPanel
from tui.panels.render import RenderPanel
from tui.tour import ACTION as TOUR_ACTION
from tui.tour import Tour
from tui.view import Panel, View
from tui.work import Runner

WorkPanel = IntakePanel | NullPanel | LoudnessPanel | RenderPanel


class Workbench:
    """One per console; its work starts inside the console's event loop.

    Attributes:
        runner: runs the verbs.
        panels: the work panels by what they show.
        tour: of the demo.
        actions: those that belong to no panel.
    """

    actions: tuple[Action, ...] = (TOUR_ACTION,)

    def __init__(self) -> None:
        self.runner = Runner()
        self.intake, self.null = IntakePanel(self.runner), NullPanel(self.runner)
        self.loudness, self.render = LoudnessPanel(self.runner), RenderPanel(self.runner)
        self.tour = Tour(self.runner)
        self.panels: Mapping[Panel, WorkPanel] = {
            Panel.INTAKE: self.intake,
            Panel.NULL: self.null,
            Panel.LOUDNESS: self.loudness,
            Panel.RENDER: self.render,
        }

    def run(self, work: Work) -> Job:
        """Starts work; returns at once."""
        return self.runner.start(work)

    def perform(self, name: str) -> bool:
        """Does an action that belongs to no panel; False: it is none of these."""
        if name != TOUR_ACTION.name:
            return False
        self.tour.toggle()
        return True

    def follow(self, view: View, controls: Asking) -> None:
        """To be called once a frame: what waits for the engine goes on, and so does the tour."""
        self.intake.follow(view, controls)
        self.null.follow(view, controls)
        self.render.follow(view, controls)
        self.tour.follow(view)

    async def close(self) -> None:
        """Ends what has no use without the console; renders go on."""
        await self.runner.close()
