"""A server that suspends its sinks, and a device without a clock: PulseAudio and ALSA's `null`, for real."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from audio_server import has_portaudio, unavailable
from processes import wait_until
from studio import SONG_FRAMES, Studio, ask, open_studio

from engine.link.records import DeviceState

#: `pulse` plays through the server, `fast` asks for blocks as fast as they come.
_DEVICES = "pcm.!default { type pulse }\npcm.fast { type null }\n"
_ALSA = Path("/usr/share/alsa/alsa.conf")


@pytest.fixture
def pulse(tmp_path, monkeypatch) -> Iterator[Path]:
    """A server of this test's own with one sink that plays nowhere, at the clock's pace; its socket."""
    plugin = list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so"))
    if not (shutil.which("pulseaudio") and shutil.which("pactl") and _ALSA.exists() and plugin):
        pytest.skip("not installed (Debian: apt install pulseaudio pulseaudio-utils libasound2-plugins)")
    if not has_portaudio():
        unavailable("libportaudio2 is not installed")
    home = tmp_path / "pulse"
    home.mkdir(mode=0o700)
    devices = home / "asound.conf"
    devices.write_text(_DEVICES, encoding="ascii")
    socket = home / "socket"
    command = [
        *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
        f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1",
        "--load=module-null-sink sink_name=box rate=48000",
    ]
    folders = {
        f"XDG_{name}": str(home) for name in ("RUNTIME_DIR", "CONFIG_HOME", "STATE_HOME", "CACHE_HOME")
    }
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **folders, "HOME": str(home)}
        )
    try:
        monkeypatch.setenv("PULSE_SERVER", f"unix:{socket}")
        monkeypatch.setenv("ALSA_CONFIG_PATH", f"{_ALSA}:{devices}")
        monkeypatch.setenv("JACK_NO_START_SERVER", "1")
        until_s = time.monotonic() + 15.0
        while subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode:
            if server.poll() is not None or time.monotonic() > until_s:
                unavailable(
                    f"pulseaudio does not start: {(home / 'log').read_text(errors='replace')[-300:]!r}"
                )
            time.sleep(0.1)
        yield socket
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
        server.kill()
        server.wait()


@pytest.fixture
def studio(pulse) -> Iterator[Studio]:
    with open_studio() as studio:
        yield studio


def suspend(on: bool) -> None:
    subprocess.run(["pactl", "suspend-sink", "box", "1" if on else "0"], check=True, capture_output=True)


def codes(desk) -> list[str]:
    return [notice.code for notice in desk.document().notices]


def test_a_sink_that_is_suspended_is_waited_for_and_told_once(studio):
    desk = studio.start(block=512)
    ask(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES - 1)
    answer = desk.request("device", {"device": "pulse, ALSA"}, timeout_s=30.0)
    assert answer.kind == "done", answer
    wait_until(lambda: desk.document().device_wanted == "pulse, ALSA")
    ask(desk, "play")
    blocks = desk.snapshot().output.blocks
    wait_until(lambda: desk.snapshot().output.blocks > blocks + 50)
    suspend(True)
    wait_until(lambda: desk.snapshot().output.device_state is DeviceState.LOST)
    here = desk.snapshot().transport.position_frames
    wait_until(lambda: desk.snapshot().transport.position_frames not in range(here, here + 9_600))
    # it is there and can be opened, but nothing takes audio: that is not back
    wait_until(lambda: "device_silent" in codes(desk))
    assert desk.snapshot().output.device_state is DeviceState.LOST
    suspend(False)
    wait_until(lambda: desk.snapshot().output.device == "pulse")
    wait_until(lambda: codes(desk) == ["device_lost", "device_silent", "device_back"])


def test_a_device_without_a_clock_is_refused(studio):
    desk = studio.start()
    ask(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES - 1)
    answer = desk.request("device", {"device": "fast, ALSA"}, timeout_s=30.0)
    assert answer.kind == "error"
    assert "faster than any clock" in answer.payload["message"]
    # it was never heard: the clock of the machine goes on
    assert desk.snapshot().output.device == "null"
    ask(desk, "play")
    begun_s, blocks = time.monotonic(), desk.snapshot().output.blocks
    wait_until(lambda: desk.snapshot().output.blocks > blocks + 50)
    taken = desk.snapshot().output.blocks - blocks
    assert taken * 512 < (time.monotonic() - begun_s + 0.5) * 48_000
