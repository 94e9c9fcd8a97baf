"""What a render is to write and what came of it: cells of deliverables × versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.report.render import OutputReport, RenderReport, ToldOutput
from engine.session.model import Session
from engine.session.versions import known_versions
from tui.work.verb_job import Job, Stage

#: A cell: name of the deliverable, name of the version.
Cell = tuple[str, str]
#: A file as its own verb tells it, or as a render that somebody else has begun does.
Output = OutputReport | ToldOutput


@dataclass(frozen=True)
class Outcome:
    """What came of a cell.

    Attributes:
        outputs: the files that were written, with their figures: one, or one a stem.
        revision: of the live session when they were asked for.
    """

    outputs: tuple[Output, ...]
    revision: int

    @property
    def holds(self) -> bool:
        """Every file meets what was asked."""
        return all(output.holds for output in self.outputs)


def planned_cells(session: Session) -> frozenset[Cell]:
    """The cells that the session's deliverables name."""
    return frozenset(
        (deliverable.name, version)
        for deliverable in session.deliverables
        for version in deliverable.versions
    )


def columns_of(session: Session) -> tuple[str, ...]:
    """All versions, always in the same order: what is planned moves none from under the cursor."""
    named = (version for deliverable in session.deliverables for version in deliverable.versions)
    return tuple(dict.fromkeys((*known_versions(session), *named)))


def calls_for(session: Session, chosen: Iterable[Cell]) -> list[tuple[str, ...]]:
    """Arguments of `render` that write these cells and no others, in as few runs as possible.

    Deliverables of which the same versions are wanted share a run, which reads the stems once.
    """
    cells = frozenset(chosen)
    if cells == planned_cells(session):
        return [()]
    columns = columns_of(session)
    groups: dict[tuple[str, ...], list[str]] = {}
    for deliverable in session.deliverables:
        wanted = tuple(version for version in columns if (deliverable.name, version) in cells)
        if wanted:
            groups.setdefault(wanted, []).append(deliverable.name)
    return [
        tuple(
            word
            for option, names in (("--deliverable", deliverables), ("--version", versions))
            for name in names
            for word in (option, name)
        )
        for versions, deliverables in groups.items()
    ]


def cells_of(job: Job, session: Session) -> frozenset[Cell]:
    """The cells that a render writes."""
    words = job.work.arguments
    given = {
        option: [words[place + 1] for place, word in enumerate(words[:-1]) if word == option]
        for option in ("--deliverable", "--version")
    }
    return frozenset(
        (deliverable.name, version)
        for deliverable in session.deliverables
        if not given["--deliverable"] or deliverable.name in given["--deliverable"]
        for version in given["--version"] or deliverable.versions
    )


def outcomes(jobs: Sequence[Job]) -> dict[Cell, Outcome]:
    """What came of each cell last, while a render runs and after it.

    Args:
        jobs: renders, oldest first.
    """
    found: dict[Cell, Outcome] = {}
    for job in jobs:
        result = job.result if job.stage is Stage.DONE else None
        told = result.outputs if isinstance(result, RenderReport) else job.outputs
        found |= by_cell(told, job.work.revision)
    return found


def by_cell(outputs: Iterable[Output], revision: int) -> dict[Cell, Outcome]:
    """Files as what came of their cells.

    Args:
        outputs: the files.
        revision: of the live session when they were asked for.
    """
    cells: dict[Cell, list[Output]] = {}
    for output in outputs:
        cells.setdefault((output.deliverable, output.version), []).append(output)
    return {cell: Outcome(tuple(own), revision) for cell, own in cells.items()}
