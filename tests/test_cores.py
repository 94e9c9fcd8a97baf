"""How many threads work is shared out to, and that nothing found depends on it."""

from __future__ import annotations

import os

import pytest

from engine import cores


def _groups(tmp_path, own, files):
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        path = tmp_path / "fs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return cores.granted_by(tmp_path / "fs", tmp_path / "own")


def test_a_limit_of_processor_time_is_rounded_up(tmp_path):
    assert _groups(tmp_path, "0::/a/b\n", {"a/b/cpu.max": "250000 100000\n"}) == 3


def test_a_group_further_out_limits_those_in_it(tmp_path):
    files = {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "50000 100000\n", "cpu.max": "800000 100000\n"}
    assert _groups(tmp_path, "0::/a/b\n", files) == 1


def test_the_older_kind_of_groups_is_understood(tmp_path):
    files = {"cpu/a/cpu.cfs_quota_us": "400000\n", "cpu/a/cpu.cfs_period_us": "100000\n"}
    assert _groups(tmp_path, "5:memory:/x\n4:cpu,cpuacct:/a\n0::/\n", files) == 4


@pytest.mark.parametrize("text", ["max 100000\n", "", "nonsense\n", "-1 100000\n"])
def test_without_a_limit_the_processors_count(tmp_path, text):
    assert _groups(tmp_path, "0::/\n", {"cpu.max": text}) == 1 << 30


def test_nothing_to_read_is_no_limit(tmp_path):
    assert cores.granted_by(tmp_path / "none", tmp_path / "nothing") == 1 << 30


def test_affinity_and_groups_count_together(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(16)), raising=False)
    for granted, expected in ((6, 6), (40, 16), (1, 1)):
        monkeypatch.setattr(cores, "_granted", lambda granted=granted: granted)
        assert cores.usable_cores() == expected
