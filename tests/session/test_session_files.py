"""Session files on disk: reading, editing in place, saving, and one writer at a time."""

from __future__ import annotations

import gc
import multiprocessing
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InputError, MachineError, SessionError
from engine.session.atomic import lock, write_atomic
from engine.session.editing import TextEditor
from engine.session.files import edit_session, load_session, parse_key, save_session_text, with_changes
from engine.session.reading import key_text

TEXT = """\
# the song
format = 1
title = "Falling Water"   # working title
sample_rate = 48000

[reference]
path = "mix.wav"

[[stems]]
name = "Drums"
path = "drums.wav"
trim_db = 0.5 # a little

# the bass was recorded later
[[stems]]
path = "bass.wav"
chain = [
  # first the rumble
  { type = "eq", bands = [ { shape = "high_pass", frequency_hz = 30.0 } ] }, # 30 Hz
  { type = "gain", gain_db = 1 },
]

# --- the bus ---
[master]
chain = [ { type = "limiter" } ]
"""


@pytest.fixture
def song(tmp_path: Path) -> Path:
    for name in ("mix.wav", "drums.wav", "bass.wav"):
        (tmp_path / name).touch()
    path = tmp_path / "song.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_loads_with_paths_from_its_own_folder(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    session = load_session(song)
    assert [stem.path for stem in session.stems] == [song.parent / "drums.wav", song.parent / "bass.wav"]
    assert session.path == song


def test_relative_paths_work_from_a_linked_folder_and_with_dots(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "drums.wav").touch()
    (tmp_path / "link").symlink_to(tmp_path / "a" / "b")
    text = 'sample_rate = 48000\n[[stems]]\npath = "../drums.wav"\n'
    (tmp_path / "link" / "song.toml").write_text(text)
    (stem,) = load_session(tmp_path / "link" / "song.toml").stems
    assert stem.path == (tmp_path / "a" / "drums.wav").resolve()
    assert stem.path.is_file()


@pytest.mark.parametrize(("name", "key"), [("mix.wav", "reference.path"), ("bass.wav", "stems[1].path")])
def test_a_missing_file_is_named(song: Path, name: str, key: str) -> None:
    (song.parent / name).unlink()
    with pytest.raises(SessionError) as caught:
        load_session(song)
    assert (caught.value.kind, caught.value.key, caught.value.path) == (
        "missing_file",
        key,
        song.parent / name,
    )
    assert str(song.parent / name) in caught.value.message
    assert load_session(song, require_files=False).title == "Falling Water"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_folder_or_pipe_is_no_stem(song: Path, make: Any) -> None:
    (song.parent / "bass.wav").unlink()
    make(song.parent / "bass.wav")
    with pytest.raises(SessionError, match="is no file"):
        load_session(song)


@pytest.mark.parametrize("path", ["x" * 300 + ".wav", "nul\\u0000.wav", "mix.wav/inside.wav"])
def test_impossible_paths_are_session_errors(song: Path, path: str) -> None:
    song.write_text(TEXT.replace('"drums.wav"', f'"{path}"'))
    with pytest.raises(SessionError) as caught:
        load_session(song)
    assert caught.value.key == "stems[0].path"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "bad_session"),
        (b"title = \n", "not_toml"),
        (b"\xff\xfe\x00", "not_utf8"),
        ("title = 'Größe'".encode("latin-1"), "not_utf8"),
        (b"RIFF\x00\x00\x00\x00WAVE", "not_toml"),
        (b"x = " + b"[" * 100_000, "not_toml"),
        (b"x = " + b"9" * 10_000, "not_toml"),
        (b"format = 2\n", "newer_format"),
        (b"sample_rate = 48000\n", "no_stems"),
    ],
)
def test_what_is_no_session(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(SessionError) as caught:
        load_session(path)
    assert caught.value.kind == kind
    assert caught.value.path == path
    assert str(path) in caught.value.message


def test_a_missing_session_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SessionError) as caught:
        load_session(tmp_path / "none.toml")
    assert caught.value.kind == "missing_file"
    with pytest.raises(SessionError, match="is a folder"):
        load_session(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(song: Path) -> None:
    song.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_session(song).stems[0].trim_db == 0.5
    edit_session(song, [(("stems", 0, "trim_db"), 1.5), (("stems", 0, "mute"), True)])
    session = load_session(song)
    assert (session.stems[0].trim_db, session.stems[0].mute) == (1.5, True)


# --- editing -------------------------------------------------------------------------------------


def test_edits_touch_nothing_else(song: Path) -> None:
    changes = [
        (("stems", 0, "trim_db"), -1.25),
        (("stems", 0, "source_gain_db"), 1.234567),
        (("stems", 1, "chain", 0, "bands", 0, "frequency_hz"), 40.0),
        (("stems", 1, "polarity_inverted"), True),
    ]
    session = edit_session(song, changes)
    assert session == load_session(song)
    assert (session.stems[0].trim_db, session.stems[0].source_gain_db) == (-1.25, 1.234567)
    assert session.stems[1].polarity_inverted
    expected = (
        TEXT.replace("trim_db = 0.5 # a little\n", "trim_db = -1.25 # a little\nsource_gain_db = 1.234567\n")
        .replace("frequency_hz = 30.0", "frequency_hz = 40.0")
        .replace("gain_db = 1 },\n]\n", "gain_db = 1 },\n]\npolarity_inverted = true\n")
    )
    assert song.read_text() == expected


def test_an_edit_that_breaks_a_rule_writes_nothing(song: Path) -> None:
    for change in ((("stems", 0, "trim_db"), 99.0), (("stems", 0, "trim"), 1.0), (("title",), 7)):
        with pytest.raises(SessionError):
            edit_session(song, [change])
        assert song.read_text() == TEXT


@pytest.mark.parametrize(
    "key", [("stems", 5, "trim_db"), ("steams", 0, "trim_db"), ("stems", 0, "chain", 0, "q"), ("stems", 2)]
)
def test_an_edit_of_what_is_not_there(song: Path, key: tuple[Any, ...]) -> None:
    with pytest.raises(SessionError, match="is not in the file"):
        edit_session(song, [(key, 1.0)])
    assert song.read_text() == TEXT


def test_stems_written_inline_can_be_edited(tmp_path: Path) -> None:
    text = 'stems = [ { path = "a.wav" }, { path = "b.wav", trim_db = 1 } ] # two\nsample_rate = 48000\n'
    edited = with_changes(text, [(("stems", 0, "mute"), True), (("stems", 1, "trim_db"), 2.0)], tmp_path)
    tree = tomllib.loads(edited)
    assert tree["stems"] == [{"path": "a.wav", "mute": True}, {"path": "b.wav", "trim_db": 2.0}]
    assert "# two" in edited


def test_no_change_leaves_the_file_alone(song: Path) -> None:
    before = song.stat()
    edit_session(song, [])
    after = song.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stem=st.integers(0, 1),
    change=st.sampled_from(["trim_db", "source_gain_db"]).flatmap(
        lambda key: st.tuples(st.just(key), st.floats(-60, 24))
    )
    | st.tuples(st.sampled_from(["mute", "solo", "polarity_inverted"]), st.booleans())
    | st.tuples(
        st.just("name"), st.text("abÄ ]#\"'\\ü=[", min_size=1, max_size=8).map(lambda text: f"x{text}")
    ),
)
def test_what_is_set_is_read_back_and_comments_survive(
    tmp_path: Path, stem: int, change: tuple[str, Any]
) -> None:
    key, value = change
    edited = with_changes(TEXT, [(("stems", stem, key), value)], tmp_path)
    wanted = tomllib.loads(TEXT)
    wanted["stems"][stem][key] = value
    assert tomllib.loads(edited) == wanted
    comments = [line.split("#")[1] for line in TEXT.splitlines() if "#" in line]
    assert all(f"#{comment}" in edited for comment in comments)
    # each section's comment still stands right above it
    assert "# the bass was recorded later\n[[stems]]" in edited
    assert "# --- the bus ---\n[master]" in edited


_trees = st.fixed_dictionaries(
    {
        "sample_rate": st.sampled_from([44100, 48000, 96000]),
        "stems": st.lists(st.floats(-60, 24), min_size=1, max_size=4),
        "comment": st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=20),
    }
)


@settings(max_examples=30, deadline=None)
@given(_trees)
def test_saving_what_was_loaded_changes_nothing(tree: dict[str, Any]) -> None:
    stems = "".join(
        f'\n[[stems]]  # {tree["comment"]}\nname = "s{index}"\npath = "{index}.wav"\ntrim_db = {trim!r}\n'
        for index, trim in enumerate(tree["stems"])
    )
    text = f"#{tree['comment']}\nsample_rate = {tree['sample_rate']}\n{stems}"
    assert with_changes(text, [], Path("song.toml")) == text
    same = [(("stems", index, "trim_db"), trim) for index, trim in enumerate(tree["stems"])]
    assert tomllib.loads(with_changes(text, same, Path("song.toml"))) == tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("title", ("title",)),
        ("stems[2].chain[0].bands[1].q", ("stems", 2, "chain", 0, "bands", 1, "q")),
        ('versions.club.trims_db."Lead Vox"', ("versions", "club", "trims_db", "Lead Vox")),
    ],
)
def test_key_paths_are_text_and_back(text: str, key: tuple[Any, ...]) -> None:
    assert parse_key(text) == key
    assert key_text(key) == text


@pytest.mark.parametrize("text", ["a..b", ".a", "a[", "a[x]", "a b", "a.", "[0]a"])
def test_what_is_no_key_path(text: str) -> None:
    with pytest.raises(ValueError, match="is no key path"):
        parse_key(text)


# --- writing -------------------------------------------------------------------------------------


def test_new_text_is_checked_before_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    with pytest.raises(SessionError):
        save_session_text(path, "sample_rate = 1\n", replace=False)
    assert not list(tmp_path.iterdir())
    save_session_text(path, TEXT, replace=False)
    assert path.read_text() == TEXT
    with pytest.raises(InputError) as caught:
        save_session_text(path, TEXT.replace("Falling", "Rising"), replace=False)
    assert caught.value.kind == "exists"
    assert path.read_text() == TEXT
    assert [entry.name for entry in tmp_path.iterdir()] == ["new.toml"]


def test_rights_and_links_survive_a_save(song: Path) -> None:
    song.chmod(0o640)
    link = song.with_name("link.toml")
    link.symlink_to(song)
    edit_session(link, [(("title",), "Other")])
    assert link.is_symlink()
    assert stat.S_IMODE(song.stat().st_mode) == 0o640
    assert load_session(song).title == "Other"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(entry.name for entry in song.parent.iterdir())
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MachineError) as caught:
        edit_session(song, [(("title",), "Other")])
    assert caught.value.kind == "disk_full"
    assert song.read_text() == TEXT
    assert sorted(entry.name for entry in song.parent.iterdir()) == before


@pytest.mark.parametrize("name", ["s" * 250 + ".toml", "ü" * 120 + ".toml"])
def test_names_of_full_length_can_be_saved(tmp_path: Path, name: str) -> None:
    write_atomic(tmp_path / name, b"x", replace=False)
    with lock(tmp_path / name):
        write_atomic(tmp_path / name, b"y", replace=True)
    assert (tmp_path / name).read_bytes() == b"y"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_lock_excludes_a_second_writer_and_leaves_nothing_behind(song: Path) -> None:
    with lock(song), pytest.raises(MachineError) as caught, lock(song, wait_s=0.05):
        pytest.fail("two writers")
    assert caught.value.kind == "locked"
    with lock(song, wait_s=0.0):
        pass
    assert not list(song.parent.glob(".*"))


def _add(path: Path, key: str, times: int) -> None:
    """In a process of its own."""
    gc.disable()  # what it finds may want to wait for a thread of the process that was forked
    for _ in range(times):
        with lock(path, wait_s=20.0):
            path.write_text(f"{path.read_text()}{key}")


def test_writers_in_several_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.touch()
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(path, key, 25)) for key in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120.0)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert sorted(path.read_text()) == sorted("abc" * 25)
    assert [entry.name for entry in tmp_path.iterdir()] == ["count"]


def test_a_key_that_was_put_in_can_be_taken_out_again(tmp_path: Path) -> None:
    text = '# mine\nformat = 1\n[[stems]]\npath = "a.wav"\n[[stems]]\npath = "b.wav" # second\n'
    editor = TextEditor(text, tmp_path / "s.toml")
    for _ in range(3):
        editor.changed([(("stems", 0, "mute"), True), (("stems", 1, "trim_db"), 0.5)])
        assert editor.tree["stems"][0]["mute"] is True
        editor.changed([(("stems", 0, "mute"), None), (("stems", 1, "trim_db"), None)])
        assert "mute" not in editor.tree["stems"][0]
    assert "# mine" in editor.text
    assert "# second" in editor.text
