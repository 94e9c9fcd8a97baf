"""All panels but the desk."""

from __future__ import annotations

from typing import Any

from tui.panels.album.panel import AlbumPanel
from tui.panels.chain.panel import ChainPanel
from tui.panels.compare.panel import ComparePanel
from tui.panels.elsewhere.panel import ElsewherePanel
from tui.panels.history.panel import HistoryPanel
from tui.panels.intake.panel import IntakePanel
from tui.panels.loudness.panel import LoudnessPanel
from tui.panels.null.panel import NullPanel
from tui.panels.render.panel import RenderPanel
from tui.view import Panel
from tui.work.codec import CodecListening
from tui.work.other_renders import OtherRenders
from tui.work.verb_runner import Runner


def make_panels(runner: Runner) -> dict[Panel, Any]:
    """The panels, by what they show.

    Args:
        runner: does their work.
    """
    others = OtherRenders()
    return {
        Panel.CHAIN: ChainPanel(),
        Panel.INTAKE: IntakePanel(runner),
        Panel.NULL: NullPanel(runner),
        Panel.COMPARE: ComparePanel(CodecListening(runner)),
        Panel.LOUDNESS: LoudnessPanel(runner, others),
        Panel.RENDER: RenderPanel(runner, others),
        Panel.HISTORY: HistoryPanel(),
        Panel.ALBUM: AlbumPanel(runner),
        Panel.ELSEWHERE: ElsewherePanel(runner),
    }
