"""Everything of the console that works: its child processes, the panels that show them, and the tour."""

from __future__ import annotations

from tui.controls.asking import Asking
from tui.panels.registry import make_panels
from tui.tour import Tour
from tui.view import View
from tui.work.looking import Looking
from tui.work.new_sessions import NewSessions
from tui.work.verb_runner import Runner


class Workbench:
    """One per console; its work starts inside the console's event loop.

    Attributes:
        runner: runs the verbs.
        panels: all but the desk, by what they show.
        tour: of the demo.
    """

    def __init__(self) -> None:
        self.runner = Runner()
        self.panels = make_panels(self.runner)
        self.tour = Tour(self.runner)
        panels = (panel for panel in self.panels.values() if hasattr(panel, "follow"))
        self._waiting = [*panels, NewSessions(self.runner)]
        self._looking = Looking()

    def follow(self, view: View, controls: Asking, columns: int | None = 0) -> None:
        """To be called once a frame: what waits for the engine goes on, and so does the tour.

        Args:
            view: of this frame.
            controls: of the console.
            columns: of its screen; None: it has no picture.
        """
        for panel in self._waiting:
            panel.follow(view, controls)
        self._looking.follow(view, controls, columns)
        self.tour.follow(view)

    async def close(self) -> None:
        """Ends what has no use without the console; renders go on."""
        await self.runner.close()
