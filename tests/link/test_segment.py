"""Segments: private, checked, read-only for readers, and gone exactly when their engine is dead."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import MachineError
from engine.link import layout, segment
from engine.link.failures import SegmentError
from engine.link.header import header_crc
from engine.link.identity import Identity, is_alive, own_identity
from engine.link.records import Kind
from engine.link.segment import Access, Segment, attach, create
from engine.link.snapshot import NO_CLOSE_UP, close_ups, stems_close_ups
from engine.processes.sweep import remove_dead_segments

SHARED_MEMORY = Path("/dev/shm")


def _segment_of(pid: int) -> str | None:
    found = [path.name for path in SHARED_MEMORY.glob(f"stemlathe-{pid}-*")]
    return found[0] if found else None


@pytest.fixture
def own() -> Segment:
    with create(Kind.ENGINE) as made:
        yield made


def test_a_segment_is_private_and_names_its_maker(own: Segment) -> None:
    status = (SHARED_MEMORY / own.name).stat()
    assert status.st_mode & 0o777 == 0o600
    assert status.st_size == layout.SEGMENT_BYTES
    assert status.st_blocks * 512 >= layout.SEGMENT_BYTES  # its memory is there, not promised
    born = own.born()
    assert (born.version, born.kind, born.uid) == (layout.VERSION, Kind.ENGINE, os.getuid())
    assert own.identity == own_identity()


@pytest.mark.parametrize("access", [Access.READ, Access.CLIENT])
def test_what_the_engine_writes_nobody_else_can(own: Segment, access: Access) -> None:
    with attach(own.name, access) as other:
        own.view[layout.SNAPSHOT.offset] = 7
        assert other.view[layout.SNAPSHOT.offset] == 7
        with pytest.raises(TypeError, match="read-only"):
            other.view[layout.SNAPSHOT.offset] = 8
        protections = {
            line.split()[1] for line in Path("/proc/self/maps").read_text().splitlines() if own.name in line
        }
        assert "r--s" in protections  # the kernel, too, refuses


def test_a_client_writes_the_client_area_and_a_reader_does_not(own: Segment) -> None:
    with attach(own.name, Access.CLIENT) as client, attach(own.name, Access.READ) as reader:
        client.clients[100] = 5
        assert own.view[layout.CLIENT_AREA.offset + 100] == 5 == reader.clients[100]
        with pytest.raises(TypeError, match="read-only"):
            reader.clients[100] = 6


def test_a_closed_segment_is_used_no_more(own: Segment) -> None:
    other = attach(own.name, Access.READ)
    other.close()
    other.close()
    with pytest.raises(ValueError, match="released"):
        other.life()


def _patched(own: Segment, field: str, value: bytes, *, checked: bool = True) -> None:
    """Overwrites a header field, with a fitting checksum if `checked`."""
    offset = layout.BORN.offset(field)
    own.view[offset : offset + len(value)] = value
    if checked:
        crc = header_crc(bytes(own.view[: layout.BORN.size]))
        own.store(layout.BORN.offset("crc32"), crc)


def _number(value: int) -> bytes:
    return value.to_bytes(8, sys.byteorder)


@pytest.mark.parametrize(
    ("field", "value", "checked", "kind"),
    [
        ("magic", b"STEMLESS", True, "not_a_segment"),
        ("magic", bytes(8), True, "not_a_segment"),
        ("pid", _number(1), False, "not_a_segment"),
        ("version", _number(0), True, "incompatible_version"),
        ("minimum_version", _number(layout.VERSION + 1), True, "incompatible_version"),
        ("segment_bytes", _number(layout.SEGMENT_BYTES * 2), True, "truncated_segment"),
        ("uid", _number(os.getuid() + 1), True, "foreign_owner"),
    ],
)
def test_a_wrong_header_is_refused(own: Segment, field: str, value: bytes, checked: bool, kind: str) -> None:
    _patched(own, field, value, checked=checked)
    with pytest.raises(SegmentError) as caught:
        attach(own.name, Access.READ)
    assert caught.value.kind == kind
    assert own.name in caught.value.message


def test_a_later_version_that_old_readers_understand_is_read(own: Segment) -> None:
    _patched(own, "version", _number(layout.VERSION + 1))
    with attach(own.name, Access.READ) as other:
        assert other.born().version == layout.VERSION + 1


def test_a_smaller_segment_of_a_former_version_is_refused_as_one_and_not_as_damaged(own: Segment) -> None:
    size = layout.SEGMENT_BYTES - 65536
    _patched(own, "version", _number(layout.VERSION - 1))
    _patched(own, "segment_bytes", _number(size))
    os.truncate(SHARED_MEMORY / own.name, size)
    with pytest.raises(SegmentError) as caught:
        attach(own.name, Access.CLIENT)
    assert caught.value.kind == "incompatible_version"
    assert "stop that engine with the version that started it" in caught.value.message
    os.truncate(SHARED_MEMORY / own.name, layout.SEGMENT_BYTES)


@pytest.mark.parametrize("version", range(layout.OLDEST_READABLE_VERSION, layout.VERSION))
def test_a_former_version_that_has_less_to_tell_is_read(own: Segment, version: int) -> None:
    _patched(own, "version", _number(version))
    with attach(own.name, Access.CLIENT) as other:
        assert stems_close_ups(other).read() == ()
        assert close_ups(other).read() == NO_CLOSE_UP


@pytest.mark.parametrize("size", [0, 7, layout.BORN.size, 4096, layout.SEGMENT_BYTES - 1])
def test_a_truncated_segment_is_refused(own: Segment, size: int) -> None:
    os.truncate(SHARED_MEMORY / own.name, size)
    with pytest.raises(SegmentError) as caught:
        attach(own.name, Access.CLIENT)
    assert caught.value.kind == ("truncated_segment" if size >= layout.BORN.size else "not_a_segment")
    os.truncate(SHARED_MEMORY / own.name, layout.SEGMENT_BYTES)


def test_what_others_may_read_is_refused(own: Segment) -> None:
    (SHARED_MEMORY / own.name).chmod(0o644)
    with pytest.raises(SegmentError) as caught:
        attach(own.name, Access.READ)
    assert caught.value.kind == "foreign_owner"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_another_users_segment_is_refused_and_never_removed(own: Segment) -> None:
    os.chown(SHARED_MEMORY / own.name, 12345, -1)
    with pytest.raises(SegmentError) as caught:
        attach(own.name, Access.READ)
    assert caught.value.kind == "foreign_owner"
    _patched(own, "pid", _number(2**22 + 1))
    assert own.name not in remove_dead_segments()


def test_a_segment_that_is_gone_says_so() -> None:
    with pytest.raises(SegmentError) as caught:
        attach("stemlathe-1-1-1-1", Access.READ)
    assert caught.value.kind == "gone"


def test_no_room_is_an_error_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(MachineError, match="has no room for") as caught:
        create(Kind.ENGINE)
    assert caught.value.kind == "disk_full"
    assert _segment_of(os.getpid()) is None


ATTACHING = """
import sys
from engine.processes.client import attach
from engine.link.records import Role
from engine.link.segment import Access, attach as attach_segment
for access in (Access.READ, Access.CLIENT):
    segment = attach_segment(sys.argv[1], access)
    assert segment.life().state == 1
children = open(f"/proc/self/task/{__import__('os').getpid()}/children").read().split()
trackers = [name for name in sys.modules if name.startswith("multiprocessing")]
print(len(children), trackers)
"""


def test_a_process_that_only_attached_takes_nothing_with_it(own: Segment) -> None:
    """Neither a resource tracker is started, nor is the segment removed at the process's exit."""
    command = [sys.executable, "-c", ATTACHING, own.name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("0 []", "")
    time.sleep(0.1)
    assert (SHARED_MEMORY / own.name).exists()


def test_the_name_is_the_standard_librarys(own: Segment) -> None:
    """What `multiprocessing.shared_memory` calls by this name is this segment."""
    from _posixshmem import shm_open

    descriptor = shm_open("/" + own.name, os.O_RDONLY, mode=0)
    with mmap.mmap(descriptor, 8, mmap.MAP_SHARED, mmap.PROT_READ) as mapped:
        assert mapped[:8] == b"STEMLATH"
    os.close(descriptor)


def _hold_a_segment() -> None:
    create(Kind.ENGINE)
    signal.pause()


def test_a_dead_engines_segment_is_removed_and_a_live_ones_never(children, wait) -> None:  # type: ignore[no-untyped-def]
    pid = children.fork(_hold_a_segment)
    wait(lambda: _segment_of(pid) is not None)
    name = _segment_of(pid)
    assert name not in remove_dead_segments()
    os.kill(pid, signal.SIGSTOP)
    assert name not in remove_dead_segments()
    os.kill(pid, signal.SIGKILL)
    # the killed process is a zombie until it is joined: dead all the same
    wait(lambda: Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z")
    # somebody else's sweep may come first, so what counts is the outcome
    remove_dead_segments()
    assert _segment_of(pid) is None
    assert children.join(pid) == -signal.SIGKILL


def test_a_segment_whose_maker_died_before_the_header_is_removed(children, wait, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(segment, "_begin", lambda *_: None)
    pid = children.fork(_hold_a_segment)
    wait(lambda: _segment_of(pid) is not None)
    assert _segment_of(pid) not in remove_dead_segments()
    os.kill(pid, signal.SIGKILL)
    children.join(pid)
    remove_dead_segments()
    assert _segment_of(pid) is None


@pytest.mark.parametrize("name", ["stemlathe-", "stemlathe-notes", "stemlathe-x-y-z-1", "stemlathe-1-2"])
def test_a_strange_file_of_our_prefix_is_left_alone(name: str) -> None:
    path = SHARED_MEMORY / name
    path.write_bytes(b"what is this?")
    try:
        assert name not in remove_dead_segments()
        assert path.exists()
    finally:
        path.unlink()


def test_a_folder_of_our_prefix_is_in_nobodys_way() -> None:
    folder = Path("/dev/shm/stemlathe-tests-a-folder")
    folder.mkdir()
    try:
        assert folder.name not in remove_dead_segments()
        assert folder.is_dir()
    finally:
        folder.rmdir()


def test_a_process_is_told_from_a_later_one_of_its_number() -> None:
    own = own_identity()
    assert is_alive(own)
    assert not is_alive(own._replace(start_time=own.start_time + 1))
    assert not is_alive(own._replace(boot_id="another boot"))
    assert not is_alive(Identity(2**22 + 1, 1, own.boot_id, own.pid_namespace))
    # a process that cannot be looked up is not declared dead
    assert is_alive(Identity(2**22 + 1, 1, own.boot_id, own.pid_namespace + 1))


def test_names_are_never_used_twice() -> None:
    names = set()
    for _ in range(5):
        with create(Kind.RENDER) as made:
            names.add(made.name)
    assert len(names) == 5


def test_a_forked_child_does_not_remove_its_parents_segment(children, own: Segment) -> None:  # type: ignore[no-untyped-def]
    def leave() -> None:
        with own:
            pass

    assert children.join(children.fork(leave)) == 0
    assert (SHARED_MEMORY / own.name).exists()
