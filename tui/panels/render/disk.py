"""What is on the disk, whoever rendered or delivered it: records beside the files, and `deliveries.jsonl`."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.pairs import are_files
from engine.report.delivery import Generation
from engine.report.plain import from_json
from engine.report.reading import read_all, read_as
from engine.report.render import OutputReport
from engine.session.model import Session
from engine.session.settings import settings_of
from tui.panels.render.plan import Cell, Outcome, by_cell

#: Between two looks, s.
_PERIOD_S = 1.0
#: Deliveries that are read, the newest; a line is some 20 kB.
_NEWEST = 32
#: An outcome that nobody has asked for in this console.
_OLDER = -1
#: Beside the session, where renders are written unless another folder is named.
RENDERS = "renders"
_RECORDS, _DELIVERIES = ".stemlathe", "deliveries.jsonl"


@dataclass(frozen=True)
class OnDisk:
    """What was found.

    Attributes:
        outcomes: files of the last render into `renders/` beside the session, by cell; those that are
            not there any more left out.
        deliveries: of the session, oldest first.
    """

    outcomes: Mapping[Cell, Outcome] = field(default_factory=dict)
    deliveries: tuple[Generation, ...] = ()


class DiskReader:
    """Looks at most once a second, and reads only what has changed."""

    def __init__(self) -> None:
        self.found = OnDisk()
        self._due_s = -math.inf
        self._stamps: tuple[object, ...] = ()

    def look(self, session: Session | None, revision: int, now_s: float) -> OnDisk:
        """What is there now.

        Args:
            session: the live one; its folder is looked at.
            revision: of the live session: that of files that came from these very settings.
            now_s: CLOCK_MONOTONIC.
        """
        if session is None or now_s < self._due_s:
            return self.found
        self._due_s = now_s + _PERIOD_S
        records = sorted((session.path.parent / RENDERS / _RECORDS).glob("*.json"))
        log = session.path.parent / _DELIVERIES
        stamps = (revision, *(_stamp(path) for path in (*records, log)))
        if stamps != self._stamps:
            self._stamps = stamps
            self.found = OnDisk(_outcomes(records, session, revision), tuple(_deliveries(log, session)))
        return self.found


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return path, None
    return path, status.st_mtime_ns, status.st_size


def _outcomes(records: list[Path], session: Session, revision: int) -> dict[Cell, Outcome]:
    found: dict[Cell, Outcome] = {}
    settings = json.loads(json.dumps(settings_of(session)))
    for path in records:
        try:
            tree = from_json(path.read_text(encoding="utf-8"))
            record = tree["record"]
            if record["session"] != session.path.name:
                continue
            folder = path.parent.parent
            told = read_all(OutputReport, tree["outputs"], "outputs")
            outputs = [dataclasses.replace(one, path=folder / one.path) for one in told]
            age = revision if record["settings"] == settings else _OLDER
            found |= by_cell([one for one in outputs if are_files(one.path)], age)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it is not of this program, or being written
    return found


def _deliveries(log: Path, session: Session) -> Iterator[Generation]:
    try:
        lines = log.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return
    for line in [line for line in lines if line.strip()][-_NEWEST:]:
        try:
            generation = read_as(Generation, from_json(line))
        except (ValueError, TypeError):
            continue
        if generation.record.session == session.path.name:
            yield generation
