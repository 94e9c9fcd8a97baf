"""An engine without audio, for tests: beats, publishes counting meters, carries every command out."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from engine.link.records import Kind, State
from engine.link.snapshot import NO_STEM, NO_TRANSPORT, Snapshot
from engine.link.ticks import NO_MASTER_TICK, NO_STEM_TICK, Tick
from engine.processes.host import open_host


def main(session: str = "Falling Water.toml", *options: str) -> None:
    """Runs until told to stop; with the option `deaf` it does not listen, `late` it never reads."""
    with open_host(Kind.ENGINE, Path(session)) as host:
        print(host.entry.name, flush=True)
        snapshot = Snapshot(stems=(NO_STEM,) * 4)
        number = 0
        while True:
            number += 1
            host.beat(State.PLAYING)
            # every figure is the same number, so a torn snapshot betrays itself
            stems = tuple(NO_STEM._replace(peak_left_dbfs=number, held_right_dbfs=number) for _ in range(4))
            transport = NO_TRANSPORT._replace(
                state=State.PLAYING, position_frames=number, sample_rate_hz=48000
            )
            host.publish(replace(snapshot, transport=transport, stems=stems))
            tick = Tick(NO_MASTER_TICK._replace(position_frames=number), (NO_STEM_TICK,) * 4)
            host.tick(tick, master_overs=number, stem_overs=(number,) * 4)
            for command in host.poll() if "late" not in options else ():
                host.revision += 1
                host.done(command)
                if command.message.kind == "stop" and "deaf" not in options:
                    return
            time.sleep(0.002)


if __name__ == "__main__":
    main(*sys.argv[1:])
