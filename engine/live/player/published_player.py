"""Makes `play --headless` visible to `ps` and `watch`: where it is, how it is served, and `stop`."""

from __future__ import annotations

import _thread
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import StemlatheError
from engine.link.records import DeviceState, Kind, Source, State, Transport
from engine.link.records import Output as OutputRecord
from engine.link.snapshot import Snapshot
from engine.live.devices.output import Output
from engine.live.player import player as players
from engine.live.player.player import Player
from engine.processes.host import Host, open_host

#: How often the state is published, s.
_PERIOD_S = 0.1


def output_record(player: Player, output: Output) -> OutputRecord:
    """The device and how well it is served, as it is published."""
    loads, device = player.loads(), output.device
    known = loads.blocks > 0
    state = DeviceState.LOST if output.is_lost else DeviceState.RUNNING
    return OutputRecord(
        "" if device is None else device.name[:80],
        DeviceState.CLOSED if device is None else state,
        0 if device is None else device.sample_rate,
        0 if device is None else device.block_frames,
        player.ring_frames,
        player.latency_frames,
        player.ring.blocks,
        player.ring.xruns,
        loads.mean if known else float("nan"),
        loads.p999 if known else float("nan"),
        loads.largest if known else float("nan"),
    )


class HeadlessHost:
    """Publishes a player for as long as its `with` block lasts, from a thread of its own.

    Where the machine has no room for shared memory or no private folder, it plays on unseen.

    Args:
        session: the session file; names it.
        player: what plays.
        output: what it plays through.
        on_stop: called, once, when somebody asks it to end. By default it ends as if interrupted
            from the keyboard.
    """

    def __init__(
        self,
        session: Path,
        player: Player,
        output: Output,
        *,
        on_stop: Callable[[], None] = _thread.interrupt_main,
    ) -> None:
        self._session, self._player, self._output, self._on_stop = session, player, output, on_stop
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def _snapshot(self) -> Snapshot:
        player = self._player
        playing = player.state is players.State.PLAYING
        transport = Transport(
            State.PLAYING if playing else State.PAUSED,
            player.position_frames,
            player.song_frames,
            player.sample_rate,
            False,
            -1,
            -1,
            Source.PROCESSED,
            0.0,
            -1,
        )
        return Snapshot(transport, output_record(player, self._output))

    def _run(self, host: Host) -> None:
        stopping = False
        with host:
            while not self._ending.wait(_PERIOD_S):
                snapshot = self._snapshot()
                host.beat(snapshot.transport.state)
                host.publish(snapshot)
                for command in host.poll():
                    if command.message.kind != "stop":
                        host.refuse(
                            command, "headless", "this one plays without a console: it takes only stop"
                        )
                        continue
                    host.done(command)
                    if not stopping:
                        stopping = True
                        self._on_stop()

    def __enter__(self) -> Self:
        with contextlib.suppress(StemlatheError):  # it plays on unseen
            host = open_host(Kind.ENGINE, self._session, headless=True)
            host.beat(State.PAUSED)
            self._thread = threading.Thread(target=self._run, args=(host,), name="headless host", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
