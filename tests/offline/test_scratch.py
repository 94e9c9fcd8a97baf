"""The scratch programme: the same frames from memory and from a file, nothing left behind."""

from __future__ import annotations

import contextlib
import errno
import os
from types import SimpleNamespace

import numpy as np
import pytest

from engine.errors import MachineError
from engine.offline import scratch
from engine.offline.scratch import Scratch


@pytest.mark.parametrize("columns", [2, 10])
@pytest.mark.parametrize("limit_bytes", [0, 10**9])
@pytest.mark.parametrize("single", [False, True])
def test_gives_back_what_was_appended_any_number_of_times(tmp_path, random, limit_bytes, columns, single):
    signal = random.standard_normal((20_000, columns))
    rounded = signal.astype(np.float32) if single else signal
    with Scratch(len(signal), tmp_path, columns, memory_bytes=limit_bytes, single=single) as kept:
        for start in range(0, len(signal), 7_001):
            kept.append(signal[start : start + 7_001])
            kept.append(signal[:0])  # a rate converter gives nothing back at first
        assert kept.frames == len(signal)
        assert os.listdir(tmp_path) == []
        for _ in range(2):
            found = np.concatenate(list(kept.blocks()))
            assert (found.dtype, found.tobytes()) == (rounded.dtype, rounded.tobytes())


def test_space_is_checked_before_work_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000_000_000))
    with pytest.raises(MachineError, match=r"needs 16\.0 GB") as caught:
        Scratch(1_000_000_000, tmp_path)
    assert caught.value.kind == "disk_full"


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EACCES, "permission denied")

    monkeypatch.setattr(scratch.os, "open", refuse)
    with pytest.raises(MachineError, match="permission") as caught:
        Scratch(20_000_000, tmp_path)
    assert caught.value.path == tmp_path


@pytest.mark.parametrize(("minutes", "in_memory"), [(4, True), (5, False)])
def test_songs_of_a_usual_length_stay_in_memory(tmp_path, monkeypatch, minutes, in_memory):
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    with contextlib.nullcontext() if in_memory else pytest.raises(MachineError):
        Scratch(minutes * 60 * 48_000, tmp_path).close()


@pytest.mark.parametrize(
    ("columns", "single", "memory_bytes", "free", "fits"),
    [
        (2, False, 16_000, 0, True),
        (2, False, 15_999, 16_000, True),
        (2, False, 15_999, 15_999, False),
        (5, False, 40_000, 0, True),
        (5, False, 39_999, 39_999, False),
        (2, True, 8_000, 0, True),
        (2, True, 7_999, 8_000, True),
        (2, True, 7_999, 7_999, False),
    ],
)
def test_memory_and_disk_hold_as_much_as_they_have_room_for(
    tmp_path, monkeypatch, columns, single, memory_bytes, free, fits
):
    """A thousand frames; where memory holds them nobody asks the disk."""
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    with contextlib.nullcontext() if fits else pytest.raises(MachineError, match=r"needs 0\.0 GB"):
        Scratch(1000, tmp_path, columns, memory_bytes=memory_bytes, single=single).close()


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL, errno.EROFS])
def test_where_files_need_a_name_it_is_taken_away_at_once(tmp_path, monkeypatch, random, code):
    """NFS and old kernels know no O_TMPFILE; any other error is one."""
    opened = os.open

    def refuse(path, flags, *rest, **more):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(code, os.strerror(code))
        return opened(path, flags, *rest, **more)

    monkeypatch.setattr(scratch.os, "open", refuse)
    signal = random.standard_normal((100, 2))
    expected = pytest.raises(MachineError) if code == errno.EROFS else contextlib.nullcontext()
    with expected, Scratch(100, tmp_path, memory_bytes=0) as kept:
        kept.append(signal)
        assert os.listdir(tmp_path) == []
        assert np.array_equal(np.concatenate(list(kept.blocks())), signal)


def test_a_system_that_takes_and_gives_a_few_bytes_at_a_time_changes_nothing(tmp_path, monkeypatch, random):
    write, read = os.pwrite, os.preadv
    monkeypatch.setattr(scratch.os, "pwrite", lambda file, data, at: write(file, data[:1001], at))
    monkeypatch.setattr(scratch.os, "preadv", lambda file, views, at: read(file, [views[0][:777]], at))
    signal = random.standard_normal((500, 3))
    with Scratch(500, tmp_path, 3, memory_bytes=0) as kept:
        for part in (signal[:123], signal[123:]):
            kept.append(part)
        assert np.array_equal(np.concatenate(list(kept.blocks())), signal)


def test_what_was_cut_off_behind_its_back_is_an_error(tmp_path, random):
    with Scratch(100, tmp_path, memory_bytes=0) as kept:
        kept.append(random.standard_normal((100, 2)))
        os.ftruncate(kept._file, 99 * 16)
        with pytest.raises(MachineError, match="shorter"):
            list(kept.blocks())
