"""Two sessions told apart in words."""

from __future__ import annotations

import json
import shutil

import pytest
from catalogue import write_song

from engine.cli.main import main
from engine.server.journal import journal_path, line_of
from engine.server.session_state import Book, whole
from engine.server.undo_tree import Step
from engine.session.comparing import worded_changes

_BASE = {
    "title": "T",
    "stems": [
        {"name": "Drums", "path": "d.wav", "chain": [{"type": "compressor"}, {"type": "compressor"}]},
        {"name": "Bass", "path": "b.wav"},
    ],
    "master": {"chain": [{"type": "multiband", "crossovers_hz": [120.0, 2000.0]}]},
    "deliverables": [{"name": "cd", "loudness_lufs": -14.0}],
}


def _changed(edit):
    new = json.loads(json.dumps(_BASE))
    edit(new)
    return [change.text for change in worded_changes(_BASE, new)]


def _set(value, *path):
    def edit(tree):
        for part in path[:-1]:
            tree = tree[part]
        tree[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (_set(0.5, "stems", 0, "trim_db"), "Drums trim: +0.0 dB → +0.5 dB"),
        (_set(2.5, "stems", 0, "chain", 1, "ratio"), "Drums compressor 2 ratio: 2.0:1 → 2.5:1"),
        (_set(False, "stems", 0, "chain", 0, "enabled"), "Drums compressor 1 enabled: on → off"),
        (_set(-16.0, "deliverables", 0, "loudness_lufs"), "cd loudness: −14.0 LUFS → −16.0 LUFS"),
        (_set("takes/b2.wav", "stems", 1, "path"), "Bass path: b.wav → b2.wav"),
        (_set([{"type": "gain"}], "master", "chain"), "master chain: multiband → gain"),
        (
            _set({"club": {"trims_db": {"Bass": 1.0}}}, "versions"),
            "version club trims Bass: +0.0 dB → +1.0 dB",
        ),
        (lambda tree: tree["stems"].pop(0), "stem Drums removed"),
        (lambda tree: tree["stems"].reverse(), "stems in another order: Bass, Drums"),
        (lambda tree: tree["stems"].append({"name": "Keys"}), "stem Keys added"),
        (lambda tree: tree["stems"][0].update(trim_db=0.0), None),
    ],
)
def test_every_change_has_its_words(edit, text):
    assert _changed(edit) == ([] if text is None else [text])


def test_a_stem_that_has_moved_keeps_its_changes():
    def edit(tree):
        tree["stems"].reverse()
        tree["stems"][1]["mute"] = True

    assert _changed(edit) == ["Drums mute: off → on", "stems in another order: Bass, Drums"]


def test_the_verb_compares_files_snapshots_and_deliveries(tmp_path, capsys, own_folders):
    session = write_song(tmp_path / "song", 1, seconds=1.0)
    old = session.read_text(encoding="utf-8")
    session.write_text(old.replace("trim_db = -3.0", "trim_db = -2.0", 1), encoding="utf-8")

    def diff(a, b):
        capsys.readouterr()
        code = main(["diff", str(a), str(b), "--json"])
        return code, json.loads(capsys.readouterr().out)

    other = tmp_path / "song" / "other.toml"
    other.write_text(old, encoding="utf-8")
    line = {"path": "stems[0].trim_db", "then": -3.0, "now": -2.0, "text": "Drums trim: −3.0 dB → −2.0 dB"}
    assert diff(other, session) == (0, {"changes": [line]})
    assert diff(session, session) == (0, {"changes": []})
    book = Book()
    book.tree.add(Step(1, None, "opened", 0.0, old))
    book.snapshots["B"] = (1, "before")
    journal_path(session).parent.mkdir(parents=True)
    journal_path(session).write_bytes(line_of(whole(book)))
    assert diff(f"{session}@B", session) == (0, {"changes": [line]})
    assert diff(f"{session}@C", session)[1]["error"]["kind"] == "no_snapshot"
    assert main(["deliver", str(session), "--out", str(tmp_path / "d"), "--deliverable", "cd"]) == 0
    assert diff(f"{session}@1", session) == (0, {"changes": []})
    shutil.copy(tmp_path / "song" / "Drums.wav", tmp_path / "song" / "Voice.wav")
    _, document = diff(tmp_path / "d", session)
    assert [change["text"] for change in document["changes"]] == ["stem Voice is another recording"]
    assert diff(f"{session}@7", session)[1]["error"]["kind"] == "no_delivery"
    assert diff(tmp_path / "nothing", session)[0] == 3
