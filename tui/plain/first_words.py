"""What a console without a picture says when its session is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.link.records import Role
from tui.plain.topics import monitor_words, position, role_words, state_words
from tui.view import View


def first_words(view: View, problems: Sequence[str], *, lines: bool) -> Iterator[tuple[str, str]]:
    """Sentences and levels: the session, how it stands, and how one goes on.

    Args:
        view: now; its session is there.
        problems: of the key map.
        lines: whole lines are taken instead of keys.
    """
    session = view.session
    assert session is not None
    yield f"stemlathe: {session.title or session.path.name}, {len(session.stems)} stems", "note"
    yield f"{state_words(view)} {position(view)}, {monitor_words(view)}", "note"
    if view.role is not Role.CONTROLLER:
        yield role_words(view), "note"
    for problem in problems:
        yield problem, "warning"
    if lines:
        yield (
            "help lists keys and commands, say loudness tells figures, leave leaves the engine playing",
            "note",
        )
    else:
        yield "question mark lists keys, colon takes a command, q leaves the engine playing", "note"
