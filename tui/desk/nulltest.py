"""The null test on the desk: its verdict where it holds now, else why there is none or how old it is."""

from __future__ import annotations

from typing import NamedTuple

from engine.units import NEGATIVE_INFINITY
from tui.glyphs import numbers
from tui.glyphs.numbers import NONE
from tui.view import View

_VERDICTS = {"pass": ("●", "PASS", "good"), "warn": ("◐", "WARN", "warn"), "fail": ("×", "FAIL", "bold bad")}
#: Sign and remark where no verdict holds.
_WITHOUT = {
    "no_reference": ("○", "no reference", "faint"),
    "waiting": ("○", "waits its turn", "faint"),
    "unreadable": ("!", "cannot be tested", "warn"),
}


class NullReading(NamedTuple):
    """What the desk says about the null test.

    Attributes:
        text: sign and word.
        style: style name of the word.
        remark: residual, progress or reason.
        remark_style: style name of the remark.
    """

    text: str
    style: str
    remark: str
    remark_style: str


def null_state(view: View) -> str:
    """As the document tells it (`engine.server.null_lamp`); where the engine is gone it is stale."""
    document = view.document
    if view.session is not None and view.session.reference is None:
        return "no_reference"
    # an engine of an older version does not say whether what it found still holds
    state = document.null_state or ("stale" if document.null is not None else "waiting")
    return "stale" if state == "current" and view.engine_is_lost else state


def fails_now(view: View) -> bool:
    """Whether the stems, as they are now, do not sum to the reference."""
    found = view.document.null
    return found is not None and found.verdict == "fail" and null_state(view) == "current"


def residual_dbfs(view: View) -> float:
    """RMS of stems minus reference of the newest test; NaN: there was none."""
    found = view.document.null
    if found is None:
        return float("nan")
    return NEGATIVE_INFINITY if found.residual_rms_dbfs is None else found.residual_rms_dbfs


def null_reading(view: View) -> NullReading:
    """What to show: a verdict only where it holds for the stems as they are now."""
    state, found = null_state(view), view.document.null
    verdict = _VERDICTS.get(found.verdict) if found is not None else None
    level = "" if found is None else f"{numbers.level(residual_dbfs(view), 0)} dBFS"
    if state == "current" and verdict is not None:
        sign, word, style = verdict
        return NullReading(f"{sign} {word}", style, level, "faint")
    before = "" if verdict is None else f"was {verdict[1]} {level}"
    if state == "running":
        job = view.snapshot.job
        share = numbers.percent(job.progress, 0) if job.label == "null test" else "…"
        return NullReading(f"… {share}", "note", f"testing; {before}" if before else "testing", "faint")
    if state == "stale" and verdict is not None:
        return NullReading("~ OLD", "warn", before, "faint")
    sign, remark, style = _WITHOUT.get(state, _WITHOUT["waiting"])
    return NullReading(f"{sign} {NONE}", "dim", remark, style)
