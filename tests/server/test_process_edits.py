"""A running engine that is edited: settings, history, files, and who may do it."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
import soundfile
from processes import wait_until
from studio import RATE, SONG_FRAMES, TEXT, ask, edit, published, refused, session_of, text_of, write_stem

from engine.link.failures import QueueFull
from engine.link.records import Role
from engine.processes.client import Health
from engine.session.files import load_session

# ------------------------------------------------------------------------------------------ edits


def test_a_setting_is_played_published_and_undone(desk, studio):
    answer = ask(desk, "set", path="stems[0].trim_db", value=1.5)
    published(desk, answer.revision)
    document = desk.document()
    assert "trim_db = 1.5" in document.text
    assert "# with sticks" in document.text
    assert (document.can_undo, document.undo_label) == (True, "Drums trim +1.5 dB")
    parameters = desk.parameters()
    place = document.parameters.index("stems[0].trim_db")
    assert parameters.revision == answer.revision
    wait_until(lambda: desk.parameters().currents[place] == 1.5)
    answer = ask(desk, "undo")
    published(desk, answer.revision)
    assert desk.document().redo_label == "Drums trim +1.5 dB"
    assert session_of(desk, studio).stems[0].trim_db == 0.0
    ask(desk, "redo")
    answer = ask(desk, "set", path="stems[0].trim_db", value=None)
    published(desk, answer.revision)
    assert session_of(desk, studio).stems[0].trim_db == 0.0


def test_a_flood_of_settings_is_one_step_and_ends_with_the_last(desk, studio):
    before = len(desk.document().history)
    ids = [desk.send("set", {"path": "stems[0].trim_db", "value": n / 10}) for n in range(1, 41)]
    answers = {}
    wait_until(lambda: answers.update({a.id: a for a in desk.answers()}) or set(ids) <= set(answers))
    assert {answers[id].kind for id in ids} == {"done"}
    wait_until(lambda: session_of(desk, studio).stems[0].trim_db == 4.0)
    assert len(desk.document().history) == before + 1


def test_a_structural_edit_by_reference(desk, studio):
    answer = edit(
        desk, "add width", ("stems[1].chain", [{"type": "stereo", "width": 1.2}]), ("title", "Wide")
    )
    published(desk, answer.revision)
    session = session_of(desk, studio)
    assert (session.title, session.stems[1].chain[0].values["width"]) == ("Wide", 1.2)
    assert desk.document().undo_label == "add width"
    assert len(desk.document().parameters) == len(desk.parameters().targets)
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
    wait_until(lambda: desk.document().saved_revision == desk.document().revision)
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
    wait_until(lambda: desk.document().title == "Other Water")
    assert desk.document().undo_label == "song.toml changed on disk"
    assert desk.document().notices[-1].code == "changed_on_disk"


def test_a_mistake_in_the_file_on_disk_is_named_until_it_is_mended(desk, studio):
    """Nothing was edited here, so nothing is said of unsaved edits; once mended, nothing is said at all."""
    if desk.request("save").kind == "error":
        ask(desk, "save")
    text = studio.song.read_text(encoding="utf-8")

    def told() -> dict[str, str]:
        return {notice.code: notice.message for notice in desk.document().notices}

    studio.song.write_text(text.replace('role = "bass"', 'role = "bas"'), encoding="utf-8")
    wait_until(lambda: "session_unusable" in told())
    assert '"bas" is unknown' in told()["session_unusable"]
    assert "changed_on_disk" not in told()
    studio.song.write_text(text, encoding="utf-8")
    wait_until(lambda: "session_unusable" not in told())
    ask(desk, "save")


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

    def told() -> str | None:
        return {client.index: client.role for client in desk.document().clients}.get(other.index)

    wait_until(lambda: told() == "controller")
    ask(desk, "take_over")
    assert refused(other, "undo") == "not_in_control"
    observer.close()
    other.close()


def test_a_controller_that_leaves_is_no_longer_told_to_be_in_control(desk, studio):
    other = studio.attach()
    ask(other, "take_over")

    def roles() -> set[str]:
        return {client.role for client in desk.document().clients}

    wait_until(lambda: "controller" in roles())
    other.close()
    wait_until(lambda: "controller" not in roles())
    ask(desk, "take_over")
    wait_until(lambda: "controller" in roles())


def test_a_stale_edit_is_refused(desk, studio):
    base = desk.document().revision
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
        lambda: [stem.state for stem in desk.document().stems_state] == ["replaced", "truncated", "missing"]
    )
    assert {notice.code for notice in desk.document().notices} >= {
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
    wait_until(lambda: [stem.state for stem in desk.document().stems_state] == ["ok"] * 3)
    time.sleep(0.6)  # nothing new is the matter after the next look at the files
    assert [stem.state for stem in desk.document().stems_state] == ["ok"] * 3
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
    assert desk.document().undo_label == "Bass: take 2.wav"
    wait_until(lambda: desk.snapshot().transport.length_frames == SONG_FRAMES + RATE)
    assert refused(desk, "replace", stem="Bass", path=str(folder / "wrong rate.wav")) == "unusable_stem"
    soundfile.write(folder / "empty.wav", np.zeros((0, 2)), RATE, subtype="PCM_24")
    assert refused(desk, "replace", stem="Bass", path="empty.wav") == "unusable_stem"
    assert refused(desk, "replace", stem="Bass", path="gone.wav") == "missing_file"
    assert refused(desk, "replace", stem="Oboe", path="bass.wav") == "no_stem"
    ask(desk, "undo")
    wait_until(lambda: desk.snapshot().transport.length_frames == SONG_FRAMES)


def test_stems_change_places_while_they_play_and_back_again(desk, studio):
    ask(desk, "play")
    before = [stem.name for stem in session_of(desk, studio).stems]
    answer = ask(desk, "move_stem", stem=1, to=0)
    published(desk, answer.revision)
    session = session_of(desk, studio)
    assert [stem.name for stem in session.stems] == [before[1], before[0], *before[2:]]
    assert "# with sticks" in desk.document().text
    assert desk.document().undo_label == f"{before[1]} is stem 1"
    assert refused(desk, "move_stem", stem=1, to=99) == "bad_session"
    published(desk, ask(desk, "undo").revision)
    assert [stem.name for stem in session_of(desk, studio).stems] == before
