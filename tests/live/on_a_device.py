"""Plays on an audio server in a process of its own and prints what happened as JSON.

Arguments: session, device, what to do (`hold_gil`, `hold_gil_hosted`, `ordinary`, `lose`).
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

from engine.live.devices.device import Order
from engine.live.devices.output import Output
from engine.live.devices.portaudio import PortAudioDevice
from engine.live.player.changes import Programme
from engine.live.player.player import Player
from engine.session.files import load_session

BLOCK_FRAMES = 256


def hold_gil(seconds: int) -> None:
    """Nothing else in this process runs Python for so long: PyDLL does not let go."""
    ctypes.PyDLL(None).sleep(seconds)


def held(player: Player) -> dict[str, object]:
    """What the ring went through while the interpreter was held."""
    time.sleep(0.5)
    blocks, xruns, position = player.ring.blocks, player.ring.xruns, player.position_frames
    begun = time.monotonic()
    hold_gil(2)
    return {
        "seconds": time.monotonic() - begun,
        "blocks": player.ring.blocks - blocks,
        "xruns": player.ring.xruns - xruns,
        "frames": player.position_frames - position,
    }


def in_process(player: Player, device: str, *, compiled: bool) -> dict[str, object]:
    """The callback lives in the process whose interpreter is held."""
    output = PortAudioDevice(
        Order(player.ring, 1, device, player.sample_rate, BLOCK_FRAMES), compiled=compiled
    )
    player.ring.admit(1, 0)
    player.play()
    if compiled:
        result = held(player)
    else:
        time.sleep(0.5)
        result = {"blocks": player.ring.blocks, "xruns": player.ring.xruns}
    result["compiled"] = output.is_compiled
    output.stop()
    return result


def hosted(player: Player, device: str) -> dict[str, object]:
    """The callback lives in a process of its own."""
    output = Output(player.ring, player.sample_rate, BLOCK_FRAMES, print)
    output.select(device)
    player.play()
    result = held(player)
    output.stop()
    return result


def lose(player: Player, device: str, server: int) -> dict[str, object]:
    """The server dies, and comes back when the one that started this says so."""
    notices: list[tuple[float, str]] = []
    output = Output(
        player.ring,
        player.sample_rate,
        BLOCK_FRAMES,
        lambda notice: notices.append((time.monotonic(), notice.kind)),
    )
    output.select(device)
    looped = player.song_frames - 1
    player.set_loop(True, 0, looped)
    player.play()
    time.sleep(0.5)
    before = output.device.name
    os.kill(server, signal.SIGKILL)
    killed, at = time.monotonic(), player.position_frames
    time.sleep(1.0)
    during, moved = output.device.name, (player.position_frames - at) % looped
    print("lost", flush=True)
    until = time.monotonic() + 20.0
    while output.is_lost and time.monotonic() < until:
        time.sleep(0.02)
    after, at = output.device.name, player.position_frames
    time.sleep(0.5)
    result = {
        "names": [before, during, after],
        "kinds": [kind for _, kind in notices],
        "noticed_s": notices[0][0] - killed,
        "moved_frames": moved,
        "moved_after": (player.position_frames - at) % looped,
        "xruns": player.ring.xruns,
    }
    output.stop()
    return result


def main() -> None:
    """Runs what the arguments ask for."""
    path, device, what, *rest = sys.argv[1:]
    player = Player(Programme(load_session(Path(path))), block_frames=BLOCK_FRAMES)
    if what == "hold_gil_hosted":
        result = hosted(player, device)
    elif what == "lose":
        result = lose(player, device, int(rest[0]))
    else:
        result = in_process(player, device, compiled=what == "hold_gil")
    player.close()
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
