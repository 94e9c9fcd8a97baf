"""A running engine: what it publishes, its transport, its monitor and its devices."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from processes import wait_until
from studio import RATE, SONG_FRAMES, ask, position, refused, session_of

from engine.link.history import Heard
from engine.link.records import CloseUp, DeviceState, Source, State
from engine.processes.client import STALE_S, Health
from engine.processes.doorbell import Ringer
from engine.server.monitor_file import load_monitor, monitor_path
from engine.session.playback import SYSTEMS

DOCUMENT_KEYS = {
    *("path", "title", "text", "revision", "saved_revision", "target", "version", "device_wanted"),
    *("markers", "snapshots", "history", "can_undo", "can_redo", "undo_label", "redo_label"),
    *(
        "rendered_revision",
        "notices",
        "overview",
        "marks",
        "reference_short_term_lufs",
        "match_old",
        "null",
        "null_state",
        "self_check",
        "match",
        "sentinel",
        "clients",
    ),
    *("stems_state", "parameters"),
}


# ------------------------------------------------------------------------------ what is published


def test_every_word_of_the_document_is_there(desk, studio):
    document = desk.document()
    assert {one.name for one in dataclasses.fields(document)} >= DOCUMENT_KEYS
    assert document.path == str(studio.song)
    assert [stem.state for stem in document.stems_state] == ["ok"] * 3
    assert session_of(desk, studio).title == "Falling Water"
    parameters = desk.parameters()
    values = dict(zip(document.parameters, parameters.targets, strict=True))
    assert values["stems[0].chain[0].threshold_db"] == -30.0
    assert list(parameters.currents) == list(parameters.targets)


def test_meters_move_while_it_plays_and_fall_when_it_rests(desk):
    ask(desk, "play")
    wait_until(lambda: position(desk) > 2 * RATE)
    snapshot, reading = desk.snapshot(), desk.ticks_since(None, whole_ring=True)
    master, stems = snapshot.master, snapshot.stems
    assert snapshot.transport.state is State.PLAYING
    assert len(stems) == 3
    assert -30.0 < master.momentary_lufs < -5.0
    assert -30.0 < master.peak_left_dbfs <= 0.0
    assert master.true_peak_max_dbtp >= reading.totals.running.master.peak_left_dbfs - 1e-9
    assert -1.0 <= master.correlation <= 1.0
    assert master.spectrum_bands == 31
    assert master.gain_reduction_db >= 0.0
    assert math.isnan(master.processors_db[0])  # an equaliser reduces nothing
    assert stems[0].processors_db[0] >= 0.0
    assert stems[0].held_left_dbfs >= stems[0].peak_left_dbfs > -60.0
    assert stems[0].rms_left_dbfs < stems[0].held_left_dbfs
    assert reading.totals.ticks > 80
    assert snapshot.output.device == "null"
    assert snapshot.output.device_state is DeviceState.RUNNING
    assert snapshot.output.load_mean < 1.0
    ask(desk, "pause")
    wait_until(lambda: desk.snapshot().stems[0].peak_left_dbfs < -60.0)
    assert desk.snapshot().transport.state is State.PAUSED


def test_loudness_belongs_to_the_song_and_an_edit_outdates_it(desk):
    """Whatever the background, which fills in what was not heard, has done by then."""

    def states() -> set[int]:
        return set(desk.history().states)

    ask(desk, "play")
    wait_until(lambda: desk.snapshot().transport.state is State.PAUSED and position(desk) > 5 * RATE)
    wait_until(lambda: desk.snapshot().status.loudness_heard > 0.4 and Heard.HEARD in states())
    assert desk.history().song_frames == SONG_FRAMES
    assert len(desk.history().states) <= 1024
    assert -30.0 < desk.snapshot().master.integrated_lufs < -5.0
    answer = ask(desk, "set", path="stems[1].trim_db", value=-3.0)
    wait_until(lambda: desk.history().revision == answer.revision)
    assert states() & {Heard.OUTDATED, Heard.HEARD}
    answer = ask(desk, "undo")
    # back to a state that was heard, or is filled in again
    wait_until(lambda: desk.history().revision == answer.revision and Heard.HEARD in states(), 120.0)
    # what is not heard in the master outdates nothing
    known = [state == Heard.HEARD for state in desk.history().states]
    ask(desk, "set", path="stems[1].solo", value=True)
    answer = ask(desk, "set", path="title", value="Other")
    wait_until(lambda: desk.history().revision == answer.revision)
    assert all(now == Heard.HEARD for now, was in zip(desk.history().states, known, strict=True) if was)


def test_the_loop_beats_while_it_works(desk):
    ask(desk, "play")
    for step in range(40):
        desk.send("set", {"path": "stems[0].trim_db", "value": step / 10})
        time.sleep(0.015)
        assert desk.health() is Health.RUNNING
        assert desk.heartbeat_age_s() < STALE_S


def test_a_paused_engine_rests_until_a_console_rings(desk):
    ask(desk, "pause")
    wait_until(lambda: desk.snapshot().transport.state is State.PAUSED)

    def beats() -> int:
        return desk._segment.life().heartbeats

    def beats_of_a_second() -> int:
        begun, first = time.monotonic(), beats()
        wait_until(lambda: time.monotonic() - begun > 1.0)
        return beats() - first

    wait_until(lambda: beats_of_a_second() < 40)  # a round every 8 ms makes more than 100
    assert desk.health() is Health.RUNNING
    # whoever cannot ring is heard, too
    desk._ringer = Ringer("nobody")
    ask(desk, "monitor", dim=False)


# -------------------------------------------------------------------------------------- transport


def test_a_seek_past_the_end_is_the_end(desk):
    ask(desk, "seek", position_frames=10 * SONG_FRAMES)
    wait_until(lambda: position(desk) == SONG_FRAMES)
    ask(desk, "seek", position_frames=-5)
    wait_until(lambda: position(desk) == 0)
    assert refused(desk, "seek", position_frames="x") == "bad_payload"


def test_a_loop_of_one_sample_and_loops_that_are_none(desk):
    ask(desk, "loop", on=True, start_frames=RATE, end_frames=RATE + 1)
    ask(desk, "seek", position_frames=RATE)
    ask(desk, "play")
    time.sleep(0.2)
    assert position(desk) == RATE
    transport = desk.snapshot().transport
    assert (transport.loop_on, transport.loop_start_frames, transport.loop_end_frames) == (
        True,
        RATE,
        RATE + 1,
    )
    assert desk.health() is Health.RUNNING
    assert refused(desk, "loop", start_frames=500, end_frames=500) == "bad_loop"
    assert refused(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES + 1) == "bad_loop"
    ask(desk, "loop", on=False)
    wait_until(lambda: position(desk) > RATE + 100)


def test_in_and_out_points_one_by_one(desk):
    ask(desk, "loop", start_frames=2 * RATE)
    ask(desk, "loop", end_frames=RATE)  # before the in point, which makes way
    wait_until(lambda: desk.snapshot().transport.loop_end_frames == RATE)
    assert desk.snapshot().transport.loop_start_frames == 0
    ask(desk, "loop", start_frames=3 * RATE)
    wait_until(lambda: desk.snapshot().transport.loop_start_frames == 3 * RATE)
    assert desk.snapshot().transport.loop_end_frames == SONG_FRAMES


def test_markers_are_set_named_and_jumped_to(desk):
    ask(desk, "marker", action="set", position_frames=RATE, name="Chorus")
    ask(desk, "marker", action="set", position_frames=3 * RATE)
    wait_until(lambda: len(desk.document().markers) == 2)
    assert [marker.name for marker in desk.document().markers] == ["Chorus", "1"]
    ask(desk, "marker", action="next")
    wait_until(lambda: position(desk) == RATE)
    ask(desk, "marker", action="jump", name="1")
    wait_until(lambda: position(desk) == 3 * RATE)
    ask(desk, "marker", action="remove", name="Chorus")
    assert refused(desk, "marker", action="previous") == "no_marker"
    ask(desk, "marker", action="remove")
    assert refused(desk, "marker", action="jump") == "no_marker"


@pytest.mark.parametrize("source", ["dry", "reference", "residual", "processed"])
def test_what_is_listened_to(desk, source):
    ask(desk, "play")
    ask(desk, "listen", source=source)
    wait_until(lambda: desk.snapshot().transport.source is Source[source.upper()])


def test_what_a_codec_gave_back_is_heard_as_loud_as_the_master(desk, tmp_path):
    assert refused(desk, "listen", source="codec") == "no_codec"
    assert refused(desk, "listen", source="codec", path=str(tmp_path / "gone.wav")) == "no_codec"
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no audio")
    assert refused(desk, "listen", source="codec", path=str(bad)) not in ("", "internal")
    wait_until(lambda: desk.snapshot().transport.source is Source.PROCESSED)
    path = tmp_path / "coded.wav"
    soundfile.write(path, np.zeros((RATE, 2)), RATE, "FLOAT")
    ask(desk, "listen", source="codec", path=str(path), difference_db=-0.75, start_s=0.5)
    wait_until(lambda: desk.snapshot().transport.source is Source.CODEC)
    wait_until(lambda: desk.snapshot().transport.match_db == pytest.approx(-0.75))
    # the master is compared with it, and is the one that is turned down where it is the louder one
    ask(desk, "listen", source="processed")
    wait_until(lambda: desk.snapshot().transport.match_db == 0.0)
    ask(desk, "listen", source="codec", path=str(path), difference_db=2.5)
    wait_until(lambda: desk.snapshot().transport.match_db == 0.0)
    ask(desk, "listen", source="processed")
    wait_until(lambda: desk.snapshot().transport.match_db == pytest.approx(-2.5))
    ask(desk, "listen", source="codec")  # the one it was
    wait_until(lambda: desk.snapshot().transport.source is Source.CODEC)
    ask(desk, "listen", source="processed")
    assert path.exists()  # it is no file of ours


def test_the_target_is_played_and_its_drive_stale_until_it_is_solved(desk):
    ask(desk, "target", deliverable="streaming")
    wait_until(lambda: desk.snapshot().status.target_lufs == -14.0)
    assert desk.snapshot().status.drive_stale
    ask(desk, "target", deliverable="cd")
    wait_until(lambda: math.isnan(desk.snapshot().status.target_lufs))
    assert not desk.snapshot().status.drive_stale
    assert refused(desk, "target", deliverable="nonsense") == "no_deliverable"
    ask(desk, "version", version="vocal_up")
    wait_until(lambda: desk.document().version == "vocal_up")
    assert refused(desk, "version", version="nonsense") == "no_version"
    ask(desk, "version", version="master")


# ---------------------------------------------------------------------------- monitor and devices


def test_a_strip_is_looked_at_until_nobody_does(desk):
    def shown() -> CloseUp:
        return desk.close_up()

    assert shown().strip == -2
    ask(desk, "look", stem=1, image=True)
    ask(desk, "play")
    wait_until(
        lambda: (
            shown().strip == 1 and shown().bands and shown().directions_dbfs[0] == shown().directions_dbfs[0]
        )
    )
    close = shown()
    assert -90.0 < close.before_rms_dbfs < 0.0
    assert max(close.before_dbfs[: close.bands]) > -90.0
    assert any(abs(value) <= 1.0 for value in close.correlations)
    ask(desk, "look", stem=None)
    wait_until(lambda: (shown().strip, shown().bands) == (-2, 0))
    ask(desk, "pause")


def test_every_stem_is_looked_at_until_nobody_does(desk):
    stems = len(desk.snapshot().stems)
    assert desk.stems_close_up() == ()
    ask(desk, "look", stem=None, stems=True)
    ask(desk, "play")
    wait_until(lambda: len(desk.stems_close_up()) == stems)
    wait_until(lambda: any(max(one.spectrum_dbfs) > -90.0 for one in desk.stems_close_up()))
    ask(desk, "look", stem=None)
    wait_until(lambda: desk.stems_close_up() == ())
    ask(desk, "pause")


def kept_monitor():
    """The monitor section as the user's file has it; nothing before it was written first."""
    return json.loads(monitor_path().read_text()) if monitor_path().exists() else {}


def test_the_monitor_section_is_clamped_and_kept(desk):
    ask(desk, "monitor", level_db=30, mono=True)
    wait_until(lambda: desk.snapshot().monitor.level_db == 0.0)
    ask(desk, "monitor", level_db=-99.0, mono=False, swap=True, reference_db=-18)
    wait_until(lambda: desk.snapshot().monitor.level_db == -60.0)
    monitor = desk.snapshot().monitor
    assert (monitor.mono, monitor.swap, monitor.dim, monitor.reference_db) == (False, True, False, -18.0)
    ask(desk, "monitor", level_db=-22.4, swap=False)
    wait_until(lambda: desk.snapshot().monitor.level_db == -22.0)
    wait_until(lambda: kept_monitor().get("level_db") == -22.0)


@pytest.mark.parametrize(
    ("left", "words"),
    [({}, ""), ({"side": True}, "side only"), ({"mono": True, "dim": True}, "mono, dim")],
)
def test_what_was_left_on_is_told_to_the_next_session(own_folders, left, words):
    """It is kept per user; a song that sounds wrong for it has to be told so."""
    monitor_path().parent.mkdir(parents=True)
    monitor_path().write_text(json.dumps({"level_db": -20.0, **left}))
    monitor_path().chmod(0o600)
    assert load_monitor().left_on == words


def test_what_is_quieter_is_kept_at_once(desk):
    ask(desk, "monitor", level_db=-10)
    wait_until(lambda: kept_monitor().get("level_db") == -10.0)
    begun_s = time.monotonic()
    ask(desk, "monitor", dim=True)
    wait_until(lambda: json.loads(monitor_path().read_text())["dim"])
    assert time.monotonic() - begun_s < 0.4
    ask(desk, "monitor", dim=False)


def translated(desk, system):
    """Chooses a playback system; its filters are designed first, which a busy machine takes its time for."""
    assert desk.request("translate", {"system": system}, timeout_s=120.0).kind == "done"
    wait_until(lambda: desk.snapshot().monitor.translation == (system or ""))


def test_a_playback_system_is_shown_and_never_kept(desk, studio):
    assert desk.snapshot().monitor.translation == ""
    translated(desk, "phone")
    # a switch of the section leaves it, and what is kept of the section does not hold it
    ask(desk, "monitor", dim=True)
    wait_until(lambda: monitor_path().exists() and json.loads(monitor_path().read_text())["dim"])
    assert "phone" not in monitor_path().read_text()
    assert desk.snapshot().monitor.translation == "phone"
    ask(desk, "monitor", dim=False)
    assert refused(desk, "translate", system="gramophone") == "no_playback_system"
    assert desk.snapshot().monitor.translation == "phone"
    translated(desk, None)


def test_a_broken_file_of_playback_systems_is_told_and_changes_nothing(desk):
    translated(desk, None)
    path = SYSTEMS.user_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[systems.kitchen]\npoints = 3\n")
    try:
        told = desk.request("translate", {"system": "kitchen"}, timeout_s=120.0)
        assert told.kind == "error"
        assert str(path) in told.payload["message"]
        assert "systems.kitchen.points" in told.payload["message"]
        assert desk.snapshot().monitor.translation == ""
    finally:
        path.unlink()


def test_a_render_made_while_it_is_on_is_the_render_made_without_it(desk, studio, tmp_path):
    """Byte for byte; so is a capture, which `test_translation` holds."""

    def rendered(name):
        command = [sys.executable, "-c", "from engine.cli.main import run; run()", "render", str(studio.song)]
        done = subprocess.run([*command, "--out", str(tmp_path / name)], capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.suffix == ".wav")
        return [(path.name, path.read_bytes()) for path in files]

    plain = rendered("plain")
    assert len(plain) == 2
    translated(desk, "radio")
    ask(desk, "play")
    assert desk.snapshot().monitor.translation == "radio"
    assert rendered("translated") == plain
    assert desk.snapshot().monitor.translation == "radio"
    translated(desk, None)


def test_a_device_that_refuses_changes_nothing(desk):
    ask(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES)
    ask(desk, "play")
    assert refused(desk, "device", device="no such converter") in ("no_device", "no_audio_library", "device")
    assert desk.snapshot().output.device == "null"
    ask(desk, "device", device="null")
    here = position(desk)
    wait_until(lambda: position(desk) != here)


def test_what_was_rendered_is_remembered(desk):
    revision = desk.document().revision
    ask(desk, "rendered", revision=revision)
    wait_until(lambda: desk.document().rendered_revision == revision)
