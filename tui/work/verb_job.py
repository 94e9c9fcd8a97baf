"""A verb that the console runs: what was asked for, how far it is, and what came of it."""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.report.render import OutputReport, ToldOutput

# below this share of the work, elapsed time says little about time left
_ESTIMATE_FROM = 0.03


class Stage(enum.Enum):
    """How far a job is. DONE has a result, whatever its verdict; FAILED has a sentence instead."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDING = "ending"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Work:
    """A verb to run.

    Attributes:
        verb: `check`, `null`, `render`, …
        session: the session file.
        arguments: what follows it.
        text: the session's text if it is not to be read from the file: the live session.
        revision: of the live session that `text` is.
        steps: passes the verb is expected to report; more may turn up.
        turn: what is asked for under one name waits for each other; empty: the verb's.
    """

    verb: str
    session: Path
    arguments: tuple[str, ...] = ()
    text: str | None = None
    revision: int = 0
    steps: int = 1
    turn: str = ""

    def words(self) -> list[str]:
        """The command line after `stemlathe`."""
        live = [] if self.text is None else ["--stdin"]
        return [self.verb, str(self.session), *self.arguments, *live, "--json"]


@dataclass
class Job:
    """One piece of work, from being asked for to its result. Only the runner changes it.

    Attributes:
        work: what it is.
        stage: how far it is.
        changes: grows with everything below; pictures compare it with what they have drawn.
        label: step that runs.
        progress: 0…1, of everything.
        left_s: time left, estimated; NaN as long as nothing is known.
        speed: programme seconds worked through per second; NaN where the verb does not tell.
        loudness_lufs: what the newest pass of a render has measured; NaN: nothing yet.
        outputs: files that are finished, as the verb told them.
        result: the report it printed (`tui.work.answers`); None before it has ended or where it failed.
        error: what went wrong, one sentence.
        error_kind: the same as a stable code.
        exit_code: of the process; None before.
        pid: of the process; None before it runs.
        begun_s: CLOCK_MONOTONIC when it started to run; NaN before.
        ended_s: the same for its end.
        asked_at: wall clock when it was asked for, seconds since the epoch.
        shares: how far each step is, 0…1, by its label.
    """

    work: Work
    stage: Stage = Stage.WAITING
    changes: int = 0
    label: str = ""
    progress: float = 0.0
    left_s: float = math.nan
    speed: float = math.nan
    loudness_lufs: float = math.nan
    outputs: list[OutputReport | ToldOutput] = field(default_factory=list)
    result: object | None = None
    error: str = ""
    error_kind: str = ""
    exit_code: int | None = None
    pid: int | None = None
    begun_s: float = math.nan
    ended_s: float = math.nan
    asked_at: float = field(default_factory=time.time)
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """It waits or runs."""
        return self.stage in (Stage.WAITING, Stage.RUNNING, Stage.ENDING)

    def elapsed_s(self, now_s: float) -> float:
        """How long it has been running, or ran, s; 0 while it waits."""
        if math.isnan(self.begun_s):
            return 0.0
        return (now_s if math.isnan(self.ended_s) else self.ended_s) - self.begun_s

    def take_line(self, line: Mapping[str, Any], now_s: float) -> None:
        """Takes what the verb tells: a step's `label`, `done`, `total`; a loudness; a finished `output`.

        A verb that knows about the whole says so with `progress` (0…1), `left_s` and `speed`; for others
        the steps count alike.

        Raises:
            ValueError: the output is of a kind that this console does not know.
        """
        self.changes += 1
        if "output" in line:
            from engine.report.reading import read_as  # not before the first frame
            from engine.report.render import OutputReport

            self.outputs.append(read_as(OutputReport, line["output"]))
            return
        if "integrated_lufs" in line:
            self.loudness_lufs = _number(line, "integrated_lufs")
            return
        label, done, total = str(line.get("label", "")), _number(line, "done"), _number(line, "total")
        self.label = label
        self.shares[label] = min(1.0, done / total) if total > 0.0 else 1.0
        if "progress" in line:
            self.progress, self.left_s = _number(line, "progress"), _number(line, "left_s")
            self.speed = _number(line, "speed")
            return
        share = sum(self.shares.values()) / max(self.work.steps, len(self.shares))
        # a step that turns up late must not take progress back
        self.progress = max(self.progress, share)
        elapsed_s = self.elapsed_s(now_s)
        known = self.progress >= _ESTIMATE_FROM
        self.left_s = elapsed_s * (1.0 - self.progress) / self.progress if known else math.nan

    def move(self, stage: Stage) -> None:
        """Enters another stage."""
        self.stage = stage
        self.changes += 1


def _number(line: Mapping[str, Any], key: str) -> float:
    value = line.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan
