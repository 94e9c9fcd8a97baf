"""The engine's own processes killed at any moment: the engine plays on, answers, and has them again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from engine.link.identity import is_alive
from engine.link.records import DeviceState
from tests.torture.ground import PATIENCE_S, Fault, Ground, Row
from tests.torture.played import Played

_BACKGROUND = "engine.live.background"
_DEVICE = "engine.live.devices.device_process"
#: After so many deaths the engine gives the background up, and says so.
_GIVEN_UP = 4
_KILLS_OF_A_DEVICE = 3
#: A part is there again after at most so long, s: its start on a busy machine, and the pauses between.
_BACK_S = 2 * PATIENCE_S


def _kill_part(played: Played, module: str, number: Random, row: Row) -> bool:
    """Kills one at a random moment of its life; whether there was one."""
    if not played.until(lambda: bool(played.parts(module)), _BACK_S):
        row.lose(f"{module} is not there again after {_BACK_S:.0f} s")
        return False
    time.sleep(number.choice((0.0, number.uniform(0.0, 0.3), number.uniform(0.0, 1.5))))
    pids = played.parts(module)
    for pid in pids:
        row.times += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    gone = played.until(lambda: not set(pids) & set(played.parts(module)), PATIENCE_S)
    if not gone:
        row.lose(f"{module} was killed and not reaped")
    return True


def _require_playing(played: Played, count: int, what: str, row: Row) -> None:
    if not is_alive(played.entry.identity):
        row.lose(f"the engine ended with its {what}")
    elif not played.is_answered(count):
        row.lose(f"an edit is not answered after the {what} was killed")
    elif not played.moves():
        row.lose(f"the music stopped with the {what}")


def _codes(played: Played) -> list[str]:
    return [str(notice.code) for notice in played.desk.document().notices]


def background(ground: Ground, number: Random, row: Row) -> None:
    """The background: there again, and given up with one notice after the fourth death."""
    with ground.copy() as folder:
        played = Played(folder)
        for count in range(_GIVEN_UP):
            if not _kill_part(played, _BACKGROUND, number, row):
                break
            _require_playing(played, count, "background", row)
        else:
            if not played.until(lambda: "background_failed" in _codes(played), _BACK_S):
                row.lose("the background was given up without a notice")
            row.said["given up after four deaths, with a notice"] += 1
        if played.until(lambda: set(range(count)) <= _marked(played), PATIENCE_S):
            row.said["the engine plays on"] += 1
        else:
            row.lose("answered edits are gone")
        played.close()


def _marked(played: Played) -> set[int]:
    return {int(marker.position_frames) for marker in played.desk.document().markers}


@contextlib.contextmanager
def _audio_server(ground: Ground) -> Iterator[bool]:
    """A JACK server without hardware that the programs find; False where there is none to be had."""
    if shutil.which("jackd") is None:
        yield False
        return
    name = f"torture{os.getpid()}"
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    command = ["jackd", "--no-realtime", "-t", "5000", "-n", name, "-d", "dummy", "-r", "48000", "-p", "1024"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        waiting = ["jack_wait", "-s", name, "-w", "-t", "20"]
        ready = (
            shutil.which("jack_wait") is None
            or not subprocess.run(waiting, capture_output=True, check=False).returncode
        )
        yield ready and server.poll() is None
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        del os.environ["JACK_DEFAULT_SERVER"], os.environ["JACK_NO_START_SERVER"]
        for path in Path("/dev/shm").glob(f"jack_sem.*_{name}_*"):
            path.unlink(missing_ok=True)  # those of clients that were killed stay


def device(ground: Ground, number: Random, row: Row) -> None:
    """The process that holds the device: music goes on without it, and the device comes back."""
    with _audio_server(ground) as there, ground.copy() as folder:
        if not there:
            row.said["no jackd here: not tried"] += 1
            return
        played = Played(folder, "system, JACK Audio Connection Kit")
        if not played.until(lambda: _is_running(played), _BACK_S):
            row.lose(f"the device does not play: {played.desk.document().notices}")
        for count in range(_KILLS_OF_A_DEVICE):
            if not _kill_part(played, _DEVICE, number, row):
                break
            _require_playing(played, count, "device", row)
        if played.until(lambda: _is_running(played), _BACK_S):
            row.said["the device is back"] += 1
        else:
            row.lose(f"the device does not come back: {played.desk.document().notices}")
        played.close()


def _is_running(played: Played) -> bool:
    output = played.desk.snapshot().output
    return output.device_state is DeviceState.RUNNING and output.device == "system"


FAULTS: dict[str, Fault] = {"kill background": background, "kill device host": device}
