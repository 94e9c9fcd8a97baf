"""The message to the mix engineer that `stemlathe null --note` prints."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from engine.cli.show import level_text
from engine.report.null_causes import CAUSES
from engine.units import seconds_text

if TYPE_CHECKING:
    from engine.report.null import NullReport
    from engine.report.null_causes import NullCause
    from engine.session.model import Session

_WIDTH = 78


def note_text(session: Session, report: NullReport) -> str:
    """The whole message: what was found, what is asked for, and how to export it.

    Args:
        session: that was tested.
        report: of the test.
    """
    title = session.title or session.path.stem
    lines = [f"Subject: {title}: stems and mix", "", "Hello,", ""]
    lines += _wrapped(_summary(session, report))
    causes = [cause for cause in report.causes if cause.kind != "dither"]
    if report.verdict == "pass" or not causes:
        return "\n".join([*lines, "", "Thank you."])
    lines += ["", "What I found, most likely first:", ""]
    for number, cause in enumerate(causes, start=1):
        lines += _item(number, cause)
    lines += ["", "What I ask for:", ""]
    asked = dict.fromkeys(_sentence(cause.fix) for cause in causes)
    lines += [line for text in asked for line in _wrapped(text, "- ", "  ")]
    lines += ["", *_how_to_export(), "", "Thank you."]
    return "\n".join(lines)


def _summary(session: Session, report: NullReport) -> str:
    level = level_text(report.residual_rms_dbfs, "dBFS")
    what = f"the {len(session.stems)} stems of '{session.title or session.path.stem}'"
    if report.verdict == "pass":
        return (
            f"I compared {what} with your mix: they sum to it. The difference is {level} RMS. Nothing to do."
        )
    relative = level_text(report.residual_relative_db, "dB")
    place = f", worst at {seconds_text(report.worst_at_s)}" if report.worst_at_s >= 0.0 else ""
    return (
        f"I compared {what} with your mix, and they do not sum to it: the difference is {level} RMS "
        f"({relative} re the mix){place}."
    )


def _item(number: int, cause: NullCause) -> list[str]:
    parts = (CAUSES[cause.kind].title, cause.stem, cause.channel)
    name = ", ".join(part for part in parts if part is not None)
    text = f"{name}: {cause.evidence} (confidence {100 * cause.confidence:.0f} %)."
    return _wrapped(text, f"{number}. ", "   ")


def _how_to_export() -> list[str]:
    from engine.session.recipes import opening, recipes

    lines = _wrapped(opening())
    for recipe in recipes():
        lines += ["", f"{recipe.title}:"]
        for number, step in enumerate(recipe.steps, start=1):
            lines += _wrapped(step, f"  {number}. ", "     ")
    return lines


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
