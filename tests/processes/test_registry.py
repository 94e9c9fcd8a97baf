"""The registry: private, unique names, only the living; and what `ps` makes of it."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ExitCode, MachineError
from engine.link import layout
from engine.link.failures import MessageRefused, NoEngineError, SegmentError
from engine.link.header import header_crc
from engine.link.identity import is_alive
from engine.link.records import Kind, Role, State
from engine.link.snapshot import NO_OUTPUT, NO_TRANSPORT, Snapshot
from engine.processes import edit_files, registry
from engine.processes.client import attach
from engine.processes.host import open_host
from engine.processes.status import status_of, statuses
from engine.processes.terminate import end
from engine.report.plain import as_json

SHARED_MEMORY = Path("/dev/shm")


def test_the_folder_and_the_files_are_private(runtime: Path) -> None:
    with open_host(Kind.ENGINE, Path("song.toml")):
        assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
        (file,) = runtime.glob("*.json")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(runtime.iterdir()) == []


def test_a_folder_that_others_may_open_is_closed(runtime: Path) -> None:
    runtime.mkdir(mode=0o777)
    runtime.chmod(0o777)
    assert registry.private_folder() == runtime
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700


def test_a_link_in_its_place_is_refused(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    runtime.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MachineError) as caught:
        registry.running()
    assert caught.value.kind == "foreign_owner"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_another_users_folder_is_refused(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    os.chown(runtime, 12345, -1)
    with pytest.raises(MachineError, match="XDG_RUNTIME_DIR") as caught:
        registry.private_folder()
    assert caught.value.kind == "foreign_owner"


def test_names_are_unique_and_freed() -> None:
    with open_host(Kind.ENGINE, Path("a/Song.toml")) as first:
        with open_host(Kind.RENDER, Path("b/song.toml")) as second:
            assert [first.entry.name, second.entry.name] == ["song", "song-2"]
            assert [entry.name for entry in registry.running()] == ["song", "song-2"]
            assert registry.find("song-2").kind is Kind.RENDER
            assert registry.find("song-2").session == Path("b/song.toml").absolute()
        with open_host(Kind.RENDER, Path("song.toml")) as third:
            assert third.entry.name == "song-2"
    assert registry.running() == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Falling Water", "falling-water"),
        ("Überflieger (Mix 3)", "uberflieger-mix-3"),
        ("  ../../etc/passwd ", "etc-passwd"),
        ("日本語", "session"),
        ("", "session"),
        ("x" * 300, "x" * 40),
    ],
)
def test_names_need_no_quotes(text: str, name: str) -> None:
    assert registry.plain_name(text) == name


def test_finding_says_what_there_is() -> None:
    with pytest.raises(NoEngineError, match="nothing is running"):
        registry.find("song")
    with open_host(Kind.ENGINE, Path("song.toml")):
        assert registry.find().name == "song"
        with pytest.raises(NoEngineError, match="running are song") as caught:
            registry.find("sing")
        assert (caught.value.kind, caught.value.exit_code) == ("no_engine", ExitCode.USAGE)
        with open_host(Kind.RENDER, Path("song.toml")):
            assert registry.find().kind is Kind.ENGINE  # what renders beside it is nothing to attach to
        with open_host(Kind.ENGINE, Path("other.toml")), pytest.raises(NoEngineError, match="other, song"):
            registry.find()


def test_what_is_no_entry_is_left_alone(runtime: Path) -> None:
    folder = registry.private_folder()
    for name, content in [("notes.json", "{"), ("list.json", "[]"), ("half.json", '{"kind": "engine"}')]:
        (folder / name).write_text(content)
    assert registry.running() == []
    assert len(list(runtime.iterdir())) == 3
    with open_host(Kind.ENGINE, Path("notes.toml")) as host:
        assert host.entry.name == "notes-2"


def test_a_killed_engines_entry_and_segment_are_removed(start_engine: Callable, runtime: Path) -> None:  # type: ignore[type-arg]
    engine = start_engine()
    assert [entry.name for entry in registry.running()] == [engine.name]
    engine.process.kill()
    engine.process.wait()
    assert len(list(runtime.glob("*.json"))) == 1
    assert registry.running() == []
    assert list(runtime.glob("*.json")) == []
    assert list(SHARED_MEMORY.glob(f"stemlathe-{engine.process.pid}-*")) == []


def test_an_earlier_boots_entry_is_removed_although_its_number_runs(runtime: Path) -> None:
    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        (file,) = runtime.glob("*.json")
        content = json.loads(file.read_text())
        file.write_text(json.dumps({**content, "boot_id": "another boot"}))
        assert registry.running() == []
        # the live engine's own clean-up then finds nothing of its own, and takes nothing else
        with open_host(Kind.ENGINE, Path("song.toml")) as other:
            host.close()
            assert [entry.name for entry in registry.running()] == [other.entry.name]


def test_status_says_what_ps_shows() -> None:
    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        status = status_of(host.entry)
        assert (status.state, status.position_s, status.load_mean, status.clients) == (
            "loading",
            None,
            None,
            0,
        )
        transport = NO_TRANSPORT._replace(state=State.PLAYING, position_frames=72000, sample_rate_hz=48000)
        host.beat(State.PLAYING)
        host.publish(Snapshot(transport, NO_OUTPUT._replace(xruns=2, load_mean=0.125)))
        with attach(host.entry.name, wait_s=0.0):
            host.poll()
            (status,) = statuses()
        shown = as_json(status)
        memory_mb = shown.pop("rss_mb")
        assert 5.0 < memory_mb < 2000.0
        assert shown == {
            "name": "song",
            "pid": os.getpid(),
            "session": str(Path("song.toml").absolute()),
            "kind": "engine",
            "state": "playing",
            "position_s": 1.5,
            "progress": None,
            "xruns": 2,
            "load_mean": 0.125,
            "clients": 1,
        }


def test_an_engine_of_another_version_is_listed() -> None:
    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        host.beat(State.PAUSED)
        own = host._segment
        own.store(layout.BORN.offset("minimum_version"), layout.VERSION + 1)
        own.store(layout.BORN.offset("crc32"), header_crc(bytes(own.view[: layout.BORN.size])))
        with pytest.raises(SegmentError) as caught:
            attach(host.entry.name)
        assert caught.value.kind == "incompatible_version"
        said = caught.value.message
        assert f"the engine 'song' of {host.entry.session} was started by another version" in said
        assert "'stemlathe stop song' ends it, then open the session again" in said
        assert host.entry.segment not in said
        (status,) = statuses()
        assert (status.name, status.state, status.clients, status.position_s) == ("song", "paused", 0, None)


def test_an_engine_whose_segment_has_gone_is_not_listed() -> None:
    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        (SHARED_MEMORY / host.entry.segment).unlink()
        assert statuses() == []


@pytest.mark.parametrize("held", [False, True], ids=["running", "stopped"])
@pytest.mark.parametrize("options", [(), ("deaf",), ("late",)])
def test_ending_asks_then_insists(start_engine: Callable, options: tuple[str, ...], held: bool) -> None:  # type: ignore[type-arg]
    engine = start_engine("song.toml", *options)
    entry = registry.find(engine.name)
    if held:
        engine.process.send_signal(signal.SIGSTOP)
    end(entry, ask_s=0.2 if options or held else 5.0, term_s=0.2 if held else 5.0)
    assert not is_alive(entry.identity)
    expected = -signal.SIGKILL if held else -signal.SIGTERM if options else 0
    assert engine.process.wait() == expected
    assert registry.running() == []
    assert not (SHARED_MEMORY / entry.segment).exists()


def test_ending_leaves_a_later_process_of_that_number_alone(children) -> None:  # type: ignore[no-untyped-def]
    pid = children.fork(signal.pause)
    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        identity = host.entry.identity._replace(pid=pid, start_time=1)
        entry = registry.Entry("ghost", Kind.ENGINE, Path("x"), "stemlathe-0-0-0-0", identity, 0.0)
        end(entry, ask_s=0.05)
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)


def test_an_edit_by_reference_arrives_once(runtime: Path) -> None:
    name = edit_files.put(b'{"chain": []}')
    assert stat.S_IMODE((runtime / name).stat().st_mode) == 0o600
    with open_host(Kind.ENGINE, Path("song.toml")) as host:
        client = attach(host.entry.name, Role.CONTROLLER, wait_s=0.0)
        client.send("edit", {"reference": name}, revision=0)
        (command,) = host.poll()
        assert edit_files.take(command.message.payload["reference"]) == b'{"chain": []}'
        client.close()
    with pytest.raises(MessageRefused, match="make it again"):
        edit_files.take(name)


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "song.json", "", "a" * 32, "0" * 32 + ".edit/x"]
)
def test_a_reference_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(MessageRefused, match="not the name of an edit"):
        edit_files.take(name)


def test_a_reference_is_no_link(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    registry.private_folder()
    (runtime / f"{'0' * 32}.edit").symlink_to(tmp_path / "secret")
    with pytest.raises(MessageRefused) as caught:
        edit_files.take("0" * 32 + ".edit")
    assert caught.value.kind == "no_reference"


def test_what_nobody_took_is_swept(runtime: Path) -> None:
    old, new = edit_files.put(b"old"), edit_files.put(b"new")
    os.utime(runtime / old, (0, 0))
    edit_files.put(b"newest")
    assert not (runtime / old).exists()
    assert edit_files.take(new) == b"new"


def test_too_large_an_edit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_files, "MAXIMUM_BYTES", 10)
    with pytest.raises(MessageRefused) as caught:
        edit_files.put(bytes(11))
    assert caught.value.kind == "too_long"


def test_a_folder_among_the_segments_disturbs_nobody() -> None:
    folder = Path("/dev/shm") / f"stemlathe-tests-{os.getpid()}"
    folder.mkdir()
    try:
        assert registry.running() == []
        assert folder.is_dir()
    finally:
        folder.rmdir()
