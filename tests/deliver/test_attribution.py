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
@pytest.mark.parametrize("rms_frames", [0, 480])
def test_the_size_of_blocks_changes_nothing(random, size, rms_frames):
    lanes = random.standard_normal((4000, 4))
    gain = np.clip(1.0 + 0.3 * np.sin(np.arange(4000) / 150.0), 0.0, 1.0)
    whole = np.concatenate((lanes[:, :2] + lanes[:, 2:], lanes), axis=1)
    at_once, in_blocks = (Attribution(2, 0, 1.0, rms_frames if size == 1000 else 0) for _ in range(2))
    at_once.process(np.abs(whole[:, :2]), whole, gain)
    for start in range(0, len(whole), size):
        rows = slice(start, start + size)
        in_blocks.process(np.abs(whole[rows, :2]), whole[rows], gain[rows])
    for one in (at_once, in_blocks):
        one.end_event()
        assert one.caused.sum() == pytest.approx(one.weight, rel=1e-9)
    assert in_blocks.events == at_once.events > 3
    if rms_frames == 0:  # energies begin anew with each block
        assert np.array_equal(in_blocks.caused, at_once.caused)


ALONE = BOTH.replace(', "stems"', "")


def _tone(level, hz, start_s, seconds=3.0):
    """A tone that is there for 0.3 s."""
    time = np.arange(round(seconds * RATE)) / RATE
    envelope = np.where((time >= start_s) & (time < start_s + 0.3), level, 0.0)
    return np.repeat((envelope * np.sin(2 * np.pi * hz * time))[:, None], 2, axis=1)


COMPRESSOR = "threshold_db = -30.0, ratio = 4.0, attack_ms = 1.0, makeup_db = 6.0"
LIMITER = '{ type = "limiter", ceiling_dbtp = -9.0 }'
SHELF = '{ type = "eq", phase = "linear", bands = [ { shape = "high_shelf", frequency_hz = 9000.0 } ] }'


@pytest.mark.parametrize("detector", ["peak", "rms"])
@pytest.mark.parametrize("highpass_hz", [0.0, 100.0])
def test_who_moves_a_compressor_is_told_without_rendering_stems(make_session, detector, highpass_hz):
    stems = {"Low": _tone(0.5, 60.0, 1.0), "Mid": _tone(0.25, 1000.0, 1.0), "Off": _tone(0.5, 400.0, 2.0)}
    keys = f'{COMPRESSOR}, detector = "{detector}", sidechain_highpass_hz = {highpass_hz}'
    chain = f'chain = [ {SHELF}, {{ type = "compressor", {keys} }} ]'
    master = _master(make_session(stems, ALONE, master=chain))
    [cause] = master.gain_reduction
    shares = {one.stem: one for one in cause.shares}
    assert (cause.processor, cause.type, cause.band, cause.examined) == (1, "compressor", None, 1.0)
    assert cause.max_gain_reduction_db > 10.0
    assert cause.shares == master.attribution
    assert sum(one.share for one in cause.shares) == pytest.approx(1.0, abs=1e-9)
    assert 1.0 <= shares["Mid"].worst_at_s <= 1.3
    assert 2.0 <= shares["Off"].worst_at_s <= 2.3
    if highpass_hz:  # the detector hears 60 Hz 9 dB lower
        assert shares["Low"].share < shares["Mid"].share
    else:
        assert shares["Low"].share > shares["Mid"].share


def test_each_band_and_the_deesser_have_causes_of_their_own(make_session):
    stems = {"Low": _tone(0.3, 80.0, 0.5), "High": _tone(0.3, 8000.0, 0.5), "Mid": _tone(0.3, 900.0, 0.5)}
    band = "{ threshold_db = -40.0, ratio = 3.0 }"
    multiband = (
        f'{{ type = "multiband", crossovers_hz = [300.0, 3000.0], bands = [ {band}, {band}, {band} ] }}'
    )
    off = '{ type = "gain", enabled = false }'
    chain = f'chain = [ {off}, {multiband}, {{ type = "deesser", threshold_db = -50.0 }}, {LIMITER} ]'
    causes = _master(make_session(stems, ALONE, master=chain)).gain_reduction
    found = {(one.processor, one.band): max(one.shares, key=lambda share: share.share) for one in causes}
    assert {place: one.stem for place, one in found.items() if place[0] < 3} == {
        (1, 0): "Low",
        (1, 1): "Mid",
        (1, 2): "High",
        (2, None): "High",
    }
    assert all(one.share > 0.9 for place, one in found.items() if place[0] < 3)


def test_only_one_channel_or_the_side_signal_may_decide(make_session):
    wide = _tone(0.4, 500.0, 0.5)
    wide[:, 1] *= -1.0
    stems = {"Wide": wide, "Middle": _tone(0.4, 700.0, 0.5)}
    for channels, stem in (("side", "Wide"), ("mid", "Middle")):
        chain = f'chain = [ {{ type = "compressor", {COMPRESSOR}, channels = "{channels}" }} ]'
        shares = _master(make_session(stems, ALONE, master=chain)).attribution
        assert max(shares, key=lambda one: one.share).stem == stem
        assert max(one.share for one in shares) == pytest.approx(1.0, abs=1e-6)


def test_of_a_long_song_the_deepest_reductions_are_examined(make_session):
    """Between two quiet stretches of limiting stands a deep one: found, with everything that led to it."""
    seconds = 30.0
    stems = {
        "Always": sum(_tone(0.4, 200.0, start, seconds) for start in np.arange(0.5, 29.0, 0.5)),
        "Once": _tone(0.8, 300.0, 21.0, seconds),
    }
    chain = f"chain = [ {LIMITER} ]"
    path = make_session(stems, ALONE + "sample_rate = 44100\n", master=chain)
    master = _master(path)
    [cause] = master.gain_reduction
    assert 0.1 < cause.examined < 1.0
    once = next(one for one in cause.shares if one.stem == "Once")
    assert 21.0 <= once.worst_at_s <= 21.3
    assert cause.max_gain_reduction_db == pytest.approx(master.limiter_max_gain_reduction_db, abs=0.01)
    path.write_text(path.read_text().replace('"master"]', '"master", "stems"]'), encoding="utf-8")
    whole = _master(path)
    assert whole.gain_reduction[0].examined == pytest.approx(1.0)
    assert whole.gain_reduction[0].events > cause.events
    assert whole.limiter_max_gain_reduction_db == master.limiter_max_gain_reduction_db
