"""Made-up moments of a desk that moves as it does to music, for tests, benches and pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents import document_of
from fake_desk import Desk, part

from engine.link.history import Heard, History
from engine.link.records import (
    DeviceState,
    Monitor,
    Overs,
    Role,
    Source,
    State,
)
from engine.link.snapshot import (
    NO_JOB,
    NO_OUTPUT,
    NO_STATUS,
    NO_TRANSPORT,
    Snapshot,
)
from engine.link.ticks import NO_MASTER_TICK, Tick, TickReading, Totals
from engine.processes.client import Health
from engine.session.files import parse_session
from engine.session.model import Session
from engine.session.validate import session_from_tree
from tui.view import Focus, View

RATE = 48000
_CHAINS = (
    '[{ type = "eq", bands = [{ shape = "high_pass", frequency_hz = 30.0 }] }, '
    '{ type = "compressor", ratio = 2.0 }]',
    '[{ type = "eq", bands = [{ shape = "peak", frequency_hz = 300.0, gain_db = -1.0 }] }, '
    '{ type = "compressor", ratio = 2.0, enabled = false }, { type = "saturator", drive_db = 2.0 }]',
    "[]",
    '[{ type = "stereo", width = 1.1 }]',
    '[{ type = "eq", bands = [{ shape = "high_pass", frequency_hz = 90.0 }] }, { type = "deesser" }, '
    '{ type = "compressor", ratio = 1.8 }, { type = "multiband", crossovers_hz = [200.0, 2000.0], '
    'bands = [{ ratio = 1.5 }, { ratio = 1.5 }, { ratio = 1.5 }] }, { type = "gain" }]',
)
MASTER_CHAIN = (
    '[{ type = "eq", bands = [{ shape = "high_shelf", frequency_hz = 10000.0, gain_db = 1.0 }] }, '
    '{ type = "compressor", ratio = 1.5 }, { type = "limiter", ceiling_dbtp = -1.0 }]'
)


@dataclass
class Studio:
    """Makes views; every field may be set before.

    Attributes:
        stems: how many.
        names: instead of the usual ones.
        length_s: of the song.
        limiter: whether the master has one.
        reference: whether there is a mix to null against.
    """

    stems: int = 8
    names: tuple[str, ...] = ()
    title: str = "Falling Water"
    length_s: float = 222.5
    limiter: bool = True
    reference: bool = True
    trims_db: tuple[float, ...] = (0.5, -1.0, 0.0, 0.0, 1.5, -2.5, 0.0, 4.5)
    muted: frozenset[int] = frozenset()
    soloed: frozenset[int] = frozenset()
    inverted: frozenset[int] = frozenset()
    document: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = self._session()
        self._desk = Desk(self.stems)
        self._document = document_of({**self._words(), **self.document})
        self._history: tuple[int, History] | None = None

    def _session(self) -> Session:
        lines = [f"format = 1\ntitle = {_quoted(self.title)}\nsample_rate = {RATE}"]
        if self.reference:
            lines.append('[reference]\npath = "mix.wav"')
        for index in range(self.stems):
            name, role = part(index)
            if index < len(self.names):
                name = self.names[index]
            lines.append(
                f'[[stems]]\nname = {_quoted(name)}\nrole = "{role}"\npath = "{index}.wav"\n'
                f"chain = {_CHAINS[index % len(_CHAINS)]}\n"
                f"trim_db = {self.trims_db[index % len(self.trims_db)]}\n"
                f"mute = {str(index in self.muted).lower()}\nsolo = {str(index in self.soloed).lower()}\n"
                f"polarity_inverted = {str(index in self.inverted).lower()}"
            )
        chain = MASTER_CHAIN if self.limiter else "[]"
        lines.append(f"[master]\nchain = {chain}")
        lines.append('[[deliverables]]\nname = "streaming"\npreset = "spotify"\nversions = ["master"]')
        text = "\n".join(lines)
        path = Path("/songs/falling-water.toml")
        return session_from_tree(parse_session(text, path), path)

    def _words(self) -> dict[str, Any]:
        peaks = bytes(
            max(
                0,
                min(
                    255, int(150 + 70 * math.sin(place / 37.0) * math.sin(place / 5.3) + 30 * math.sin(place))
                ),
            )
            for place in range(1000)
        )
        return {
            "title": self.title,
            "revision": 12,
            "saved_revision": 10,
            "target": "streaming",
            "version": "master",
            "markers": [
                {"position_frames": int(share * self.length_s * RATE), "name": name}
                for share, name in (
                    (0.0, "Intro"),
                    (0.13, "Verse 1"),
                    (0.31, "Chorus"),
                    (0.52, "Verse 2"),
                    (0.7, "Bridge"),
                )
            ],
            "snapshots": {
                "A": {"revision": 3, "label": "before EQ"},
                "B": {"revision": 12, "label": ""},
                "C": None,
                "D": None,
            },
            "notices": [],
            "null": {"verdict": "pass", "residual_rms_dbfs": -141.2} if self.reference else None,
            "null_state": "current" if self.reference else "no_reference",
            "self_check": "pass",
            "overview": {"bins": len(peaks), "peaks": peaks.hex()},
            "sentinel": [],
            "stems_state": [],
        }

    def _song(self, time_s: float) -> History:
        slot = int(time_s * 2)
        if self._history is None or self._history[0] != slot:
            slots = 600
            heard = int(slots * min(1.0, time_s / self.length_s))
            values = [
                -16.0 + 3.5 * math.sin(place / 41.0) + 1.0 * math.sin(place / 5.0) for place in range(slots)
            ]
            states = bytes(
                Heard.OUTDATED if 60 <= place < 150 else Heard.HEARD if place <= heard else Heard.UNHEARD
                for place in range(slots)
            )
            frames = int(self.length_s * RATE)
            self._history = slot, History(12, frames // slots, frames, values, states)
        return self._history[1]

    def snapshot(self, time_s: float, **transport: Any) -> Snapshot:
        """Everything that moves at `time_s`; `transport` replaces fields of the transport."""
        frames = {
            "state": State.PLAYING,
            "position_frames": int(time_s * RATE),
            "length_frames": int(self.length_s * RATE),
            "sample_rate_hz": RATE,
            "loop_start_frames": int(0.31 * self.length_s * RATE),
            "loop_end_frames": int(0.52 * self.length_s * RATE),
            "loop_on": True,
            "source": Source.PROCESSED,
            "snapshot": 1,
        }
        output = NO_OUTPUT._replace(
            device="Scarlett 2i2",
            device_state=DeviceState.RUNNING,
            device_rate_hz=RATE,
            load_mean=0.12,
        )
        status = NO_STATUS._replace(
            revision=12,
            saved_revision=10,
            target_lufs=-14.0,
            drive_db=3.2,
            clients=1,
            loudness_heard=min(1.0, time_s / self.length_s),
        )
        stems, master = self._desk.snapshot(time_s, self.session)
        # once, before this moment, it was over the ceiling
        master = master._replace(true_peak_max_dbtp=-0.8)
        return Snapshot(
            NO_TRANSPORT._replace(**{**frames, **transport}),
            output,
            Monitor(-12.0, -15.0, False, False, False, False),
            status,
            NO_JOB,
            master,
            stems,
            int(time_s * 1e9),
        )

    def reading(self, time_s: float, overs: dict[int, int] | None = None) -> TickReading:
        """Overs and ticks at `time_s`; `overs` by stem, −1 the master."""
        overs = overs or {}
        tick = NO_MASTER_TICK._replace(
            gain_reduction_db=max(0.0, self._desk.level(0, time_s) + 7.0) if self.limiter else 0.0
        )
        stems = tuple(Overs(overs.get(index, 0), 0) for index in range(self.stems))
        totals = Totals(1, 0, Tick(), Overs(overs.get(-1, 0), 0), stems)
        return TickReading(totals, (tick,), None, 0, 0, (0,) * self.stems)

    def view(self, time_s: float = 100.0, **changes: Any) -> View:
        """The console's view at `time_s`; `changes` replace its fields."""
        values: dict[str, Any] = {
            "session": self.session,
            "document": self._document,
            "snapshot": self.snapshot(time_s),
            "reading": self.reading(time_s, {0: 3, -1: 1}),
            "history": self._song(time_s),
            "stems_close_up": self._desk.stems_closely(time_s, self.session),
            "health": Health.RUNNING,
            "role": Role.CONTROLLER,
            "name": "falling-water",
            "focus": Focus(stem=1),
            "now_s": time_s,
        }
        return View(**{**values, **changes})


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
