"""How long an engine lives: as long as it is wanted, whatever becomes of consoles and terminals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import wait_until
from studio import RATE, TEXT, Studio, ask, open_studio, refused, text_of

from engine.errors import MachineError
from engine.link.identity import is_alive
from engine.link.records import Role, State
from engine.processes.client import Health, attach_to
from engine.processes.launch import find_engine, log_path, start
from engine.processes.registry import find, running
from engine.processes.status import statuses
from engine.processes.terminate import end
from engine.server.monitor_file import monitor_path
from engine.session.files import read_text_session

#: Starts the engine as a console does, then does what its argument says.
CONSOLE = """
import os, signal, sys, time
from pathlib import Path
from engine.processes.client import attach_to
from engine.link.records import Role
from engine.processes.launch import start
entry = start(Path(sys.argv[1]), device="null")
client = attach_to(entry, Role.CONTROLLER, wait_s=2.0)
print(entry.identity.pid, client.role.name, flush=True)
if sys.argv[2] == "crash":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "hang up":
    os.killpg(0, signal.SIGHUP)
if sys.argv[2] == "stay":
    time.sleep(60)
"""

#: A thousand consoles, twenty at a time, each killed where it is.
CROWD = """
import os, signal, sys
from pathlib import Path
from engine.errors import StemlatheError
from engine.processes.client import attach_to
from engine.link.records import Role
from engine.processes.launch import find_engine
entry, died = find_engine(Path(sys.argv[1])), 0
for batch in range(50):
    pids = []
    for number in range(20):
        pid = os.fork()
        if pid == 0:
            while True:
                try:
                    attach_to(entry, Role.CONTROLLER, wait_s=60.0).send("play")
                    break
                except StemlatheError as error:  # so many at once may keep one waiting for too long
                    if error.kind != "locked":
                        raise
            os.kill(os.getpid(), signal.SIGKILL)
        pids.append(pid)
    died += sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL for pid in pids)
print(died)
"""


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_studio() as studio:
        yield studio


def console(studio: Studio, what: str, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CONSOLE, str(studio.song), what],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        **more,  # type: ignore[call-overload]
    )


# ---------------------------------------------------------------------------- consoles that leave


@pytest.mark.parametrize("how", ["quit", "crash", "hang up", "terminal"])
def test_the_engine_outlives_its_console(studio, how):
    """It quits, is killed, its process group is hung up, or its terminal goes."""
    if how == "terminal":
        ours, theirs = pty.openpty()

        def take_terminal() -> None:
            import fcntl
            import termios

            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        process = console(studio, "stay", stdin=theirs, stderr=theirs, preexec_fn=take_terminal)
        os.close(theirs)
    else:
        ours = -1
        process = console(studio, how, start_new_session=True)
    assert process.stdout is not None
    pid, role = process.stdout.readline().split()
    assert role == "CONTROLLER"
    if ours >= 0:
        os.close(ours)  # the kernel sends SIGHUP to whoever has it as the controlling terminal
    process.wait(10)
    process.stdout.close()
    entry = find("song")
    assert entry.identity.pid == int(pid)
    studio._pids.add(int(pid))
    # a process session of its own, nothing to read from, and no terminal
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    assert (int(fields[3]), int(fields[4])) == (int(pid), 0)
    assert os.readlink(f"/proc/{pid}/fd/0") == os.devnull
    assert os.readlink(f"/proc/{pid}/fd/2") == str(log_path(studio.song))
    client = studio.start()
    assert client.entry.identity.pid == int(pid)
    ask(client, "take_over")  # the one before may not yet be known to be dead
    ask(client, "play")
    wait_until(lambda: client.snapshot().transport.position_frames > RATE // 10)
    end(entry)
    assert not is_alive(entry.identity)


def test_a_thousand_consoles_that_attach_and_die_leave_no_trace(studio):
    """Killed in their places, in control, with commands under way."""
    client = studio.start()
    ask(client, "play")
    client.close()
    done = subprocess.run(
        [sys.executable, "-c", CROWD, str(studio.song)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        check=False,
    )
    assert (done.stdout.split(), done.returncode) == (["1000"], 0), done.stderr
    with attach_to(client.entry, Role.READER) as reader:
        wait_until(lambda: reader.snapshot().status.clients == 0, 20.0)
        assert reader.health() is Health.RUNNING
    last = studio.attach()
    assert last.role is Role.CONTROLLER
    assert last.request("ping").kind == "pong"


# ------------------------------------------------------------------------------------- restarting


def test_a_killed_engine_comes_back_in_the_same_state(studio):
    client = studio.start(deliverable="streaming")
    ask(client, "set", path="stems[0].trim_db", value=1.5)
    ask(client, "snapshot", letter="A", action="store")
    ask(client, "set", path="stems[1].mute", value=True)
    ask(client, "set", path="title", value="Later")
    ask(client, "undo")
    ask(client, "marker", action="set", position_frames=RATE, name="Chorus")
    ask(client, "loop", on=True, start_frames=0, end_frames=3 * RATE)
    ask(client, "version", version="vocal_up")
    ask(client, "monitor", level_db=-33, mono=True, dim=True)
    assert client.request("translate", {"system": "car"}, timeout_s=120.0).kind == "done"
    ask(client, "listen", source="dry")
    ask(client, "seek", position_frames=2 * RATE)
    ask(client, "play")
    wait_until(lambda: json.loads(monitor_path().read_text())["level_db"] == -33.0)
    wait_until(lambda: client.snapshot().transport.position_frames > 2.7 * RATE)
    before, words = client.snapshot(), client.document()
    studio.kill()
    wait_until(lambda: client.health() is Health.GONE)
    again = studio.start(device=None)
    assert again.entry.identity.pid != client.entry.identity.pid
    wait_until(lambda: again.snapshot().transport.state is State.PAUSED)
    after, now = again.snapshot(), again.document()
    same = ("text", "revision", "saved_revision", "history", "snapshots", "markers", "target", "version")
    assert {key: getattr(now, key) for key in same} == {key: getattr(words, key) for key in same}
    assert (now.can_undo, now.redo_label, now.device_wanted) == (True, "title Later", "null")
    monitor = after.monitor
    assert (monitor.level_db, monitor.mono, monitor.dim) == (-33.0, True, True)
    # what is heard is what is rendered, until somebody asks for something else again
    assert (before.monitor.translation, monitor.translation) == ("car", "")
    assert after.transport.loop_on
    assert (after.transport.loop_start_frames, after.transport.loop_end_frames) == (0, 3 * RATE)
    assert after.transport.source is before.transport.source
    # where it was at the last look, half a second ago at most
    assert 0 <= before.transport.position_frames - after.transport.position_frames < 0.7 * RATE
    # nothing plays by itself
    time.sleep(0.1)
    assert again.snapshot().transport.position_frames == after.transport.position_frames
    # and the loop is not only told: it is played, from the first frame of the song
    ask(again, "seek", position_frames=int(2.9 * RATE))
    ask(again, "play")
    wait_until(lambda: again.snapshot().transport.position_frames < RATE)
    assert again.snapshot().transport.state is State.PLAYING
    ask(again, "redo")


def test_unsaved_edits_survive_stop_and_a_saved_session_keeps_its_history(studio):
    client = studio.start()
    ask(client, "set", path="stems[0].trim_db", value=1.5)
    ask(client, "seek", position_frames=RATE)
    ask(client, "listen", source="dry")
    end(client.entry)
    assert studio.song.read_text(encoding="utf-8") == TEXT
    client = studio.start()
    assert read_text_session(text_of(client), studio.song).stems[0].trim_db == 1.5
    # who ends it begins anew at the beginning, and hears the master
    assert client.snapshot().transport.position_frames == 0
    assert client.snapshot().transport.source == 0
    ask(client, "save")
    ask(client, "stop")
    wait_until(lambda: not is_alive(client.entry.identity))
    client = studio.start()
    ask(client, "undo")
    wait_until(lambda: read_text_session(text_of(client), studio.song).stems[0].trim_db == 0.0)


def test_a_file_that_was_changed_while_no_engine_ran_wins(studio):
    client = studio.start()
    ask(client, "set", path="stems[0].trim_db", value=1.5)
    studio.kill()
    studio.song.write_text(TEXT.replace("Falling", "Rising"), encoding="utf-8")
    client = studio.start()
    assert client.document().title == "Rising Water"
    assert client.document().notices[0].code == "changed_on_disk"
    ask(client, "undo")
    wait_until(lambda: "trim_db = 1.5" in text_of(client))


# --------------------------------------------------------------------------------------- starting


def test_two_starts_at_once_end_in_one_engine(studio):
    entries = []
    threads = [
        threading.Thread(target=lambda: entries.append(start(studio.song, device="null"))) for _ in range(4)
    ]
    processes = [console(studio, "quit") for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = {process.communicate()[0].split()[0] for process in processes}
    pids = {entry.identity.pid for entry in entries}
    studio._pids |= pids
    assert len(entries) == 4
    assert said == {str(pid) for pid in pids}
    assert len(pids) == 1
    assert [entry.session for entry in running()] == [studio.song]


def test_a_folder_of_the_users_shadows_nothing(studio, tmp_path, monkeypatch):
    for package in ("engine", "tui", "numpy", "json"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    client = studio.start()
    assert client.state is State.PAUSED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nonsense", "is not valid TOML"),
        (TEXT.replace("drums.wav", "gone.wav"), "gone.wav is not there"),
        (TEXT.replace('"drums"', '"drumms"'), "drumms"),
    ],
)
def test_why_it_does_not_start_is_said(studio, content, words):
    studio.song.write_text(content, encoding="utf-8")
    with pytest.raises(MachineError) as caught:
        start(studio.song, device="null")
    assert words in caught.value.message
    assert caught.value.kind == "no_start"
    assert find_engine(studio.song) is None


def test_stems_that_cannot_be_played_are_told_and_can_be_replaced(studio):
    good = (studio.folder / "bass.wav").read_bytes()
    (studio.folder / "bass.wav").write_bytes(b"RIFF, or so it says")
    client = studio.start()
    assert client.state is State.FAILED
    wait_until(lambda: client.document().notices)
    assert "bass.wav" in client.document().notices[-1].message
    assert refused(client, "play") == "not_loaded"
    (studio.folder / "take 2.wav").write_bytes(good)
    ask(client, "replace", stem="Bass", path="take 2.wav")
    wait_until(lambda: client.state is State.PAUSED)
    ask(client, "play")


def test_sigterm_ends_it_cleanly_and_nothing_is_left(studio):
    client = studio.start()
    entry = client.entry
    ask(client, "play")
    os.kill(entry.identity.pid, signal.SIGTERM)
    wait_until(lambda: client.health() is Health.GONE)
    wait_until(lambda: not is_alive(entry.identity))
    assert running() == []
    assert not (Path("/dev/shm") / entry.segment).exists()
    assert "Traceback" not in studio.log()
    # the log of the one before is kept
    studio.start()
    assert log_path(studio.song).with_suffix(".former.log").exists()


def test_playing_without_a_console_is_seen_and_can_be_stopped(studio):
    """`play --headless` is in the list; it is no engine that consoles could attach to."""
    script = "import sys; from engine.cli.main import main; sys.exit(main(sys.argv[1:]))"
    playing = subprocess.Popen(
        [sys.executable, "-c", script, "play", str(studio.song), "--headless", "--device", "null"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    try:
        wait_until(lambda: any(status.state == "playing" for status in statuses()), 120.0)
        (status,) = statuses()
        assert (status.kind, status.session, status.xruns >= 0) == ("engine", studio.song, True)
        assert find_engine(studio.song) is None
        wait_until(lambda: statuses()[0].position_s > 0.1)
        with attach_to(find("song"), Role.CONTROLLER, wait_s=5.0) as client:
            assert refused(client, "play") == "headless"
        end(find("song"), ask_s=30.0)
        assert playing.wait(30) == 130
        assert running() == []
    finally:
        playing.kill()
        playing.communicate()
