"""The engine as a process: how soon it is there, how soon it answers, what it holds.

`python tests/bench/engine_process.py` measures starts, restarts and memory on `null`. With
`--minutes N` it plays for so long on the dummy driver of a JACK server of its own, with a console that
works, four observers and an offline render beside it, and counts under-runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from live_load import make_session

from engine.compiler.warm import ensure_compiled
from engine.link.identity import is_alive
from engine.link.records import Role, State
from engine.processes.client import Client, attach_to
from engine.processes.launch import start
from engine.processes.registry import Entry

STEMS, RATE = 8, 48_000


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Waits for `condition`."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise SystemExit("waited in vain")
        time.sleep(0.001)


def milliseconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begun = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - begun)


def processor_s(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def anonymous_mb(pid: int) -> float:
    """Memory that no file backs (proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1024.0
    return float("nan")


def import_s() -> float:
    """What importing numba alone takes now."""
    return min(
        milliseconds(lambda: subprocess.run([sys.executable, "-c", "import numba"], check=True)) / 1000.0
        for _ in range(3)
    )


def begin(session: Path, **options: str) -> tuple[Entry, Client, dict[str, float]]:
    """Starts the engine; how long until it is seen, attached to, and ready."""
    begun = time.perf_counter()
    entry = start(session, **options)  # type: ignore[arg-type]
    seen = time.perf_counter()
    client = attach_to(entry, Role.CONTROLLER, wait_s=5.0)
    attached = time.perf_counter()
    until(lambda: client.state is not State.LOADING)
    ready = time.perf_counter()
    figures = {
        "seen_s": seen - begun,
        "attached_s": attached - seen,
        "ready_s": ready - begun,
        "processor_s": processor_s(entry.identity.pid),
    }
    return entry, client, figures


def kill(entry: Entry) -> None:
    """Ends an engine as the kernel does when memory runs out."""
    os.kill(entry.identity.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(entry.identity.pid, 0)
    until(lambda: not is_alive(entry.identity))


def answers(client: Client, kind: str, payloads: list[dict[str, object]]) -> str:
    """Median and largest time until a command is answered."""
    times = [
        milliseconds(lambda payload=payload: client.request(kind, payload, timeout_s=30.0))  # type: ignore[misc]
        for payload in payloads
    ]
    return f"{kind}: median {statistics.median(times):.1f} ms, largest {max(times):.1f} ms"


def seek_to_sound(client: Client) -> list[float]:
    """From the command until the song moves on from the new place, ms; the ring and a snapshot included."""
    found = []
    for step in range(10):
        wanted = (5 + 3 * step) * RATE

        def seek(wanted: int = wanted) -> None:
            client.send("seek", {"position_frames": wanted})
            until(lambda: 0 < client.snapshot().transport.position_frames - wanted < RATE)

        found.append(milliseconds(seek))
    return found


def starts(folder: Path, seconds: float) -> None:
    """Start, attach, answers, memory, and the way back after SIGKILL."""
    session = make_session(folder, STEMS, RATE, seconds)
    ensure_compiled()
    print(f"load average {os.getloadavg()[0]:.2f}; importing numba alone: {import_s():.2f} s")
    entry, client, _ = begin(session, device="null")
    for _ in range(3):
        client.close()
        kill(entry)
        entry, client, figures = begin(session)
        print("killed to restored: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    until(lambda: bool(client.document().parameters))
    attaching = [milliseconds(lambda: attach_to(entry, Role.OBSERVER, wait_s=5.0).close()) for _ in range(20)]
    print(f"attach: median {statistics.median(attaching):.1f} ms, largest {max(attaching):.1f} ms")
    client.request("play", timeout_s=10.0)
    until(lambda: client.snapshot().transport.position_frames > RATE)
    print(answers(client, "ping", [{}] * 50))
    settings: list[dict[str, object]] = [
        {"path": "stems[0].trim_db", "value": step / 10} for step in range(50)
    ]
    print(answers(client, "set", settings))
    seeks = seek_to_sound(client)
    print(f"seek to sound: median {statistics.median(seeks):.0f} ms, largest {max(seeks):.0f} ms")
    before, begun = processor_s(entry.identity.pid), time.monotonic()
    time.sleep(10.0)
    share = (processor_s(entry.identity.pid) - before) / (time.monotonic() - begun)
    print(f"playing: {100.0 * share:.0f} % of one processor; under-runs {client.snapshot().output.xruns}")
    print(f"anonymous memory: {anonymous_mb(entry.identity.pid):.0f} MB")
    client.request("stop", timeout_s=10.0)
    client.close()


@contextlib.contextmanager
def audio_server() -> Iterator[None]:
    """A JACK server without hardware, at the clock's pace."""
    os.environ.update(JACK_DEFAULT_SERVER=f"stemlathe-bench-{os.getpid()}", JACK_NO_START_SERVER="1")
    name = os.environ["JACK_DEFAULT_SERVER"]
    command = ["jackd", "--no-realtime", "-n", name, "-d", "dummy", "-r", str(RATE), "-p", "256"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.0)
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


#: Looks thirty times a second, as a console does.
OBSERVER = """
import sys, time
from engine.processes.client import attach
with attach(sys.argv[1]) as client:
    reading = None
    while True:
        client.snapshot(), client.document(), client.history()
        reading = client.ticks_since(reading)
        time.sleep(1 / 30)
"""


def endurance(folder: Path, minutes: float) -> None:
    """Plays for so long, with everything going on that may go on."""
    session = make_session(folder, STEMS, RATE, 120.0)
    text = session.read_text(encoding="utf-8")
    session.write_text(f'{text}\n[[deliverables]]\nname = "float"\nencoding = "wav32f"\n', encoding="utf-8")
    script = "import sys; from engine.cli.main import main; sys.exit(main(sys.argv[1:]))"
    render = [sys.executable, "-c", script, "render", str(session), "--force", "--out", str(folder / "out")]
    with audio_server():
        entry, client, _ = begin(session, device="system", block="256")
        until(lambda: client.snapshot().output.device == "system")
        song = client.snapshot().transport.length_frames
        client.request("loop", {"on": True, "start_frames": 0, "end_frames": song})
        observers = [subprocess.Popen([sys.executable, "-c", OBSERVER, entry.name]) for _ in range(4)]
        rendering = subprocess.Popen(render, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client.request("play", timeout_s=10.0)
        renders, largest_load = 1, 0.0
        first, begun_s = client.snapshot().output, time.monotonic()
        try:
            while time.monotonic() - begun_s < 60.0 * minutes:
                step = int(10 * (time.monotonic() - begun_s))
                client.send("set", {"path": f"stems[{step % STEMS}].trim_db", "value": (step % 30) / 10})
                client.snapshot(), client.document(), client.answers()
                largest_load = max(largest_load, os.getloadavg()[0])
                if rendering.poll() is not None:
                    rendering, renders = subprocess.Popen(render, stdout=-3, stderr=-3), renders + 1
                time.sleep(0.1)
        finally:
            for process in (*observers, rendering):
                process.kill()
                process.wait()
        last = client.snapshot().output
        print(
            f"{(time.monotonic() - begun_s) / 60:.1f} minutes on {last.device}: "
            f"{last.blocks - first.blocks} blocks of {last.block_frames}, "
            f"{last.xruns - first.xruns} under-runs, "
            f"load mean {last.load_mean:.3f}, p999 {last.load_p999:.3f}, largest {last.load_max:.3f}; "
            f"{renders} renders begun; load average up to {largest_load:.1f}"
        )
        client.request("stop", timeout_s=10.0)
        client.close()


def main() -> None:
    """Runs what is asked for, with folders of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, help="play on an audio server for so long")
    parser.add_argument("--seconds", type=float, default=300.0, help="length of the song (300)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="engine-bench-") as name:
        for variable in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
            os.environ[variable] = name
        if arguments.minutes is None:
            starts(Path(name), arguments.seconds)
        else:
            endurance(Path(name), arguments.minutes)


if __name__ == "__main__":
    main()
