"""A delivery made again: the same, or else why not, and by how much."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import soundfile
from catalogue import write_song

from engine.cli.main import main
from engine.progress import silent
from engine.recall.causes import differences_of
from engine.recall.records import delivery_in
from engine.session.files import load_session

_CHAIN = 'chain = [ { type = "eq", bands = [ { shape = "peak", frequency_hz = 800.0, gain_db = 2.0 } ] } ]\n'


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    """A song that has been delivered once, `song.toml` beside the folder `d`."""
    folder = tmp_path_factory.mktemp("recall") / "song"
    session = write_song(folder, 1, seconds=1.0)
    session.write_text(session.read_text().replace("trim_db", _CHAIN + "trim_db", 1), encoding="utf-8")
    assert main(["deliver", str(session), "--out", str(folder / "d"), "--deliverable", "streaming"]) == 0
    return folder


@pytest.fixture
def song(delivered, tmp_path):
    """A copy of it, somewhere else."""
    shutil.copytree(delivered, tmp_path / "song")
    return tmp_path / "song"


def _recall(song, capsys):
    capsys.readouterr()
    code = main(["recall", str(song / "song.toml"), "--delivery", str(song / "d"), "--json"])
    return code, json.loads(capsys.readouterr().out)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _causes(song):
    session = load_session(song / "song.toml")
    record = delivery_in(song / "d").record
    text = (song / "song.toml").read_text(encoding="utf-8")
    return [(one.kind, one.what) for one in differences_of(session, text, record, silent)]


def test_the_same_session_makes_the_same_samples_anywhere(song, capsys):
    code, document = _recall(song, capsys)
    [output] = document["outputs"]
    assert (code, document["identical"], document["differences"]) == (0, True, [])
    assert output["identical"]
    assert output["difference_peak_dbfs"] is None
    assert output["sha256"] == output["delivered_sha256"]


def test_a_moved_trim_is_told_with_what_it_does_to_the_file(song, capsys):
    _edit(song / "song.toml", "trim_db = -3.0", "trim_db = -2.5")
    code, document = _recall(song, capsys)
    assert (code, document["identical"]) == (1, False)
    assert -60.0 < document["outputs"][0]["difference_peak_dbfs"] < 0.0
    assert document["differences"] == [
        {"kind": "setting", "what": "Drums trim: −3.0 dB → −2.5 dB", "then": "-3.0", "now": "-2.5"}
    ]


def test_each_kind_of_change_has_its_words(song):
    shutil.copy(song / "Drums.wav", song / "Voice.wav")
    _edit(song / "song.toml", "loudness_lufs = -14.0", "loudness_lufs = -16.0")
    _edit(song / "song.toml", "gain_db = 2.0", "gain_db = 2.5")
    assert _causes(song) == [
        ("stem", "stem Voice is another file, 1 of 2"),
        ("setting", "Drums eq band 1 gain: +2.0 dB → +2.5 dB"),
        (
            "target",
            "target streaming was −14 LUFS, is −16 LUFS",
        ),
    ]


def _doctor(song, edit):
    """Changes the record of the delivery, as if another program or machine had written it."""
    report = song / "d" / "report.json"
    tree = json.loads(report.read_text(encoding="utf-8"))
    edit(tree["record"])
    report.write_text(json.dumps(tree), encoding="utf-8")


def _older_target(record):
    record["settings"]["deliverables"][0]["loudness_lufs"] = -16.0
    record["targets"][0] |= {"loudness_lufs": -16.0, "date": "2020-01-01"}


def _other_recording(song):
    wave, rate = soundfile.read(song / "Voice.wav", dtype="int32")
    soundfile.write(song / "Voice.wav", wave[::-1], rate, subtype="PCM_24")


def _other_file(song):
    shutil.copy(song / "Drums.wav", song / "Take 2.wav")
    _edit(song / "song.toml", 'path = "Voice.wav"', 'path = "Take 2.wav"')


_EQ = "stems[0].chain[0]"
_CHANGES = {
    "trim": (lambda song: _edit(song / "song.toml", "trim_db = -3.0", "trim_db = -2.5"),
             [("setting", "Drums trim: −3.0 dB → −2.5 dB")], True),
    "EQ": (lambda song: _edit(song / "song.toml", "gain_db = 2.0", "gain_db = 2.001"),
           [("setting", "Drums eq band 1 gain: +2.0 dB → +2.001 dB")], True),
    "stem replaced": (_other_file, [("stem", "stem Voice is another file, 1 of 2")], True),
    "other content": (_other_recording, [("stem", "stem Voice is another file, 1 of 2")], True),
    "notes": (lambda song: _edit(song / "song.toml", "title", 'notes = "louder?"\ntitle'),
              [("setting", "notes: nothing → louder? (cannot be heard)")], False),
    "target data": (lambda song: _doctor(song, _older_target),
                    [("target", "target streaming was −16 LUFS, is −14 LUFS")], False),
    "program": (lambda song: _doctor(song, lambda record: record.update(program="0.0.1")),
                [("program", "stemlathe is another version")], False),
    "library": (lambda song: _doctor(song, lambda record: record["numerics"].update(numpy="1.0")),
                [("program", "numpy is another version")], False),
    "numerics": (lambda song: _doctor(song, lambda record: record["proof"].update(designs="00")),
                 [("machine", "filters and tables have other numbers")], False),
    "design": (lambda song: _doctor(song, lambda record: record["designs"].update({_EQ: "00"})),
               [("machine", "Drums eq was designed differently")], False),
}  # fmt: skip


@pytest.mark.parametrize("kind", _CHANGES)
def test_each_kind_of_change_has_one_answer_and_a_size_where_it_is_heard(song, capsys, kind):
    change, told, heard = _CHANGES[kind]
    change(song)
    code, document = _recall(song, capsys)
    assert [(one["kind"], one["what"]) for one in document["differences"]] == told
    assert (code, document["identical"]) == (int(heard), not heard)
    peak = document["outputs"][0]["difference_peak_dbfs"]
    assert (-140.0 < peak < 6.1) if heard else peak is None


@pytest.mark.parametrize("key", ["sample_rate = 44100", "start_s = 0.25", "end_s = 0.75"])
def test_files_of_another_shape_are_told_without_a_difference_of_their_samples(song, capsys, key):
    heading = '[[deliverables]]\nname = "streaming"' if "rate" in key else "[master]"
    _edit(song / "song.toml", heading, f"{heading}\n{key}")
    code, document = _recall(song, capsys)
    [output] = document["outputs"]
    assert (code, output["identical"], output["difference_peak_dbfs"]) == (1, False, None)
    assert output["sha256"] != output["delivered_sha256"]


def test_another_program_library_or_machine_is_told_with_the_stage(song):
    report = song / "d" / "report.json"
    tree = json.loads(report.read_text(encoding="utf-8"))
    tree["record"]["designs"]["stems[0].chain[0]"] = "0123456789abcdef"
    tree["record"]["proof"]["sound"] = "fedcba9876543210"
    report.write_text(json.dumps(tree), encoding="utf-8")
    assert _causes(song) == [
        ("machine", "Drums eq was designed differently"),
        ("machine", "a short proof sounds otherwise"),
    ]
    tree["record"]["program"] = "0.0.1"
    tree["record"]["numerics"]["libsoxr"] = "0.0.9"
    report.write_text(json.dumps(tree), encoding="utf-8")
    assert _causes(song)[:3] == [
        ("program", "stemlathe is another version"),
        ("program", "libsoxr is another version"),
        ("program", "Drums eq was designed differently"),
    ]


def test_a_stem_in_another_container_is_the_same_stem(song):
    with (song / "Voice.wav").open("r+b") as file:  # a chunk nobody knows, behind the samples
        file.seek(0, 2)
        file.write(b"note\x04\x00\x00\x00abcd")
        size = file.tell() - 8
        file.seek(4)
        file.write(size.to_bytes(4, "little"))
    assert _causes(song) == []


def test_a_deliverable_that_is_gone_is_told_and_nothing_else_to_recall_is_an_error(song, capsys):
    _edit(song / "song.toml", 'name = "streaming"', 'name = "web"')
    code, document = _recall(song, capsys)
    assert (code, document["error"]["kind"]) == (3, "nothing_to_recall")
    assert ("target", "deliverable streaming is gone") in _causes(song)


def test_without_a_delivery_the_last_recorded_render_is_recalled(tmp_path, capsys):
    session = write_song(tmp_path / "song", 2, seconds=1.0)
    assert main(["recall", str(session), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "no_delivery"
    assert main(["render", str(session), "--deliverable", "cd", "--resume", "--json"]) == 0
    capsys.readouterr()
    assert main(["recall", str(session), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outputs"][0]["identical"]


def test_records_of_older_programs_open_and_those_of_newer_ones_are_refused(tmp_path, capsys):
    stored = Path(__file__).parent / "records"
    for number, folder in enumerate(sorted(stored.iterdir())):
        record = delivery_in(folder).record
        assert record.stems, number
        assert record.outputs
        assert record.settings["title"]
    newer = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    newer["record"]["format"] = 99
    (tmp_path / "report.json").write_text(json.dumps(newer), encoding="utf-8")
    assert main(["diff", str(tmp_path), str(folder), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "newer"
