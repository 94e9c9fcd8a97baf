"""PortAudio: a compiled callback handed to the library through sounddevice's own handle of it.

The callback (`engine.live.loop.callback`) copies from the ring and knows nothing of Python, so
neither a busy interpreter nor its garbage collector can be heard. Where sounddevice does not offer
its handle the ordinary callback in Python does the same, with that risk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import MachineError
from engine.live.devices.device import DEFAULT, Order
from engine.live.devices.jack_ports import JACK
from engine.live.loop.callback import USER_CALLS, USER_CELLS, USER_FRAMES

_NO_ERROR = 0  # paNoError
_INVALID_SAMPLE_RATE = -9997  # paInvalidSampleRate
#: A latency beyond this is none, s.
_LONGEST_LATENCY_S = 5.0
#: Clocks of hardware are that far from what they are called, and no further.
_RATE_TOLERANCE = 0.01
#: What makes an audio system run at a session's rate.
_RATE_HINT = "set it to that rate"
_RATE_HINTS = {
    JACK: ("start its server with -r {rate} (on PipeWire: pw-metadata -n settings 0 clock.force-rate {rate})")
}


@dataclass(frozen=True)
class Found:
    """An output device.

    Attributes:
        number: PortAudio's index.
        name: PortAudio's name.
        audio_system: JACK, ALSA, …
        channels: that it plays.
        rate_hz: that it runs at by itself.
    """

    number: int
    name: str
    audio_system: str
    channels: int
    rate_hz: float

    @property
    def key(self) -> str:
        """What it is remembered by: numbers change with whatever is plugged in, names and systems do not."""
        return f"{self.name}, {self.audio_system}"


def _library() -> Any:
    """sounddevice, which starts PortAudio when it is first imported."""
    # libjack would start a server of its own when it finds none
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    try:
        import sounddevice
    except OSError as error:
        raise MachineError(
            "PortAudio is not installed: on Debian and Ubuntu 'apt install libportaudio2'",
            kind="no_audio_library",
        ) from error
    return sounddevice


def look_again() -> None:
    """Lets PortAudio look for devices again; only while no stream is open."""
    library = _library()
    library._terminate()
    library._initialize()


def find_device(wanted: str) -> Found:
    """The output device of a number, a name or a `key`; a part of these will do if only one device has it.

    Raises:
        MachineError: kind `no_device`: there is none, or more than one; `device_channels`: it is mono.
    """
    library = _library()
    systems = [str(system["name"]) for system in library.query_hostapis()]
    found = [
        Found(
            int(device["index"]),
            str(device["name"]),
            systems[device["hostapi"]],
            int(device["max_output_channels"]),
            float(device["default_samplerate"]),
        )
        for device in library.query_devices()
        if device["max_output_channels"] > 0
    ]
    stereo = [device for device in found if device.channels >= 2]
    matching = _matching(stereo, wanted, library.default.device[1])
    if len(matching) == 1:
        return matching[0]
    if not stereo:
        raise MachineError("there is no output device: connect a converter or start JACK", kind="no_device")
    if not matching and len(mono := _matching(found, wanted, -1)) == 1:
        raise MachineError(
            f"device '{mono[0].name}' has one channel, and a master has two: choose a stereo device, or let "
            "the sound server join two of them",
            kind="device_channels",
        )
    known = ", ".join(f"{device.number} {device.key}" for device in stereo)
    what = "more than one device is" if matching else "there is no output device"
    raise MachineError(f"{what} called '{wanted}': found {known}; 'null' is always there", kind="no_device")


def _matching(devices: Sequence[Found], wanted: str, default: int) -> list[Found]:
    if wanted == DEFAULT:
        return [device for device in devices if device.number == default] or list(devices[:1])
    if wanted.isdecimal():
        return [device for device in devices if device.number == int(wanted)]
    text = wanted.casefold()
    if any(text.endswith(f", {device.audio_system}".casefold()) for device in devices):
        return [device for device in devices if device.key.casefold() == text]  # that very one, or none
    for fits in (
        lambda device: device.key.casefold() == text,
        lambda device: device.name.casefold() == text,
        lambda device: text in device.key.casefold(),
    ):
        if matching := [device for device in devices if fits(device)]:
            return matching
    return []


def sane_latency_s(told_s: float, block_frames: int, sample_rate: int) -> float:
    """A latency to ask for: what the library suggests, where that can be one.

    On PipeWire's JACK PortAudio suggests 89478 s, a negative number of frames taken for a large one.
    """
    return told_s if 0.0 < told_s <= _LONGEST_LATENCY_S else 2 * block_frames / sample_rate


class PortAudioDevice:
    """Plays from a ring through PortAudio, in this process.

    Args:
        order: what it is opened for.
        compiled: False: the ordinary callback, in Python.

    Raises:
        MachineError: kind `no_device`, `no_audio_library`, `device_rate`, `device`.
    """

    def __init__(self, order: Order, *, compiled: bool = True) -> None:
        self._library = _library()
        found = find_device(order.wanted)
        self.name = found.name
        self.key = found.key
        self.audio_system = found.audio_system
        self._rate_hz = found.rate_hz
        self.sample_rate = order.sample_rate
        self.block_frames = order.block_frames
        self._ring = order.ring
        self._consumer = order.consumer
        self._user = np.zeros(USER_CELLS, np.int64)
        self._stream: Any = None
        self._handle: Any = None
        self.is_compiled = compiled and hasattr(self._library, "_lib") and hasattr(self._library, "_ffi")
        if self.is_compiled:
            self._open_compiled(found)
        else:
            self._open_ordinary(found)

    def _open_compiled(self, found: Found) -> None:
        from engine.live.loop.callback import USER_CONSUMER, USER_RING, play_block

        lib, ffi = self._library._lib, self._library._ffi
        self._user[USER_RING], self._user[USER_CONSUMER] = self._ring.address, self._consumer
        info = lib.Pa_GetDeviceInfo(found.number)
        parameters = ffi.new(
            "PaStreamParameters*",
            {
                "device": found.number,
                "channelCount": 2,
                "sampleFormat": lib.paFloat32,
                "suggestedLatency": sane_latency_s(
                    info.defaultLowOutputLatency, self.block_frames, self.sample_rate
                ),
                "hostApiSpecificStreamInfo": ffi.NULL,
            },
        )
        handle = ffi.new("PaStream**")
        self._check(
            lib.Pa_OpenStream(
                handle,
                ffi.NULL,
                parameters,
                float(self.sample_rate),
                self.block_frames,
                lib.paNoFlag,
                ffi.cast("PaStreamCallback*", play_block.address),
                ffi.cast("void*", int(self._user.ctypes.data)),
            )
        )
        self._handle = handle[0]
        self._check(lib.Pa_StartStream(self._handle))

    def _open_ordinary(self, found: Found) -> None:
        from engine.live.loop.ring import take_block

        def play(output: Any, frames: int, _time: Any, _status: Any) -> None:
            take_block(self._ring.address, self._consumer, output.reshape(-1))
            self._user[USER_FRAMES] += frames
            self._user[USER_CALLS] += 1

        try:
            self._stream = self._library.OutputStream(
                samplerate=self.sample_rate,
                blocksize=self.block_frames,
                device=found.number,
                channels=2,
                dtype="float32",
                callback=play,
            )
            self._stream.start()
        except self._library.PortAudioError as error:
            self._check(int(error.args[1]) if len(error.args) > 1 else -1)

    def _check(self, code: int) -> None:
        if code == _NO_ERROR:
            return
        if code == _INVALID_SAMPLE_RATE:
            raise MachineError(
                f"device '{self.name}' runs at {self._rate_hz:g} Hz and does not play {self.sample_rate} Hz: "
                f"{_RATE_HINTS.get(self.audio_system, _RATE_HINT).format(rate=self.sample_rate)}, or choose "
                "another device",
                kind="device_rate",
            )
        text = self._library._ffi.string(self._library._lib.Pa_GetErrorText(code)).decode()
        raise MachineError(
            f"device '{self.name}' cannot be opened: {text}: close other programs that use it, "
            "or choose another",
            kind="device",
        )

    @property
    def asked(self) -> tuple[int, int]:
        """How often its callback was called so far, and for how many frames in all."""
        return int(self._user[USER_CALLS]), int(self._user[USER_FRAMES])

    @property
    def failure(self) -> str | None:
        """What has gone wrong, in a few words; None while it plays."""
        if self._stream is not None:
            return None if self._stream.active else "the stream has ended"
        lib = self._library._lib
        if lib.Pa_IsStreamActive(self._handle) != 1:
            return "the stream has ended"
        # a server that is set to another rate takes the stream with it: the song would sound lower or higher
        rate_hz = float(lib.Pa_GetStreamInfo(self._handle).sampleRate)
        if abs(rate_hz - self.sample_rate) > _RATE_TOLERANCE * self.sample_rate:
            return f"its server has changed to {rate_hz:g} Hz, and the session has {self.sample_rate} Hz"
        return None

    def stop(self) -> None:
        """Lets go of the device. May hang when its server has died: see `device_client`."""
        if self._stream is not None:
            self._stream.close()
        elif self._handle is not None:
            lib = self._library._lib
            lib.Pa_AbortStream(self._handle)
            lib.Pa_CloseStream(self._handle)
            self._handle = None
