"""A running engine and its devices: chosen, lost and back while it plays."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
from audio_server import RATE, end_server, start_server
from processes import wait_until
from studio import SONG_FRAMES, Studio, ask, open_studio, refused

from engine.link.records import DeviceState


@pytest.fixture
def studio(server) -> Iterator[Studio]:
    with open_studio() as studio:
        yield studio


def test_devices_change_while_it_plays(studio, server, tmp_path):
    """`null` → JACK → lost → back; the song goes on, and the wish outlives the engine."""
    desk = studio.start(block=256)
    ask(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES - 1)
    ask(desk, "play")
    ages = []
    desk.send("device", {"device": "system"})
    deadline_s = time.monotonic() + 20.0
    while desk.snapshot().output.device != "system":
        ages.append(desk.heartbeat_age_s())
        assert time.monotonic() < deadline_s
        time.sleep(0.002)
    # opening a device takes a second, and the loop goes on meanwhile
    assert sorted(ages)[len(ages) // 2] < 0.1
    output = desk.snapshot().output
    assert (output.device_state, output.device_rate_hz, output.block_frames) == (
        DeviceState.RUNNING,
        RATE,
        256,
    )
    assert refused(desk, "device", device="in the other room") == "no_device"
    blocks = desk.snapshot().output.blocks
    wait_until(lambda: desk.snapshot().output.blocks > blocks + 20)

    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    killed_s = time.monotonic()
    wait_until(lambda: desk.snapshot().output.device_state is DeviceState.LOST)
    assert time.monotonic() - killed_s < 1.5
    assert desk.snapshot().output.device == "null"
    here = desk.snapshot().transport.position_frames
    wait_until(lambda: desk.snapshot().transport.position_frames not in range(here, here + RATE // 4))
    wait_until(lambda: desk.document().notices[-1].code == "device_lost")
    again = start_server(os.environ["JACK_DEFAULT_SERVER"], tmp_path / "again.log")
    try:
        wait_until(lambda: desk.snapshot().output.device_state is DeviceState.RUNNING, 30.0)
        assert desk.snapshot().output.device == "system"
        wait_until(lambda: desk.document().notices[-1].code == "device_back")
        studio.kill()
        desk = studio.start(device=None)
        wait_until(lambda: desk.snapshot().output.device == "system", 20.0)
        assert desk.document().device_wanted == "system, JACK Audio Connection Kit"
        ask(desk, "device", device="null")
    finally:
        end_server(again)


def test_a_device_that_is_not_there_at_the_start_is_told(studio):
    desk = studio.start(device="in the other room")
    wait_until(lambda: desk.snapshot().output.device == "null")
    wait_until(lambda: desk.document().notices)
    assert desk.document().notices[-1].code == "device_refused"
    assert desk.document().device_wanted == "in the other room"
    ask(desk, "play")
    wait_until(lambda: desk.snapshot().transport.position_frames > RATE // 10)
