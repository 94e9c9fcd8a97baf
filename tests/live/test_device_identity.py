"""A device is the one that was chosen, or none: by name and audio system, whatever else comes and goes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from processes import wait_until
from studio import SONG_FRAMES, Studio, ask, open_studio, refused

from engine.cli.main import main
from engine.errors import MachineError
from engine.link.records import DeviceState
from engine.live.devices import output as outputs
from engine.live.devices import portaudio
from engine.live.devices.flow import Flow
from engine.live.devices.output import Output
from engine.live.devices.portaudio import find_device, sane_latency_s

JACK = "JACK Audio Connection Kit"


@contextlib.contextmanager
def jack_device(name: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A device of that name on the test's server."""
    command = [sys.executable, str(Path(__file__).with_name("jack_device.py")), name, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def choose(desk: Any, wanted: str) -> None:
    """Plays on a device; a server on a busy machine may drop a new client, or not answer who asks for its
    devices, and then it is tried again."""
    until_s = time.monotonic() + 60.0
    while True:
        answer = desk.request("device", {"device": wanted}, timeout_s=30.0)
        if answer.kind == "done":
            return
        assert answer.payload["code"] in ("device", "no_device"), answer
        assert time.monotonic() < until_s, answer


def number_of(name: str) -> str:
    """A device's number as `doctor` lists it now."""
    code = (
        "import sounddevice as s, sys; "
        "print(next(d['index'] for d in s.query_devices() if d['name'] == sys.argv[1]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, name], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def studio(server) -> Iterator[Studio]:
    with open_studio() as studio:
        yield studio


def test_a_device_chosen_by_number_never_comes_back_as_another(studio):
    desk = studio.start(block=256)
    with jack_device("phones"):
        with jack_device("monitors"):
            assert refused(desk, "device", device="on") == "no_device"  # in both names, and in the system's
            choose(desk, number_of("monitors"))
            wait_until(lambda: desk.snapshot().output.device == "monitors")
            wait_until(lambda: desk.document().device_wanted == f"monitors, {JACK}")
        # it has gone, the server and another device are there: nothing may be heard on that
        wait_until(lambda: desk.snapshot().output.device_state is DeviceState.LOST)
        assert desk.snapshot().output.device == "null"
        until_s = time.monotonic() + 1.5
        while time.monotonic() < until_s:
            assert desk.snapshot().output.device == "null"
            time.sleep(0.05)
        with jack_device("monitors"):
            wait_until(lambda: desk.snapshot().output.device == "monitors", 20.0)
            wait_until(lambda: desk.document().notices[-1].code == "device_back")
            studio.kill()
            desk = studio.start(device=None)
            wait_until(lambda: desk.snapshot().output.device == "monitors", 20.0)
        # where it is not at a start it is not another one either
        studio.kill()
        desk = studio.start(device=None)
        wait_until(lambda: desk.document().notices)
        assert desk.document().notices[-1].code == "device_refused"
        wait_until(lambda: desk.snapshot().output.device == "null")
        assert desk.document().device_wanted == f"monitors, {JACK}"


def test_an_engine_that_is_held_up_is_seen_as_under_runs(studio, capsys):
    """The device goes on taking blocks when nothing fills the ring any more: that must not go unseen."""
    desk = studio.start(block=256)
    ask(desk, "loop", on=True, start_frames=0, end_frames=SONG_FRAMES - 1)
    choose(desk, f"system, {JACK}")
    ask(desk, "play")
    blocks = desk.snapshot().output.blocks
    wait_until(lambda: desk.snapshot().output.blocks > blocks + 50)
    pid, before = studio.entry.identity.pid, desk.snapshot().output.xruns
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(0.6)  # several times what the ring holds
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: desk.snapshot().output.xruns > before)
    capsys.readouterr()
    assert main(["ps", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["engines"]
    assert shown["xruns"] > before


def test_a_mono_device_is_told_as_what_it_is(studio):
    desk = studio.start(block=256)
    with jack_device("talkback", "mono"):
        answer = desk.request("device", {"device": "talkback"}, timeout_s=20.0)
    assert answer.payload["code"] == "device_channels", answer
    assert "has one channel" in answer.payload["message"]


def test_a_number_in_an_old_journal_opens_nothing(studio):
    desk = studio.start(device="null")
    ask(desk, "stop")
    from engine.server.journal import Journal
    from engine.server.live_session import LiveSession

    journal = None
    until_s = time.monotonic() + 10.0
    while journal is None:
        with contextlib.suppress(MachineError):  # the engine has not quite ended
            journal = Journal(studio.song)
        assert time.monotonic() < until_s
    live = LiveSession(studio.song, journal)
    live.set_value("device", "0")
    journal.close()
    desk = studio.start(device=None)
    wait_until(lambda: desk.snapshot().output.device == "null")
    assert "device_unknown" in [notice.code for notice in desk.document().notices]


# ------------------------------------------------------------ what PortAudio tells, as it may be


def listed(*devices: tuple[str, int, int]) -> SimpleNamespace:
    """A library that lists devices: name, audio system, channels."""
    return SimpleNamespace(
        query_hostapis=lambda: [{"name": "ALSA"}, {"name": JACK}],
        query_devices=lambda: [
            {
                "index": index,
                "name": name,
                "hostapi": system,
                "max_output_channels": channels,
                "default_samplerate": 48_000.0,
            }
            for index, (name, system, channels) in enumerate(devices)
        ],
        default=SimpleNamespace(device=(0, 1)),
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("0", "system, ALSA"),
        ("default", f"system, {JACK}"),
        (f"system, {JACK}", f"system, {JACK}"),
        ("system, ALSA", "system, ALSA"),
        (f"SYSTEM, {JACK}".upper(), f"system, {JACK}"),
        ("my", f"my system, {JACK}"),
        ("system", None),  # two of that name
        ("9", None),
        (f"phones, {JACK}", None),
        (f"tem, {JACK}", None),  # the end of two: a remembered device is found whole or not at all
        ("talkback", None),
    ],
)
def test_which_device_is_meant(monkeypatch, wanted, found):
    devices = (("system", 0, 2), ("system", 1, 2), ("my system", 1, 2), ("talkback", 0, 1))
    monkeypatch.setattr(portaudio, "_library", lambda: listed(*devices))
    if found is None:
        with pytest.raises(MachineError) as caught:
            find_device(wanted)
        assert caught.value.kind == ("device_channels" if wanted == "talkback" else "no_device")
    else:
        assert find_device(wanted).key == found


@pytest.mark.parametrize(
    ("told_s", "asked_s"),
    [(0.01, 0.01), (89478.0, 2 / 100), (-1.0, 2 / 100), (0.0, 2 / 100), (float("nan"), 2 / 100)],
)
def test_a_latency_that_can_be_none_is_not_asked_for(told_s, asked_s):
    assert sane_latency_s(told_s, 480, 48_000) == asked_s


# ------------------------------------------------------------ a server that is set to another rate


@pytest.mark.parametrize(
    ("rate_hz", "said"),
    [
        (48_000.0, None),
        (47_990.0, None),  # a clock of hardware
        (44_100.0, "its server has changed to 44100 Hz, and the session has 48000 Hz"),
        (96_000.0, "its server has changed to 96000 Hz, and the session has 48000 Hz"),
    ],
)
def test_a_stream_whose_server_changes_its_rate_is_lost(rate_hz, said):
    """It would play on, a song lower or higher."""
    device = object.__new__(portaudio.PortAudioDevice)
    stream = SimpleNamespace(sampleRate=rate_hz)
    lib = SimpleNamespace(Pa_IsStreamActive=lambda handle: 1, Pa_GetStreamInfo=lambda handle: stream)
    device._library, device._stream, device._handle = SimpleNamespace(_lib=lib), None, "open"
    device.sample_rate = 48_000
    assert device.failure == said


# ------------------------------------------------------------ whether audio flows


def flow_of(*looks: tuple[float, int, int]) -> Flow:
    """After looks at `(time in s, calls, frames)`, at 48 kHz."""
    times = iter([time_s for time_s, _, _ in looks])
    now = [0.0]

    def clock_s() -> float:
        return now[0]

    flow = Flow(48_000, clock_s)
    for _, calls, frames in looks:
        now[0] = next(times)
        flow.look(calls, frames)
    return flow


def test_audio_flows_after_some_blocks_and_not_before():
    assert not flow_of((0.0, 0, 0), (9.0, 0, 0)).flows
    assert not flow_of((0.0, 1, 256), (0.1, 30, 7_680)).flows
    # a server fills its buffers, and then nothing takes anything from them
    assert not flow_of((0.0, 1, 256), (0.25, 40, 10_240), (5.0, 40, 10_240)).flows
    assert flow_of((0.0, 1, 256), (0.25, 40, 10_240), (0.35, 42, 10_752)).flows


def test_a_buffer_that_is_filled_at_the_start_is_no_fast_clock():
    flow = flow_of(
        (0.0, 1, 256), (0.25, 400, 110_000), (1.0, 600, 146_000), (2.5, 900, 218_000), (5.0, 1400, 338_000)
    )
    assert flow.flows
    assert not flow.is_too_fast


@pytest.mark.parametrize(
    "looks",
    [
        [(0.0, 1, 256), (0.3, 20_000, 5_000_000)],  # ALSA's `null`: 450 times
        [(0.0, 1, 256), (1.0, 190, 48_000), (2.1, 4_000, 1_000_000)],
    ],
)
def test_a_device_without_a_clock_is_found_out(looks):
    flow = flow_of(*looks)
    assert flow.is_too_fast
    assert not flow.flows


# ------------------------------------------------------------ coming and going, without sound


class Fake:
    """A device that does what a test wants."""

    name, key, sample_rate, block_frames = "box", "box, ALSA", 48_000, 256

    def __init__(self, wanted: str, plan: dict[str, Any]) -> None:
        self.wanted, self.plan = wanted, plan
        self.failure: str | None = None
        self.is_silent = False

    def open(self) -> None:
        pass

    def admit(self) -> None:
        pass

    def has_opened(self) -> bool:
        self.plan["asked"] = self.plan.get("asked", 0) + 1
        if self.plan.get("refuses"):
            raise MachineError(self.plan["refuses"], kind="device")
        self.is_silent = bool(self.plan.get("silent"))
        return bool(self.plan.get("there")) and not self.is_silent

    def stop(self) -> None:
        pass


@pytest.fixture
def stage(monkeypatch):
    """An output whose devices are fakes and whose pauses are short; what it told; how the devices are."""
    monkeypatch.setattr(outputs, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(outputs, "_LONGEST_PAUSE_S", 0.2)
    plan: dict[str, Any] = {"there": True}
    told: list[tuple[str, str]] = []
    made: list[Fake] = []

    def hosted(self, wanted: str, *, wait: bool = False) -> Fake:
        made.append(Fake(wanted, plan))
        return made[-1]

    monkeypatch.setattr(Output, "_hosted", hosted)
    monkeypatch.setattr(Output, "_null", lambda self: Fake("null", plan))
    output = Output(None, 48_000, 256, lambda notice: told.append((notice.kind, notice.message)))
    yield SimpleNamespace(output=output, plan=plan, told=told, made=made)
    output.stop()


def kinds(stage: Any) -> list[str]:
    return [kind for kind, _ in stage.told]


def test_a_device_that_comes_and_goes_is_told_once_and_tried_ever_more_rarely(stage):
    assert stage.output.select("3") == "box, ALSA"
    for _ in range(6):
        wait_until(lambda: not stage.output.is_lost)
        stage.output.device.failure = "it takes no more audio"
        wait_until(lambda: stage.output.is_lost)
    assert kinds(stage) == ["device_lost", "device_back", "device_lost"]
    assert "comes and goes" in stage.told[-1][1]
    assert stage.output._pause_s == outputs._LONGEST_PAUSE_S
    assert {fake.wanted for fake in stage.made} == {"3", "box, ALSA"}


def test_one_that_stays_is_back(stage, monkeypatch):
    stage.output.select("box")
    for _ in range(2):
        wait_until(lambda: not stage.output.is_lost)
        stage.output.device.failure = "gone"
        wait_until(lambda: stage.output.is_lost)
    monkeypatch.setattr(outputs, "_SETTLED_S", 0.1)
    wait_until(lambda: kinds(stage) == ["device_lost", "device_back", "device_lost", "device_back"])
    assert stage.output._pause_s == 0.0


def test_one_that_refuses_again_and_again_is_told_once(stage):
    stage.output.select("box")
    stage.plan["refuses"] = "in use"
    stage.output.device.failure = "gone"
    wait_until(lambda: stage.plan.get("asked", 0) >= 4)
    assert kinds(stage) == ["device_lost", "device_refused"]
    stage.plan["refuses"] = "another reason"
    wait_until(lambda: len(stage.told) == 3)
    del stage.plan["refuses"]
    wait_until(lambda: kinds(stage)[-1] == "device_back")


def test_it_is_not_back_before_audio_flows(stage):
    stage.output.select("box")
    stage.plan["silent"] = True
    stage.output.device.failure = "gone"
    wait_until(lambda: "device_silent" in kinds(stage))
    assert stage.output.is_lost
    stage.plan["silent"] = False
    wait_until(lambda: kinds(stage) == ["device_lost", "device_silent", "device_back"])
