"""An engine without audio: publishes a moving desk, carries commands out on paper, and records them.

By hand: `python tests/console/fake_engine.py --stems 8`, then `stemlathe attach`. The files of its
session need not exist. Levels follow a made-up beat, so that meters move about as they do to music.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documents import document_of
from fake_desk import Desk
from fake_session import session_of, session_text

from engine.errors import StemlatheError
from engine.link.history import Heard, History
from engine.link.records import DeviceState, Kind, Monitor, NullLamp, Source, State
from engine.link.snapshot import (
    NO_JOB,
    NO_MONITOR,
    NO_OUTPUT,
    NO_STATUS,
    NO_TRANSPORT,
    Snapshot,
)
from engine.link.ticks import NO_MASTER_TICK, NO_STEM_TICK, Tick
from engine.processes import edit_files
from engine.processes.host import Command, Host, open_host
from engine.session.files import parse_key, with_changes
from engine.session.model import Session
from engine.session.reordering import with_table_moved
from engine.units import NEGATIVE_INFINITY

RATE = 48000
#: Snapshots and ticks per second.
TICKS_PER_SECOND = 50
#: Pause between two looks at the queue, s.
LISTENING_S = 0.004


class FakeEngine:
    """The engine: its session, its transport, and what commands do to them."""

    def __init__(self, host: Host, path: Path, text: str, options: argparse.Namespace) -> None:
        self.host, self.path, self.options = host, path, options
        self.states = [(0, text, "opened")]  # revision, text, label
        self.place = 0
        self.saved_revision = 0
        self.session = session_of(text, path)
        self.desk = Desk(len(self.session.stems), options.overs_every)
        self.length_frames = round(options.length * RATE)
        self.monitor: Monitor = NO_MONITOR
        self.loop: tuple[bool, int, int] = (False, -1, -1)
        self.markers: list[dict[str, Any]] = []
        self.source = Source.PROCESSED
        self.letter = -1
        self.target: str | None = None
        self.version = "master"
        self.playing = True
        self.stems_looked_at = False
        self.position_frames = 0
        self.running_s = 0.0
        self.ended = False
        self.host.revision = 0
        self.publish_words()

    @property
    def text(self) -> str:
        """The live session."""
        return self.states[self.place][1]

    def listen(self) -> None:
        """Carries out what has been asked for."""
        self.host.beat(State.PLAYING if self.playing else State.PAUSED)
        for command in self.host.poll():
            self._carry_out(command)

    def step(self, elapsed_s: float) -> None:
        """Moves on and publishes."""
        state = State.PLAYING if self.playing else State.PAUSED
        if self.playing:
            self.running_s += elapsed_s
            self.position_frames += round(elapsed_s * RATE)
            if self.position_frames >= self.length_frames:
                self.position_frames = 0
        self._publish_meters(state)

    def _publish_meters(self, state: State) -> None:
        stems, master = self.desk.snapshot(self.running_s, self.session)
        overs = self.desk.overs(self.running_s)
        transport = NO_TRANSPORT._replace(
            state=state,
            position_frames=self.position_frames,
            length_frames=self.length_frames,
            sample_rate_hz=RATE,
            loop_on=self.loop[0],
            loop_start_frames=self.loop[1],
            loop_end_frames=self.loop[2],
            source=self.source,
            snapshot=self.letter,
        )
        revision = self.states[self.place][0]
        output = NO_OUTPUT._replace(
            device="null",
            device_state=DeviceState.RUNNING,
            device_rate_hz=RATE,
            block_frames=512,
            load_mean=0.21,
            load_p999=0.34,
            load_max=0.4,
        )
        status = NO_STATUS._replace(
            revision=revision,
            saved_revision=self.saved_revision,
            target_lufs=-14.0 if self.target else float("nan"),
            drive_db=4.2,
            null_lamp=NullLamp.PASS,
            null_residual_dbfs=-93.0,
            loudness_heard=min(1.0, self.running_s * RATE / self.length_frames),
        )
        self.host.publish(Snapshot(transport, output, self.monitor, status, NO_JOB, master, stems))
        self._publish_tick(master, stems, overs)
        if self.stems_looked_at:
            self.host.publish_stems_close_up(self.desk.stems_closely(self.running_s, self.session))

    def _publish_tick(self, master: Any, stems: tuple[Any, ...], overs: int) -> None:
        head = NO_MASTER_TICK._replace(
            position_frames=self.position_frames,
            true_peak_dbtp=master.true_peak_dbtp,
            peak_left_dbfs=master.peak_left_dbfs,
            peak_right_dbfs=master.peak_right_dbfs,
            rms_left_dbfs=master.rms_left_dbfs,
            rms_right_dbfs=master.rms_right_dbfs,
            gain_reduction_db=master.gain_reduction_db,
            momentary_lufs=master.momentary_lufs,
            short_term_lufs=master.short_term_lufs,
            correlation_min=master.correlation,
            load=0.3,
        )
        ticks = tuple(
            NO_STEM_TICK._replace(
                peak_left_dbfs=stem.peak_left_dbfs,
                peak_right_dbfs=stem.peak_right_dbfs,
                rms_left_dbfs=stem.rms_left_dbfs,
                rms_right_dbfs=stem.rms_right_dbfs,
            )
            for stem in stems
        )
        counters = tuple(overs if index == 0 else 0 for index in range(len(stems)))
        self.host.tick(Tick(head, ticks), master_overs=overs, stem_overs=counters)

    def publish_words(self) -> None:
        """The document and the loudness over the song."""
        revisions = [state[0] for state in self.states]
        clients = [
            {"index": client.index, "pid": client.claim.pid, "role": client.role.name.lower()}
            for client in self.host.clients
        ]
        revision = revisions[self.place]
        self.host.publish_document(
            document_of(
                {
                    "path": str(self.path),
                    "title": self.session.title,
                    "text": self.text,
                    "revision": revision,
                    "saved_revision": self.saved_revision,
                    "target": self.target,
                    "version": self.version,
                    "device_wanted": "null",
                    "markers": self.markers,
                    "snapshots": dict.fromkeys("ABCD"),
                    "history": [
                        {"revision": number, "parent": parent, "label": label, "time": time.time()}
                        for (number, _, label), parent in zip(self.states, [None, *revisions], strict=False)
                    ],
                    "can_undo": self.place > 0,
                    "can_redo": self.place + 1 < len(self.states),
                    "undo_label": self.states[self.place][2] if self.place else "",
                    "redo_label": self.states[self.place + 1][2] if self.place + 1 < len(self.states) else "",
                    "rendered_revision": None,
                    "notices": [],
                    "overview": {"bins": 600, "peaks": bytes(_overview(600)).hex()},
                    "null": {"verdict": "pass", "residual_rms_dbfs": -93.0},
                    "null_state": "current",
                    "self_check": "pass",
                    "match": {
                        "dry_db": 3.1,
                        "reference_db": -0.4,
                        "processed_lufs": -13.8,
                        "dry_lufs": -16.9,
                        "reference_lufs": -13.4,
                    },
                    "sentinel": [],
                    "clients": clients,
                    "stems_state": [
                        {"name": stem.name, "state": "ok", "message": ""} for stem in self.session.stems
                    ],
                    "parameters": [f"stems[{index}].trim_db" for index in range(len(self.session.stems))],
                }
            )
        )
        self.host.publish_history(_history(revision, self.length_frames))

    def _carry_out(self, command: Command) -> None:
        payload, kind = command.message.payload, command.message.kind
        try:
            perform = getattr(self, f"_on_{kind}", None)
            if perform is not None:
                perform(payload)
        except (StemlatheError, KeyError, ValueError) as error:
            self.host.refuse(command, "refused", str(error))
        else:
            self.host.done(command)
        self._record(kind, dict(payload))
        self.publish_words()

    def _record(self, kind: str, payload: dict[str, Any]) -> None:
        if self.options.record is not None:
            with self.options.record.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"kind": kind, "payload": payload}) + "\n")

    def _edit(self, changes: list[Any], label: str) -> None:
        self._take(
            with_changes(self.text, [(parse_key(path), value) for path, value in changes], self.path), label
        )

    def _take(self, text: str, label: str) -> None:
        session = session_of(text, self.path)
        number = self.states[-1][0] + 1
        self.states = [*self.states[: self.place + 1], (number, text, label)]
        self._go(len(self.states) - 1, session)

    def _go(self, place: int, session: Session | None = None) -> None:
        self.place = place
        self.session = session or session_of(self.text, self.path)
        self.host.revision = self.states[place][0]

    def _on_set(self, payload: Any) -> None:
        self._edit([(payload["path"], payload["value"])], f"{payload['path']} {payload['value']}")

    def _on_edit(self, payload: Any) -> None:
        edit = json.loads(edit_files.take(payload["reference"]))
        self._record("edit content", edit)
        self._edit(edit["changes"], edit["label"])

    def _on_move_stem(self, payload: Any) -> None:
        moved = with_table_moved(self.text, "stems", payload["stem"], payload["to"])
        assert moved is not None
        self._take(moved, f"stem {payload['to'] + 1}")

    def _on_undo(self, payload: Any) -> None:
        self._go(max(0, self.place - 1))

    def _on_redo(self, payload: Any) -> None:
        self._go(min(len(self.states) - 1, self.place + 1))

    def _on_save(self, payload: Any) -> None:
        self.saved_revision = self.states[self.place][0]

    def _on_play(self, payload: Any) -> None:
        self.playing = True

    def _on_pause(self, payload: Any) -> None:
        self.playing = False

    def _on_seek(self, payload: Any) -> None:
        self.position_frames = min(max(0, payload["position_frames"]), self.length_frames)

    def _on_loop(self, payload: Any) -> None:
        on, start, end = self.loop
        self.loop = (
            payload.get("on", on),
            payload.get("start_frames", start),
            payload.get("end_frames", end),
        )

    def _on_marker(self, payload: Any) -> None:
        if payload["action"] == "set":
            place = payload.get("position_frames", self.position_frames)
            self.markers.append({"position_frames": place, "name": payload.get("name", "")})
            self.markers.sort(key=lambda marker: marker["position_frames"])

    def _on_listen(self, payload: Any) -> None:
        self.source = Source[payload["source"].upper()]

    def _on_monitor(self, payload: Any) -> None:
        self.monitor = self.monitor._replace(**payload)

    def _on_snapshot(self, payload: Any) -> None:
        self.letter = "ABCD".index(payload["letter"])

    def _on_target(self, payload: Any) -> None:
        self.target = payload["deliverable"]

    def _on_version(self, payload: Any) -> None:
        self.version = payload["version"]

    def _on_look(self, payload: Any) -> None:
        self.stems_looked_at = payload.get("stems", False)
        if not self.stems_looked_at:
            self.host.publish_stems_close_up(())

    def _on_reset(self, payload: Any) -> None:
        self.host.ticks.reset()
        self.desk.maximum = NEGATIVE_INFINITY

    def _on_stop(self, payload: Any) -> None:
        self.ended = True


def _overview(bins: int) -> Iterator[int]:
    for place in range(bins):
        yield int(140 + 70 * math.sin(place / 40.0) + 40 * math.sin(place * 1.7))


def _history(revision: int, song_frames: int, slots: int = 400) -> History:
    values = [-14.0 - 6.0 * math.cos(slot / 30.0) for slot in range(slots)]
    states = bytes(Heard.HEARD if slot < slots * 2 // 3 else Heard.UNHEARD for slot in range(slots))
    return History(revision, song_frames // slots, song_frames, values, states)


def main(words: list[str] | None = None) -> None:
    """Runs until told to stop; the first line it prints is its name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stems", type=int, default=8)
    parser.add_argument("--title", default="Falling Water")
    parser.add_argument("--length", type=float, default=240.0, help="of the song, s")
    parser.add_argument("--session", type=Path, help="a session file instead of the made-up one")
    parser.add_argument("--no-reference", action="store_true")
    parser.add_argument("--overs-every", type=float, default=0.0, metavar="S")
    parser.add_argument("--record", type=Path, help="JSON lines of the commands received")
    options = parser.parse_args(words)
    if options.session is not None:
        path, text = options.session.absolute(), options.session.read_text("utf-8")
    else:
        path = Path(f"{options.title}.toml").absolute()
        text = session_text(options.stems, options.title, with_reference=not options.no_reference)
    with open_host(Kind.ENGINE, path) as host:
        engine = FakeEngine(host, path, text, options)
        print(host.entry.name, flush=True)
        clients, then_s = -1, time.monotonic()
        while not engine.ended:
            engine.listen()
            if time.monotonic() - then_s >= 1.0 / TICKS_PER_SECOND:
                engine.step(time.monotonic() - then_s)
                then_s = time.monotonic()
            if len(host.clients) != clients:
                clients = len(host.clients)
                engine.publish_words()
            time.sleep(LISTENING_S)


if __name__ == "__main__":
    main(sys.argv[1:])
