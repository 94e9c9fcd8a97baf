"""Several sessions in one command: each for itself, together as told, and again only what is missing."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from catalogue import rendered_files, write_catalogue, write_song

from engine.batch.local import _Room, _startable
from engine.batch.orders import Choice, Order
from engine.cli.main import main

COMMAND = [sys.executable, "-c", "from engine.cli.main import run; run()"]


def _render(capsys, *words):
    code = main(["render", *map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_one_that_fails_stops_no_other_and_the_worst_code_is_told(tmp_path, capsys):
    first, second = write_catalogue(tmp_path / "songs", 2)
    (tmp_path / "songs" / "broken.toml").write_text("[[stems]]\nname = 3\n", encoding="utf-8")
    code, document = _render(capsys, tmp_path / "songs", tmp_path / "none.toml", first)
    assert code == 3
    told = {one["session"]: one for one in document["sessions"]}
    assert len(document["sessions"]) == 4, "each once"
    assert told[str(tmp_path / "none.toml")]["error"]["kind"] == "missing_file"
    assert "sample_rate" in told[str(tmp_path / "songs" / "broken.toml")]["error"]["message"]
    for session in (first, second):
        assert told[str(session)]["error"] is None
        assert [output["deliverable"] for output in told[str(session)]["outputs"]] == ["streaming", "cd"]
        assert all(output["holds"] for output in told[str(session)]["outputs"])
        assert told[str(session)]["seconds"] > 0.0
    assert [worker["accepted"] for worker in document["workers"]] == [True]
    # the files are those of one render after the other
    here = rendered_files(tmp_path / "songs")
    for session in (first, second):
        shutil.rmtree(session.parent / "renders")
        assert main(["render", str(session), "--json"]) == 0
    assert rendered_files(tmp_path / "songs") == here
    capsys.readouterr()


def test_what_is_done_is_not_done_again_unless_anything_has_changed(tmp_path, capsys):
    first, second = write_catalogue(tmp_path, 2)
    assert _render(capsys, tmp_path, "--resume")[0] == 0
    before = rendered_files(tmp_path)

    def resumed():
        code, document = _render(capsys, tmp_path, "--resume")
        assert code == 0
        return [one["resumed"] for one in document["sessions"]]

    assert resumed() == [True, True]
    # a setting, a stem, a file that was tampered with, a file that is gone
    first.write_text(first.read_text().replace("trim_db = -3.0", "trim_db = -2.5", 1), encoding="utf-8")
    shutil.copy(first.parent / "Drums.wav", second.parent / "Voice.wav")
    assert resumed() == [False, False]
    changed = rendered_files(tmp_path)
    assert all(before[name] != changed[name] for name in before)
    master = next((second.parent / "renders").glob("*streaming*"))
    with master.open("r+b") as file:
        file.seek(2000)
        file.write(b"\x55")
    next((first.parent / "renders").glob("*cd*")).unlink()
    assert resumed() == [False, False]
    assert rendered_files(tmp_path) == changed
    assert resumed() == [True, True]
    # one session keeps its own document
    code, document = _render(capsys, first, "--resume")
    assert (code, len(document["outputs"]), document["seconds"]) == (0, 2, 0.0)


def test_a_file_that_is_not_ours_is_not_replaced(tmp_path, capsys):
    [session] = write_catalogue(tmp_path, 1)
    foreign = session.parent / "renders" / "Song 0 (Master) [cd].wav"
    foreign.parent.mkdir()
    foreign.write_bytes(b"somebody's master")
    for words in ([tmp_path], [tmp_path, "--resume"], [session, "--resume"]):
        code, document = _render(capsys, *words)
        assert code == 3
        error = document["error"] if "error" in document else document["sessions"][0]["error"]
        assert error["kind"] == "exists"
    assert foreign.read_bytes() == b"somebody's master"


def test_two_sessions_that_would_write_one_file_are_refused_before_anything_is_done(tmp_path, capsys):
    songs = [write_song(tmp_path / name, 1, title="The same") for name in ("a", "b")]
    code, document = _render(capsys, *songs, "--out", tmp_path / "out")
    assert (code, document["error"]["kind"]) == (3, "same_output")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("word", ["empty", "songs-*.toml"])
def test_a_word_that_names_no_session_is_told(tmp_path, capsys, word):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "album.toml").write_text("[[tracks]]\n", encoding="utf-8")
    code, document = _render(capsys, tmp_path / word)
    assert code == 3
    assert document["sessions"][0]["error"]["kind"] == "no_sessions"


def test_a_job_waits_for_memory_and_disk_and_a_small_one_goes_ahead(tmp_path):
    sizes = [(5, 0), (7, 0), (2, 0), (0, 10**18)]
    orders = [
        Order(tmp_path / f"{n}.toml", Choice(), memory_bytes=memory, disk_bytes=disk)
        for n, (memory, disk) in enumerate(sizes)
    ]
    room, running, waiting, begun = _Room(8), {}, [0, 1, 2, 3], []
    while found := _startable(orders, waiting, running, room, most=3):
        begun += found
        waiting.remove(found[0])
        room.take(orders[found[0]])
        running[found[0]] = None
    assert begun == [0, 2], "the second does not fit beside the first, the third does"
    for number in begun:
        room.give_back(orders[number])
    running.clear()
    assert _startable(orders, [3], running, room, most=3) == [3], "what never fits says so itself"


def test_after_kills_the_same_command_goes_on_and_makes_the_same_bytes(tmp_path):
    songs = tmp_path / "songs"
    sessions = write_catalogue(songs, 3)
    shutil.copytree(songs, tmp_path / "undisturbed")
    subprocess.run([*COMMAND, "render", tmp_path / "undisturbed"], check=True, capture_output=True)
    wanted = rendered_files(tmp_path / "undisturbed")
    moments, kills, done = random.Random(5), 0, {}
    while True:
        process = subprocess.Popen(
            [*COMMAND, "render", songs, "--resume", "--jobs", "2", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # what writes is killed in the midst of it, however fast the machine is
        while kills < 4 and process.poll() is None and not list(songs.rglob("renders/.stemlathe-*")):
            time.sleep(0.005)
        try:
            said = process.communicate(timeout=moments.uniform(0.0, 0.4) if kills < 4 else 300)[0]
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
        # its children end by themselves, and clean up
        deadline = time.monotonic() + 20.0
        while list(songs.rglob("renders/.stemlathe-*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        found = rendered_files(songs)
        assert found.items() <= wanted.items(), "nothing partial"
        for session in sessions:
            records = list((session.parent / "renders" / ".stemlathe").glob("*.json"))
            if records and json.loads(records[0].read_text())["outputs"]:
                stamp = records[0].stat().st_mtime_ns
                assert done.setdefault(session, stamp) == stamp, "nothing twice"
    assert kills > 0
    assert json.loads(said)["sessions"][0]["error"] is None
    assert rendered_files(songs) == wanted


@pytest.mark.skipif(shutil.which("parallel") is None, reason="GNU parallel is not installed")
def test_gnu_parallel_runs_the_planned_commands(tmp_path, capsys):
    write_catalogue(tmp_path / "songs", 2)
    assert main(["render", str(tmp_path / "songs"), "--plan"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert not list((tmp_path / "songs").rglob("renders"))
    assert [line["job"] for line in lines] == [1, 2]
    program = tmp_path / "bin" / "stemlathe"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{COMMAND[2]}' \"$@\"\n", encoding="utf-8")
    program.chmod(0o755)
    commands = "\n".join(line["command"] for line in lines)
    done = subprocess.run(
        ["sh", "-c", f'PATH="{program.parent}:$PATH" exec parallel -j 2'],
        input=commands, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(rendered_files(tmp_path / "songs")) == sorted(
        str(path).removeprefix(f"{tmp_path / 'songs'}/") for line in lines for path in line["outputs"]
    )
