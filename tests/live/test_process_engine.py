"""A running engine: what it publishes, and what it does when it is asked."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Iterator

import pytest
from processes import wait_until
from studio import RATE, SONG_FRAMES, TEXT, Studio, ask, edit, open_studio, refused, write_stem

from engine.link.client import STALE_S, Client, Health
from engine.link.failures import QueueFull
from engine.link.history import Heard
from engine.link.records import DeviceState, Role, Source, State
from engine.live.process.monitor_file import monitor_path
from engine.session.files import load_session, read_text_session

DOCUMENT_KEYS = {
    *("path", "title", "text", "revision", "saved_revision", "target", "version", "device_wanted"),
    *("markers", "snapshots", "history", "can_undo", "can_redo", "undo_label", "redo_label"),
    *("rendered_revision", "notices", "overview", "null", "self_check", "match", "sentinel", "clients"),
    *("stems_state", "parameters"),
}


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with open_studio() as studio:
        studio.start()
        yield studio


@pytest.fixture
def desk(studio: Studio) -> Client:
    """A console in control of the session as it is in the file, paused at its beginning."""
    client = studio.attach()
    if client.role is not Role.CONTROLLER:
        ask(client, "take_over")
    ask(client, "pause")
    first = client.document()["history"][0]["revision"]
    ask(client, "history", revision=first)
    ask(client, "listen", source="processed")
    ask(client, "target", deliverable=None)
    ask(client, "loop", on=False, start_frames=0, end_frames=SONG_FRAMES)
    ask(client, "seek", position_frames=0)
    yield client
    ask(client, "hand_over", client=None)
    client.close()


def text_of(client: Client) -> str:
    return str(client.document()["text"])


def session_of(client: Client, studio: Studio):
    return read_text_session(text_of(client), studio.song)


def published(client: Client, revision: int) -> None:
    """Until the document has caught up with an answer."""
    wait_until(lambda: client.document()["revision"] == revision)


def position(client: Client) -> int:
    return client.snapshot().transport.position_frames


# ------------------------------------------------------------------------------ what is published


def test_every_word_of_the_document_is_there(desk, studio):
    document = desk.document()
    assert set(document) >= DOCUMENT_KEYS
    assert document["path"] == str(studio.song)
    assert [stem["state"] for stem in document["stems_state"]] == ["ok"] * 3
    assert session_of(desk, studio).title == "Falling Water"
    parameters = desk.parameters()
    values = dict(zip(document["parameters"], parameters.targets, strict=True))
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


# ------------------------------------------------------------------------------------------ edits


def test_a_setting_is_played_published_and_undone(desk, studio):
    answer = ask(desk, "set", path="stems[0].trim_db", value=1.5)
    published(desk, answer.revision)
    document = desk.document()
    assert "trim_db = 1.5" in document["text"]
    assert "# with sticks" in document["text"]
    assert (document["can_undo"], document["undo_label"]) == (True, "Drums trim +1.5 dB")
    parameters = desk.parameters()
    place = document["parameters"].index("stems[0].trim_db")
    assert parameters.revision == answer.revision
    wait_until(lambda: desk.parameters().currents[place] == 1.5)
    answer = ask(desk, "undo")
    published(desk, answer.revision)
    assert desk.document()["redo_label"] == "Drums trim +1.5 dB"
    assert session_of(desk, studio).stems[0].trim_db == 0.0
    ask(desk, "redo")
    answer = ask(desk, "set", path="stems[0].trim_db", value=None)
    published(desk, answer.revision)
    assert session_of(desk, studio).stems[0].trim_db == 0.0


def test_a_flood_of_settings_is_one_step_and_ends_with_the_last(desk, studio):
    before = len(desk.document()["history"])
    ids = [desk.send("set", {"path": "stems[0].trim_db", "value": n / 10}) for n in range(1, 41)]
    answers = {}
    wait_until(lambda: answers.update({a.id: a for a in desk.answers()}) or set(ids) <= set(answers))
    assert {answers[id].kind for id in ids} == {"done"}
    wait_until(lambda: session_of(desk, studio).stems[0].trim_db == 4.0)
    assert len(desk.document()["history"]) == before + 1


def test_a_structural_edit_by_reference(desk, studio):
    answer = edit(
        desk, "add width", ("stems[1].chain", [{"type": "stereo", "width": 1.2}]), ("title", "Wide")
    )
    published(desk, answer.revision)
    session = session_of(desk, studio)
    assert (session.title, session.stems[1].chain[0].values["width"]) == ("Wide", 1.2)
    assert desk.document()["undo_label"] == "add width"
    assert len(desk.document()["parameters"]) == len(desk.parameters().targets)
    answer = ask(desk, "undo")
    published(desk, answer.revision)
    assert session_of(desk, studio).stems[1].chain == ()


def test_what_breaks_a_rule_is_refused_and_changes_nothing(desk, studio):
    before = text_of(desk)
    answer = desk.request("set", {"path": "stems[0].trim_db", "value": 99.0})
    assert answer.kind == "error"
    assert "stems[0].trim_db" in answer.payload["message"]
    assert refused(desk, "set", path="nonsense[", value=1) == "bad_payload"
    assert refused(desk, "set", path="stems[0].path", value="gone.wav") in ("missing_file", "bad_input")
    assert refused(desk, "edit", reference="0" * 32 + ".edit") == "no_reference"
    assert refused(desk, "history", revision=10**6) == "no_revision"
    assert refused(desk, "rendered", revision=10**6) == "no_revision"
    wait_until(lambda: text_of(desk) == before)
    assert session_of(desk, studio).stems[0].trim_db == 0.0


def test_of_several_settings_only_the_wrong_one_is_refused(desk, studio):
    values = {"stems[0].trim_db": 1.0, "stems[1].trim_db": 99.0, "stems[2].trim_db": 2.0}
    ids = [desk.send("set", {"path": path, "value": value}) for path, value in values.items()]
    answers = {}
    wait_until(lambda: answers.update({a.id: a for a in desk.answers()}) or set(ids) <= set(answers))
    assert [answers[id].kind for id in ids] == ["done", "error", "done"]
    wait_until(lambda: session_of(desk, studio).stems[2].trim_db == 2.0)
    assert session_of(desk, studio).stems[0].trim_db == 1.0


def test_snapshots_are_switched_and_shown(desk, studio):
    ask(desk, "snapshot", letter="A", action="store")
    ask(desk, "set", path="stems[2].mute", value=True)
    ask(desk, "snapshot", letter="B", action="store")
    ask(desk, "play")
    for letter, muted in (("A", False), ("B", True), ("A", False)):
        answer = ask(desk, "snapshot", letter=letter, action="recall")
        published(desk, answer.revision)
        assert session_of(desk, studio).stems[2].mute is muted
        wait_until(lambda muted=muted: desk.snapshot().transport.snapshot == int(muted))
    assert refused(desk, "snapshot", letter="D", action="recall") == "no_snapshot"


def test_saving_asks_twice_before_it_overwrites_somebody_elses_work(desk, studio):
    ask(desk, "set", path="title", value="Mine")
    answer = ask(desk, "save")
    published(desk, answer.revision)
    assert load_session(studio.song).title == "Mine"
    wait_until(lambda: desk.document()["saved_revision"] == desk.document()["revision"])
    ask(desk, "set", path="title", value="Mine again")
    studio.song.write_text(TEXT.replace("Falling", "Their"), encoding="utf-8")
    assert refused(desk, "save") == "changed_on_disk"
    assert load_session(studio.song).title == "Their Water"
    ask(desk, "save")
    assert load_session(studio.song).title == "Mine again"


def test_what_another_program_writes_is_played(desk, studio):
    if desk.request("save").kind == "error":  # the test before has written it
        ask(desk, "save")
    studio.song.write_text(TEXT.replace("Falling", "Other"), encoding="utf-8")
    wait_until(lambda: desk.document()["title"] == "Other Water")
    assert desk.document()["undo_label"] == "song.toml changed on disk"
    assert desk.document()["notices"][-1]["code"] == "changed_on_disk"


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
    wait_until(lambda: len(desk.document()["markers"]) == 2)
    assert [marker["name"] for marker in desk.document()["markers"]] == ["Chorus", "1"]
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


def test_the_target_is_played_and_its_drive_stale_until_it_is_solved(desk):
    ask(desk, "target", deliverable="streaming")
    wait_until(lambda: desk.snapshot().status.target_lufs == -14.0)
    assert desk.snapshot().status.drive_stale
    ask(desk, "target", deliverable="cd")
    wait_until(lambda: math.isnan(desk.snapshot().status.target_lufs))
    assert not desk.snapshot().status.drive_stale
    assert refused(desk, "target", deliverable="nonsense") == "no_deliverable"
    ask(desk, "version", version="vocal_up")
    wait_until(lambda: desk.document()["version"] == "vocal_up")
    assert refused(desk, "version", version="nonsense") == "no_version"
    ask(desk, "version", version="master")


# ---------------------------------------------------------------------------- monitor and devices


def test_the_monitor_section_is_clamped_and_kept(desk):
    ask(desk, "monitor", level_db=30, mono=True)
    wait_until(lambda: desk.snapshot().monitor.level_db == 0.0)
    ask(desk, "monitor", level_db=-99.0, mono=False, swap=True, reference_db=-18)
    wait_until(lambda: desk.snapshot().monitor.level_db == -60.0)
    monitor = desk.snapshot().monitor
    assert (monitor.mono, monitor.swap, monitor.dim, monitor.reference_db) == (False, True, False, -18.0)
    ask(desk, "monitor", level_db=-22.4, swap=False)
    wait_until(lambda: desk.snapshot().monitor.level_db == -22.0)
    wait_until(lambda: json.loads(monitor_path().read_text())["level_db"] == -22.0)


def test_what_is_quieter_is_kept_at_once(desk):
    ask(desk, "monitor", level_db=-10)
    wait_until(lambda: json.loads(monitor_path().read_text())["level_db"] == -10.0)
    begun_s = time.monotonic()
    ask(desk, "monitor", dim=True)
    wait_until(lambda: json.loads(monitor_path().read_text())["dim"])
    assert time.monotonic() - begun_s < 0.4
    ask(desk, "monitor", dim=False)


def test_a_device_that_refuses_changes_nothing(desk):
    ask(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES)
    ask(desk, "play")
    assert refused(desk, "device", device="no such converter") in ("no_device", "no_audio_library", "device")
    assert desk.snapshot().output.device == "null"
    ask(desk, "device", device="null")
    here = position(desk)
    wait_until(lambda: position(desk) != here)


def test_what_was_rendered_is_remembered(desk):
    revision = desk.document()["revision"]
    ask(desk, "rendered", revision=revision)
    wait_until(lambda: desk.document()["rendered_revision"] == revision)


# --------------------------------------------------------------------------------- who may do what


def test_one_controller_and_any_number_of_observers(desk, studio):
    observer, other = studio.attach(Role.OBSERVER), studio.attach()
    assert (observer.role, other.role) == (Role.OBSERVER, Role.OBSERVER)
    assert refused(observer, "play") == "read_only"
    assert refused(other, "set", path="stems[0].mute", value=True) == "not_in_control"
    ask(desk, "hand_over", client=other.index)
    wait_until(lambda: other.role is Role.CONTROLLER)
    assert refused(desk, "play") == "not_in_control"
    ask(other, "set", path="stems[0].mute", value=True)

    def told() -> str:
        return {client["index"]: client["role"] for client in desk.document()["clients"]}[other.index]

    wait_until(lambda: told() == "controller")
    ask(desk, "take_over")
    assert refused(other, "undo") == "not_in_control"
    observer.close()
    other.close()


def test_a_stale_edit_is_refused(desk, studio):
    base = desk.document()["revision"]
    other = studio.attach()
    ask(other, "take_over")
    ask(other, "set", path="stems[0].trim_db", value=2.0)
    ask(desk, "take_over")
    answer = desk.request("set", {"path": "stems[0].trim_db", "value": 3.0}, revision=base)
    assert answer.payload["code"] == "stale"
    answer = desk.request("set", {"path": "stems[1].trim_db", "value": 3.0}, revision=base)
    assert answer.kind == "done"
    other.close()


def test_an_unknown_command_is_answered(desk):
    assert refused(desk, "make_it_louder") == "unknown_command"
    assert refused(desk, "listen", source="everything") == "bad_payload"


def test_a_stopped_engine_is_seen_a_full_queue_told_and_it_recovers(desk, studio):
    ask(desk, "play")
    os.kill(studio.entry.identity.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: desk.health() is Health.STOPPED)
        with pytest.raises(QueueFull):
            [desk.send("ping") for _ in range(1000)]
    finally:
        os.kill(studio.entry.identity.pid, signal.SIGCONT)
    wait_until(lambda: desk.health() is Health.RUNNING)
    wait_until(lambda: any(answer.kind == "pong" for answer in desk.answers()))
    ask(desk, "pause")


# ------------------------------------------------------------------------------------ stems' files


def test_stems_replaced_truncated_and_removed_while_they_play(desk, studio):
    folder = studio.song.parent
    originals = {name: (folder / name).read_bytes() for name in ("drums.wav", "bass.wav", "vocals.wav")}
    ask(desk, "play")
    replacement = folder / "new.wav"
    write_stem(replacement, 5)
    os.replace(replacement, folder / "drums.wav")
    with open(folder / "bass.wav", "r+b") as file:
        file.truncate(len(originals["bass.wav"]) // 2)
    (folder / "vocals.wav").unlink()
    wait_until(
        lambda: (
            [stem["state"] for stem in desk.document()["stems_state"]] == ["replaced", "truncated", "missing"]
        )
    )
    assert {notice["code"] for notice in desk.document()["notices"]} >= {
        "stem_replaced",
        "stem_truncated",
        "stem_removed",
    }
    assert desk.health() is Health.RUNNING
    for name in ("bass.wav", "vocals.wav"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(originals[name])
    for stem, name in (("Drums", "drums.wav"), (1, "bass.wav"), ("vocals", "vocals.wav")):
        ask(desk, "replace", stem=stem, path=name)
    wait_until(lambda: [stem["state"] for stem in desk.document()["stems_state"]] == ["ok"] * 3)
    time.sleep(0.6)  # nothing new is the matter after the next look at the files
    assert [stem["state"] for stem in desk.document()["stems_state"]] == ["ok"] * 3
    (folder / "drums.wav").write_bytes(originals["drums.wav"])
    ask(desk, "replace", stem="Drums", path="drums.wav")


def test_another_file_for_a_stem(desk, studio):
    folder = studio.song.parent
    write_stem(folder / "take 2.wav", 4, SONG_FRAMES + RATE)
    write_stem(folder / "wrong rate.wav", 4, RATE, 44_100)
    answer = ask(desk, "replace", stem="Bass", path=str(folder / "take 2.wav"))
    published(desk, answer.revision)
    stem = session_of(desk, studio).stems[1]
    assert (stem.path.name, len(stem.sha256)) == ("take 2.wav", 64)
    assert desk.document()["undo_label"] == "Bass: take 2.wav"
    wait_until(lambda: desk.snapshot().transport.length_frames == SONG_FRAMES + RATE)
    assert refused(desk, "replace", stem="Bass", path=str(folder / "wrong rate.wav")) == "sample_rate"
    assert refused(desk, "replace", stem="Bass", path="gone.wav") == "missing_file"
    assert refused(desk, "replace", stem="Oboe", path="bass.wav") == "no_stem"
    ask(desk, "undo")
    wait_until(lambda: desk.snapshot().transport.length_frames == SONG_FRAMES)
