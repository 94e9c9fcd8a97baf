"""`python -m tests.torture.on_pipewire`: an engine on a headless PipeWire with sinks that come and go.

Quantum and rate are forced, too. Needs Debian's pipewire, pipewire-jack, wireplumber and dbus-daemon, but
no sound card and no desktop. Prints a table as `tests.torture` does, and ends with 1 if the music stopped,
the device did not come back, or what had to be told was not. `--without-manager` starts no WirePlumber:
nobody connects what plays.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.link.records import DeviceState
from tests.torture.ground import PATIENCE_S, Ground, Row
from tests.torture.played import Played

_LIBRARIES = "/usr/lib/*/pipewire-0.3/jack"
_SINK = "Headphones"


class PipeWire:
    """A server of its own, with a sink that plays nowhere at the clock's pace.

    Args:
        folder: for its socket and logs.
        manager: start WirePlumber, too.
    """

    def __init__(self, folder: Path, *, manager: bool) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self.manager: subprocess.Popen[bytes] | None = None
        bus = folder / "bus"
        [libraries] = Path("/").glob(_LIBRARIES[1:])
        os.environ |= {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}",
            "PIPEWIRE_RUNTIME_DIR": str(folder),
            "LD_LIBRARY_PATH": str(libraries),
        }
        self._start("dbus-daemon", "--session", "--nofork", f"--address=unix:path={bus}")
        self._wait_for(bus)
        self._start("pipewire")
        self._wait_for(folder / "pipewire-0")
        if manager:
            self.start_manager()
        self.add_sink()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{words[0]}.log").open("ab") as log:
            self._running.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        return self._running[-1]

    def _wait_for(self, path: Path) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not path.exists() and time.monotonic() < until_s:
            time.sleep(0.05)

    def start_manager(self) -> None:
        """Starts WirePlumber."""
        self.manager = self._start("wireplumber")

    def tell(self, *words: str) -> str:
        """Runs a command of PipeWire's own; what it says."""
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        return done.stdout + done.stderr

    def add_sink(self, name: str = _SINK) -> None:
        """Makes a sink that stays until it is removed."""
        what = (
            f"{{ factory.name=support.null-audio-sink node.name={name} node.description={name} "
            "media.class=Audio/Sink object.linger=true audio.position=[FL FR] monitor.channel-volumes=true }"
        )
        self.tell("pw-cli", "create-node", "adapter", what)

    def remove_sink(self, name: str = _SINK) -> None:
        """Removes it, as if it were unplugged."""
        self.tell("pw-cli", "destroy", name)

    def force(self, what: str, value: int) -> None:
        """Forces `quantum` or `rate`; 0: no longer."""
        self.tell("pw-metadata", "-n", "settings", "0", f"clock.force-{what}", str(value))

    def close(self) -> None:
        """Ends everything."""
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _runs(played: Played) -> bool:
    output = played.desk.snapshot().output
    return output.device_state is DeviceState.RUNNING and output.device == _SINK


def _told(played: Played) -> list[str]:
    return [str(notice.code) for notice in played.desk.document().notices]


def _refusals(played: Played) -> list[str]:
    return [code for code in _told(played) if code == "device_refused"]


@contextlib.contextmanager
def _tried(played: Played, rows: dict[str, Row], name: str) -> Iterator[Row]:
    """One fault: the music goes on during it, and what was said is noted."""
    row = rows.setdefault(name, Row())
    row.times += 1
    before = len(_told(played))
    yield row
    played.until(lambda: False, 0.5)  # what is told about the end of it
    if not played.moves(PATIENCE_S):
        row.lose("the music stopped")
    said = _told(played)[before:]
    row.said[", ".join(said) or "nothing"] += 1
    if len(said) != len(set(said)):
        row.lose(f"one cause was told more than once: {said}")


def _require_back(played: Played, row: Row) -> None:
    if not played.until(lambda: _runs(played), 2 * PATIENCE_S):
        output = played.desk.snapshot().output
        row.lose(f"not back on the device: {output.device_state.name} on {output.device}: {_told(played)}")


def _faults(server: PipeWire, played: Played, rows: dict[str, Row], times: int) -> None:
    for _ in range(times):
        with _tried(played, rows, "sink removed and returned") as row:
            server.remove_sink()
            if not played.until(lambda: not _runs(played), PATIENCE_S):
                row.lose("that the sink is gone is not noticed")
            server.add_sink()
            _require_back(played, row)
        for quantum in (64, 2048, 0):
            with _tried(played, rows, f"quantum {quantum or 'free again'}") as row:
                server.force("quantum", quantum)
                played.until(lambda: False, 1.0)
                _require_back(played, row)
        with _tried(played, rows, "rate 44100, and back") as row:
            before = len(_refusals(played))
            server.force("rate", 44_100)
            if not played.until(lambda: not _runs(played), PATIENCE_S):
                row.lose("a session of 48 kHz goes on at another rate")
            if not played.until(lambda known=before: len(_refusals(played)) > known, PATIENCE_S):
                row.lose("what would help is not told")
            server.force("rate", 0)
            server.force("rate", 48_000)
            _require_back(played, row)
            server.force("rate", 0)
        with _tried(played, rows, "session manager killed and started again") as row:
            assert server.manager is not None
            server.manager.kill()
            server.manager.wait()
            played.until(lambda: False, 1.0)
            server.start_manager()
            _require_back(played, row)


def _print(rows: dict[str, Row]) -> int:
    print("| fault | times | lost | said |\n| --- | ---: | ---: | --- |")
    for name, row in rows.items():
        said = "; ".join(f"{text} ({times})" for text, times in row.said.most_common(3))
        print(f"| {name} | {row.times} | {len(row.lost)} | {said} |")
    for name, row in rows.items():
        for text in row.lost:
            print(f"\nlost: {name}: {text}")
    return 1 if any(row.lost for row in rows.values()) else 0


def _missing() -> Sequence[str]:
    wanted = ("pipewire", "wireplumber", "pw-cli", "pw-metadata", "dbus-daemon")
    return [name for name in wanted if shutil.which(name) is None]


def main() -> int:
    """Runs everything; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="how often each fault")
    parser.add_argument("--without-manager", action="store_true", help="nobody connects what plays")
    arguments = parser.parse_args()
    if missing := _missing():
        print(f"not installed: {', '.join(missing)} (apt install pipewire pipewire-jack wireplumber dbus)")
        return 2
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory(prefix="torture-") as name, Ground(Path(name)) as ground:
        place = ground.folder / "pipewire"
        place.mkdir(mode=0o700)
        server = PipeWire(place, manager=not arguments.without_manager)
        try:
            with ground.copy() as folder:
                row = rows.setdefault("the sink is chosen", Row())
                row.times = 1
                played = Played(folder, f"{_SINK}, JACK Audio Connection Kit")
                if arguments.without_manager:
                    # it may connect the ports itself, or say that nothing flows; either way it plays on
                    played.until(lambda: _runs(played) or bool(_told(played)), PATIENCE_S)
                    row.said["runs" if _runs(played) else ", ".join(_told(played)) or "nothing"] += 1
                    if not played.moves() or not (_runs(played) or _told(played)):
                        row.lose("without a session manager the music stops, or nothing is said")
                else:
                    _require_back(played, row)
                    row.said[", ".join(_told(played)) or "nothing"] += 1
                    _faults(server, played, rows, arguments.times)
                played.close()
        finally:
            server.close()
    return _print(rows)


if __name__ == "__main__":
    sys.exit(main())
