"""What the render panel tells of finished files: hash, tags and loudness along the song, read once."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from work_views import done, output, render_report, shown, view_of

from engine.cli.main import main
from engine.tags.file import write_tags
from engine.tags.tags import Tags
from tui.panels.render.on_file import strip_text
from tui.panels.render.panel import RenderPanel
from tui.view import Panel, View
from tui.work.answers import read_answer
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner


class Reading(Runner):
    """A runner whose jobs are finished by the test, with what the verb itself prints."""

    def start(self, work: Work) -> Job:
        job = Job(work, Stage.RUNNING)
        self.jobs.append(job)
        return job

    def finish(self, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        main(self.jobs[-1].work.words())
        self.jobs[-1].result = read_answer(self.jobs[-1].work, json.loads(capsys.readouterr().out))
        self.jobs[-1].move(Stage.DONE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twelve seconds that grow louder, tagged."""
    swell = np.linspace(0.02, 0.5, 12 * 48000)[:, None]
    noise = np.random.default_rng(5).standard_normal((12 * 48000, 2)).clip(-2, 2) / 2
    soundfile.write(tmp_path / "Song.wav", noise * swell, 48000, subtype="PCM_24")
    write_tags(tmp_path / "Song.wav", Tags({"title": "Falling Water", "isrc": "DEA312600001"}))
    return tmp_path / "Song.wav"


@pytest.fixture
def runner() -> Reading:
    return Reading()


def rendered(runner: Runner, file: Path, **changes: Any) -> None:
    made = {**output("streaming", "master"), "path": str(file), **changes}
    done(runner, Work("render", Path("/songs/x.toml"), revision=3), render_report(made))


def at(view: View, seconds: float) -> View:
    return replace(view, now_s=view.now_s + seconds)


@pytest.mark.parametrize(("width", "height"), [(80, 18), (200, 54)])
def test_the_file_under_the_cursor_is_read_once_and_shown(
    runner: Reading, file: Path, capsys: pytest.CaptureFixture[str], width: int, height: int
) -> None:
    rendered(runner, file, sha256="")
    panel, view = RenderPanel(runner), view_of(Panel.RENDER)
    shown(panel, view, width, height)
    shown(panel, at(view, 0.1), width, height)
    assert [job.work.verb for job in runner.jobs] == ["render"]  # it might only be passed by
    shown(panel, at(view, 1.0), width, height)
    assert runner.jobs[-1].work.words() == ["measure", str(file), "--full", "--json"]
    runner.finish(capsys)
    text = shown(panel, at(view, 2.0), width, height)
    assert "isrc DEA312600001" in text
    assert "title Falling Water" in text
    columns = "▁▂▃▄▅▆▇█"
    (strip,) = (line for line in text.splitlines() if line.strip() and set(line.strip()) <= set(columns))
    levels = [columns.index(sign) for sign in strip.strip()]
    assert len(levels) > width / 2
    assert levels[-1] > levels[0]
    assert levels == sorted(levels)
    for seconds in (3.0, 4.0):
        shown(panel, at(view, seconds), width, height)
    assert len(runner.jobs) == 2


def test_a_file_that_is_not_what_was_rendered_says_so(
    runner: Reading, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rendered(runner, file, sha256="0" * 64)
    panel, view = RenderPanel(runner), view_of(Panel.RENDER)
    shown(panel, view)
    shown(panel, at(view, 1.0))
    runner.finish(capsys)
    assert "is not the file that was rendered" in shown(panel, at(view, 2.0))
    # another one under its name is read anew
    file.write_bytes(b"RIFF")
    shown(panel, at(view, 3.0))
    runner.finish(capsys)
    assert str(file)[:20] in shown(panel, at(view, 4.0))
    assert len(runner.jobs) == 3


def test_full_measurements_are_json_only(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(file), "--full"]) == 2
    assert "belongs to --json" in capsys.readouterr().err


def test_a_strip_is_as_loud_as_its_loudest_part() -> None:
    assert strip_text([-math.inf, -40.0, -22.0, -4.0], 4) == "  ▄█"
    assert strip_text([-4.0, *[-math.inf] * 3], 2) == "█ "
    assert strip_text([-4.0], 3) == "███"
    assert strip_text([], 9) == ""


@pytest.mark.parametrize(("width", "strips"), [(200, 3), (149, 1)])
def test_wide_screens_show_the_loudness_along_every_file(
    runner: Reading, file: Path, capsys: pytest.CaptureFixture[str], width: int, strips: int
) -> None:
    versions = "master", "instrumental", "acapella"
    made = []
    for version in versions:
        other = file.with_name(f"{version}.wav")
        other.write_bytes(file.read_bytes())
        made.append({**output("streaming", version), "path": str(other), "sha256": ""})
    done(runner, Work("render", Path("/songs/x.toml"), revision=3), render_report(*made))
    panel, view = RenderPanel(runner), view_of(Panel.RENDER)
    for second in (0.0, 1.0):
        text = shown(panel, at(view, second), width, 54)
    assert "▁▂" not in text
    assert runner.jobs[-1].work.verb == "measure"
    runner.finish(capsys)
    lines = shown(panel, at(view, 2.0), width, 54).splitlines()
    assert sum("▅" in line for line in lines) == strips
    # and nothing is read twice
    shown(panel, at(view, 9.0), width, 54)
    assert len(runner.jobs) == 2


def test_a_file_that_was_changed_since_is_told_beside_the_others(
    runner: Reading, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = file.with_name("other.wav")
    other.write_bytes(file.read_bytes())
    made = [
        {**output("streaming", "master"), "path": str(file), "sha256": ""},
        {**output("streaming", "instrumental"), "path": str(other), "sha256": "ab" * 32},
    ]
    done(runner, Work("render", Path("/songs/x.toml"), revision=3), render_report(*made))
    panel, view = RenderPanel(runner), view_of(Panel.RENDER)
    for second in (0.0, 1.0):
        shown(panel, at(view, second), 200, 54)
    runner.finish(capsys)
    text = shown(panel, at(view, 2.0), 200, 54)
    line = next(line for line in text.splitlines() if "is not the file that was rendered" in line)
    assert "abababababab" in line  # its hash has room beside that
