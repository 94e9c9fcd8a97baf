"""What is told of work while it runs: quarters, no more often than every five seconds, and its end once."""

from __future__ import annotations

import pytest
from work_views import PATH, check_report, null_report, output, render_report

from engine.report.reading import read_as
from engine.report.render import ToldOutput
from tui.plain.jobs import JobTeller, job_name, result_words
from tui.work.answers import read_answer
from tui.work.verb_job import Job, Stage, Work


def running(progress: float = 0.0) -> Job:
    return Job(Work("render", PATH, revision=3), Stage.RUNNING, 1, "writing", progress)


def test_quarters_are_told_and_none_sooner_than_five_seconds_after_the_last() -> None:
    job, teller = running(), JobTeller()
    told = {}
    for now_s, progress in (
        *(
            (0.0, 0.0),
            (4.9, 0.3),
            (5.0, 0.3),
            (9.9, 0.6),
            (10.0, 0.6),
            (30.0, 0.74),
            (40.0, 0.75),
            (60.0, 0.99),
        ),
        (80.0, 1.0),
    ):
        job.progress = progress
        told[now_s] = [text for text, _ in teller.news([job], now_s)]
    assert told == {
        0.0: ["render begun"],
        4.9: [],
        5.0: ["render 30%, writing"],
        9.9: [],
        10.0: ["render 60%, writing"],
        30.0: [],
        40.0: ["render 75%, writing"],
        60.0: [],
        80.0: ["render 100%, writing"],
    }


def test_each_file_and_each_ending_is_told_once() -> None:
    job, teller = running(), JobTeller()
    job.outputs.append(read_as(ToldOutput, output("streaming", "master")))
    begun = list(teller.news([job], 0.0))
    assert [level for _, level in begun] == ["note", "note"]
    assert "−14.0" in begun[1][0]
    assert list(teller.news([job], 1.0)) == []
    job.stage, job.error = Stage.FAILED, "the disk is full"
    assert list(teller.news([job], 2.0)) == [("render failed: the disk is full", "error")]
    assert list(teller.news([job], 3.0)) == []


def test_a_file_that_is_there_already_is_a_question_not_a_failure() -> None:
    job, teller = running(), JobTeller()
    job.stage, job.error_kind = Stage.FAILED, "exists"
    assert list(teller.news([job], 0.0)) == [("render begun", "note")]
    job = running()
    job.stage = Stage.CANCELLED
    assert list(teller.news([job], 0.0))[1:] == [("render cancelled", "note")]


@pytest.mark.parametrize(
    ("verb", "document", "words"),
    [
        ("check", check_report(), "fail, 3 findings"),
        ("null", null_report(), "fail, residual −31.2 dBFS, 2 causes"),
        ("null", null_report(causes=null_report()["causes"][:1]), "fail, residual −31.2 dBFS, 1 cause"),
        ("render", render_report(output("a", "master")), "1 file, all hold"),
        (
            "render",
            render_report(output("a", "master"), output("b", "master", holds=False)),
            "2 files, 1 missed",
        ),
    ],
)
def test_a_result_in_a_line(verb: str, document: dict[str, object], words: str) -> None:
    work = Work(verb, PATH, revision=3)
    assert result_words(read_answer(work, document)) == words
    assert job_name(Job(work)) == {"check": "intake", "null": "null test"}.get(verb, verb)
    assert result_words(None) == "finished"
