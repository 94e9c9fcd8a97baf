"""Falls, holds, windows; the monitor section's file; hands and what follows their jobs."""

from __future__ import annotations

import json
import math
import threading
import time

import numpy as np
import pytest

from engine.link.history import Heard
from engine.link.records import MASTER_PROCESSORS, STEMS
from engine.live.graph.graph import GainMeter
from engine.live.loop.cells import SLOT_BUS, SLOT_OUTPUT
from engine.live.metering.levels import Levels, MasterLevels, StemLevels
from engine.live.metering.song_loudness import UNHEARD, SongLoudness
from engine.server import monitor_file
from engine.server.loudness_map import history_of
from engine.server.meters import FALL_DB_PER_S, HOLD_S, Falling, MeterBank, Window
from engine.server.monitor_file import FIRST_DB, MonitorFile, MonitorState, load_monitor, monitor_path
from engine.server.worker_threads import WorkerThreads

TICK_S = 0.02
RATE = 48_000
NONE = math.nan


def levels(
    level_db: float,
    *,
    stems: int = 2,
    correlation: float = 1.0,
    reduction_db: float = 3.0,
    share: float = math.nan,
) -> Levels:
    """A tick in which everything has one level."""
    pair = (level_db, level_db)
    master = MasterLevels(pair, (level_db + 0.5,) * 2, pair, 1, correlation, -14.0, -13.0, (level_db,) * 31)
    stem = StemLevels(pair, pair, 2, share, {} if math.isnan(share) else {1: share, 3: 2.0 * share})
    gains = ((GainMeter(SLOT_BUS, 0, 0, 1, 1.0), 2.0), (GainMeter(SLOT_OUTPUT, 0, -1, 1, 1.0), reduction_db))
    return Levels(960, round(TICK_S * RATE), 0.1, 1, master, (stem,) * stems, gains)


def test_a_peak_rises_at_once_falls_slowly_and_is_held():
    meter = Falling()
    meter.push(-6.0, TICK_S)
    assert (meter.now_db, meter.held_db) == (-6.0, -6.0)
    for _ in range(50):
        meter.push(-80.0, TICK_S)
    assert meter.now_db == pytest.approx(-6.0 - FALL_DB_PER_S, abs=0.01)
    assert meter.held_db == -6.0
    for _ in range(round(HOLD_S / TICK_S)):
        meter.push(-80.0, TICK_S)
    assert meter.held_db < -20.0
    for _ in range(1000):
        meter.push(-math.inf, TICK_S)
    assert meter.now_db == -math.inf


def test_a_window_forgets():
    window = Window(0.3, 1)
    for power in [1.0] * 100 + [0.25] * 15:
        window.push(TICK_S, power)
    assert window.means() == (pytest.approx(0.25),)
    assert Window(0.3, 2).means() == (0.0, 0.0)
    assert Window(0.3, 1).largest() == -math.inf


def test_meters_of_a_steady_signal_and_of_silence():
    bank = MeterBank(2)
    bank.master.integrated_lufs = -14.0
    for _ in range(100):
        tick = bank.push(levels(-12.0, correlation=0.5), RATE)
    master, stems = bank.master_record(2, has_limiter=True), bank.stem_records([2, 0])
    assert master.rms_left_dbfs == pytest.approx(-12.0, abs=0.01)
    assert master.correlation == pytest.approx(0.5, abs=0.001)
    assert (master.true_peak_max_dbtp, master.plr_db, master.psr_db) == (-11.5, 2.5, 1.5)
    assert master.gain_reduction_db == 3.0
    assert math.isnan(master.processors_db[0])
    assert master.spectrum_dbfs[0] == pytest.approx(-12.0, abs=0.1)
    assert math.isnan(stems[0].processors_db[0])
    assert stems[0].processors_db[1] == 2.0
    assert stems[1].processors_db == ()
    assert tick.master.gain_reduction_db == 3.0
    assert tick.stems[0].gain_reduction_db == 2.0
    assert bank.overs == (100, (200, 200))
    bank.rest(5.0)
    master = bank.master_record(2, has_limiter=False)
    assert master.peak_left_dbfs < -60.0
    assert master.rms_left_dbfs == -math.inf
    assert math.isnan(master.correlation)
    assert math.isnan(master.gain_reduction_db)
    assert master.processors_db[1] == 0.0
    assert master.true_peak_max_dbtp == -11.5
    bank.master.reset()
    assert bank.master_record(2, has_limiter=False).true_peak_max_dbtp == -math.inf


def test_shares_are_shown_until_nothing_new_has_come_for_a_while():
    bank = MeterBank(1)
    for share, seconds, shown in ((0.4, TICK_S, 0.4), (NONE, HOLD_S - 0.1, 0.4), (NONE, 0.2, NONE)):
        for _ in range(round(seconds / TICK_S)):
            bank.push(levels(-20.0, stems=1, share=share), RATE)
        [stem] = bank.stem_records((2,))
        told = (stem.limiting_share, stem.master_shares[1], stem.master_shares[3] / 2.0)
        assert told == pytest.approx((shown,) * 3, nan_ok=True)
        assert math.isnan(stem.master_shares[0])
        assert len(stem.master_shares) == MASTER_PROCESSORS


def test_more_stems_than_the_protocol_has_room_for():
    bank = MeterBank(1)
    tick = bank.push(levels(-12.0, stems=STEMS + 5), RATE)
    assert len(tick.stems) == STEMS
    assert len(bank.stems) == STEMS + 5


def test_history_says_what_is_heard_unheard_and_outdated():
    loudness = SongLoudness(RATE, 60 * RATE)
    loudness.powers[:] = 0.01
    loudness.revisions[:] = UNHEARD
    loudness.revisions[1000:2000] = 1
    loudness.revisions[2000:3000] = 2
    history = history_of(loudness, 7, 2, 60 * RATE)
    assert (history.revision, history.song_frames) == (7, 60 * RATE)
    at = [int(slot * RATE / 100 / history.slot_frames) for slot in (500, 1500, 2500, 5000)]
    assert [history.states[index] for index in at] == [
        Heard.UNHEARD,
        Heard.OUTDATED,
        Heard.HEARD,
        Heard.UNHEARD,
    ]
    expected = 10.0 * np.log10(0.01) - 0.691
    assert history.short_term_lufs[at[2]] == pytest.approx(expected, abs=0.01)
    assert len(history_of(SongLoudness(RATE, 10), 1, 1, 10).states) == 10
    assert history_of(SongLoudness(RATE, 0), 1, 1, 0).states == b""


# --------------------------------------------------------------------------- the monitor's file


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b"\xff", b'{"level_db": NaN}', b'{"level_db": "loud"}']
)
def test_without_a_usable_file_it_is_quiet(own_folders, content):
    if content is not None:
        monitor_path().parent.mkdir(parents=True)
        monitor_path().write_bytes(content)
    assert load_monitor() == MonitorState(FIRST_DB)


def test_levels_are_clamped_to_whole_decibels(own_folders):
    monitor_path().parent.mkdir(parents=True)
    monitor_path().write_text('{"level_db": 12, "reference_db": -18.4, "dim": true, "mono": 1}')
    assert load_monitor() == MonitorState(0.0, -18.0, dim=True)
    state = MonitorState().changed({"level_db": -99, "reference_db": None, "nonsense": 1})
    assert state == MonitorState(-60.0)
    assert MonitorState(-10.0, dim=True).loudness_db == -30.0


def test_what_is_louder_waits_and_what_is_quieter_does_not(own_folders, monkeypatch):
    monkeypatch.setattr(monitor_file, "_SETTLED_S", 60.0)
    keeper = MonitorFile(MonitorState(-20.0), pytest.fail)
    keeper.change({"level_db": -10})
    keeper.change({"level_db": -8})
    assert not monitor_path().exists()
    keeper.change({"level_db": -30})
    deadline_s = time.monotonic() + 5.0
    while not monitor_path().exists():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
    keeper.change({"level_db": -5})
    assert json.loads(monitor_path().read_text())["level_db"] == -30.0
    keeper.close()
    assert load_monitor().level_db == -5.0


def test_what_cannot_be_saved_is_told(own_folders):
    monitor_path().mkdir(parents=True)
    told = []
    keeper = MonitorFile(MonitorState(), told.append)
    keeper.change({"dim": True})
    keeper.close()
    assert len(told) == 1


# ------------------------------------------------------------------------------------------ hands


def test_jobs_are_done_in_order_and_followed_in_this_thread():
    hands, found = WorkerThreads(), []

    def then(result, failure):
        found.append((result, failure, threading.current_thread() is threading.main_thread()))

    def fail():
        raise ValueError("no")

    hands.player.do(lambda: 1, then)
    hands.player.do(fail, then)
    hands.files.do(lambda: 2, then)
    hands.close()
    hands.finish()
    assert sorted(result for result, _, _ in found if result) == [1, 2]
    assert [str(failure) for _, failure, _ in found if failure] == ["no"]
    assert all(here for _, _, here in found)


def test_what_fails_after_a_job_does_not_swallow_the_next():
    hands, found = WorkerThreads(), []

    def fail(_result, _failure):
        raise ValueError("afterwards")

    hands.player.do(lambda: 1, fail)
    hands.player.do(lambda: 2, lambda result, _failure: found.append(result))
    hands.close()
    with pytest.raises(ValueError, match="afterwards"):
        hands.finish()
    hands.finish()
    assert found == [2]
