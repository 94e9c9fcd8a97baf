"""How the demo is written: whole or not at all, never over anything, and again without harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.demo import files
from engine.demo.files import write_demo
from engine.errors import InputError, MachineError
from engine.session.files import load_session
from engine.session.pins import sha256_of
from engine.session.range_card import card_findings

AUDIO = (
    "Drums.wav",
    "Bass.wav",
    "Instruments.wav",
    "Lead Vocal.wav",
    "Backing Vocals.wav",
    "Reference Mix.wav",
)


class FakeSong:
    """Stands in for the synthesis, which takes seconds: files of a few bytes, and a count of its runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.version = "first"
        self.error: Exception | None = None

    def __call__(self, folder: Path, progress: object) -> None:
        self.runs += 1
        for name in AUDIO:
            (folder / name).write_text(f"{name}, {self.version}")
        if self.error is not None:
            raise self.error


@pytest.fixture
def song(monkeypatch: pytest.MonkeyPatch) -> FakeSong:
    fake = FakeSong()
    monkeypatch.setattr(files, "_synthesise", fake)
    return fake


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_writes_everything_into_a_new_folder(song, tmp_path):
    folder = tmp_path / "new" / "the démo"
    found = write_demo(folder)
    assert found.written
    assert sorted(content(folder)) == sorted((*AUDIO, "demo.toml"))
    assert [path.name for path in (*found.stems, found.reference)] == list(AUDIO)


def test_again_changes_nothing_and_synthesises_nothing(song, tmp_path):
    write_demo(tmp_path)
    before = content(tmp_path)
    assert not write_demo(tmp_path).written
    assert content(tmp_path) == before
    assert song.runs == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("trim_db = 0.3", "trim_db = -1.25  # quieter"),
        ("format = 1", "this is no TOML any more"),
        ('name = "Drums"', 'name = "Trommeln"'),
    ],
)
def test_a_session_that_is_there_is_kept(song, tmp_path, old, new):
    session = write_demo(tmp_path).session
    session.write_text(session.read_text().replace(old, new))
    (tmp_path / "Bass.wav").unlink()
    before = session.read_bytes()
    assert new.encode() in before
    assert write_demo(tmp_path).written
    assert session.read_bytes() == before
    assert (tmp_path / "Bass.wav").read_text() == "Bass.wav, first"


def test_a_lost_session_is_written_anew(song, tmp_path):
    session = write_demo(tmp_path).session
    text = session.read_text()
    session.unlink()
    write_demo(tmp_path)
    assert session.read_text() == text


def test_whole_audio_of_an_earlier_version_stays_with_its_session(song, tmp_path):
    write_demo(tmp_path)
    before = content(tmp_path)
    song.version = "second"
    assert not write_demo(tmp_path).written
    assert content(tmp_path) == before


@pytest.mark.parametrize("foreign", ["Drums.wav", "Reference Mix.wav"])
def test_a_file_that_is_not_the_demos_is_never_touched(song, tmp_path, foreign):
    (tmp_path / foreign).write_text("the only take")
    with pytest.raises(InputError, match=foreign) as caught:
        write_demo(tmp_path)
    assert caught.value.kind == "exists"
    assert caught.value.path == tmp_path / foreign
    assert content(tmp_path) == {foreign: b"the only take"}


def test_a_changed_stem_is_not_replaced(song, tmp_path):
    write_demo(tmp_path)
    (tmp_path / "Bass.wav").write_text("my own bass")
    with pytest.raises(InputError, match=r"Bass\.wav"):
        write_demo(tmp_path)
    assert (tmp_path / "Bass.wav").read_text() == "my own bass"


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), MachineError("full"), ValueError("bug")]
)
def test_nothing_is_left_when_the_synthesis_fails(song, tmp_path, error):
    song.error = error
    expected = MachineError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        write_demo(tmp_path)
    assert content(tmp_path) == {}


def test_a_file_in_place_of_the_folder(song, tmp_path):
    (tmp_path / "demo").write_text("")
    with pytest.raises(InputError, match="is a file") as caught:
        write_demo(tmp_path / "demo")
    assert caught.value.kind == "not_a_folder"


def test_too_little_space_is_told_first(song, tmp_path, monkeypatch):
    def none_free(folder: Path, needed_bytes: int, purpose: str) -> None:
        assert 120e6 < needed_bytes < 200e6
        raise MachineError("full", kind="disk_full")

    monkeypatch.setattr(files, "require_space", none_free)
    with pytest.raises(MachineError) as caught:
        write_demo(tmp_path)
    assert caught.value.kind == "disk_full"
    assert song.runs == 0


# --- what the session says -------------------------------------------------------------------------


def test_the_session_opens_with_pins_and_roles(song, tmp_path):
    session = load_session(write_demo(tmp_path).session)
    assert session.sample_rate == 48_000
    roles = ["drums", "bass", "instruments", "vocals", "backing_vocals"]
    assert [stem.role for stem in session.stems] == roles
    assert [stem.path.name for stem in session.stems] == list(AUDIO[:5])
    assert session.reference is not None
    for file in (*session.stems, session.reference):
        assert file.sha256 == sha256_of(file.path)


def test_chains_stay_within_the_card_and_trims_near_zero(song, tmp_path):
    session = load_session(write_demo(tmp_path).session)
    assert card_findings(session) == ()
    assert all(abs(stem.trim_db) <= 0.5 and not stem.mute and not stem.solo for stem in session.stems)
    assert all(any(processor.enabled for processor in stem.chain) for stem in session.stems)
    assert [p.type for p in session.master.chain if p.enabled] == ["eq", "compressor", "limiter"]


def test_deliverables(song, tmp_path):
    session = load_session(write_demo(tmp_path).session)
    found = {d.name: (d.loudness_lufs, d.sample_rate, d.encoding) for d in session.deliverables}
    assert found == {
        "streaming": (-14.0, 44_100, "wav24"),
        "apple": (-16.0, 44_100, "wav24"),
        "broadcast": (-23.0, 48_000, "wav24"),
        "loud": (-9.0, 96_000, "wav24"),
    }


def test_roles_and_names_are_those_of_the_parts():
    from engine.demo.render import PARTS

    assert {part.name: part.role for part in PARTS} == dict(files.ROLES)
