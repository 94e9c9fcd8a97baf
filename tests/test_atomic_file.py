"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.audio.disk_space import require_space
from engine.errors import MachineError
from engine.files import AtomicFile


def test_appears_on_commit_only(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with AtomicFile(path) as file:
        file.write(b"hello world")
        file.write(b"")
        file.write_at(0, b"J")
        assert not path.exists()
        file.commit()
        assert path.read_bytes() == b"Jello world"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        with AtomicFile(tmp_path / "a.bin") as file:
            file.commit()
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o640


def test_leaves_nothing_without_commit(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    file = AtomicFile(tmp_path / "a.bin")
    file.write(b"new")
    file.abort()
    file.abort()
    assert os.listdir(tmp_path) == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


def test_name_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with AtomicFile("b.bin") as file:
        file.commit()
    assert os.listdir(tmp_path) == ["b.bin"]


def test_failing_commit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    file = AtomicFile(tmp_path / "a.bin")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(MachineError, match="Input/output error"):
        file.commit()
    assert os.listdir(tmp_path) == []


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder an ordinary user may not write to; the test runs as one even if started by root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_unwritable_folder(locked_folder: Path) -> None:
    with pytest.raises(MachineError, match="permission denied") as caught:
        AtomicFile(locked_folder / "a.wav")
    assert (caught.value.kind, caught.value.path) == ("permission", locked_folder / "a.wav")


def test_free_space(tmp_path: Path) -> None:
    require_space(tmp_path, 1, "a byte")
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(MachineError, match=r"the scratch file needs .* MB and only .* MB are free") as caught:
        require_space(tmp_path, free + 10**10, "the scratch file")
    assert caught.value.kind == "disk_full"
    with pytest.raises(MachineError, match="No such file"):
        require_space(tmp_path / "absent", 1, "a byte")
