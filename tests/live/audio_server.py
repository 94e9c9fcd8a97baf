"""An audio server without hardware, for tests that play on a device for real."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest

RATE = 48_000

#: Lists the devices that PortAudio finds behind JACK.
JACK_DEVICES = (
    "import sounddevice; "
    "print(sum(len(api['devices']) for api in sounddevice.query_hostapis() if 'JACK' in api['name']))"
)


def unavailable(reason: str) -> NoReturn:
    """Skips the test; fails it where the machine was prepared for it (`.ci/run` says so)."""
    if os.environ.get("STEMLATHE_REQUIRE_JACK") == "1":
        pytest.fail(f"this machine was prepared for device tests, but {reason}")
    pytest.skip(reason)


def start_server(name: str, log: Path) -> subprocess.Popen[bytes]:
    """A JACK server without hardware that runs at the clock's pace; returns when it answers."""
    # -t: a busy machine may let a client wait longer than the half second that it has as a rule
    command = ["jackd", "--no-realtime", "-t", "5000", "-n", name]
    command += ["-d", "dummy", "-r", str(RATE), "-p", "256"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    until = time.monotonic() + 15.0
    while server.poll() is None and time.monotonic() < until:
        found = subprocess.run([sys.executable, "-c", JACK_DEVICES], capture_output=True, check=False)
        if found.stdout.strip() not in (b"", b"0"):
            return server
    end_server(server)
    # its registry of names, shared by the whole machine, may be full of servers that were killed
    unavailable(f"jackd does not start: {log.read_text(errors='replace')[-300:]!r}")


def end_server(server: subprocess.Popen[bytes]) -> None:
    """Ends a server so that it tidies up behind it."""
    server.terminate()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def has_portaudio() -> bool:
    """Whether sounddevice finds its library."""
    try:
        import sounddevice  # noqa: F401 (only whether it can be imported)
    except OSError:
        return False
    return True
