"""Which output devices `doctor` lists, from what PortAudio tells of them."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from engine.doctor.devices import find_devices
from engine.report.doctor import Device

NULL = Device(None, "null", "built in", 2, None, False)
SYSTEMS = ({"name": "ALSA"}, {"name": "JACK"})


class PortAudioError(Exception):
    """As the library's own."""


def device(index: int, name: str, outputs: int, system: int = 0) -> dict[str, Any]:
    """As PortAudio tells it."""
    return {
        "index": index,
        "name": name,
        "hostapi": system,
        "max_output_channels": outputs,
        "default_samplerate": 44100.0 + index,
    }


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A library with three devices, one of them a microphone."""
    made = SimpleNamespace(
        PortAudioError=PortAudioError,
        query_devices=lambda: [device(0, "mic", 0), device(1, "speakers", 1), device(4, "desk", 8, 1)],
        query_hostapis=lambda: SYSTEMS,
        default=SimpleNamespace(device=[1, 4]),
        get_portaudio_version=lambda: (1246720, "PortAudio V19.7.0, revision x"),
    )
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


def test_every_output_is_listed_behind_null(library: SimpleNamespace) -> None:
    check, devices = find_devices()
    assert (check.works, check.found) == (True, "PortAudio V19.7.0: 2 output devices")
    assert devices == (
        NULL,
        Device(1, "speakers", "ALSA", 1, 44101.0, False),
        Device(4, "desk", "JACK", 8, 44104.0, True),
    )


def test_the_default_is_that_of_outputs(library: SimpleNamespace) -> None:
    library.default.device = [4, 1]
    assert [one.is_default for one in find_devices()[1]] == [False, True, False]
    library.default.device = [-1, -1]
    assert not any(one.is_default for one in find_devices()[1])


def test_without_an_output_there_is_null(library: SimpleNamespace) -> None:
    library.query_devices = lambda: [device(0, "mic", 0)]
    check, devices = find_devices()
    assert (check.works, check.found) == (False, "PortAudio V19.7.0: no output device")
    assert "null" in check.fix
    assert devices == (NULL,)


def test_a_library_that_cannot_start_says_why(library: SimpleNamespace) -> None:
    def refuse() -> None:
        raise PortAudioError("no memory")

    library.query_hostapis = refuse
    check, devices = find_devices()
    assert (check.works, check.found) == (False, "PortAudio cannot start: no memory")
    assert devices == (NULL,)


def test_without_the_library_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        """Finds no library, as `sounddevice` does without PortAudio."""

        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    check, devices = find_devices()
    assert not check.works
    assert "apt install" in check.fix
    assert devices == (NULL,)


def test_what_sound_systems_write_while_they_look_is_not_shown(
    library: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    former = library.query_devices

    def noisy() -> Any:
        os.write(2, b"ALSA lib pcm.c: unknown PCM\n")
        return former()

    library.query_devices = noisy
    find_devices()
    os.write(2, b"ours")
    assert capfd.readouterr().err == "ours"
