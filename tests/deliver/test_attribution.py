"""Who causes the limiting: known peaks, known shares."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from engine.deliver.attribution import Attribution
from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.session.files import load_session

RATE = 48_000
BOTH = """[[deliverables]]
name = "d"
encoding = "wav24"
versions = ["master", "stems"]
"""


def _master(path):
    session = load_session(path)
    jobs = plan_jobs(session, deliverables=[], versions=[], folder=None, force=True)
    return render(session, jobs).outputs[0]


def _burst(level, start_s, other=0.0):
    """Two seconds of a tone, loud for 0.1 s."""
    time = np.arange(2 * RATE) / RATE
    envelope = np.where((time >= start_s) & (time < start_s + 0.1), level, other)
    return np.repeat((envelope * np.sin(2 * np.pi * 500 * time))[:, None], 2, axis=1)


def test_a_stem_that_cancels_part_of_the_peak_has_a_negative_share(make_session):
    stems = {"Loud": _burst(0.9, 1.0), "Against": _burst(-0.3, 1.0)}
    chain = 'chain = [ { type = "limiter", ceiling_dbtp = -12.0 } ]'
    loud, against = _master(make_session(stems, BOTH, master=chain)).attribution
    assert (loud.stem, against.stem) == ("Loud", "Against")
    assert loud.share == pytest.approx(1.5, abs=0.01)
    assert against.share == pytest.approx(-0.5, abs=0.01)
    assert 1.0 <= loud.worst_at_s <= 1.1


def test_each_stem_is_named_where_it_caused_most(make_session):
    stems = {"First": _burst(0.9, 0.4, 0.01), "Second": _burst(0.6, 1.4, 0.01)}
    chain = 'chain = [ { type = "limiter", ceiling_dbtp = -12.0 } ]'
    first, second = _master(make_session(stems, BOTH, master=chain)).attribution
    assert first.share + second.share == pytest.approx(1.0, abs=1e-9)
    assert first.share > second.share > 0.2
    assert 0.4 <= first.worst_at_s <= 0.5
    assert 1.4 <= second.worst_at_s <= 1.5


def test_where_nothing_is_limited_nobody_causes_it(make_session):
    stems = {"A": _burst(0.1, 0.5), "B": _burst(0.1, 1.0)}
    path = make_session(stems, BOTH)
    assert _master(path).attribution == ()
    soundfile.write(path.parent / "A.wav", np.zeros((100, 2)), RATE)
    soundfile.write(path.parent / "B.wav", np.zeros((100, 2)), RATE)
    assert _master(path).attribution == ()


@pytest.mark.parametrize("size", [1, 64, 1000])
def test_the_size_of_blocks_changes_nothing(random, size):
    lanes = random.standard_normal((4000, 4))
    gain = np.clip(1.0 + 0.3 * np.sin(np.arange(4000) / 150.0), 0.0, 1.0)[:, None]
    whole = np.concatenate((lanes[:, :2] + lanes[:, 2:], lanes), axis=1) * gain
    wide = np.concatenate((whole, gain), axis=1)
    at_once, in_blocks = (Attribution(("A", "B"), RATE, 0) for _ in range(2))
    at_once.process(wide)
    for start in range(0, len(wide), size):
        in_blocks.process(wide[start : start + size])
    assert in_blocks.result() == at_once.result()
    assert len(in_blocks.result()) == 2
