"""The null panel: what it shows at every size, and what its keys ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from documents import with_words
from work_views import SIZES, TEXT, Recorder, done, null_report, shown, under_way, view_of, with_row

from tui.controls.asking import live_work
from tui.display.cells import CellBuffer
from tui.panels.null.panel import NullPanel
from tui.view import Panel
from tui.work.answers import read_answer
from tui.work.verb_job import Job, Stage
from tui.work.verb_runner import Runner

VIEW = view_of(Panel.NULL)


@pytest.fixture
def panel(runner: Runner) -> NullPanel:
    return NullPanel(runner)


def finish(runner: Runner, **changes: object) -> Job:
    work = live_work(VIEW, "null")
    assert work is not None
    return done(runner, work, null_report(**changes))


def test_before_the_first_test_it_says_what_to_do(panel: NullPanel) -> None:
    text = shown(panel, VIEW)
    assert "n runs the test" in text
    assert "−60 dBFS" in text
    assert panel.rows(VIEW) == 0


def test_until_then_the_engines_own_verdict_stands(panel: NullPanel) -> None:
    found = {"verdict": "warn", "residual_rms_dbfs": -55.3}
    view = replace(VIEW, document=with_words(VIEW.document, {"null": found}))
    text = shown(panel, view)
    for part in ("▲ WARN", "residual −55.3 dBFS", "as the engine found it", "n runs the test"):
        assert part in text


def test_without_a_reference_it_says_how_to_name_one(panel: NullPanel) -> None:
    view = view_of(Panel.NULL, TEXT.replace('[reference]\npath = "mix.wav"', ""))
    assert "[reference]" in shown(panel, view)
    controls = Recorder()
    assert panel.perform("null_test", "", view, controls)
    assert controls.ran == []
    assert controls.said[0][1] == "warning"


def test_it_runs_when_it_is_first_looked_at_and_there_is_a_reference(
    panel: NullPanel, runner: Runner
) -> None:
    controls = Recorder()
    panel.follow(view_of(Panel.STEMS), controls)
    panel.follow(view_of(Panel.NULL, TEXT.replace('[reference]\npath = "mix.wav"', "")), controls)
    assert (controls.ran, controls.said) == ([], [])
    panel.follow(VIEW, controls)
    assert [work.verb for work in controls.ran] == ["null"]
    finish(runner)
    panel.follow(VIEW, controls)
    assert len(controls.ran) == 1


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_shows_verdict_figures_plots_and_cure(
    panel: NullPanel, runner: Runner, width: int, height: int
) -> None:
    finish(runner)
    text = shown(panel, VIEW, width, height)
    for part in ("✖ FAIL", "−31.2 dBFS", "−22.4 at 01:07", "−0.312 dB", "−103.0 dBFS", "−14.5 dB"):
        assert part in text
    assert "16 kHz" in text
    assert "−0.15 dB ✖" in text
    assert "+0.02 dB ✓" in text
    assert "gain in Bäss 低音  +1.25 dB" in text
    assert "93% sure" in text
    assert "⏎ applies" in text
    assert "▲ 01:07" in text
    if height >= 18:
        assert "31.5 Hz" in text
        assert "→ set source_gain_db" in text
    else:
        assert "more octaves need a higher window" in text
    if height >= 42:
        assert "Lead Vocal" in text
        assert "Ø invert" in text
        assert "+3.50" in text


def test_the_plot_follows_the_residual(panel: NullPanel, runner: Runner) -> None:
    levels: list[float | None] = [None] * 100 + [-6.0] * 100
    finish(runner, residual_over_time={"window_s": 0.5, "rms_dbfs": levels})
    rows = shown(panel, VIEW).splitlines()
    plot = [row[6:36] for row in rows if row[:6].strip() in ("−20", "−40", "−60")]
    assert len(plot) == 3
    for row in plot:
        assert set(row[:14]) == {" "}
        assert set(row[16:]) == {"⣿"}


def test_an_exact_null_has_nothing_to_explain(panel: NullPanel, runner: Runner) -> None:
    finish(
        runner,
        verdict="pass",
        exact=True,
        causes=[],
        residual_rms_dbfs=None,
        residual_over_time={"window_s": 0.5, "rms_dbfs": [None] * 9},
        worst_at_s=None,
    )
    text = shown(panel, VIEW, 100, 30)
    for part in ("● PASS", "exact", "−∞ dBFS", "nothing above −120 dBFS", "no causes to tell"):
        assert part in text


def test_where_a_small_difference_lies_is_told_also_where_the_line_is_narrow(
    panel: NullPanel, runner: Runner
) -> None:
    finish(runner, verdict="pass", exact=False, causes=[], residual_peak_dbfs=-60.5, worst_at_s=30.0)
    text = " ".join(shown(panel, VIEW, 80, 18).split())
    assert "up to −60.5 dBFS, most at 00:30" in text


def test_rows_choose_a_cause(panel: NullPanel, runner: Runner) -> None:
    finish(runner)
    assert panel.rows(VIEW) == 2
    text = shown(panel, with_row(VIEW, 1))
    assert "▸ 2/2 bus processing" in text
    assert "→ bounce the mix" in text
    assert "new bounce" in text
    assert shown(panel, with_row(VIEW, 99)) == text


def test_running_shows_how_far_and_how_long(panel: NullPanel, runner: Runner) -> None:
    work = live_work(VIEW, "null")
    assert work is not None
    job = under_way(runner, work)
    text = shown(panel, VIEW)
    for part in ("42%", "00:12 left", "D cancels", "fitting the stems"):
        assert part in text
    job.error = "mix.wav: is not there: put it back"
    job.move(Stage.FAILED)
    assert "✖ mix.wav: is not there" in shown(panel, VIEW)


def test_the_test_runs_on_the_live_text(panel: NullPanel) -> None:
    controls = Recorder()
    assert panel.perform("null_test", "", VIEW, controls)
    (work,) = controls.ran
    assert (work.text, work.revision) == (TEXT, 3)
    assert work.words() == [
        "null",
        "/songs/Falling Water.toml",
        "--note",
        "--stdin",
        "--json",
    ]


def test_enter_applies_the_chosen_cause_and_tests_again(panel: NullPanel, runner: Runner) -> None:
    finish(runner)
    controls = Recorder()
    assert panel.perform("apply_fix", "", VIEW, controls)
    # on top of the half dB that is there
    assert controls.edits == [("null fix: gain, Bäss 低音", [(("stems", 1, "source_gain_db"), 1.75)])]
    panel.follow(VIEW, controls)
    assert controls.ran == []  # the engine has not made it yet
    after = view_of(Panel.NULL, TEXT.replace("source_gain_db = 0.5", "source_gain_db = 1.75"), revision=4)
    panel.follow(after, controls)
    panel.follow(after, controls)
    (work,) = controls.ran
    assert "1.75" in (work.text or "")


def test_an_edit_that_was_refused_is_not_waited_for(panel: NullPanel, runner: Runner) -> None:
    finish(runner)
    controls = Recorder()
    panel.perform("apply_fixes", "", VIEW, controls)
    assert len(controls.edits) == 1
    panel.follow(replace(VIEW, now_s=VIEW.now_s + 60.0), controls)
    panel.follow(view_of(Panel.NULL, revision=9), controls)
    assert controls.ran == []


def test_what_needs_a_bounce_is_not_applied(panel: NullPanel, runner: Runner) -> None:
    finish(runner)
    controls = Recorder()
    panel.perform("apply_fix", "", with_row(VIEW, 1), controls)
    assert controls.edits == []
    assert "new bounce" in controls.said[0][0]


def test_a_result_of_other_stems_is_outdated_and_not_applied(panel: NullPanel, runner: Runner) -> None:
    finish(runner)
    trimmed = view_of(Panel.NULL, TEXT.replace('path = "drums.wav"', 'path = "drums.wav"\ntrim_db = 1.0'))
    assert "outdated" not in shown(panel, trimmed)  # a trim is no correction
    other = view_of(Panel.NULL, TEXT.replace("drums.wav", "drums 2.wav"))
    assert "outdated" in shown(panel, other)
    controls = Recorder()
    panel.perform("apply_fix", "", other, controls)
    assert controls.edits == []


def test_the_note_goes_where_the_user_says(panel: NullPanel, runner: Runner, tmp_path: Path) -> None:
    finish(runner)
    path = tmp_path / "note.txt"
    controls = Recorder(answer=str(path))
    panel.perform("null_note", "", VIEW, controls)
    assert "Falling Water - note to the mixer.txt" in controls.asked[0][1]
    assert path.read_text(encoding="utf-8").startswith("Subject: Falling Water")
    assert controls.said == [(f"written: {path}", "note")]
    path.write_text("mine", encoding="utf-8")
    controls = Recorder(yes=False)
    panel.perform("null_note", str(path), VIEW, controls)
    assert "replace it?" in controls.confirmed[0]
    assert path.read_text(encoding="utf-8") == "mine"


def test_nothing_is_drawn_twice(panel: NullPanel, runner: Runner) -> None:
    job = finish(runner)
    buffer = CellBuffer(80, 18)
    canvas = buffer.canvas
    panel.draw(canvas, VIEW)
    buffer.take_changes()
    panel.draw(canvas, replace(VIEW, now_s=2000.0))
    assert buffer.take_changes() == []
    job.result = read_answer(job.work, null_report(level_difference_db=-0.313))
    job.changes += 1
    panel.draw(canvas, VIEW)
    (span,) = buffer.take_changes()
    assert span.end - span.begin == 1


def test_other_actions_are_not_the_panels(panel: NullPanel) -> None:
    assert not panel.perform("trim_up", "", VIEW, Recorder())
    assert {action.panels for action in panel.actions} == {frozenset({Panel.NULL})}
