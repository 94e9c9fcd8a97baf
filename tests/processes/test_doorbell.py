"""The doorbell: what wakes an engine that rests, and that nothing depends on its being there."""

from __future__ import annotations

import os
import select

import pytest

from engine.link import segment
from engine.link.records import Kind
from engine.paths import runtime_dir
from engine.processes.doorbell import Doorbell, Ringer, remove_dead_doorbells
from engine.processes.registry import private_folder


@pytest.fixture
def own():
    private_folder()
    made = segment.create(Kind.ENGINE)
    yield made
    made.close()
    made.unlink()


def rung(bell: Doorbell) -> bool:
    return bool(select.select([bell.descriptor], [], [], 0.0)[0])


def test_whoever_rings_is_heard_until_the_bell_is_hushed(own):
    bell, ringer = Doorbell(own.name), Ringer(own.name)
    assert not rung(bell)
    ringer.ring()
    ringer.ring()
    assert rung(bell)
    bell.hush()
    assert not rung(bell)
    ringer.close()
    assert not rung(bell)  # a client that goes is no news by itself
    bell.close()


def test_ringing_never_waits_and_needs_no_bell(own):
    ringer = Ringer(own.name)
    ringer.ring()
    bell = Doorbell(own.name)
    for _ in range(100_000):  # more than a pipe holds
        ringer.ring()
    assert rung(bell)
    bell.close()
    ringer.ring()
    ringer.ring()
    ringer.close()


def test_a_bell_that_somebody_has_removed_is_hung_again(own):
    bell, ringer = Doorbell(own.name), Ringer(own.name)
    (path,) = runtime_dir().glob("*.bell")
    path.unlink()
    assert bell.hang()
    assert not bell.hang()
    ringer.ring()
    assert rung(bell)
    ringer.close()
    bell.close()
    assert list(runtime_dir().glob("*.bell")) == []


def test_an_ordinary_file_is_no_bell(own):
    path = runtime_dir() / f"{own.name}.bell"
    path.write_bytes(b"")
    Ringer(own.name).ring()
    assert path.read_bytes() == b""
    path.unlink()


def test_bells_of_dead_engines_are_removed_and_others_stay(own):
    bell = Doorbell(own.name)
    os.mkfifo(runtime_dir() / "stemlathe-999999999-1-1-1.bell", 0o600)
    remove_dead_doorbells()
    assert [path.name for path in runtime_dir().glob("*.bell")] == [f"{own.name}.bell"]
    bell.close()
