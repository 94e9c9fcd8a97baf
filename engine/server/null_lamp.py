"""What may be said about the null test: its verdict where it holds now, else why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.link.records import NullLamp
from engine.session.model import Session

if TYPE_CHECKING:
    from engine.server.state import EngineState

#: What the background calls its null test (`engine.live.background.checks.NullTask`).
NULL_TEST = "null test"
#: States of the null test, as the document tells them: there is no reference; it was not done yet;
#: it runs; what it found is of other files or corrections; it cannot be done; its verdict holds.
NO_REFERENCE, WAITING, RUNNING = "no_reference", "waiting", "running"
STALE, UNREADABLE, CURRENT = "stale", "unreadable", "current"
_LAMPS = {"pass": NullLamp.PASS, "warn": NullLamp.WARN, "fail": NullLamp.FAIL}


def null_key(session: Session) -> tuple[Any, ...]:
    """What a null test of a session depends on, its files' content left out."""
    reference = session.reference
    stems = tuple(
        (stem.name, stem.path, stem.source_gain_db, stem.polarity_inverted, stem.offset_samples)
        for stem in session.stems
    )
    return session.sample_rate, None if reference is None else reference.path, stems


def null_state(engine: EngineState) -> str:
    """How the null test of the live session stands."""
    session, findings = engine.live.session, engine.findings
    if session.reference is None:
        return NO_REFERENCE
    key = null_key(session)
    if findings.null is not None and findings.null_key == key:
        is_well = all(one.state == "ok" for one in engine.notices.stems_state(session.stems))
        if is_well:
            return CURRENT
    if findings.work[0] == NULL_TEST:
        return RUNNING
    if findings.null_unreadable == key:
        return UNREADABLE
    return WAITING if findings.null is None else STALE


def lamp(engine: EngineState) -> NullLamp:
    """The verdict of the null test where it holds for the live session, else UNKNOWN."""
    null = engine.findings.null
    if null is None or null_state(engine) != CURRENT:
        return NullLamp.UNKNOWN
    return _LAMPS.get(str(null.verdict), NullLamp.UNKNOWN)
