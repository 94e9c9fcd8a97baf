"""What is executed or believed comes from folders and files that nobody else could have written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from engine import private
from engine.compiler import cache
from engine.compiler.cache import kernel_cache_dir, usable_cache_dir, why_unusable
from engine.errors import MachineError
from engine.live.graph.decoded import decoded_file
from engine.private import make_private, read_own, who_could_change
from engine.processes.registry import Entry, find, running
from engine.server.journal import Journal
from engine.server.monitor_file import MonitorFile, MonitorState, monitor_path
from engine.session.atomic import lock

STRANGER = 54321


@pytest.fixture
def cache_home(tmp_path, monkeypatch) -> Path:
    """A cache folder of this test alone, looked at anew by each call."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    why_unusable.cache_clear()
    yield tmp_path / "cache"
    why_unusable.cache_clear()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def as_a_stranger(monkeypatch) -> None:
    """From here on everything that is there is another user's."""
    why_unusable.cache_clear()
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


def test_every_folder_of_ours_is_shut_from_the_first_one_on(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own").chmod(0o777)
    made = make_private(tmp_path / "own", "a", "b")
    assert [mode(one) for one in (made, made.parent, tmp_path / "own")] == [0o700] * 3
    deep = make_private(tmp_path / "x" / "y" / "z", "c")
    assert [mode(one) for one in (deep, *list(deep.parents)[:3])] == [0o700] * 4


def test_state_and_monitor_settings_can_be_read_by_nobody_else(own_folders):
    former = os.umask(0o022)
    try:
        keeper = MonitorFile(MonitorState(), lambda text: None)
        keeper.change({"level_db": -30.0})
        keeper.close()
    finally:
        os.umask(former)
    assert mode(monitor_path()) == 0o600
    assert mode(monitor_path().parent) == 0o700


def test_another_users_folder_is_refused(tmp_path, monkeypatch):
    make_private(tmp_path / "own")
    as_a_stranger(monkeypatch)
    with pytest.raises(MachineError) as caught:
        make_private(tmp_path / "own", "journals")
    assert caught.value.kind == "foreign_owner"
    assert str(tmp_path / "own") in caught.value.message


def test_a_journal_that_is_another_users_is_not_believed(own_folders, monkeypatch):
    session = own_folders / "s.toml"
    Journal(session).close()
    as_a_stranger(monkeypatch)
    with pytest.raises(MachineError) as caught:
        Journal(session)
    assert caught.value.kind == "foreign_owner"


def test_kernels_are_taken_from_an_own_folder_only(cache_home, monkeypatch):
    assert usable_cache_dir() == kernel_cache_dir()
    assert [mode(one) for one in (kernel_cache_dir(), *list(kernel_cache_dir().parents)[:2])] == [0o700] * 3
    as_a_stranger(monkeypatch)
    assert usable_cache_dir() is None
    assert "another user" in why_unusable()


def test_kernels_are_not_taken_from_below_a_folder_that_others_may_write_to(cache_home):
    cache_home.mkdir()
    cache_home.chmod(0o777)
    assert usable_cache_dir() is None
    assert f"others may write to {cache_home}" in why_unusable()


def test_a_file_in_the_kernel_folder_that_is_not_ours_makes_it_unused(cache_home, monkeypatch):
    folder = usable_cache_dir()
    (folder / "sub").mkdir()
    (folder / "sub" / "index.nbi").symlink_to("/dev/null")
    why_unusable.cache_clear()
    assert usable_cache_dir() is None
    assert "index.nbi is not a file of yours" in why_unusable()


def test_a_kernel_folder_that_was_open_to_others_is_emptied(cache_home):
    folder = usable_cache_dir()
    (folder / "planted.nbi").write_bytes(b"")
    folder.parent.chmod(0o777)
    why_unusable.cache_clear()
    assert usable_cache_dir() == folder
    assert list(folder.iterdir()) == []
    assert mode(folder.parent) == 0o700


def test_without_a_usable_folder_kernels_are_not_cached(cache_home, monkeypatch):
    from engine.compiler import warm

    usable_cache_dir()
    assert cache._stranger_in(kernel_cache_dir()) is None
    monkeypatch.setattr(warm, "usable_cache_dir", lambda: None)
    warm._marker().touch()
    assert not warm.is_warm()


def test_what_another_numba_or_python_compiled_does_not_count_as_compiled(cache_home, monkeypatch):
    from engine.compiler import warm

    usable_cache_dir()
    warm._marker().touch()
    assert warm.is_warm()
    for module, name, other in (
        (cache, "versions", lambda: "0.99"),
        (cache, "mark", lambda: "another processor"),
        (cache.sys, "implementation", type("implementation", (), {"cache_tag": "cpython-399"})),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, other)
            cache.stamp.cache_clear()
            assert not warm.is_warm()
        cache.stamp.cache_clear()
        assert warm.is_warm()


@pytest.mark.parametrize(
    ("rights", "safe"), [(0o755, True), (0o777, False), (0o1777, True), (0o2755, True), (0o775, None)]
)
def test_who_could_change_what_a_path_leads_to(tmp_path, rights, safe):
    above = tmp_path / "above"
    (above / "own").mkdir(parents=True)
    (above / "own").chmod(0o700)
    above.chmod(rights)
    found = who_could_change(above / "own")
    if safe is not None:  # of a group's own folder that depends on whose group it is
        assert (found is None) is safe
    (tmp_path / "link").symlink_to(above / "own")
    assert who_could_change(tmp_path / "link") == found


def test_a_loop_of_links_leads_nowhere(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert who_could_change(tmp_path / "a") is not None


def test_a_decoded_copy_that_is_a_link_is_made_anew(cache_home, tmp_path):
    import numpy as np
    import soundfile

    stem = tmp_path / "a.flac"
    soundfile.write(stem, np.full((1000, 2), 0.25), 48_000)
    copy = decoded_file(stem)
    (tmp_path / "other.wav").write_bytes(b"planted")
    copy.unlink()
    copy.symlink_to(tmp_path / "other.wav")
    assert decoded_file(stem) == copy
    assert not copy.is_symlink()
    assert soundfile.read(copy)[0].max() == 0.25
    assert (tmp_path / "other.wav").read_bytes() == b"planted"


def test_only_ordinary_own_files_are_read_and_only_so_much(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"x" * 100)
    assert read_own(tmp_path / "file", 60) == b"x" * 60
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name, said in (
        ("pipe", "not a file of this user"),
        ("link", "symbolic links"),
        ("missing", "No such"),
    ):
        with pytest.raises(OSError, match=said):
            read_own(tmp_path / name, 60)
    as_a_stranger(monkeypatch)
    with pytest.raises(PermissionError):
        read_own(tmp_path / "file", 60)
    assert not private.is_own_file(tmp_path / "file")


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b"{}", b"\xff", b'{"pid": 1e999}', b'{"kind": "engine", "pid": Infinity}', None],
)
def test_odd_things_in_the_registry_are_passed_over(runtime, content):
    from engine.processes.registry import private_folder

    folder = private_folder()
    if content is None:
        os.mkfifo(folder / "x.json")
        (folder / "y.json").mkdir()
        (folder / "z.json").symlink_to("/dev/zero")
    else:
        (folder / "x.json").write_bytes(content)
    assert running() == []


def test_a_host_whose_runtime_folder_was_removed_is_found_again(runtime):
    import shutil

    from engine.link.records import Kind
    from engine.processes.host import open_host
    from engine.processes.registry import renew

    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        shutil.rmtree(runtime)
        renew(host.entry)
        found: Entry = find()
        assert found == host.entry


def test_a_lock_does_not_follow_a_link(tmp_path):
    target = tmp_path / "target"
    (tmp_path / ".s.toml.lock").symlink_to(target)
    with pytest.raises(MachineError), lock(tmp_path / "s.toml", wait_s=0.0):
        pass
    assert not target.exists()
