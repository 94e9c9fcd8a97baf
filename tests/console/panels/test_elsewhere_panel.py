"""The panel of playback systems: what is lost where, what masks the vocal, at every size and in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from elsewhere_views import MASKER, SYSTEMS, report
from work_views import SIZES, Recorder, done, shown, view_of, with_row

from tui.controls.asking import live_work
from tui.panels.elsewhere.panel import ElsewherePanel
from tui.view import Panel
from tui.work.verb_job import Job
from tui.work.verb_runner import Runner

VIEW = view_of(Panel.ELSEWHERE)


@pytest.fixture
def panel(runner: Runner) -> ElsewherePanel:
    return ElsewherePanel(runner)


def finish(runner: Runner, result: dict[str, Any]) -> Job:
    work = live_work(VIEW, "advise", ("--translation",))
    assert work is not None
    return done(runner, work, result)


def test_it_judges_when_first_looked_at_and_when_asked(panel: ElsewherePanel) -> None:
    assert "n judges" in shown(panel, VIEW)
    controls = Recorder()
    panel.follow(VIEW, controls)
    assert panel.perform("judge_elsewhere", "", VIEW, controls)
    words = ["advise", "/songs/Falling Water.toml", "--translation", "--stdin", "--json"]
    assert [sorted(work.words()) for work in controls.ran] == [sorted(words)] * 2


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_losses_and_masking_stand_at_every_size(
    panel: ElsewherePanel, runner: Runner, width: int, height: int
) -> None:
    finish(runner, report(MASKER))
    text = shown(panel, VIEW, width, height)
    for part in ("the mix", *SYSTEMS, "Drums", "Bass", "−8.5", "−14.0", "—", "Lead Vocal", "Guitars 2k"):
        assert part in text
    assert "00:12–00:15" in text
    assert "sub of Bass is gone" in text


def test_rows_go_through_signals_and_maskers(panel: ElsewherePanel, runner: Runner) -> None:
    finish(runner, report(MASKER))
    assert [label for label, _ in panel.labels(VIEW)] == ["the mix", "Drums", "Bass", "Guitars 2k"]
    assert panel.rows(VIEW) == 4
    rows = shown(panel, with_row(VIEW, 3)).splitlines()
    assert [row.strip()[:12] for row in rows if "▸" in row] == ["▸ Guitars 2k"]


def test_without_a_vocal_the_reason_stands_there(panel: ElsewherePanel, runner: Runner) -> None:
    finish(runner, report(reason="no stem is a vocal"))
    assert "no stem is a vocal" in shown(panel, VIEW)
    assert panel.rows(VIEW) == 3


def test_an_edit_makes_it_outdated(panel: ElsewherePanel, runner: Runner) -> None:
    finish(runner, report(MASKER))
    assert "outdated" not in shown(panel, VIEW)
    later = view_of(Panel.ELSEWHERE, revision=VIEW.document.revision + 1)
    assert "outdated" in shown(panel, later)


def test_it_is_told_in_words(panel: ElsewherePanel, runner: Runner) -> None:
    finish(runner, report(MASKER))
    told = panel.told(with_row(VIEW, 3))
    assert told.rows[1].startswith("Drums: phone −8.5 LU")
    assert "phone nothing left" in told.rows[2]
    assert told.row == "Guitars 2k Hz masks the vocal for 12.5 s: 00:12 to 00:15, 01:00 to 01:02"


def test_that_more_masks_the_vocal_than_there_is_room_for_is_told(
    panel: ElsewherePanel, runner: Runner
) -> None:
    finish(runner, report(*[MASKER] * 40))
    text = shown(panel, VIEW, 80, 18)
    assert re.search(r"\d+ more ↓", text)
    rows = sum("Guitars 2k" in row for row in text.splitlines())
    assert f"{40 - rows} more ↓" in text
    assert "more ↓" not in shown(panel, with_row(VIEW, panel.rows(VIEW) - 1), 80, 18)


@pytest.mark.parametrize(("width", "height"), [(80, 18), (120, 30), (200, 52)])
def test_of_many_stems_all_are_shown_or_those_that_are_not_are_told(
    panel: ElsewherePanel, runner: Runner, width: int, height: int
) -> None:
    found = report(MASKER)
    found["stems"] = [{**found["stems"][0], "stem": f"Stem {number}"} for number in range(1, 33)]
    finish(runner, found)
    text = shown(panel, VIEW, width, height)
    count = len(re.findall(r"Stem \d+", text))
    assert count == 32 or f"1–{count + 1}/33" in text
    assert count == 32 if height > 50 else count > height // 2
    assert "Guitars 2k" in text


def test_where_many_voices_have_no_room_they_are_counted(panel: ElsewherePanel, runner: Runner) -> None:
    found = report(MASKER)
    found["masking"]["vocals"] = [f"Lead Vocal {number}" for number in range(1, 6)]
    finish(runner, found)
    assert "what masks the 5 vocals: octave, for how long, signal to mask, when" in shown(panel, VIEW, 80, 18)
    assert "Lead Vocal 5: octave" in shown(panel, VIEW, 160, 42)
