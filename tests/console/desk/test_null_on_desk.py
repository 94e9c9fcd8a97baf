"""The desk's word on the null test: a pass is shown where one holds now, and nowhere else."""

from __future__ import annotations

import dataclasses

import pytest
from desk_pictures import SIZES, drawn
from desk_views import Studio

from engine.link.snapshot import NO_JOB
from engine.processes.client import Health
from tui.view import View

RESIDUAL_DBFS = {"pass": -93.0, "warn": -52.0, "fail": -16.4}


def view_of(state: str, verdict: str | None, *, reference: bool = True) -> View:
    """The desk with a null test in that state; `verdict` of the newest one there was."""
    found = None if verdict is None else {"verdict": verdict, "residual_rms_dbfs": RESIDUAL_DBFS[verdict]}
    return Studio(reference=reference, document={"null": found, "null_state": state}).view()


STATES = {
    "pass": lambda: view_of("current", "pass"),
    "warn": lambda: view_of("current", "warn"),
    "fail": lambda: view_of("current", "fail"),
    "no reference": lambda: view_of("no_reference", None, reference=False),
    "not yet": lambda: view_of("waiting", None),
    "unreadable": lambda: view_of("unreadable", None),
    "running": lambda: view_of("running", None),
    "running after a pass": lambda: view_of("running", "pass"),
    "stale pass": lambda: view_of("stale", "pass"),
    "stale fail": lambda: view_of("stale", "fail"),
}


def lamp(view: View, size: tuple[int, int]) -> tuple[str, str]:
    """What stands behind NULL, and the style of its word."""
    picture = drawn(view, size)
    rows = picture.buffer.text().splitlines()
    row = next(number for number, line in enumerate(rows) if "NULL" in line)
    begin = rows[row].index("NULL")
    return rows[row][begin : begin + 37], picture.buffer.styles[row][begin + 6]


@pytest.mark.parametrize("size", SIZES)
def test_each_state_of_the_null_test_looks_different(size):
    shown = {name: lamp(make(), size)[0][:12] for name, make in STATES.items()}
    alike = [{"running", "running after a pass"}, {"stale pass", "stale fail"}]
    alike.append({"no reference", "not yet"})  # told apart by the remark, below
    for one, text in shown.items():
        for other, other_text in shown.items():
            if one != other and {one, other} not in alike:
                assert text != other_text, (one, other)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_pass_is_said_of_a_pass_alone(size, state):
    text, style = lamp(STATES[state](), size)
    claims = "PASS" in text and "was PASS" not in text
    assert claims == (state == "pass")
    assert (style.split()[-1] == "good") == (state == "pass")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("fail", ("× FAIL", "−16.4 dBFS")),
        ("no reference", ("○ —", "no reference")),
        ("not yet", ("○ —", "waits its turn")),
        ("running after a pass", ("testing", "was PASS")),
        ("stale fail", ("~ OLD", "was FAIL −16.4 dBFS")),
    ],
)
def test_what_it_says(state, words):
    text, _ = lamp(STATES[state](), (160, 48))
    for word in words:
        assert word in text


def test_progress_is_the_tests_own():
    view = STATES["running"]()
    for label, shown in (("null test", "43 %"), ("drive", "…")):
        job = NO_JOB._replace(label=label, progress=0.43)
        now = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, job=job))
        assert shown in lamp(now, (160, 48))[0].replace("43%", "43 %")


def test_a_pass_of_an_engine_that_is_gone_is_old():
    text, _ = lamp(dataclasses.replace(STATES["pass"](), health=Health.GONE), (160, 48))
    assert "~ OLD" in text


def test_a_failed_self_check_has_a_word_of_its_own():
    view = Studio(document={"self_check": "fail"}).view()
    picture = drawn(view, (160, 48))
    assert "SELF-CHECK failed" in picture.buffer.text()
    assert "● PASS" in lamp(view, (160, 48))[0]
    assert "SELF-CHECK" not in drawn(Studio().view(), (160, 48)).buffer.text()
