"""What a render publishes in words: the verdicts of its finished files."""

from __future__ import annotations

from dataclasses import dataclass

from engine.link import layout
from engine.link.document import decoded
from engine.link.newest import Latest
from engine.link.segment import Segment
from engine.report.render import ToldOutput, ToldSession


@dataclass(frozen=True, slots=True)
class RenderWords:
    """What a render says in words.

    Attributes:
        kind: `render` of one session, `batch` of many.
        path: session file, or the folder that all sessions are below.
        outputs: finished files with their verdicts; of many sessions those with trouble.
    """

    kind: str = "render"
    path: str = ""
    outputs: tuple[ToldOutput | ToldSession, ...] = ()


def render_words(segment: Segment) -> Latest[RenderWords]:
    """The words in a render's segment; none before the first."""
    return Latest(segment, layout.DOCUMENT, lambda payload: decoded(RenderWords, payload), RenderWords())
