"""The scratch programme: the same frames from memory and from a file, nothing left behind."""

from __future__ import annotations

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
def test_gives_back_what_was_appended_any_number_of_times(
    tmp_path, random, monkeypatch, limit_bytes, columns
):
    monkeypatch.setattr(scratch, "MEMORY_LIMIT_BYTES", limit_bytes)
    signal = random.standard_normal((50_000, columns))
    with Scratch(len(signal), tmp_path, columns) as kept:
        for start in range(0, len(signal), 7_001):
            kept.append(signal[start : start + 7_001])
            kept.append(signal[:0])  # a rate converter gives nothing back at first
        assert kept.frames == len(signal)
        assert os.listdir(tmp_path) == []
        for _ in range(2):
            assert np.array_equal(np.concatenate(list(kept.blocks())), signal)


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
