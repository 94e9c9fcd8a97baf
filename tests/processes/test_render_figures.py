"""What a render tells of itself while it runs: its share, its speed, what is left, what was measured."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.link.records import Job
from engine.processes import published
from engine.processes.published import RenderPublisher

SESSION = Path("/songs/Falling Water.toml")
#: Of 192 s of music, in four passes over it, for two files.
SONG_S, STEPS, OUTPUTS = 192.0, 4, 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; to be set."""
    now_s = [100.0]
    monkeypatch.setattr(published.time, "monotonic", lambda: now_s[0])
    return now_s


def publisher(steps: int = STEPS) -> RenderPublisher:
    return RenderPublisher(SESSION, song_s=SONG_S, steps=steps, outputs=OUTPUTS)


def test_before_the_first_step_there_is_elapsed_time_alone(clock: list[float]) -> None:
    made = publisher()
    clock[0] = 103.0
    job = made.job()
    assert (job.progress, job.elapsed_s, job.outputs, job.outputs_done) == (0.0, 3.0, OUTPUTS, 0)
    assert all(math.isnan(figure) for figure in (job.step, job.speed, job.left_s))


@pytest.mark.parametrize(
    ("steps", "progress", "step", "speed", "left_s"),
    [
        ({"a": (1, 4)}, 0.0625, 0.25, 4.8, 150.0),
        ({"a": (4, 4)}, 0.25, 1.0, 19.2, 30.0),
        ({"a": (4, 4), "b": (1, 2)}, 0.375, 0.5, 28.8, 10.0 / 0.6),
        ({"a": (9, 4), "b": (3, 0)}, 0.5, 1.0, 38.4, 10.0),
        (dict.fromkeys("abcd", (1, 1)), 1.0, 1.0, 76.8, 0.0),
        (dict.fromkeys("abcdef", (1, 1)), 1.0, 1.0, 115.2, 0.0),
    ],
)
def test_ten_seconds_later(
    clock: list[float],
    steps: dict[str, tuple[float, float]],
    progress: float,
    step: float,
    speed: float,
    left_s: float,
) -> None:
    """Every step is one pass over the song; what is left takes as long as what is done has taken."""
    made = publisher()
    for label, (done, total) in steps.items():
        made(label, done, total)
    clock[0] = 110.0
    assert made.job() == Job(
        label=list(steps)[-1],
        step=step,
        progress=progress,
        speed=pytest.approx(speed),
        elapsed_s=10.0,
        left_s=pytest.approx(left_s),
        outputs_done=0,
        outputs=OUTPUTS,
    )


@pytest.mark.parametrize(("done", "known"), [(0, False), (39, False), (40, True), (41, True)])
def test_time_left_is_told_from_one_per_cent_on(clock: list[float], done: int, known: bool) -> None:
    made = publisher()
    made("a", done, 1000)
    clock[0] = 101.0
    assert math.isnan(made.job().left_s) is not known


def test_a_step_that_turns_up_late_takes_no_progress_back(clock: list[float]) -> None:
    made = publisher(steps=1)
    made("a", 1, 1)
    clock[0] = 110.0
    assert made.job().progress == 1.0
    made("b", 0, 1)
    assert made.job().progress == 1.0


@pytest.mark.parametrize(("elapsed_s", "speed"), [(0.0, None), (0.5, 96.0)])
def test_no_time_is_no_speed(clock: list[float], elapsed_s: float, speed: float | None) -> None:
    made = publisher()
    made("a", 1, 4)
    clock[0] = 100.0 + elapsed_s
    found = made.job().speed
    assert math.isnan(found) if speed is None else found == pytest.approx(speed)


def test_peak_to_loudness_is_the_peak_less_the_loudness() -> None:
    made = publisher()
    made.measured(integrated_lufs=-14.0, true_peak_max_dbtp=-1.5, lra_lu=5.0, gain_reduction_db=2.0)
    master = made._master
    assert (master.plr_db, master.integrated_lufs, master.true_peak_max_dbtp) == (12.5, -14.0, -1.5)
    assert (master.lra_lu, master.gain_reduction_db) == (5.0, 2.0)
    made.measured(true_peak_max_dbtp=-1.5)
    assert math.isnan(made._master.plr_db)
