"""The song elsewhere: what each stem loses on each playback system, and what masks the vocal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.registry import Declare
from tui.controls.asking import Asking, live_work
from tui.display.cells import Canvas
from tui.panels.elsewhere.picture import ElsewherePicture, draw_elsewhere, masker_label, row_labels
from tui.panels.elsewhere.told import tell_elsewhere
from tui.panels.newest import Newest
from tui.panels.sheet import Sheet
from tui.panels.told import Told
from tui.view import Panel, View
from tui.work.verb_runner import Runner

if TYPE_CHECKING:
    from engine.report.translation import TranslationReport

#: Over the song: the stems, the mix's loudness, the systems.
PASSES = 3

_action = Declare("session", frozenset({Panel.ELSEWHERE}))

ACTIONS = (
    _action("judge_elsewhere", "n", "judge the playback systems again", footer="judge"),
    _action("cancel_elsewhere", "D delete", "cancel that"),
)

#: Shown by `?` above the keys.
HELP = (
    "Runs the mix and every stem through each playback system and tells how many LU are lost there, alone "
    "and against the mix, then which octaves of which stems mask the vocal, and when. @ lets you hear a "
    "system; nothing of it is ever in a render."
)


class ElsewherePanel:
    """The panel.

    Args:
        runner: runs `advise --translation`.
    """

    actions = ACTIONS
    help = HELP

    def __init__(self, runner: Runner) -> None:
        self._judged: Newest[TranslationReport] = Newest(runner, "advise")
        self._sheet = Sheet()

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws the panel where something has changed."""
        key = (self._judged.key, view.focus.row, self._is_outdated(view))
        if not self._sheet.is_due(canvas, "page", key):
            return
        draw_elsewhere(self._sheet.page(canvas), self._picture(view))
        self._sheet.show(canvas)

    def _picture(self, view: View) -> ElsewherePicture:
        return ElsewherePicture(
            report=self._judged.report,
            job=self._judged.job,
            chosen=max(0, min(view.focus.row, self.rows(view) - 1)),
            outdated=self._is_outdated(view),
            now_s=view.now_s,
        )

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        return tell_elsewhere(self._picture(view))

    def rows(self, view: View) -> int:
        """The mix, the stems, then what masks the vocal."""
        return len(self.labels(view))

    def labels(self, view: View) -> list[tuple[str, str]]:
        """The mix and the stems, then what masks the vocal, for `/`."""
        report = self._judged.report
        if report is None:
            return []
        maskers = [masker_label(masker) for masker in report.masking.maskers]
        return [
            *((name, "") for name in row_labels(report)),
            *((label, "masks the vocal") for label in maskers),
        ]

    def perform(self, name: str, _argument: str, view: View, controls: Asking) -> bool:
        """Does one of the panel's actions."""
        if name == "judge_elsewhere":
            self._judge(view, controls)
        elif name == "cancel_elsewhere":
            self._judged.cancel()
        else:
            return False
        return True

    def _judge(self, view: View, controls: Asking) -> None:
        work = live_work(view, "advise", ("--translation",), steps=PASSES)
        if work is None:
            controls.say("the session is still being loaded")
        else:
            controls.run(work)

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame: judges when first looked at."""
        if view.focus.panel is Panel.ELSEWHERE and self._judged.job is None and view.document.path:
            self._judge(view, controls)

    def _is_outdated(self, view: View) -> bool:
        """Whether the session has been edited since the result came to be."""
        done = self._judged.done
        return done is not None and done.work.revision != view.document.revision
