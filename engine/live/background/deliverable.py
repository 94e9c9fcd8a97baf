"""What the chosen deliverable plays with: drive and ceiling, as a render finds them."""

from __future__ import annotations

from pathlib import Path

from engine.deliver.solve import Solution
from engine.deliver.target import Rehearsal, Setting
from engine.live.background.results import Drive
from engine.live.background.state import Key, State
from engine.live.background.worker import Desk


class DriveTask:
    """Drive and ceiling.

    Args:
        folder: for what is kept between passes; never in memory.
    """

    name = "drive"
    repeats = False

    def __init__(self, folder: Path) -> None:
        self._rehearsal = Rehearsal(folder, memory_bytes=0)
        #: What was found last; for those who play what the engine plays.
        self.setting = Setting(None, None, None)

    def key(self, state: State) -> Key:
        """Everything that a render of it depends on."""
        return state.played_key

    def run(self, state: State, desk: Desk) -> None:
        """Solves, then tries the ceiling."""
        self.setting = Setting(None, None, None)
        told: list[Drive] = []

        def tell_first(solution: Solution) -> None:
            # later ones are for a lower ceiling, which is known when it has been tried
            if not told:
                told.append(_drive(state, solution, None, final=False))
                desk.tell(told[0])

        if state.deliverable is not None:
            self.setting = self._rehearsal.setting(
                state.session,
                state.deliverable,
                state.order.version,
                progress=desk.progress,
                solved=tell_first,
            )
        desk.tell(_drive(state, self.setting.solution, self.setting, final=True))


def _drive(state: State, solution: Solution | None, setting: Setting | None, *, final: bool) -> Drive:
    return Drive(
        revision=state.order.revision,
        target=state.order.target,
        version=state.order.version,
        drive_db=None if solution is None else solution.drive_db,
        ceiling_dbtp=None if setting is None else setting.ceiling_dbtp,
        integrated_lufs=None if solution is None else solution.integrated_lufs,
        solved=solution is None or solution.solved,
        final=final,
    )
