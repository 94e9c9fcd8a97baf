"""What a killed program leaves unfinished the next one that writes there removes, and nothing else."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time

import pytest
from full_disk import Disk

from engine import files
from engine.files import TEMPORARY_PREFIX, AtomicFile


@pytest.fixture(autouse=True)
def _look_again():
    files._swept.clear()


def left(folder, name: str, age_s: float):
    path = folder / name
    path.write_bytes(b"half a master")
    at_s = time.time() - age_s
    os.utime(path, (at_s, at_s))
    return path


def test_what_nobody_holds_is_removed(tmp_path):
    dead = [
        left(tmp_path, f"{TEMPORARY_PREFIX}{n}{kind}", 3600) for n, kind in enumerate((".tmp", ".scratch"))
    ]
    young = left(tmp_path, f"{TEMPORARY_PREFIX}young.tmp", 1)
    other = left(tmp_path, f"{TEMPORARY_PREFIX}notes.txt", 3600)
    user = left(tmp_path, "mine.tmp", 3600)
    held = left(tmp_path, f"{TEMPORARY_PREFIX}held.tmp", 3600)
    holder = os.open(held, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    target = left(tmp_path, "target", 3600)
    link = tmp_path / f"{TEMPORARY_PREFIX}link.tmp"
    link.symlink_to(target)
    (tmp_path / f"{TEMPORARY_PREFIX}folder.tmp").mkdir()
    hidden = tmp_path / f"{TEMPORARY_PREFIX}abc.folder"
    (hidden / "inside").mkdir(parents=True)
    os.utime(hidden, (time.time() - 3600, time.time() - 3600))
    os.mkfifo(tmp_path / f"{TEMPORARY_PREFIX}pipe.tmp")
    with AtomicFile(tmp_path / "new"):
        pass
    os.close(holder)
    assert not any(path.exists() for path in (*dead, hidden))
    assert all(path.exists() for path in (young, other, user, held, target, link))


def test_a_writer_holds_its_file(tmp_path):
    with AtomicFile(tmp_path / "long render.wav") as file:
        hidden = next(tmp_path.iterdir())
        at_s = time.time() - 3600
        os.utime(hidden, (at_s, at_s))
        files._swept.clear()
        pid = os.fork()
        if not pid:  # another program that writes into the same folder
            with AtomicFile(tmp_path / "other"):
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert hidden.exists()
        file.write(b"whole")
        file.commit()
    assert (tmp_path / "long render.wav").read_bytes() == b"whole"


def test_a_folder_that_is_in_use_is_left_alone_and_goes_in_the_end(tmp_path):
    with files.hidden_folder(tmp_path) as folder:
        os.utime(folder, (time.time() - 3600, time.time() - 3600))
        files.sweep(tmp_path)
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_becomes_read_only_adds_nothing_to_what_was_said(tmp_path):
    """What was begun cannot be removed there; the error that was told is enough."""
    folder = tmp_path / "out"
    folder.mkdir()
    disk = Disk(tmp_path / "cell", [folder])
    program = (
        "import os, pathlib, struct\n"
        "from engine.errors import MachineError\n"
        "from engine.files import AtomicFile\n"
        "file = AtomicFile('master.wav')\n"
        "pathlib.Path(os.environ['STEMLATHE_FULL_CELL']).write_bytes(struct.pack('q', -2))\n"
        "try:\n    file.write(b'half')\nexcept MachineError as error:\n    print(error.kind)\n"
        "file.abort()\n"
        "from engine import files\n"
        "files._unfinished.add((os.getpid(), pathlib.Path('left.tmp').absolute()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, **disk.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "permission\n", "")
    assert [path.name.startswith(TEMPORARY_PREFIX) for path in folder.iterdir()] == [True]
