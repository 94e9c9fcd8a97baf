"""The renders in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.session.model import Deliverable, Session
from tui.panels.page import job_words
from tui.panels.render.picture import RenderPicture, output_figures, target_text
from tui.panels.render.plan import Cell, Outcome, Output, columns_of
from tui.panels.told import Told


def tell_renders(picture: RenderPicture, deliveries: Sequence[str] = ()) -> Told:
    """What R does, what runs; deliverables as rows, of each the focused version first.

    Args:
        picture: what would be drawn.
        deliveries: what is said of them.
    """
    session = picture.session
    if session is None:
        return Told("renders", ["the session is still being loaded"])
    if not session.deliverables:
        return Told("renders", ["the session has no deliverables: I adds one"])
    lines = list(_heading(picture))
    if picture.job is not None and picture.job.error_kind != "exists":
        lines += filter(None, [job_words(picture.job, "")])
    if picture.queued:
        lines.append(f"{picture.queued} waiting")
    lines += deliveries
    names = [one.name for one in session.deliverables]
    chosen = names.index(picture.focus[0]) if picture.focus is not None else 0
    rows = [_row(one, picture, session) for one in session.deliverables]
    return Told("renders", lines, rows, chosen, list(_detail(picture)))


def _heading(picture: RenderPicture) -> Iterator[str]:
    cells = [", ".join(cell) for cell in sorted(picture.chosen)]
    yield f"R renders {len(cells)}: {'; '.join(cells)}" if cells else "nothing is chosen: enter chooses"
    if picture.saving:
        yield "saving the session"
    elif picture.unsaved:
        yield "unsaved edits: R saves them first"


def _row(deliverable: Deliverable, picture: RenderPicture, session: Session) -> str:
    version = picture.focus[1] if picture.focus is not None else columns_of(session)[0]
    cell = (deliverable.name, version)
    return f"{deliverable.name}, {target_text(deliverable)}, version {cell_words(cell, picture)}"


def cell_words(cell: Cell, picture: RenderPicture) -> str:
    """A version of a deliverable: whether it is chosen, and what came of it."""
    chosen = "chosen" if cell in picture.chosen else "not chosen"
    return ", ".join((cell[1].replace("_", " "), chosen, _state(cell, picture)))


def _state(cell: Cell, picture: RenderPicture) -> str:
    outcome = picture.outcomes.get(cell)
    if cell in picture.running and (outcome is None or outcome.revision != picture.revision):
        return "being written"
    if cell in picture.waiting:
        return "waits"
    if outcome is None:
        return "not rendered"
    age = ", older than the newest edit" if outcome.revision < picture.revision else ""
    return ("holds" if outcome.holds else "misses") + age


def _detail(picture: RenderPicture) -> Iterator[str]:
    """The files of the focused cell, then what else was rendered."""
    own = picture.outcomes.get(picture.focus) if picture.focus is not None else None
    if own is not None:
        yield from outcome_words(own)
    for cell in picture.outcomes:
        if cell != picture.focus:
            yield f"{cell[0]}, {cell[1]}: {_state(cell, picture)}"


def outcome_words(outcome: Outcome) -> Iterator[str]:
    """A line for each file, and why it misses."""
    for output in outcome.outputs:
        yield output_words(output)
        yield from (reason for reason in output.reasons if " " in reason)


def output_words(output: Output) -> str:
    """`Evening.wav holds: −18.00 of −18.0 LUFS, −1.02 of −1.0 dBTP, …`."""
    verdict = "holds" if output.holds else "misses"
    figures = [text for text in output_figures(output) if not _is_digest(text)]
    return f"{output.path.name} {verdict}: {', '.join(figures)}"


def _is_digest(text: str) -> bool:
    return len(text) == 12 and all(letter in "0123456789abcdef" for letter in text)
