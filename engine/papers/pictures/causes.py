"""Who makes limiter and compressors work: a bar for each of them, divided among the stems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.papers.document import Picture
from engine.papers.inks import Inks
from engine.report.render import GainCause, OutputReport, StemShare
from engine.session.processors import PROCESSORS
from engine.units import level_text

#: Shares below this have no room for their figure.
_LABELLED_SHARE = 0.07
_ROW_IN = 0.27
#: What a line of the legend takes of small letters.
_LEGEND_LETTERS = 92


def cause_name(cause: GainCause) -> str:
    """`Limiter`, `Multiband, band 2`."""
    declared = PROCESSORS.get(cause.type)
    title = cause.type if declared is None else declared.title
    return title if cause.band is None else f"{title}, band {cause.band + 1}"


def causes_picture(output: OutputReport, stems: Sequence[str]) -> Picture | None:
    """Shares of every stem in what each processor of the master took away; None where nothing was taken.

    Args:
        output: a master.
        stems: all of the session, whose order gives the colours.
    """
    if not output.gain_reduction:
        return None
    rows = [
        (f"{cause_name(cause)}, {cause.max_gain_reduction_db:.1f} dB", cause.shares)
        for cause in output.gain_reduction
    ]
    if len(rows) > 1 and output.attribution:
        rows.insert(0, ("all together", output.attribution))
    largest = max(output.attribution, key=lambda one: one.share, default=None)
    words = "Shares of the stems in the gain reduction of the master"
    if largest is not None:
        where = f"above all at {largest.worst_at_s:.1f} s"
        words += f"; {largest.stem} causes most: {level_text(100 * largest.share, '%', 0)}, {where}"
    return Picture(
        title="Who causes the gain reduction",
        description=words,
        height_in=0.42 + _ROW_IN * len(rows) + 0.16 * -(-len(stems) // _across(stems)),
        draw=lambda figure, inks: _draw(figure, inks, rows, stems, output.attribution),
    )


def _across(stems: Sequence[str]) -> int:
    """How many names the legend has room for side by side."""
    longest = max((len(name) for name in stems), default=1)
    return max(1, min(5, _LEGEND_LETTERS // (longest + 10)))


def _draw(
    figure: Any,
    inks: Inks,
    rows: Sequence[tuple[str, Sequence[StemShare]]],
    stems: Sequence[str],
    whole: Sequence[StemShare],
) -> None:
    axes = figure.add_subplot()
    colours = {name: inks.stem(number) for number, name in enumerate(stems)}
    lowest = min(_row(axes, inks, row, shares, colours) for row, (_, shares) in enumerate(rows))
    of_all = {one.stem: one.share for one in whole}
    for name in stems:
        if name in of_all:
            axes.barh(0, 0, color=colours[name], label=f"{name} {level_text(100 * of_all[name], '%')}")
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.invert_yaxis()
    axes.axvline(0.0, color=inks.muted, linewidth=0.7)
    axes.set_xlim(lowest * 1.05, max(1.0 - lowest, 1.0))
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    axes.set_xticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=inks.rule, linewidth=0.5)
    legend = axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=_across(stems), borderaxespad=0.2, handlelength=1.0
    )
    for text in legend.get_texts():
        text.set_color(inks.muted)


def _row(axes: Any, inks: Inks, row: int, shares: Sequence[StemShare], colours: Mapping[str, str]) -> float:
    """One bar, negative shares to the left of nothing; returns how far it reaches there."""
    right, left = 0.0, 0.0
    for one in shares:
        begin = right if one.share >= 0.0 else left
        colour = colours.get(one.stem, inks.muted)
        axes.barh(row, one.share, left=begin, height=0.62, color=colour, linewidth=0)
        if one.share >= _LABELLED_SHARE:
            text = f"{100 * one.share:.0f} %"
            middle = begin + one.share / 2
            axes.text(middle, row, text, ha="center", va="center", fontsize=7, color="#10151a")
        if one.share >= 0.0:
            right += one.share
        else:
            left += one.share
    return left
