"""The message to the mix engineer that `stemlathe null --note` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from engine.report.null_causes import CAUSES, is_correctable
from engine.units import level_text, seconds_text

if TYPE_CHECKING:
    from engine.report.null import NullReport
    from engine.report.null_causes import NullCause
    from engine.session.model import Session

_WIDTH = 78
#: How sure a cause is, from a confidence on.
_SURE = ((0.9, "sure"), (0.6, "likely"), (0.0, "a guess"))
_NOTHING_ASKED = "Nothing that I need now. Should you export again, this is how stems and mix come out alike."


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
    mended = [cause for cause in causes if is_correctable(cause.kind, cause.channel)]
    if mended:
        after = level_text(report.residual_after_fix_rms_dbfs, "dBFS")
        lines += ["", f"What I correct here; {after} RMS are left then:", ""]
        lines += _list(mended)
    asked = [cause for cause in causes if cause not in mended]
    lines += ["", "What I ask for:", ""]
    lines += _list(asked) if asked else _wrapped(_NOTHING_ASKED)
    lines += ["", *_how_to_export({cause.kind for cause in causes}), "", "Thank you."]
    return "\n".join(lines)


def _list(causes: Sequence[NullCause]) -> list[str]:
    fixes = dict.fromkeys(_sentence(cause.fix) for cause in causes)
    return [line for text in fixes for line in _wrapped(text, "- ", "  ")]


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
    sure = next(word for least, word in _SURE if cause.confidence >= least)
    return _wrapped(f"{name} ({sure}): {cause.evidence}.", f"{number}. ", "   ")


def _how_to_export(kinds: Collection[str]) -> list[str]:
    from engine.session.recipes import opening, recipes

    lines = _wrapped(opening())
    for recipe in recipes():
        lines += ["", *_wrapped(f"{recipe.title} (after: {recipe.source}):")]
        for number, step in enumerate(recipe.steps, start=1):
            lines += _wrapped(step, f"  {number}. ", "     ")
        for text in dict.fromkeys(text for kind, text in recipe.mind.items() if kind in kinds):
            lines += _wrapped(text, "  !  ", "     ")
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
