"""What can be copied from where, and what is said."""

from __future__ import annotations

import math

from work_views import null_report

from engine.link.snapshot import Snapshot
from engine.report.null import NotedNullReport
from engine.report.reading import read_as
from tui.controls.copying import figures
from tui.panels.null.panel import NullPanel
from tui.view import MASTER, Panel
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner


def _heard(view, **values):
    master = view.snapshot.master._replace(**values)
    status = view.snapshot.status._replace(loudness_heard=1.0)
    return Snapshot(transport=view.snapshot.transport, master=master, status=status)


def test_paths_are_copied_by_name_or_its_beginning(desk):
    desk.controls.line("copy stem")
    assert desk.recorder.copied == ["/songs/drums.wav"]
    assert desk.said == "copied: the path of Drums: /songs/drums.wav"
    desk.change(focus_stem=MASTER).controls.line("copy ses")
    assert desk.recorder.copied[-1] == "/songs/falling-water.toml"
    desk.controls.line("copy stem")
    assert "no single thing 'stem'" in desk.said


def test_figures_are_one_line_and_say_where_parts_are_missing(desk):
    desk.change(snapshot=_heard(desk.recorder.now, integrated_lufs=-14.04, true_peak_max_dbtp=-1.0))
    assert "Falling Water (master): -14.0 LUFS integrated" in figures(desk.recorder.now)
    assert "-1.0 dBTP" in figures(desk.recorder.now)
    assert "parts" not in figures(desk.recorder.now)
    status = desk.recorder.now.snapshot.status._replace(loudness_heard=0.5)
    desk.change(snapshot=Snapshot(master=desk.recorder.now.snapshot.master, status=status))
    assert figures(desk.recorder.now).endswith("(parts not heard yet)")
    desk.change(snapshot=_heard(desk.recorder.now, integrated_lufs=-math.inf, true_peak_max_dbtp=math.nan))
    assert figures(desk.recorder.now) == ""


def test_without_a_name_everything_is_offered(make_desk):
    runner = Runner()
    desk = make_desk(panels={Panel.NULL: NullPanel(runner)})
    desk.press("Y")
    assert "the note to the mixer" not in desk.recorder.offered[-1][1]
    job = Job(
        Work("null", desk.recorder.now.session.path),
        result=read_as(NotedNullReport, null_report(note="Dear mixer,\nlouder")),
    )
    job.move(Stage.DONE)
    runner.jobs.append(job)
    desk.press("Y")
    title, names, pick, _ = desk.recorder.offered[-1]
    assert title == "copy to the clipboard"
    pick(names.index("the note to the mixer"))
    assert desk.recorder.copied == ["Dear mixer,\nlouder"]
    assert desk.said == "copied: the note to the mixer: Dear mixer, … (2 lines)"


def test_what_cannot_be_copied_says_why(desk):
    desk.recorder.no_clipboard = "the clipboard is switched off"
    desk.controls.line("copy session")
    assert desk.recorder.said == [("the clipboard is switched off", "warning")]
