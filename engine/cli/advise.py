"""`stemlathe advise`: what each trim would do to loudness and limiting, and how the mix sounds elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.cli.session_input import add_session, read_session
from engine.cli.show import TerminalProgress, joined, prepare_kernels, print_json
from engine.errors import ExitCode, UsageError
from engine.units import level_text

if TYPE_CHECKING:
    from engine.report.advise import Advice, MixFigures, Proposal, StemAdvice
    from engine.session.model import Session

#: Widths of the figures of a stem.
_COLUMNS = (10, 11, 15, 10, 10)
_WIDEST_NAME = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_session(parser)
    parser.add_argument(
        "--deliverable",
        metavar="NAME",
        help="whose target and ceiling count (default: the first with a loudness target)",
    )
    parser.add_argument(
        "--translation",
        action="store_true",
        help="instead: what each stem loses on phone, laptop, car … and which of them mask the vocal, when",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0: advice is no check.
    """
    session = read_session(arguments)
    if arguments.translation:
        if arguments.deliverable is not None:
            raise UsageError(
                "--translation is about the mix, not about a deliverable: leave --deliverable out"
            )
        return _translation(session, arguments.json)
    from engine.advice.advise import advise, chosen_deliverable

    deliverable = chosen_deliverable(session, arguments.deliverable)
    from engine.paths import cache_dir
    from engine.private import make_private

    folder = make_private(cache_dir())
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        advice = advise(session, deliverable, folder, progress)
    if arguments.json:
        print_json(advice)
    else:
        print_advice(advice)
    return int(ExitCode.DONE)


def _translation(session: Session, as_json: bool) -> int:
    from engine.advice.elsewhere import elsewhere
    from engine.cli.translation import print_translation
    from engine.paths import cache_dir
    from engine.private import make_private

    folder = make_private(cache_dir())
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = elsewhere(session, folder, progress)
    if as_json:
        print_json(report)
    else:
        print_translation(report)
    return int(ExitCode.DONE)


def print_advice(advice: Advice) -> None:
    """The mix, what each trim does, and the proposal."""
    target = "no loudness target" if advice.target_lufs is None else level_text(advice.target_lufs, "LUFS")
    ceiling = "no limiter" if advice.ceiling_dbtp is None else level_text(advice.ceiling_dbtp, "dBTP")
    print(f"{advice.deliverable or 'the session as it plays'}: {target}, ceiling {ceiling}")
    print(joined(("now", *_figures(advice.now), f"drive {level_text(advice.drive_db, 'dB')}"), indent=2))
    print()
    _print_stems(advice)
    if advice.proposal is not None:
        print()
        _print_proposal(advice.proposal)
    print(f"\n{advice.seconds:.1f} s; nothing has been changed")


def _figures(figures: MixFigures) -> Iterator[str]:
    yield level_text(figures.integrated_lufs, "LUFS", 2)
    yield level_text(figures.true_peak_dbtp, "dBTP", 2)
    if figures.max_gain_reduction_db is not None:
        mean = level_text(figures.mean_gain_reduction_db, "dB", 2)
        yield f"limiting up to {level_text(figures.max_gain_reduction_db, 'dB')} (mean {mean})"


def _print_stems(advice: Advice) -> None:
    width = min(_WIDEST_NAME, max(len(stem.stem) for stem in advice.stems))
    change = f"{advice.stems[0].change_db:+g} dB on"
    print(f"  {change:<{max(width, len(change))}}  loudness  true peak  limiting: max      mean    causes")
    for stem in advice.stems:
        print(f"  {stem.stem[:_WIDEST_NAME]:<{max(width, len(change))}}{_row(stem)}")


def _row(stem: StemAdvice) -> str:
    figures = (
        level_text(stem.loudness_change_lu, "LU", 2, signed=True),
        level_text(stem.true_peak_change_db, "dB", 2, signed=True),
        level_text(stem.max_gain_reduction_change_db, "dB", 2, signed=True),
        level_text(stem.mean_gain_reduction_change_db, "dB", 2, signed=True),
        "—" if stem.limiting_share is None else level_text(100.0 * stem.limiting_share, "%", 0),
    )
    return "".join(f"{figure:>{width}}" for figure, width in zip(figures, _COLUMNS, strict=True))


def _print_proposal(proposal: Proposal) -> None:
    asked = f"at most {level_text(proposal.limit_db, 'dB')} of limiting"
    if proposal.reaches and not proposal.trims:
        print(f"  the target is reached with {asked} as it is: nothing to change")
        return
    print(f"  proposed, for {asked}:" if proposal.reaches else f"  {proposal.reason}; the best found:")
    for trim in proposal.trims:
        sign = level_text(trim.change_db, "dB", 2, signed=True)
        print(f"    {trim.stem}: {sign}, that is trim_db = {round(trim.trim_db, 2):g}".replace("= -", "= −"))
    if not proposal.trims:
        print("    the mix as it is")
    print(
        joined((*_figures(proposal.figures), f"drive {level_text(proposal.drive_db, 'dB')}"), indent=4),
    )
