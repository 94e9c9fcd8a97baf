"""What `watch` shows: everything that runs, with what it measures, and what has ended a short while ago."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

from engine.link.failures import SegmentError
from engine.link.records import Kind
from engine.link.render_words import RenderWords, render_words
from engine.link.segment import Access, attach
from engine.link.snapshot import Snapshot, snapshots
from engine.processes.ended_renders import Ending, endings
from engine.processes.registry import Entry, running
from engine.processes.status import EngineStatus, status_of
from engine.report.render import ToldOutput, ToldSession


@dataclass(frozen=True)
class Sight:
    """One engine or render at one moment; what is not known is None.

    Attributes:
        status: as in `ps`.
        length_s: of the song.
        label: step that runs, of a render or of an engine's pass in the background.
        speed: programme seconds worked through per second.
        elapsed_s: since the render began.
        left_s: time left, estimated.
        outputs_done: files that are finished.
        outputs: files to write.
        integrated_lufs: loudness so far: of the newest pass of a render, of what an engine knows of the song.
        short_term_lufs: of an engine.
        true_peak_dbtp: maximum so far.
        gain_reduction_db: of the limiter.
        target_lufs: that is played or rendered for.
        heard: share of the song that an engine knows the loudness of.
        device: that an engine plays through.
        files: finished files of a render with their verdicts; of many sessions those with trouble.
        unit: what `outputs` counts: `file` or `session`.
    """

    status: EngineStatus
    length_s: float | None = None
    label: str = ""
    speed: float | None = None
    elapsed_s: float | None = None
    left_s: float | None = None
    outputs_done: int = 0
    outputs: int = 0
    integrated_lufs: float | None = None
    short_term_lufs: float | None = None
    true_peak_dbtp: float | None = None
    gain_reduction_db: float | None = None
    target_lufs: float | None = None
    heard: float | None = None
    device: str = ""
    files: tuple[ToldOutput | ToldSession, ...] = ()
    unit: str = "file"

    def as_json(self) -> dict[str, Any]:
        """The fields of `ps` and those here, as one object."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "status"}
        return {**vars(self.status), **own}


@dataclass(frozen=True)
class Outlook:
    """Everything there is to watch.

    Attributes:
        running: by name.
        ended: the newest first.
    """

    running: tuple[Sight, ...]
    ended: tuple[Ending, ...]


def look(name: str | None = None) -> Outlook:
    """What runs and what has ended, read without a trace.

    Args:
        name: only what has this name in the registry; None: everything.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    sights = []
    for entry in running():
        # one that ended since it was listed is no longer there to show
        with contextlib.suppress(SegmentError):
            if name in (None, entry.name):
                sights.append(sight_of(entry))
    ended = tuple(ending for ending in endings() if name in (None, ending.name))
    return Outlook(tuple(sights), ended)


def sight_of(entry: Entry) -> Sight:
    """One of them; of a process that speaks another protocol only its status.

    Raises:
        SegmentError: it is gone or damaged.
    """
    status = status_of(entry)
    try:
        with attach(entry.segment, Access.READ) as segment:
            snapshot = snapshots(segment).read()
            words = render_words(segment).read() if entry.kind is Kind.RENDER else RenderWords()
    except SegmentError as error:
        if error.kind != "incompatible_version":
            raise
        return Sight(status)
    return _sight(status, snapshot, words)


def _sight(status: EngineStatus, snapshot: Snapshot, words: RenderWords) -> Sight:
    transport, job, master = snapshot.transport, snapshot.job, snapshot.master
    rate = transport.sample_rate_hz
    is_engine = status.kind == "engine"
    return Sight(
        status,
        length_s=transport.length_frames / rate if rate > 0 else None,
        label=job.label,
        speed=_known(job.speed),
        elapsed_s=_known(job.elapsed_s),
        left_s=_known(job.left_s),
        outputs_done=job.outputs_done,
        outputs=job.outputs,
        integrated_lufs=_known(master.integrated_lufs),
        short_term_lufs=_known(master.short_term_lufs) if is_engine else None,
        true_peak_dbtp=_known(master.true_peak_max_dbtp),
        gain_reduction_db=_known(master.gain_reduction_db),
        target_lufs=_known(snapshot.status.target_lufs),
        heard=_known(snapshot.status.loudness_heard) if is_engine else None,
        device=snapshot.output.device,
        files=words.outputs,
        unit="session" if words.kind == "batch" else "file",
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
