"""Devices for real: the clock, and an audio server without hardware (jackd's dummy driver)."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_server import RATE, end_server, has_portaudio, start_server

from engine.cli.main import main
from engine.deliver.job import plan_jobs
from engine.deliver.render import render
from engine.errors import MachineError
from engine.live.devices.null_device import NullDevice
from engine.live.devices.output import Output
from engine.live.loop import cells

SCRIPT = Path(__file__).with_name("on_a_device.py")


@pytest.fixture
def session(write_session, material):
    """Four seconds of three stems with a limiter."""
    frames = 4 * RATE
    return write_session(
        {name: material(frames, seed) for seed, name in enumerate("abc", 1)},
        extra='[[deliverables]]\nname = "float"\nencoding = "wav32f"\n',
    )


def run_script(session, what: str, *more: str) -> dict:
    """Runs `on_a_device.py` and returns what it found."""
    command = [sys.executable, str(SCRIPT), str(session.path), "system", what, *more]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", ["hold_gil", "hold_gil_hosted"])
def test_a_held_interpreter_is_not_heard(server, session, what):
    found = run_script(session, what)
    assert found.get("compiled", True)
    assert 2.0 <= found["seconds"] < 3.0
    assert found["xruns"] == 0
    # the server kept asking, and the song kept moving
    assert found["blocks"] == pytest.approx(found["seconds"] * RATE / 256, rel=0.1)
    assert found["frames"] == pytest.approx(found["seconds"] * RATE, rel=0.1)


def test_the_ordinary_callback_plays_too(server, session):
    found = run_script(session, "ordinary")
    assert not found["compiled"]
    assert found["blocks"] > 50


def test_a_server_that_dies_is_replaced_by_the_clock_until_it_is_back(server, session, tmp_path):
    command = [sys.executable, str(SCRIPT), str(session.path), "system", "lose", str(server.pid)]
    script = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert script.stdout is not None
    assert script.stdout.readline() == b"lost\n"
    server.wait()
    again = start_server(os.environ["JACK_DEFAULT_SERVER"], tmp_path / "again.log")
    try:
        found = json.loads(script.communicate(timeout=40)[0])
    finally:
        end_server(again)
    assert found["names"] == ["system", "null", "system"]
    assert found["kinds"] == ["device_lost", "device_back"]
    assert found["noticed_s"] < 0.7
    # within the second it lost no more than the time until the loss was noticed
    assert 0.3 * RATE < found["moved_frames"] < 1.1 * RATE
    assert found["moved_after"] == pytest.approx(0.5 * RATE, rel=0.2)


@pytest.mark.parametrize("block_frames", [256, 1000])
def test_a_capture_on_a_device_is_the_render(server, session, tmp_path, capsys, block_frames):
    path = tmp_path / "capture.wav"
    arguments = ["play", str(session.path), "--headless", "--device", "system", "--capture", str(path)]
    assert main([*arguments, "--json", "--seconds", "1", "--block", str(block_frames)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["device"], report["xruns"], report["block"]) == ("system", 0, block_frames)
    jobs = plan_jobs(session, deliverables=["float"], versions=[], folder=tmp_path, force=True)
    written = soundfile.read(render(session, jobs).outputs[0].path, dtype="float32")[0]
    captured = soundfile.read(path, dtype="float32")[0]
    assert len(captured) == RATE
    assert np.array_equal(captured.view(np.uint32), written[:RATE].view(np.uint32))


def test_a_device_of_another_rate_is_refused(server, write_session, material, capsys):
    session = write_session({"a": material(1000, 1)}, sample_rate=44_100)
    assert main(["play", str(session.path), "--headless", "--device", "system"]) == 4
    assert "44100 Hz" in capsys.readouterr().err


def test_without_a_device_it_plays_on_null_and_says_so(session, monkeypatch, capsys):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-no-such-server")
    if has_portaudio() and _has_device():
        pytest.skip("this machine has a device")
    assert main(["play", str(session.path), "--headless", "--seconds", "0.1", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["device"] == "null"
    assert "'null'" in told.err


def _has_device() -> bool:
    listed = [sys.executable, "-c", "import sounddevice; print(len(sounddevice.query_devices(kind=None)))"]
    return subprocess.run(listed, capture_output=True, check=False).stdout.strip() != b"0"


def test_a_device_that_refuses_leaves_the_former_one_playing(play, session):
    tape = play(session, pulls=False)
    tape.player.board.publish(cells.TAP_WAITS, 0)
    output = Output(tape.player.ring, RATE, 256, lambda notice: None)
    try:
        output.select("null")
        tape.player.play()
        with pytest.raises(MachineError, match="no output device"):
            output.select("the one in the other room")
        assert output.device is not None
        assert output.device.name == "null"
        before = tape.player.ring.blocks
        time.sleep(0.1)
        assert tape.player.ring.blocks > before
    finally:
        output.stop()


def test_the_clock_keeps_time(play, session):
    tape = play(session, pulls=False)
    tape.player.board.publish(cells.TAP_WAITS, 0)
    device = NullDevice(tape.player.ring, 1, RATE, 256)
    tape.player.play()
    time.sleep(0.2)
    begun, blocks = time.monotonic(), tape.player.ring.blocks
    time.sleep(0.5)
    seconds, taken = time.monotonic() - begun, tape.player.ring.blocks - blocks
    device.stop()
    assert taken == pytest.approx(seconds * RATE / 256, abs=3)


def test_python_allocates_nothing_while_it_plays(play, session):
    """Thousands of blocks, with garbage collection frozen: the interpreter's memory stays as it is."""
    tape = play(session, block_frames=64, pulls=False)
    tape.player.board.publish(cells.TAP_WAITS, 0)
    tape.player.set_loop(True, 0, 3 * RATE)
    device = NullDevice(tape.player.ring, 1, RATE, 64, speed=12.0)
    tape.player.play()
    time.sleep(0.3)
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        blocks, ticks = tape.player.ring.blocks, int(tape.player.board.cells[cells.TICKS_WRITTEN])
        time.sleep(0.05)
        before = tracemalloc.get_traced_memory()[0]
        time.sleep(0.6)
        after = tracemalloc.get_traced_memory()[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()
        device.stop()
    assert tape.player.ring.blocks - blocks > 3000
    assert int(tape.player.board.cells[cells.TICKS_WRITTEN]) > ticks
    # what this test itself holds: a few numbers
    assert after - before < 300
    assert peak - before < 2000


def test_a_command_is_heard_within_ring_and_block(play, write_session):
    from engine.live.player.monitor import MonitorSection

    session = write_session({"a": np.full((2 * RATE, 2), 0.5)}, master="chain = []", subtype="FLOAT")
    tape = play(session, block_frames=512)
    assert tape.player.ring_frames <= 0.05 * RATE
    tape.player.play()
    tape.until_frames(20_000)
    taken = len(tape.heard)
    tape.player.set_monitor(MonitorSection(dim=True))
    tape.until_frames(len(tape.signal) + 10_000)
    first = int(np.flatnonzero(tape.heard[taken:, 0] < 0.49)[0])
    assert first <= tape.player.ring_frames + 512
