"""Holds an audio device: `python -m engine.live.devices.device_process`; `device_client` starts it.

Audio libraries crash and hang when a sound server dies or hardware is unplugged. Here that ends a
process that holds nothing, and a new one is started. One line of JSON on standard output says how
it went; the end of standard input is the order to leave.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import MachineError
from engine.live.devices.flow import Flow
from engine.live.devices.jack_ports import JACK, JackPorts
from engine.live.log import open_log

if TYPE_CHECKING:
    from engine.live.devices.portaudio import PortAudioDevice

#: How often the stream is looked at, and how often a device that has gone is looked for.
_LOOK_S, _SEARCH_S = 0.1, 0.5


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _told_to_leave(timeout_s: float) -> bool:
    """Whether standard input has ended; waits for it up to `timeout_s`."""
    readable, _, _ = select.select([sys.stdin], [], [], timeout_s)
    return bool(readable) and not os.read(sys.stdin.fileno(), 4096)


def _wait_for(wanted: str) -> bool:
    """Waits until the device is there; False when it is time to leave."""
    from engine.live.devices.portaudio import find_device, look_again

    while not _told_to_leave(_SEARCH_S):
        with contextlib.suppress(MachineError):  # not there yet
            look_again()
            find_device(wanted)
            return True
    return False


def _play(message: dict[str, Any]) -> None:
    if message["wait"] and not _wait_for(message["device"]):
        return
    from engine.live.devices.device import Order
    from engine.live.devices.portaudio import PortAudioDevice
    from engine.live.loop.callback import play_block
    from engine.live.player.ring_memory import Ring
    from engine.live.priority import raise_priority

    play_block.compile()
    # from here on: the library makes the thread that calls back
    raise_priority(inherited=True)
    device = PortAudioDevice(
        Order(
            Ring(message["ring"]),
            message["consumer"],
            message["device"],
            message["sample_rate"],
            message["block_frames"],
        )
    )
    _tell({"name": device.name, "key": device.key, "compiled": device.is_compiled})
    _look_after(device, message["sample_rate"])


def _look_after(device: PortAudioDevice, sample_rate: int) -> None:
    """Tells when audio flows, and why it no longer does; returns when it is time to leave."""
    flow, told = Flow(sample_rate), False
    ports = JackPorts(device.name) if device.audio_system == JACK else None
    while not _told_to_leave(_LOOK_S):
        flow.look(*device.asked)
        if flow.is_too_fast:
            _tell({"failure": "it takes audio faster than any clock: it is none to listen on"})
            return
        if ports is not None and not ports.are_there:
            _tell({"failure": "the audio server no longer has it"})
            return
        if device.failure is not None:
            _tell({"failure": device.failure})
            return
        if flow.flows and not told:
            _tell({"flows": True})
            told = True
    device.stop()


def main() -> None:
    """Holds the device that the first argument describes until told to leave.

    The order is JSON: `ring` (file descriptor), `consumer`, `device`, `sample_rate`, `block_frames`,
    `wait` (for a device that is not there), `log` (where the audio libraries' own messages go).
    """
    message = json.loads(sys.argv[1])
    # ALSA and JACK write straight to file descriptor 2
    log = open_log(Path(message["log"]))
    os.dup2(log, 2)
    try:
        _play(message)
    except MachineError as error:
        _tell({"error": {"kind": error.kind, "message": error.message}})
    # the libraries' own clean-up at exit may hang
    os._exit(0)


if __name__ == "__main__":
    main()
