"""What `doctor` says of a machine: each limit just inside and just outside, with what to do about it."""

from __future__ import annotations

import os
import resource
import shutil
import sys
from collections import namedtuple
from types import SimpleNamespace

import psutil
import pytest

from engine.doctor import machine
from engine.report.doctor import Check

Usage = namedtuple("Usage", "total used free")
ENOUGH = 2_000_000_000


def checks() -> dict[str, Check]:
    return {check.name: check for check in machine.machine_checks()}


@pytest.mark.parametrize(("free", "works"), [(ENOUGH, True), (ENOUGH - 1, False)])
def test_the_cache_wants_room_for_decoded_songs(
    monkeypatch: pytest.MonkeyPatch, free: int, works: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10 * ENOUGH, 0, free))
    found = checks()
    assert found["cache folder"].works is works
    assert ("free some space" in found["cache folder"].fix) is not works
    assert "2.0 GB free" in found["cache folder"].found
    # the others hold small files
    assert all(found[f"{name} folder"].works for name in ("configuration", "state", "runtime"))


def test_a_folder_that_cannot_be_written_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    variables = {
        "configuration": "XDG_CONFIG_HOME",
        "state": "XDG_STATE_HOME",
        "cache": "XDG_CACHE_HOME",
        "runtime": "XDG_RUNTIME_DIR",
    }
    found = checks()
    for name, variable in variables.items():
        assert not found[f"{name} folder"].works
        assert found[f"{name} folder"].fix.endswith(variable)


@pytest.mark.parametrize(("cores", "works"), [(1, False), (2, True)])
def test_one_processor_is_few(monkeypatch: pytest.MonkeyPatch, cores: int, works: bool) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: cores)
    found = checks()["processor"]
    assert (found.works, found.fix == "") == (works, works)
    assert found.found.startswith(f"{cores} cores")


@pytest.mark.parametrize(("available", "works"), [(ENOUGH, True), (ENOUGH - 1, False)])
def test_memory_for_a_long_render(monkeypatch: pytest.MonkeyPatch, available: int, works: bool) -> None:
    monkeypatch.setattr(
        psutil, "virtual_memory", lambda: SimpleNamespace(available=available, total=8 * ENOUGH)
    )
    found = checks()["memory"]
    assert (found.works, found.fix == "") == (works, works)
    assert found.found == "2.0 of 16.0 GB available"


@pytest.mark.parametrize(
    ("allowed", "user", "works", "said"),
    [
        (0, 1000, False, "not granted"),
        (1, 1000, True, "up to 1"),
        (95, 1000, True, "up to 95"),
        (-1, 1000, True, "up to unlimited"),
        (0, 0, True, "any"),
    ],
)
def test_real_time_priority(
    monkeypatch: pytest.MonkeyPatch, allowed: int, user: int, works: bool, said: str
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (0, allowed))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    found = checks()["real-time priority"]
    assert found.works is works
    assert found.found.startswith(said)
    assert ("rtprio" in found.fix) is not works


@pytest.mark.parametrize(
    ("columns", "lines", "locale", "works", "fix"),
    [
        (80, 24, "C.UTF-8", True, ""),
        (79, 24, "C.UTF-8", False, "80×23"),
        (80, 22, "en_GB.utf8", False, "80×23"),
        (200, 60, "C", False, "UTF-8 locale"),
    ],
)
def test_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int, lines: int, locale: str, works: bool, fix: str
) -> None:
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((columns, lines)))
    monkeypatch.setenv("LC_ALL", locale)
    found = checks()["terminal"]
    assert found.works is works
    assert fix in found.fix
    assert (found.fix == "") is works
    assert f"{columns}×{lines}, {locale}" in found.found


def test_without_a_terminal_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: False))
    monkeypatch.setenv("LC_ALL", "C")
    assert checks()["terminal"].works
