"""Made-up moments of a desk that moves as it does to music, for tests, benches and pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents import document_of

from engine.link.history import Heard, History
from engine.link.records import (
    STEM_BANDS,
    DeviceState,
    Monitor,
    Overs,
    Role,
    Source,
    State,
    StemCloseUp,
)
from engine.link.snapshot import (
    NO_JOB,
    NO_MASTER,
    NO_OUTPUT,
    NO_STATUS,
    NO_STEM,
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
_PARTS = (
    ("Drums", "drums", 0.12, -5.0),
    ("Bass", "bass", 0.35, -9.0),
    ("Guitars", "instruments", 0.6, -13.0),
    ("Keys", "instruments", 0.8, -16.0),
    ("Lead Vocal", "vocals", 0.5, -8.0),
    ("Backing Vocals", "backing_vocals", 0.7, -15.0),
    ("Strings", "orchestral", 1.4, -17.0),
    ("FX and Atmospheres", "fx", 1.2, -20.0),
)
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
#: Peak, RMS and held peak of a channel, dBFS.
_Channel = tuple[float, float, float]
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
        self._held = [-100.0] * (2 * self.stems + 2)
        self._before_s = 0.0
        self._document = document_of({**self._words(), **self.document})
        self._history: tuple[int, History] | None = None

    def _session(self) -> Session:
        lines = [f"format = 1\ntitle = {_quoted(self.title)}\nsample_rate = {RATE}"]
        if self.reference:
            lines.append('[reference]\npath = "mix.wav"')
        for index in range(self.stems):
            name, role, *_ = _PARTS[index % len(_PARTS)]
            name = name if index < len(_PARTS) else f"{name} {index // len(_PARTS) + 1}"
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

    def _level(self, index: int, time_s: float) -> float:
        """Peak of a stem before its trim, dBFS: struck on its beats, then ringing off."""
        _, _, ring_s, loud_db = _PARTS[index % len(_PARTS)]
        since_s = (time_s + 0.11 * index) % (0.5 * (1 + index % 3))
        flutter = 1.2 * math.sin(17.0 * time_s + 5.0 * index) + 0.8 * math.sin(41.0 * time_s + index)
        return loud_db - 5.0 * since_s / ring_s + flutter

    def _channel(self, place: int, peak: float, rms: float) -> _Channel:
        self._held[place] = max(self._held[place] - 0.4, peak)
        return peak, rms, self._held[place]

    def _stem(self, index: int, time_s: float) -> Any:
        trim_db = self.trims_db[index % len(self.trims_db)]
        left = self._channel(
            2 * index, self._level(index, time_s) + trim_db, self._level(index, time_s - 0.15) + trim_db - 8.0
        )
        right = self._channel(
            2 * index + 1,
            self._level(index, time_s + 0.02) + trim_db - 1.0,
            self._level(index, time_s - 0.13) + trim_db - 9.0,
        )
        reduced = max(0.0, (left[0] + 14.0) / 3.0)
        chain = self.session.stems[index].chain
        nothing = float("nan")
        return NO_STEM._replace(
            **_levels(left, right),
            limiting_share=0.6 / (1 + index) * (0.5 + 0.5 * math.sin(time_s + index) ** 2)
            if self.limiter
            else nothing,
            processors_db=tuple(
                reduced if item.type == "compressor" and item.enabled else nothing for item in chain
            ),
        )

    def _closely(self, index: int, time_s: float) -> StemCloseUp:
        """Short-term loudness and spectrum: round its own frequency, the louder the later the stem."""
        middle, level = 2.0 + 1.6 * (index % 8), self._level(index, time_s)
        bands = tuple(
            level - 14.0 - 1.4 * abs(band - middle) ** 1.5 + 2.0 * math.sin(9.0 * time_s + 3.0 * band)
            for band in range(STEM_BANDS)
        )
        return StemCloseUp(level - 12.0, bands)

    def _master(self, time_s: float) -> Any:
        peak = min(-1.0, self._level(0, time_s) + 3.5)
        left = self._channel(-2, peak, min(peak - 6.0, self._level(4, time_s - 0.1) - 4.0))
        right = self._channel(-1, min(-1.0, peak - 0.4), min(peak - 6.5, self._level(4, time_s - 0.12) - 4.5))
        nothing = float("nan")
        reduced = max(0.0, self._level(0, time_s) + 7.0)
        spectrum = tuple(
            -20.0
            - 0.75 * band
            + 3.0 * math.sin(band * 1.7 + 6.0 * time_s)
            + 1.5 * math.sin(19.0 * time_s + 2 * band)
            for band in range(31)
        )
        loud = -14.0 + 1.6 * math.sin(0.7 * time_s)
        return NO_MASTER._replace(
            momentary_lufs=loud + 1.1 * math.sin(4.0 * time_s),
            short_term_lufs=loud,
            integrated_lufs=-13.9,
            lra_lu=5.4,
            true_peak_dbtp=peak + 0.1,
            true_peak_max_dbtp=-0.8,
            **_levels(left, right),
            plr_db=13.1,
            psr_db=10.5 + math.sin(time_s),
            correlation=0.6 + 0.3 * math.sin(1.3 * time_s),
            gain_reduction_db=reduced if self.limiter else nothing,
            processors_db=(nothing, 1.0 + math.sin(2 * time_s), reduced) if self.limiter else (),
            spectrum_bands=31,
            spectrum_dbfs=spectrum,
        )

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
        return Snapshot(
            NO_TRANSPORT._replace(**{**frames, **transport}),
            output,
            Monitor(-12.0, -15.0, False, False, False, False),
            status,
            NO_JOB,
            self._master(time_s),
            tuple(self._stem(index, time_s) for index in range(self.stems)),
            int(time_s * 1e9),
        )

    def reading(self, time_s: float, overs: dict[int, int] | None = None) -> TickReading:
        """Overs and ticks at `time_s`; `overs` by stem, −1 the master."""
        overs = overs or {}
        tick = NO_MASTER_TICK._replace(
            gain_reduction_db=max(0.0, self._level(0, time_s) + 7.0) if self.limiter else 0.0
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
            "stems_close_up": tuple(self._closely(index, time_s) for index in range(self.stems)),
            "health": Health.RUNNING,
            "role": Role.CONTROLLER,
            "name": "falling-water",
            "focus": Focus(stem=1),
            "now_s": time_s,
        }
        return View(**{**values, **changes})


def _levels(left: _Channel, right: _Channel) -> dict[str, float]:
    """Both channels under the names that a stem's record and the master's have in common."""
    names = ("peak", "rms", "held")
    return {
        f"{name}_{side}_dbfs": value
        for side, channel in (("left", left), ("right", right))
        for name, value in zip(names, channel, strict=True)
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
