"""What became of many sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["holds", "MISSED", "done", "FAILED"]


@dataclass(frozen=True)
class SessionResult:
    """One session of a batch.

    Attributes:
        session: its file.
        outputs: as the verb's own JSON has them; empty where it failed.
        error: `kind`, `message` and `path`; None where it did not.
        worker: who rendered it; None where nobody did.
        seconds: of wall-clock time.
        exit_code: of its command.
        resumed: everything was there already and proved to be what would be made again.
        folder: of its delivery; None where it was rendered only, or failed.
    """

    session: Path
    outputs: tuple[dict[str, Any], ...]
    error: dict[str, Any] | None
    worker: str | None
    seconds: float
    exit_code: int
    resumed: bool = False
    folder: Path | None = None

    @property
    def verdict(self) -> Verdict:
        """In a word: what was wrong stands out."""
        if self.error is not None:
            return "FAILED"
        if self.resumed:
            return "done"
        return "holds" if self.exit_code == 0 else "MISSED"


@dataclass(frozen=True)
class Worker:
    """Somebody who renders.

    Attributes:
        name: `local`, or its address in the cluster.
        host: name of the machine.
        accepted: gets work.
        reason: why not; None where it does.
    """

    name: str
    host: str
    accepted: bool
    reason: str | None = None


@dataclass(frozen=True)
class BatchReport:
    """A whole batch.

    Attributes:
        sessions: in the order asked for.
        workers: who was there.
        seconds: of wall-clock time.
    """

    sessions: tuple[SessionResult, ...]
    workers: tuple[Worker, ...]
    seconds: float

    @property
    def exit_code(self) -> int:
        """The worst of all."""
        return max((one.exit_code for one in self.sessions), default=0)


def sum_text(verdicts: Mapping[Verdict, int]) -> str:
    """How many of each verdict there are: `31 holds, 2 MISSED`."""
    order: tuple[Verdict, ...] = ("holds", "MISSED", "done", "FAILED")
    return ", ".join(f"{verdicts[word]} {word}" for word in order if verdicts.get(word))
