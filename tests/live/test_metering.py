"""Meters of the live engine against the offline ones, and against arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from engine.live.metering.levels import Metering
from engine.live.metering.song_loudness import SETTLE_S, UNHEARD, SongLoudness
from engine.live.player.changes import Programme
from engine.meters.loudness import LoudnessMeter
from engine.meters.spectrum import BANDS, SpectrumMeter, mid_band_hz
from engine.meters.truepeak import TruePeakMeter
from engine.units import db_from_gain

RATE = 48_000
COMPRESSOR = "{ type = 'compressor', threshold_db = -30.0, ratio = 4.0, attack_ms = 1.0, makeup_db = 3.0 }"
LIMITER = "{ type = 'limiter', ceiling_dbtp = -6.0, drive_db = 6.0 }"


def tone(level: float, frequency_hz: float, frames: int) -> np.ndarray:
    """`(frames, 2)`: a tone, 6 dB lower on the right."""
    left = level * np.sin(2.0 * np.pi * frequency_hz * np.arange(frames) / RATE)
    return np.stack([left, 0.5 * left], axis=1)


def listened(tape) -> tuple[Metering, list]:
    """The meters of a song that is played to its end."""
    metering = Metering(tape.player)
    levels = []
    tape.player.play()

    def ended() -> bool:
        levels.extend(metering.collect())
        return tape.player.state.name == "ENDED"

    tape.until(ended)
    levels.extend(metering.collect())
    return metering, levels


def test_peaks_rms_and_overs_of_stems_and_master(play, write_session):
    stems = {"a": tone(0.5, 997.0, RATE), "b": tone(1.0, 100.0, RATE // 2), "c": tone(0.25, 440.0, RATE)}
    session = write_session(stems, master="chain = []", stem_keys={"c": "mute = true\ntrim_db = 6.0"})
    metering, levels = listened(play(session))
    assert sum(level.frames for level in levels) == RATE
    assert metering.lost_frames == 0
    middle = levels[10]
    assert middle.stems[0].peaks_dbfs == pytest.approx((-6.02, -12.04), abs=0.01)
    assert middle.stems[0].rms_dbfs[0] == pytest.approx(-9.03, abs=0.1)
    # a muted stem shows what it would add
    assert middle.stems[2].peaks_dbfs[0] == pytest.approx(-12.04 + 6.0, abs=0.05)
    assert middle.stems[0].overs == 0
    assert levels[-2].stems[1].peaks_dbfs == (float("-inf"), float("-inf"))
    peak = max(max(level.master.peaks_dbfs) for level in levels)
    mix = stems["a"].copy()
    mix[: RATE // 2] += stems["b"]
    assert peak == pytest.approx(db_from_gain(np.abs(mix).max()), abs=0.001)
    assert sum(level.master.overs for level in levels) == np.count_nonzero((np.abs(mix) >= 1.0).any(axis=1))
    assert middle.master.correlation == pytest.approx(1.0, abs=1e-3)


def test_gain_reductions_are_told_by_processor(play, write_session):
    session = write_session(
        {"a": tone(0.5, 997.0, RATE), "b": tone(0.01, 100.0, RATE)},
        stem_keys=f"chain = [ {{ type = 'gain', gain_db = 0.0 }}, {COMPRESSOR} ]",
        master=f"chain = [ {LIMITER} ]",
    )
    _, levels = listened(play(session))
    found = {(meter.stem, meter.processor): depth for meter, depth in levels[-10].reductions_db}
    assert set(found) == {(0, 1), (1, 1), (-1, 0)}
    # −6 dBFS is 24 dB over the threshold: at 4:1 three quarters of it go
    assert found[0, 1] == pytest.approx(0.75 * 24.0, abs=1.0)
    assert found[1, 1] == pytest.approx(0.0, abs=0.1)
    # what is left: −6 − 18 + 3 + 6 of drive = −15, far below the limiter's ceiling
    assert found[-1, 0] == pytest.approx(0.0, abs=0.01)


def test_the_limiter_tells_what_it_takes_away(play, write_session):
    session = write_session({"a": tone(0.9, 997.0, RATE)}, master=f"chain = [ {LIMITER} ]")
    _, levels = listened(play(session))
    deepest = max(depth for level in levels for _, depth in level.reductions_db)
    assert deepest == pytest.approx(-0.92 + 6.0 + 6.0, abs=0.1)
    assert max(max(level.master.true_peaks_dbtp) for level in levels) == pytest.approx(-6.0, abs=0.05)


def test_loudness_by_position_is_that_of_the_file(play, write_session, material):
    signal = material(5 * RATE, 1)
    session = write_session({"a": signal}, master="chain = []", subtype="FLOAT")
    metering, levels = listened(play(session))
    meter = LoudnessMeter(RATE, 2)
    meter.process(signal.astype(np.float32).astype(np.float64))
    known = metering.loudness.revisions != UNHEARD
    assert np.array_equal(metering.loudness.powers[known], meter.slot_powers)
    assert metering.loudness.integrated_lufs == meter.result().integrated_lufs
    assert metering.loudness.loudness_range_lu == meter.result().lra_lu
    assert metering.loudness.heard_share == 1.0
    assert (
        max(level.master.momentary_lufs for level in levels[30:]) <= meter.result().momentary_max_lufs + 0.01
    )
    assert levels[-1].master.short_term_lufs == pytest.approx(meter.result().short_term_max_lufs, abs=0.6)
    peak = TruePeakMeter(RATE, 2)
    peak.process(signal.astype(np.float32).astype(np.float64))
    loudest = max(max(level.master.true_peaks_dbtp) for level in levels)
    # the song's last 11 ms still lack what follows them
    assert loudest == pytest.approx(peak.result().dbtp, abs=0.01)


def test_nothing_is_stored_for_three_seconds_after_a_seek(play, write_session, material):
    session = write_session({"a": material(9 * RATE, 1)}, master="chain = []")
    tape = play(session)
    metering = Metering(tape.player)
    tape.player.seek(2 * RATE)
    tape.until_settled()
    tape.player.play()
    tape.until(lambda: metering.collect() is not None and tape.player.state.name == "ENDED")
    metering.collect()
    known = np.flatnonzero(metering.loudness.revisions != UNHEARD)
    assert known[0] == pytest.approx((2.0 + SETTLE_S) * 100, abs=1)
    assert np.array_equal(known, np.arange(known[0], 900))


def test_an_edit_tags_what_is_heard_with_its_revision(play, write_session, material):
    session = write_session({"a": material(6 * RATE, 1)}, master="chain = []")
    tape = play(session)
    metering = Metering(tape.player)
    tape.player.play()
    tape.until_frames(2 * RATE)
    edited = replace(session, stems=(replace(session.stems[0], trim_db=-3.0),))
    tape.player.set_programme(Programme(edited, revision=7))
    tape.until(lambda: metering.collect() is not None and tape.player.state.name == "ENDED")
    metering.collect()
    revisions = metering.loudness.revisions[:600]
    assert set(revisions) == {0, 7, UNHEARD}
    assert (revisions[:190] == 0).all()
    assert (revisions[330:] == 7).all()
    # in between the new graph settles
    assert (revisions[np.flatnonzero(revisions == UNHEARD)] == UNHEARD).all()
    assert np.count_nonzero(revisions == UNHEARD) == pytest.approx(100, abs=3)


def test_pieces_heard_in_any_order_make_up_the_song(material):
    signal = material(12 * RATE, 1)
    whole, pieces = SongLoudness(RATE, len(signal)), SongLoudness(RATE, len(signal))
    whole.hear(signal, np.arange(len(signal)), 1)
    for begin in (0, 8, 4):  # what begins elsewhere is stored after 3 s
        first = max(0, begin - 3) * RATE
        part = np.arange(first, (begin + 4) * RATE)
        pieces.hear(signal[part], part, 1)
    assert pieces.heard_share == 1.0
    assert pieces.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)


def test_a_loop_of_one_frame_does_not_exhaust_the_meter():
    meter = SongLoudness(RATE, RATE)
    meter.hear(np.full((RATE, 2), 0.5), np.full(RATE, 1234), 1)
    assert (meter.revisions == UNHEARD).all()
    assert meter.latest_power(10) is not None


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("band", [0, 5, 17, 26])
def test_a_third_octave_passes_its_own(rate, band):
    middle = float(mid_band_hz()[band])
    time_s = np.arange(2 * rate) / rate
    for frequency_hz, low, high in (
        (middle, -0.05, 0.05),
        (middle * 10**0.05, -3.2, -2.8),
        (middle * 10**-0.05, -3.2, -2.8),
        (middle * 10**0.15, -80.0, -29.0),
    ):
        meter = SpectrumMeter(rate)
        signal = np.repeat(np.sin(2.0 * np.pi * frequency_hz * time_s)[:, None], 2, axis=1)
        meter.process(signal[:rate])
        meter.take()
        meter.process(signal[rate:])
        level_db = 10.0 * np.log10(meter.take()[band])
        assert low <= level_db <= high, frequency_hz


def test_the_filters_are_butterworths(random):
    signal = np.ascontiguousarray(random.standard_normal((RATE, 2)))
    meter = SpectrumMeter(RATE)
    for begin in range(0, RATE, 960):
        meter.process(signal[begin : begin + 960])
    powers = meter.take()
    assert powers.shape == (BANDS,)
    for band in (3, 17, 29):
        edges = mid_band_hz()[band] * 10.0 ** np.array([-0.05, 0.05])
        filtered = sosfilt(butter(3, edges, "bandpass", fs=RATE, output="sos"), signal, axis=0)
        assert powers[band] == pytest.approx((filtered**2).mean(axis=0).sum(), rel=1e-6)


SHELF = "{ shape = 'high_shelf', frequency_hz = 9000.0, gain_db = 1.0 }"
LINEAR = f"{{ type = 'eq', phase = 'linear', bands = [ {SHELF} ] }}"


def burst(level: float, start_s: float) -> np.ndarray:
    """A second of a tone that is loud for 0.1 s."""
    time_s = np.arange(RATE) / RATE
    envelope = np.where((time_s >= start_s) & (time_s < start_s + 0.1), level, 0.01)
    return np.repeat((envelope * np.sin(2.0 * np.pi * 500.0 * time_s))[:, None], 2, axis=1)


def shares_around(levels, start_s: float) -> np.ndarray:
    """Rows of every tick within a burst in which something was limited."""
    inside = [one for one in levels if start_s + 0.03 <= one.position_frames / RATE <= start_s + 0.1]
    rows = np.array([[stem.limiting_share for stem in one.stems] for one in inside])
    return rows[~np.isnan(rows).any(axis=1)]


@pytest.mark.parametrize("chain", ["", LINEAR])
def test_each_stem_is_told_its_share_of_the_limiting(play, write_session, chain):
    """Also behind processors that are late: in a stem's chain, on the master, in the limiter."""
    stems = {"a": burst(0.9, 0.2), "b": burst(-0.3, 0.2) + burst(0.8, 0.6), "c": burst(0.9, 0.4)}
    session = write_session(
        stems,
        master=f"chain = [ {chain + ', ' if chain else ''}{LIMITER} ]",
        stem_keys={"a": f"chain = [ {chain} ]", "c": "mute = true"},
    )
    _, levels = listened(play(session))
    first, silent, second = (shares_around(levels, start) for start in (0.2, 0.4, 0.6))
    assert len(first) >= 2
    assert len(second) >= 2
    assert len(silent) == 0
    assert first == pytest.approx(np.broadcast_to([1.5, -0.5, 0.0], first.shape), abs=0.05)
    assert second == pytest.approx(np.broadcast_to([0.01, 0.99, 0.0], second.shape), abs=0.03)
    for one in levels:
        total = sum(stem.limiting_share for stem in one.stems)
        assert np.isnan(total) or total == pytest.approx(1.0, abs=1e-9)


def test_each_stem_is_told_its_share_of_what_the_masters_processors_do(play, write_session):
    """Behind the processors before them, as their detectors hear it; a processor that rests has no shares."""
    band = "threshold_db = -45.0, ratio = 2.0"
    time_s = np.arange(RATE) / RATE
    stems = {
        name: np.repeat((level * np.sin(2.0 * np.pi * hz * time_s))[:, None], 2, axis=1)
        for name, level, hz in (("low", 0.4, 60.0), ("high", 0.1, 5000.0), ("muted", 0.5, 5000.0))
    }
    chain = [
        LINEAR,
        "{ type = 'compressor', threshold_db = -20.0, ratio = 2.0, detector = 'rms' }",
        f"{{ type = 'compressor', {band}, sidechain_highpass_hz = 500.0 }}",
        f"{{ type = 'multiband', crossovers_hz = [1000.0], bands = [ {{ {band} }}, {{ ratio = 1.0 }} ] }}",
        "{ type = 'deesser', threshold_db = -50.0 }",
        "{ type = 'limiter', ceiling_dbtp = 0.0 }",
    ]
    session = write_session(
        stems, master=f"chain = [ {', '.join(chain)} ]", stem_keys={"muted": "mute = true"}
    )
    _, levels = listened(play(session))
    rows = [one.stems for one in levels if 0.3 <= one.position_frames / RATE <= 0.9]
    assert len(rows) > 10
    for low, high, muted in rows:
        # the mean square of two tones: theirs add up
        assert low.shares[1] == pytest.approx(0.16 / 0.17, abs=0.01)
        assert high.shares[2] > 0.7
        assert low.shares[3] > 0.99
        assert high.shares[4] > 0.99
        assert set(low.shares) == set(high.shares) == {1, 2, 3, 4}
        assert [low.shares[place] + high.shares[place] for place in low.shares] == pytest.approx([1.0] * 4)
        assert set(muted.shares.values()) == {0.0}
        assert np.isnan(low.limiting_share)


def test_a_multiband_shows_the_deepest_of_its_bands(play, write_session):
    bands = [
        f"{{ threshold_db = {level}, ratio = 2.0, makeup_db = 6.0, knee_db = 0.0 }}"
        for level in (-20, -30, 0)
    ]
    multiband = f"{{ type = 'multiband', crossovers_hz = [300.0, 3000.0], bands = [{', '.join(bands)}] }}"
    session = write_session({"a": tone(0.5, 950.0, RATE)}, master=f"chain = [ {multiband} ]")
    _, levels = listened(play(session))
    [(meter, depth_db)] = levels[-5].reductions_db
    assert (meter.stem, meter.processor, meter.band) == (-1, 0, 1)
    # −6 dBFS is 24 dB over the middle band's threshold
    assert depth_db == pytest.approx(12.0, abs=0.3)
