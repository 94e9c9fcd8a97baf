"""Which audio devices there are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from engine.report.doctor import Check, Device

_NULL = Device(None, "null", "built in", 2, None, False)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """ALSA and JACK write straight to file descriptor 2 while PortAudio looks for devices."""
    kept = os.dup(2)
    silent = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silent, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silent)


def find_devices() -> tuple[Check, tuple[Device, ...]]:
    """The state of the audio library, and every output device; `null` is always the first."""
    try:
        with _quiet_stderr():
            import sounddevice
    except OSError:
        check = Check(
            "audio library",
            False,
            "PortAudio is not installed: nothing can be heard, everything else works",
            "install it: on Debian and Ubuntu 'apt install libportaudio2'",
        )
        return check, (_NULL,)
    try:
        with _quiet_stderr():
            found = list(sounddevice.query_devices())
            systems = [str(system["name"]) for system in sounddevice.query_hostapis()]
            default = sounddevice.default.device[1]
    except sounddevice.PortAudioError as error:
        return Check("audio library", False, f"PortAudio cannot start: {error}", _DEVICE_FIX), (_NULL,)
    devices = [_device(device, systems, default) for device in found if device["max_output_channels"] > 0]
    version = sounddevice.get_portaudio_version()[1].split(",")[0]
    if not devices:
        return Check("audio library", False, f"{version}: no output device", _DEVICE_FIX), (_NULL,)
    return Check("audio library", True, f"{version}: {len(devices)} output devices"), (_NULL, *devices)


_DEVICE_FIX = "connect a converter, start JACK, or work on the 'null' device, which makes no sound"


def _device(found: Any, systems: list[str], default: int) -> Device:
    return Device(
        number=int(found["index"]),
        name=str(found["name"]),
        audio_system=systems[found["hostapi"]],
        output_channels=int(found["max_output_channels"]),
        default_sample_rate=float(found["default_samplerate"]),
        is_default=int(found["index"]) == default,
    )
