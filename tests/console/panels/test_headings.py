"""Every panel begins with its title, in the first row, one cell from the edge."""

from __future__ import annotations

from pathlib import Path

import pytest
from work_views import check_report, done, null_report, shown, view_of

from tui.controls.asking import live_work
from tui.panels.intake.panel import IntakePanel
from tui.panels.null.panel import NullPanel
from tui.view import Panel
from tui.work.console_services import Workbench
from tui.work.verb_runner import Runner

TITLES = {
    Panel.CHAIN: "CHAIN  Drums",
    Panel.INTAKE: "INTAKE",
    Panel.NULL: "NULL TEST",
    Panel.COMPARE: "COMPARE",
    Panel.LOUDNESS: "LOUDNESS",
    Panel.RENDER: "RENDER",
    Panel.HISTORY: "HISTORY",
    Panel.ALBUM: "ALBUM",
    Panel.ELSEWHERE: "ELSEWHERE",
}


@pytest.mark.parametrize("panel", TITLES, ids=lambda panel: panel.value)
@pytest.mark.parametrize("size", [(80, 18), (160, 42)])
def test_a_panel_begins_with_its_title(own_folders: Path, panel: Panel, size: tuple[int, int]) -> None:
    drawn = shown(Workbench().panels[panel], view_of(panel), *size)
    assert drawn.splitlines()[0].startswith(f" {TITLES[panel]}")


def test_a_verdict_stands_behind_it(runner: Runner) -> None:
    for panel, verb, report, first in (
        (NullPanel(runner), "null", null_report(), " NULL TEST  ✖ FAIL"),
        (
            NullPanel(runner),
            "null",
            null_report(verdict="pass", exact=True),
            " NULL TEST  ● PASS  exact: the stems",
        ),
        (IntakePanel(runner), "check", check_report(), " INTAKE  ✖ FAIL  1 error, 1 warning, 1 note"),
    ):
        view = view_of(Panel.NULL if verb == "null" else Panel.INTAKE)
        work = live_work(view, verb)
        assert work is not None
        done(runner, work, report)
        assert shown(panel, view, 100, 28).splitlines()[0].startswith(first)
