"""The render panel: what is chosen, what runs, what each file measured; and a real render."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from documents import with_words
from work_views import (
    PATH,
    SIZES,
    TEXT,
    Recorder,
    done,
    output,
    render_report,
    shown,
    under_way,
    view_of,
    with_row,
)

from engine.compiler.warm import ensure_compiled
from engine.link.records import Role
from engine.processes.ended_renders import Ending
from engine.processes.status import EngineStatus
from engine.processes.watch_view import Outlook, Sight
from engine.report.reading import read_as
from engine.report.render import OutputReport, ToldOutput
from engine.session.files import read_text_session
from tui.panels.render.panel import RenderPanel
from tui.panels.render.plan import calls_for, columns_of, planned_cells
from tui.view import Panel, View
from tui.work.other_renders import OtherRenders
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner

VIEW = view_of(Panel.RENDER)
SESSION = VIEW.session
assert SESSION is not None


@pytest.fixture
def panel(runner: Runner) -> RenderPanel:
    return RenderPanel(runner)


def finish(runner: Runner, *outputs: dict[str, object], revision: int = 3) -> Job:
    return done(runner, Work("render", PATH, revision=revision), render_report(*outputs))


def test_the_plan_asks_for_as_few_runs_as_possible() -> None:
    assert SESSION is not None
    planned = planned_cells(SESSION)
    assert planned == {
        ("streaming", "master"),
        ("streaming", "instrumental"),
        ("streaming", "acapella"),
        ("cd", "master"),
    }
    assert calls_for(SESSION, planned) == [()]
    assert calls_for(SESSION, {("cd", "master"), ("streaming", "master")}) == [
        ("--deliverable", "streaming", "--deliverable", "cd", "--version", "master")
    ]
    assert calls_for(SESSION, {("cd", "master"), ("streaming", "tv")}) == [
        ("--deliverable", "streaming", "--version", "tv"),
        ("--deliverable", "cd", "--version", "master"),
    ]
    assert calls_for(SESSION, set()) == []


def test_a_version_of_ones_own_has_a_column() -> None:
    text = TEXT + "[versions.club]\ntrims_db = { Drums = 1.0 }\n"
    assert columns_of(read_text_session(text, PATH))[-1] == "club"


def test_a_version_that_is_planned_moves_no_column() -> None:
    """Keys that follow, and the cursor, mean the same version as before."""
    planned = TEXT.replace('versions = ["master"]', 'versions = ["vocal_down"]')
    session = read_text_session(planned, PATH)
    assert "vocal_down" in session.deliverables[1].versions
    assert columns_of(session) == columns_of(read_text_session(TEXT, PATH))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_shows_matrix_and_verdicts(
    panel: RenderPanel, runner: Runner, width: int, height: int
) -> None:
    finish(runner, output("streaming", "master"), output("cd", "master", holds=False))
    text = shown(panel, VIEW, width, height)
    for part in ("✓ 1 hold", "✖ 1 missed", "R renders 4", "streaming", "instr", "acap", "▣ ✓", "▣ ✖"):
        assert part in text
    assert "−14.00 of −14.0 LUFS" in text
    assert "−1.01 of −1.0 dBTP" in text
    assert ("limiting 3.2 dB" in text) == (width >= 160)
    assert ("voc−" in text) == (width >= 80)


def test_a_miss_tells_why(panel: RenderPanel, runner: Runner) -> None:
    finish(runner, output("streaming", "master"), output("cd", "master", holds=False))
    text = shown(panel, with_row(VIEW, 1))
    assert "cd · master" in text
    assert "−15.21 LUFS is the nearest that can be reached" in text
    assert "in /songs/renders" in text


def test_results_of_an_older_session_are_marked(panel: RenderPanel, runner: Runner) -> None:
    finish(runner, output("streaming", "master"), revision=2)
    text = shown(panel, VIEW)
    assert "✓○" in text
    assert "older than the newest edit" in text


def test_the_engine_is_told_what_was_rendered_once(panel: RenderPanel, runner: Runner) -> None:
    finish(runner, output("streaming", "master"), revision=2)
    controls = Recorder()
    panel.follow(replace(VIEW, role=Role.OBSERVER), controls)
    assert controls.sent == []
    finish(runner, output("streaming", "master"), revision=3)
    for _ in range(2):
        panel.follow(replace(VIEW, role=Role.CONTROLLER), controls)
    assert controls.sent == [("rendered", {"revision": 3})]


def test_keys_choose_cells(panel: RenderPanel) -> None:
    controls = Recorder()
    panel.perform("row_down", "", with_row(VIEW, 0, 2), controls)
    panel.perform("version_right", "", with_row(VIEW, 1, 2), controls)
    panel.perform("version_left", "", with_row(VIEW, 1, 0), controls)
    assert controls.moves == [{"row": 1, "column": 2}, {"column": 3}, {"column": 0}]
    panel.perform("toggle_output", "", with_row(VIEW, 0, 1), controls)
    panel.perform("toggle_output", "", with_row(VIEW, 0, 3), controls)
    panel.perform("render", "", VIEW, controls)
    assert controls.ran == [
        Work(
            "render",
            PATH,
            (
                "--deliverable",
                "streaming",
                "--version",
                "master",
                "--version",
                "acapella",
                "--version",
                "tv",
            ),
            revision=3,
        ),
        Work("render", PATH, ("--deliverable", "cd", "--version", "master"), revision=3),
    ]
    controls = Recorder()
    panel.perform("only_output", "", with_row(VIEW, 1, 0), controls)
    assert "R renders 1" in shown(panel, VIEW)
    panel.perform("planned_outputs", "", VIEW, controls)
    panel.perform("render", "", VIEW, controls)
    assert controls.ran == [Work("render", PATH, (), revision=3)]


def test_unsaved_edits_are_saved_before_they_are_rendered(panel: RenderPanel) -> None:
    edited = view_of(Panel.RENDER, revision=5, saved=3)
    assert "unsaved edits: R saves them first" in shown(panel, edited)
    controls = Recorder(yes=False)
    panel.perform("render", "", edited, controls)
    panel.follow(edited, controls)
    assert (controls.sent, controls.ran) == ([], [])
    controls = Recorder()
    panel.perform("render", "", edited, controls)
    assert controls.sent == [("save", {})]
    panel.follow(edited, controls)
    assert controls.ran == []
    panel.follow(view_of(Panel.RENDER, revision=5, saved=5), controls)
    panel.follow(view_of(Panel.RENDER, revision=5, saved=5), controls)
    assert [work.revision for work in controls.ran] == [5]


def test_another_folder_takes_the_renders_and_is_looked_into(panel: RenderPanel, tmp_path: Path) -> None:
    (tmp_path / "Falling Water (Master) [cd].wav").touch()
    controls = Recorder()
    panel.perform("output_folder", str(tmp_path), VIEW, controls)
    assert str(tmp_path) in controls.said[-1][0]
    panel.perform("render", "", VIEW, controls)
    assert "1 file" in controls.confirmed[0] or "[cd].wav is there" in controls.confirmed[0]
    assert controls.ran[-1].arguments == ("--out", str(tmp_path), "--force")
    panel.perform("output_folder", "", VIEW, Recorder(answer=""))  # nothing typed: beside the session again
    again = Recorder()
    panel.perform("render", "", VIEW, again)
    assert again.ran[-1].arguments == ()


def test_a_save_that_fails_renders_nothing(panel: RenderPanel) -> None:
    edited = view_of(Panel.RENDER, revision=5, saved=3)
    controls = Recorder()
    panel.perform("render", "", edited, controls)
    panel.follow(replace(edited, now_s=edited.now_s + 60.0), controls)
    assert controls.said[-1][1] == "error"
    panel.follow(view_of(Panel.RENDER, revision=5, saved=5), controls)
    assert controls.ran == []


def test_files_that_are_there_are_asked_about_once(panel: RenderPanel, runner: Runner) -> None:
    job = Job(Work("render", PATH, ("--version", "tv"), revision=3), Stage.FAILED, error_kind="exists")
    job.error = "/songs/renders/Falling Water (TV Mix) [cd].wav: is already there: pass --force"
    runner.jobs.append(job)
    controls = Recorder()
    panel.follow(VIEW, controls)
    panel.follow(VIEW, controls)
    assert len(controls.confirmed) == 1
    assert "Falling Water (TV Mix) [cd].wav" in controls.confirmed[0]
    assert controls.ran == [Work("render", PATH, ("--version", "tv", "--force"), revision=3)]


def test_the_queue_and_each_verdict_are_seen_while_it_runs(panel: RenderPanel, runner: Runner) -> None:
    job = under_way(runner, Work("render", PATH, ("--deliverable", "streaming"), revision=3))
    runner.jobs.append(Job(Work("render", PATH, ("--deliverable", "cd"), revision=3)))
    job.speed, job.loudness_lufs = 23.0, -14.2
    job.outputs.append(read_as(OutputReport, output("streaming", "master")))
    text = shown(panel, VIEW, 100, 28)
    for part in ("42%", "00:12 left", "23 ×", "−14.2 LUFS", "+1 waiting", "▣ ✓", "▣ ▶", "▣ …"):
        assert part in text
    panel.perform("cancel_render", "", VIEW, Recorder())
    assert runner.jobs[-1].stage is Stage.CANCELLED


def test_a_session_without_deliverables_says_how_to_add_one(panel: RenderPanel) -> None:
    view = view_of(Panel.RENDER, TEXT.partition("[[deliverables]]")[0])
    assert "no deliverables. I adds one" in shown(panel, view)
    controls = Recorder()
    panel.perform("render", "", view, controls)
    assert (controls.ran, controls.said[0][1]) == ([], "warning")


def test_many_stems_do_not_run_off_the_screen(panel: RenderPanel, runner: Runner) -> None:
    finish(runner, *(output("streaming", "stems", stem=f"Stem {n}") for n in range(24)))
    stems = columns_of(SESSION).index("stems") if SESSION else 0
    assert "more …" in shown(panel, with_row(VIEW, 0, stems))
    assert "… and" in shown(panel, VIEW)


def real_view(folder: Path) -> View:
    """A session of one second that renders."""
    samples = np.random.default_rng(1).uniform(-0.3, 0.3, (3, 48000, 2))
    for name, one in zip(("drums", "bass", "vocal"), samples, strict=True):
        soundfile.write(folder / f"{name}.wav", one, 48000, "PCM_24")
    soundfile.write(folder / "mix.wav", samples.sum(axis=0), 48000, "FLOAT")
    path = folder / "Süng.toml"
    text = TEXT.partition('[[deliverables]]\nname = "cd"')[0]
    path.write_text(text, encoding="utf-8")
    return replace(
        VIEW,
        session=read_text_session(text, path),
        document=with_words(VIEW.document, {"path": str(path), "text": text}),
    )


def test_a_real_render_is_seen_verified(
    panel: RenderPanel, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    view = real_view(tmp_path)
    ensure_compiled()  # not in the child, where a cold cache would look like a hang

    async def act() -> None:
        controls = Recorder()
        panel.perform("render", "", view, controls)
        job = runner.start(controls.ran[0])
        await asyncio.wait_for(runner.wait(job), 120.0)
        assert job.stage is Stage.DONE, job.error
        # once more: asked before anything is started, with a count
        again = Recorder(yes=False)
        panel.perform("render", "", view, again)
        assert again.ran == []
        assert "3 files are there already in renders/" in again.confirmed[0]
        panel.perform("render", "", view, controls)
        assert controls.ran[-1].arguments == ("--force",)

    asyncio.run(act())
    assert len(list((tmp_path / "renders").iterdir())) == 3
    told = runner.jobs[0].outputs
    assert [one.version for one in told] == ["master", "instrumental", "acapella"]
    text = shown(panel, view, 160, 42)
    assert "✓ 3 hold" in text
    assert "of −14.0 LUFS" in text


def test_a_render_of_somebody_else_is_known(tmp_path: Path, runner: Runner) -> None:
    session = tmp_path / "song.toml"
    session.write_text("", encoding="utf-8")
    ended, running, now_s = [], [], [0.0]
    others = OtherRenders(lambda: Outlook(tuple(running), ()), lambda: list(ended), lambda: now_s[0])
    panel = RenderPanel(runner, others)
    document = with_words(VIEW.document, {"path": str(session), "saved_revision": 3, "revision": 3})
    view = dataclasses.replace(VIEW, document=document)
    assert "not rendered yet" in shown(panel, view, 100, 28)
    status = EngineStatus("song-2", 77, session, "render", "rendering", None, 0.42, 0, None, 0, None)
    running.append(Sight(status, label="solving", left_s=12.0, speed=23.0))
    now_s[0] += 2.0
    text = shown(panel, view, 100, 28)
    for part in ("42%", "00:12 left", "solving"):
        assert part in text
    running.clear()
    told = read_as(ToldOutput, output("streaming", "master"))
    ended.append(Ending("song-2", 77, session, "done", "", 5.0, time.time() + 60.0, (told,)))
    now_s[0] += 2.0
    text = shown(panel, view, 100, 28)
    assert "▣ ✓" in text
    assert "not rendered yet" not in text
    (job,) = others.jobs(session, 3, ())
    assert job.work.revision == 3  # the file has not been written since: it is what is heard
    assert others.jobs(session, 3, {77}) == []  # this console's own are known better
    assert others.jobs(tmp_path / "other.toml", 3, ()) == []


def test_the_heading_is_never_cut(panel: RenderPanel, runner: Runner) -> None:
    missed = output("streaming", "instrumental", holds=False)
    finish(runner, output("streaming", "master"), missed, output("cd", "master"))
    edited = view_of(Panel.RENDER, revision=4)
    for width in (80, 100, 160):
        heading = shown(panel, edited, width).splitlines()[0]
        assert "R renders 4" in heading
        assert "unsaved" in heading
        assert "first" in heading
        assert "…" not in heading
