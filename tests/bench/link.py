"""What the protocol costs: publishing, reading, attaching, asking; and a thousand clients that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="stemlathe-bench-")

from engine.link import layout
from engine.link.document import Document, DocumentWriter, documents
from engine.link.records import Kind, Role
from engine.link.snapshot import NO_MASTER, NO_STEM, Snapshot, snapshots
from engine.link.ticks import NO_MASTER_TICK, NO_STEM_TICK, Tick, TickReader
from engine.processes.client import attach
from engine.processes.host import open_host

ENGINE = Path(__file__).parents[1] / "link" / "engine_process.py"


def report(label: str, times_s: list[float], unit: str = "µs") -> None:
    """Median, 99th percentile and largest."""
    times_s.sort()
    scale = 1e6 if unit == "µs" else 1e3
    figures = (times_s[len(times_s) // 2], times_s[int(len(times_s) * 0.99)], times_s[-1])
    p50, p99, largest = (value * scale for value in figures)
    print(f"{label:<44} p50 {p50:8.2f}  p99 {p99:8.2f}  max {largest:8.2f} {unit}")


def timed(label: str, work: Callable[[], object], count: int = 3000, unit: str = "µs") -> None:
    """Times `work`, each call on its own."""
    times_s = []
    for _ in range(count):
        begun_s = time.perf_counter()
        work()
        times_s.append(time.perf_counter() - begun_s)
    report(label, times_s, unit)


def in_one_process(stems: int) -> None:
    """The cost of each operation, without anybody else."""
    meters = NO_STEM._replace(processors_db=(1.0, 2.0, 3.0))
    master = NO_MASTER._replace(spectrum_bands=31, spectrum_dbfs=(-40.0,) * 31)
    snapshot = Snapshot(master=master, stems=(meters,) * stems)
    tick = Tick(NO_MASTER_TICK, (NO_STEM_TICK,) * stems)
    with open_host(Kind.ENGINE, Path("bench.toml")) as host:
        timed(f"publish a snapshot, {stems} stems", lambda: host.publish(snapshot))
        timed(
            f"publish a tick, {stems} stems", lambda: host.tick(tick, master_overs=0, stem_overs=(0,) * stems)
        )
        timed("beat", host.beat)
        timed("poll without clients", host.poll)

        def read() -> None:
            snapshots(host._segment).read()

        timed(f"read a snapshot, {stems} stems", read)
        with attach(host.entry.name, Role.CONTROLLER, wait_s=0.0) as client:

            def exchange() -> None:
                client.send("play")
                for command in host.poll():
                    host.done(command)
                client.answers()

            timed("command and answer, both ends' work", exchange)
        reader = TickReader(host._segment)
        newest = reader.totals().ticks
        timed(f"read and merge 2 ticks, {stems} stems", lambda: reader._load(newest - 2, newest))
        DocumentWriter(host._segment).publish(Document(text="name chain 1.5 " * 30 * stems))
        timed(f"read a document, {stems} stems", lambda: documents(host._segment).read())


def between_processes() -> None:
    """Attaching to, and asking, an engine that looks at its queues every 2 ms."""
    with subprocess.Popen([sys.executable, str(ENGINE)], stdout=subprocess.PIPE, text=True) as engine:
        try:
            assert engine.stdout is not None
            with_engine(engine.stdout.readline().strip())
        finally:
            engine.terminate()


def with_engine(name: str) -> None:
    """What is measured against a running engine."""
    for role in (Role.READER, Role.OBSERVER, Role.CONTROLLER):
        timed(
            f"attach as {role.name.lower()}, admitted",
            lambda role=role: attach(name, role).close(),
            100,
            "ms",
        )
    with attach(name, Role.CONTROLLER) as client:
        timed("message there and back", lambda: client.request("ping"), 500, "ms")
        timed("send", lambda: client.send("ping") and client.answers(), 200)
    begun_s = time.perf_counter()
    for _ in range(1000):
        attach_and_die(name)
    print(f"1000 clients attached and killed in {time.perf_counter() - begun_s:.1f} s")
    time.sleep(0.5)  # the last dead one is found within 0.2 s
    with attach(name, Role.CONTROLLER) as client:
        time.sleep(0.1)
        clients = client.snapshot().status.clients
        print(f"then: {client.role.name.lower()}, {clients} client, {client.health().value}")


def attach_and_die(name: str) -> None:
    """A child that is killed with control in its hands."""
    pid = os.fork()
    if pid == 0:
        client = attach(name, Role.CONTROLLER)
        client.send("play")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def importing() -> None:
    """Time a console needs to import the protocol and attach, in a fresh interpreter."""
    code = (
        "import time; begun = time.perf_counter()\n"
        "from engine.processes.client import attach\n"
        "print(time.perf_counter() - begun)"
    )
    times_s = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(10)
    ]
    report("import the client, fresh interpreter", times_s, "ms")


if __name__ == "__main__":
    print(f"segment: {layout.SEGMENT_BYTES / 1e6:.2f} MB")
    for count in (8, 32):
        in_one_process(count)
    between_processes()
    importing()
