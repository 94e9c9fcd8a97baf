"""What an earlier version wrote later versions open as it was, or refuse with a sentence that says why.

`fixtures/VERSION` holds what that version wrote. Nothing there is ever changed: a version that changes a
format adds a folder of its own, and goes on reading the others.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from engine import __version__
from engine.errors import SessionError
from engine.server.journal import Journal, journal_path, line_of, read_events
from engine.server.live_session import LiveSession
from engine.server.session_state import whole
from engine.session.files import load_session

FOLDERS = sorted(path for path in (Path(__file__).parent / "fixtures").iterdir() if path.is_dir())


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def former(request) -> Path:
    """What one version wrote."""
    return request.param


def test_this_version_has_fixtures():
    assert __version__ in [path.name for path in FOLDERS]


def test_a_session_of_a_former_version_opens_with_its_values(former):
    session = load_session(former / "session.toml", require_files=False)
    drums, vocals = session.stems
    assert (session.title, session.sample_rate) == ("Falling Water", 48_000)
    assert (drums.source_gain_db, drums.polarity_inverted, drums.offset_samples) == (-0.25, True, 12.5)
    assert (drums.trim_db, vocals.trim_db, vocals.role) == (0.5, 0.0, "vocals")
    assert [part.type for part in drums.chain] == ["gain", "eq", "multiband", "saturator"]
    assert [(part.type, part.enabled) for part in vocals.chain] == [("deesser", True), ("stereo", False)]
    assert [part.type for part in session.master.chain] == ["eq", "compressor", "limiter"]
    streaming, cd = session.deliverables
    assert (streaming.loudness_lufs, streaming.ceiling_dbtp) == (-14.0, -1.0)
    assert (cd.loudness_lufs, cd.ceiling_dbtp, cd.sample_rate, cd.encoding) == (None, -0.3, 44_100, "wav16")


def test_a_journal_of_a_former_version_brings_everything_back(former):
    content = (former / "journal.jsonl").read_bytes()
    book, good = read_events(content)
    wanted = json.loads((former / "journal.json").read_text(encoding="utf-8"))
    assert good == len(content)
    texts = {
        str(key): hashlib.sha256(step.text.encode()).hexdigest() for key, step in book.tree.steps.items()
    }
    found = {
        "revision": book.revision,
        "texts": texts,
        "saved_revision": book.saved_revision,
        "snapshots": {letter: list(kept) for letter, kept in book.snapshots.items()},
        "markers": {str(frames): name for frames, name in book.markers.items()},
        "loop": dataclasses.asdict(book.loop),
        **{name: getattr(book, name) for name in ("position_frames", "target", "version", "device", "drive")},
    }
    assert found == wanted
    assert read_events(line_of(whole(book)))[0] == book


def test_an_engine_goes_on_from_a_journal_of_a_former_version(former, own_folders):
    song = own_folders / "s.toml"
    shutil.copyfile(former / "session.toml", song)
    path = journal_path(song)
    path.parent.mkdir(parents=True)
    shutil.copyfile(former / "journal.jsonl", path)
    journal = Journal(song)
    live = LiveSession(song, journal)
    assert live.session.stems[0].mute
    live.undo()
    assert not live.session.stems[0].mute
    live.recall_snapshot("A")
    assert live.session.stems[0].trim_db == 0.7
    journal.close()


def test_a_session_of_a_later_format_is_refused_with_a_sentence(former, tmp_path):
    text = (former / "session.toml").read_text(encoding="utf-8").replace("format = 1", "format = 999")
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SessionError) as caught:
        load_session(path, require_files=False)
    assert "format" in caught.value.message
    assert caught.value.exit_code == 3


def test_a_journal_of_a_later_version_is_kept_and_not_half_read(former, own_folders):
    """An event that this version does not know ends what is believed; the file is put aside, whole."""
    song = own_folders / "s.toml"
    shutil.copyfile(former / "session.toml", song)
    path = journal_path(song)
    path.parent.mkdir(parents=True)
    content = (former / "journal.jsonl").read_bytes()
    later = content + line_of({"e": "from the future", "what": 1}) + line_of({"e": "also"})
    path.write_bytes(later)
    journal = Journal(song)
    live = LiveSession(song, journal)
    assert live.session.stems[0].mute
    assert path.with_suffix(".damaged").read_bytes() == later
    journal.close()
