"""The key that listens to a codec: made once for each state, heard when ready, honest while it is not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.link.records import Source
from tui.panels.compare.panel import ComparePanel
from tui.view import Panel
from tui.work.answers import read_answer
from tui.work.codec import CodecListening
from tui.work.verb_job import Job, Stage, Work
from tui.work.verb_runner import Runner


class Bench(Runner):
    """A runner whose jobs only wait."""

    def start(self, work: Work) -> Job:
        job = Job(work, Stage.RUNNING)
        self.jobs.append(job)
        return job

    def cancel(self, job: Job) -> None:
        job.move(Stage.CANCELLED)

    def finish(self, **changes: Any) -> None:
        job = self.jobs[-1]
        document = {
            "path": "/cache/codec/x.wav",
            "codec": job.work.arguments[1],
            "bitrate_kbps": 256,
            "sample_rate": 44100,
            "decoded_true_peak_dbtp": 0.42,
            "overs": 17,
            "integrated_lufs": -14.25,
            "master_true_peak_dbtp": -1.0,
            "master_lufs": -14.0,
            "start_s": 1.5,
        }
        job.result = read_answer(job.work, document | changes)
        job.move(Stage.DONE)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def desk(make_desk, bench):  # type: ignore[no-untyped-def]
    panel = ComparePanel(CodecListening(bench))
    made = make_desk(panels={Panel.COMPARE: panel}, document_target="streaming", document_version="tv")
    made.panel = panel
    return made


def frame(desk) -> None:  # type: ignore[no-untyped-def]
    desk.panel.follow(desk.controls.view, desk.controls)


HEARD = {"source": "codec", "path": "/cache/codec/x.wav", "start_s": 1.5, "difference_db": 0.25}


def test_the_key_makes_what_plays_and_then_listens_to_it(desk, bench):
    desk.press("G")
    (job,) = bench.jobs
    words = job.work.words()
    assert words[0] == "preview"
    assert words[words.index("--codec") + 1] == "aac-256"
    assert words[words.index("--deliverable") + 1] == "streaming"
    assert words[words.index("--version") + 1] == "tv"
    assert "--stdin" in words
    assert "rendered, encoded and decoded" in desk.said
    job.progress, job.label = 0.4, "rendering"
    desk.press("G")
    assert "aac-256 is not ready: 40 %, rendering" in desk.said
    assert (desk.sent, len(bench.jobs)) == ([], 1)
    bench.finish()
    frame(desk)
    frame(desk)
    assert desk.sent == [("listen", HEARD)]
    assert "aac-256 (256 kbit/s): +0.42 dBTP, 17 overs, −0.25 LU, matched" in desk.said


def test_to_and_fro_makes_nothing_anew_until_the_session_changes(desk, bench):
    desk.press("G")
    bench.finish()
    frame(desk)
    desk.change(transport_source=Source.CODEC).press("G")
    desk.change(transport_source=Source.PROCESSED).press("G")
    assert [payload["source"] for _, payload in desk.sent] == ["codec", "processed", "codec"]
    assert len(bench.jobs) == 1
    desk.change(document_revision=8, transport_source=Source.CODEC)
    frame(desk)
    frame(desk)
    assert desk.said.count("as it was before the last edit") == 1
    desk.controls.line("codec aac-256")
    assert len(bench.jobs) == 2


def test_what_was_edited_meanwhile_is_not_passed_off_as_the_session(desk, bench):
    desk.press("G")
    desk.change(document_revision=8)
    bench.finish()
    frame(desk)
    assert desk.sent == []
    assert "before its last edit" in desk.said


def test_another_codec_takes_the_place_of_the_one_that_is_made(desk, bench):
    desk.press("G")
    desk.controls.line("codec opus-1")
    assert "no single codec is 'opus-1': opus-128, opus-160, opus-192" in desk.said
    desk.controls.line("codec opus-160")
    assert [job.stage for job in bench.jobs] == [Stage.CANCELLED, Stage.RUNNING]
    assert bench.jobs[1].work.arguments[1] == "opus-160"
    desk.controls.line("codec off")
    assert bench.jobs[1].stage is Stage.CANCELLED


def test_what_went_wrong_is_said_once(desk, bench):
    desk.press("G")
    job = bench.jobs[0]
    job.error, job.error_kind = "to encode aac-256: PyAV is not installed: pip install …", "codecs_missing"
    job.move(Stage.FAILED)
    frame(desk)
    frame(desk)
    assert desk.said.count("PyAV is not installed") == 1
    desk.press("G")  # tries again
    assert len(bench.jobs) == 2


def test_the_panel_that_compares_lists_it(desk, bench):
    desk.change(focus_panel=Panel.COMPARE, focus_row=4).press("enter")
    assert len(bench.jobs) == 1
    assert desk.panel.rows(desk.controls.view) == 9
