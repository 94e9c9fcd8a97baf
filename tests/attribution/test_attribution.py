"""Who causes the limiting: known peaks, known shares."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from engine.attribution.limiting import LimiterWatch
from engine.attribution.shares import Attribution, Decisive
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


def test_limiting_that_no_music_needs_is_told_with_its_stem(make_session):
    spiked = _burst(0.1, 0.4, 0.1)
    spiked[RATE] = 20.0
    chain = 'chain = [ { type = "limiter", ceiling_dbtp = -1.0 } ]'
    path = make_session({"Keys": spiked, "Voice": _burst(0.1, 0.4)}, BOTH, master=chain)
    soundfile.write(path.parent / "Keys.wav", spiked, RATE, subtype="FLOAT")
    master = _master(path)
    assert master.holds
    note = master.notes[-1]
    for words in ("the limiter takes 27 dB away", "Keys", "0:01.0", "stemlathe check"):
        assert words in note
    music = {"Loud": _burst(0.9, 1.0)}
    notes = _master(make_session(music, BOTH, master=chain.replace("-1.0", "-13.0"))).notes
    assert not any("limiter takes" in one for one in notes)


@pytest.mark.parametrize(
    ("peak", "is_told"), [(8.4, False), (9.5, True)]
)  # 19.5 and 20.6 dB over the ceiling
def test_limiting_by_twenty_decibels_is_no_mastering(make_session, peak, is_told):
    spiked = _burst(0.1, 0.4, 0.1)
    spiked[RATE] = peak
    chain = 'chain = [ { type = "limiter", ceiling_dbtp = -1.0 } ]'
    path = make_session({"Keys": spiked}, BOTH, master=chain)
    soundfile.write(path.parent / "Keys.wav", spiked, RATE, subtype="FLOAT")
    assert any("that is no mastering" in note for note in _master(path).notes) is is_told


def test_where_nothing_is_limited_nobody_causes_it(make_session):
    stems = {"A": _burst(0.1, 0.5), "B": _burst(0.1, 1.0)}
    path = make_session(stems, BOTH)
    assert _master(path).attribution == ()
    soundfile.write(path.parent / "A.wav", np.zeros((100, 2)), RATE)
    soundfile.write(path.parent / "B.wav", np.zeros((100, 2)), RATE)
    assert _master(path).attribution == ()


@pytest.mark.parametrize("size", [1, 7, 100])
def test_how_many_quanta_come_at_a_time_changes_nothing(random, size):
    gain = np.clip(1.0 + 0.3 * np.sin(np.arange(400) / 15.0), 0.0, 1.0)
    gain[200:230] = 1.0
    shares = random.standard_normal((400, 2))
    shares /= shares.sum(axis=1, keepdims=True)
    whole = Decisive(gain, random.random(400), np.arange(400) * 64 + random.integers(0, 64, 400), shares)
    at_once, in_pieces = Attribution(2), Attribution(2)
    at_once.process(whole)
    for start in range(0, 400, size):
        in_pieces.process(whole[start : start + size])
    for one in (at_once, in_pieces):
        one.finish()
        one.finish()
        assert one.caused.sum() == pytest.approx(one.weight, rel=1e-9)
    assert in_pieces.events == at_once.events > 3
    assert in_pieces.caused == pytest.approx(at_once.caused, rel=1e-12)
    assert np.array_equal(in_pieces.worst_frame, at_once.worst_frame)


def test_an_event_ends_where_the_gain_falls_again():
    """Two falls, each with its own deciding sample; a fall that pauses is one, and so is its recovery.

    What was louder before the first decides nothing.
    """
    gain = np.array([1.0, 0.9, 0.9, 0.5, 0.7, 0.6, 0.8, 1.0, 1.0])
    level = np.array([2.0, 0.5, 0.2, 0.9, 0.3, 0.7, 0.1, 0.1, 0.1])
    shares = np.array([[n / 10.0, 1.0 - n / 10.0] for n in range(9)])
    found = Attribution(2)
    found.process(Decisive(gain, level, np.arange(9) * 64, shares))
    found.finish()
    first_db, second_db = -20.0 * np.log10([0.5, 0.6])
    assert found.events == 2
    assert found.weight == pytest.approx(first_db + second_db)
    assert found.caused == pytest.approx(first_db * shares[3] + second_db * shares[5])
    assert found.worst_frame.tolist() == [5 * 64, 3 * 64]
    assert found.deepest_db == pytest.approx(first_db)


def test_what_is_below_the_floor_decides_nothing():
    quanta = Decisive(np.array([1.0, 0.5]), np.array([0.1, 0.4]), np.array([0, 64]), np.array([[1.0], [1.0]]))
    for floor, events in ((0.3, 1), (0.5, 0)):
        found = Attribution(1, floor)
        found.process(quanta)
        found.finish()
        assert found.events == events


@pytest.mark.parametrize(("reduction_db", "events"), [(0.0045, 0), (0.0055, 1)])
def test_a_reduction_that_nobody_can_read_is_no_event(reduction_db, events):
    gain = np.array([1.0, 10 ** (-reduction_db / 20), 1.0])
    found = Attribution(1)
    found.process(Decisive(gain, np.full(3, 0.5), np.arange(3) * 64, np.ones((3, 1))))
    found.finish()
    assert found.events == events


@pytest.mark.parametrize(("ripple", "events"), [(0.9e-6, 1), (1.1e-6, 10)])
def test_the_ripple_of_a_gain_that_rests_begins_no_event(ripple, events):
    gain = np.where(np.arange(20) % 2 == 0, 0.5, 0.5 + ripple)
    found = Attribution(1)
    found.process(Decisive(gain, np.full(20, 0.5), np.arange(20) * 64, np.ones((20, 1))))
    found.finish()
    assert found.events == events


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
    assert (cause.processor, cause.type, cause.band) == (1, "compressor", None)
    assert cause.max_gain_reduction_db > 10.0
    assert cause.shares == master.attribution
    assert sum(one.share for one in cause.shares) == pytest.approx(1.0, abs=1e-9)
    # a mean square is largest where the tone ends
    assert 1.0 <= shares["Mid"].worst_at_s <= 1.3 + 1.0 / RATE
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


def _bursts(random, seconds, hz, chance):
    """Bursts of 50 ms of a tone at random levels, some of them in each half second."""
    song = np.zeros(round(seconds * RATE))
    length = RATE // 20
    burst = np.sin(2 * np.pi * hz * np.arange(length) / RATE) * np.hanning(length)
    starts = np.flatnonzero(random.random(round(2 * seconds) - 1) < chance) * (RATE // 2)
    for start in starts:
        song[start : start + length] += random.uniform(0.3, 0.9) * burst
    return np.repeat(song[:, None], 2, axis=1)


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_every_event_of_a_song_counts_whatever_the_rate_of_the_file(make_session, random, sample_rate):
    """Half a minute of bursts of two stems that never meet: each stem's share is that of its own bursts."""
    seconds = 30.0
    one = _bursts(random, seconds, 400.0, 0.3)
    other = np.roll(_bursts(random, seconds, 700.0, 0.5), RATE // 4, axis=0)
    chain = f"chain = [ {SHELF}, {LIMITER} ]"
    path = make_session({"One": one, "Other": other}, ALONE + f"sample_rate = {sample_rate}\n", master=chain)
    [cause] = _master(path).gain_reduction
    expected = {}
    for name, song in (("One", one), ("Other", other)):
        peaks = np.abs(song[:, 0]).reshape(-1, RATE // 4).max(axis=1)
        expected[name] = [20 * np.log10(peak) + 9.0 for peak in peaks if 20 * np.log10(peak + 1e-9) > -9.0]
    assert cause.events == len(expected["One"]) + len(expected["Other"]) > 30
    total = sum(expected["One"]) + sum(expected["Other"])
    for share in cause.shares:
        assert share.share == pytest.approx(sum(expected[share.stem]) / total, abs=0.005)


@pytest.mark.parametrize("sizes", [(256,), (64, 63, 1, 128), (1, 254, 1), (100, 100, 56)])
def test_a_watch_writes_a_row_for_each_whole_quantum_whatever_comes_at_a_time(random, sizes):
    """A peak at frame 70 is the seventh of the second quantum."""
    programme = 0.01 * random.standard_normal((256, 4))
    programme[70, :2] = programme[70, 2:] = 0.9
    watch, rows, seen = LimiterWatch(1), [], 0
    for size in sizes:
        rows.append(watch.process(programme[seen : seen + size]))
        seen += size
        assert sum(map(len, rows)) == seen // 64
    at_once = LimiterWatch(1).process(programme)
    np.testing.assert_array_equal(np.concatenate(rows), at_once)
    assert 70 % 64 in at_once[70 // 64]


def test_the_last_quantum_is_filled_with_silence():
    watch = LimiterWatch(1)
    assert len(watch.process(np.full((65, 4), 0.5))) == 1
    assert len(watch.process(np.zeros((0, 4)), last=True)) == 1
    assert len(watch.process(np.zeros((0, 4)), last=True)) == 0
