"""What `advise --translation` prints: losses on playback systems, and what masks the vocal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.units import level_text, number_text

if TYPE_CHECKING:
    from engine.report.translation import Loss, Masker, Translated, TranslationReport

_WIDEST_NAME = 18
#: Rows of the masking table, and spans told in each; the JSON document has them all.
_MOST_MASKERS, _MOST_SPANS = 12, 3


def print_translation(report: TranslationReport) -> None:
    """Losses alone and in the mix, the same in words, then the masking."""
    print("what is lost of each stem, LU (its integrated loudness there minus that on a full-range monitor)")
    _print_losses(report, lambda loss: loss.loudness_change_lu, (report.mix, *report.stems))
    print("\nhow far that moves it against the mix, LU")
    _print_losses(report, lambda loss: loss.against_mix_lu, report.stems)
    if report.sentences:
        print()
        for sentence in report.sentences:
            print(f"  {sentence}")
    print()
    _print_masking(report)
    print()
    for system in report.systems:
        date = f", {system.date}" if system.date else ""
        print(f"  {system.name}: {system.basis}{date}; {system.source}")
    print(f"\n{report.seconds:.1f} s; nothing has been changed")


def _print_losses(
    report: TranslationReport, value: Callable[[Loss], float | None], rows: tuple[Translated, ...]
) -> None:
    names = ["the mix" if row.stem is None else row.stem[:_WIDEST_NAME] for row in rows]
    width = max(len(name) for name in names)
    columns = [max(8, len(system.name) + 1) for system in report.systems]
    heads = "".join(
        f"{system.name:>{column}}" for system, column in zip(report.systems, columns, strict=True)
    )
    print(f"  {'':<{width}}{heads}")
    for name, row in zip(names, rows, strict=True):
        cells = []
        for loss, column in zip(row.losses, columns, strict=True):
            change = value(loss)
            text = number_text(change, signed=True)
            cells.append(f"{text:>{column}}")
        print(f"  {name:<{width}}{''.join(cells)}")


def _print_masking(report: TranslationReport) -> None:
    masking = report.masking
    if masking.reason is not None:
        print(f"masking of the vocal was not looked for: {masking.reason}")
        return
    print(f"what masks {', '.join(masking.vocals)}, heard at {masking.playback_db_spl:g} dB SPL")
    if not masking.maskers:
        print("  nothing does")
        return
    print(f"  {'stem':<{_WIDEST_NAME}} octave   masked   of its time  signal to mask  when")
    for masker in masking.maskers[:_MOST_MASKERS]:
        print(_masker_line(masker))
    left = len(masking.maskers) - _MOST_MASKERS
    if left > 0:
        print(f"  and {left} less: --json has all")


def _masker_line(masker: Masker) -> str:
    name = "all together" if masker.stem is None else masker.stem[:_WIDEST_NAME]
    ratio = level_text(masker.signal_to_mask_db, "dB", signed=True)
    return (
        f"  {name:<{_WIDEST_NAME}} {octave_text(masker.octave_hz):>6}{masker.masked_s:>7.1f} s"
        f"{100.0 * masker.share:>11.0f} %{ratio:>16}  {spans_text(masker, _MOST_SPANS)}"
    )


def octave_text(octave_hz: float) -> str:
    """`63`, `500`, `2k`: as octaves are called."""
    return f"{octave_hz / 1000.0:g}k" if octave_hz >= 1000.0 else f"{octave_hz:.0f}"


def spans_text(masker: Masker, most: int) -> str:
    """The longest spans in the song's order: `0:12–0:15`."""
    longest = sorted(masker.spans, key=lambda span: span.start_s - span.end_s)[:most]
    told = [
        f"{_clock(span.start_s)}–{_clock(span.end_s)}"
        for span in sorted(longest, key=lambda span: span.start_s)
    ]
    return ", ".join(told) + (" …" if len(masker.spans) > most else "")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60.0:04.1f}"
