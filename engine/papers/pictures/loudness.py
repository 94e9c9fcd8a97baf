"""Loudness over time beside its histogram, and true peaks below it on the same time line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.papers.document import Picture
from engine.papers.inks import Inks
from engine.papers.pictures.scales import clock_text, finite, gaps, level_ticks, time_axis
from engine.report.history import Histogram, ProgrammeHistory
from engine.units import level_text, number_text

#: Lowest loudness that is drawn at all.
_FLOOR_LUFS = -60.0


@dataclass(frozen=True)
class Aims:
    """What a programme is compared with.

    Attributes:
        integrated_lufs: its loudness; None where there is none.
        target_lufs: None without one.
        ceiling_dbtp: None without one.
    """

    integrated_lufs: float | None
    target_lufs: float | None = None
    ceiling_dbtp: float | None = None


def loudness_picture(history: ProgrammeHistory, aims: Aims) -> Picture:
    """Short-term loudness as a line, momentary as an area, range, target, and the highest peaks marked."""
    loudest = max(finite(history.short_term_lufs), default=None)
    words = [f"Loudness over {clock_text(history.duration_s)}"]
    if loudest is not None:
        words.append(f"short-term up to {level_text(loudest, 'LUFS')}")
    if history.range_lufs is not None:
        low, high = history.range_lufs
        words.append(f"range from {number_text(low)} to {level_text(high, 'LUFS')}")
    if history.peaks:
        first = history.peaks[0]
        words.append(f"highest true peak {level_text(first.dbtp, 'dBTP', 2)} at {first.at_s:.1f} s")
    return Picture(
        title="Loudness and true peak",
        description="; ".join(words),
        height_in=3.4,
        draw=lambda figure, inks: _draw(figure, inks, history, aims),
    )


def _draw(figure: Any, inks: Inks, history: ProgrammeHistory, aims: Aims) -> None:
    grid = figure.add_gridspec(2, 2, width_ratios=(6.2, 1.0), height_ratios=(2.6, 1.0), wspace=0.02)
    loudness = figure.add_subplot(grid[0, 0])
    histogram = figure.add_subplot(grid[0, 1], sharey=loudness)
    peaks = figure.add_subplot(grid[1, 0], sharex=loudness)
    low, high = _range_of(history, aims)
    times = [history.step_s * (n + 1) for n in range(len(history.short_term_lufs))]
    _lines(loudness, inks, history, aims, times, low)
    level_ticks(loudness, low, high)
    loudness.set_ylabel("LUFS")
    loudness.tick_params(labelbottom=False)
    _histogram(histogram, inks, history, aims)
    _peaks(peaks, inks, history, aims, times)
    time_axis(peaks, history.duration_s)


def _range_of(history: ProgrammeHistory, aims: Aims) -> tuple[float, float]:
    """Quiet ends are left out: a programme fills its diagram."""
    marks = finite(value for value in (aims.integrated_lufs, aims.target_lufs) if value is not None)
    heard = sorted(value for value in history.short_term_lufs if value >= _FLOOR_LUFS)
    if not heard:
        heard = sorted(value for value in history.momentary_high_lufs if value >= _FLOOR_LUFS)
    top = max([*finite(history.momentary_high_lufs), *marks], default=0.0) + 2.0
    lowest = heard[len(heard) // 20] if heard else top - 20.0
    low = min([lowest - 6.0, *(mark - 4.0 for mark in marks), top - 16.0])
    return max(_FLOOR_LUFS, float(int(low))), float(int(top + 0.999))


def _lines(
    axes: Any, inks: Inks, history: ProgrammeHistory, aims: Aims, times: list[float], low: float
) -> None:
    axes.grid(axis="y", color=inks.rule, linewidth=0.5)
    if history.range_lufs is not None:
        bottom, top = history.range_lufs
        axes.axhspan(bottom, top, color=inks.band, linewidth=0, label=f"range {top - bottom:.1f} LU")
    axes.fill_between(
        times,
        [max(value, low) for value in history.momentary_low_lufs],
        [max(value, low) for value in history.momentary_high_lufs],
        color=inks.area,
        linewidth=0.4,
        label="momentary",
    )
    axes.plot(
        times,
        gaps(history.short_term_lufs, low),
        color=inks.line,
        linewidth=1.3,
        label="short-term",
        solid_joinstyle="round",
    )
    if aims.target_lufs is not None:
        label = f"target {number_text(aims.target_lufs)}"
        axes.axhline(aims.target_lufs, color=inks.mark, linewidth=1.1, linestyle=(0, (4, 2)), label=label)
    if aims.integrated_lufs is not None:
        label = f"integrated {number_text(aims.integrated_lufs, 2)}"
        axes.axhline(aims.integrated_lufs, color=inks.ink, linewidth=0.7, label=label)
    legend = axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=5,
        borderaxespad=0.2,
        handlelength=1.6,
        columnspacing=1.2,
    )
    for text in legend.get_texts():
        text.set_color(inks.muted)


def _steps(histogram: Histogram) -> tuple[list[float], list[float]]:
    """Corners of a histogram that lies on its side: shares and levels."""
    shares: list[float] = [0.0]
    levels: list[float] = [histogram.low_lufs]
    for number, share in enumerate(histogram.shares):
        low = histogram.low_lufs + number * histogram.step_lu
        shares += [share, share]
        levels += [low, low + histogram.step_lu]
    return [*shares, 0.0], [*levels, levels[-1]]


def _histogram(axes: Any, inks: Inks, history: ProgrammeHistory, aims: Aims) -> None:
    shares, levels = _steps(history.momentary)
    axes.fill(shares, levels, color=inks.area, linewidth=0)
    widest = max(shares, default=0.0)
    shares, levels = _steps(history.short_term)
    axes.plot(shares, levels, color=inks.line, linewidth=1.0)
    widest = max([widest, *shares])
    for level, colour, width, dashes in (
        (aims.target_lufs, inks.mark, 1.1, (0, (4, 2))),
        (aims.integrated_lufs, inks.ink, 0.7, "-"),
    ):
        if level is not None:
            axes.axhline(level, color=colour, linewidth=width, linestyle=dashes)
    axes.set_xlim(0.0, max(widest * 1.08, 0.01))
    axes.set_xticks([])
    axes.tick_params(labelleft=False)
    axes.set_xlabel("how often", labelpad=2.0)
    axes.grid(axis="y", color=inks.rule, linewidth=0.5)


def _peaks(axes: Any, inks: Inks, history: ProgrammeHistory, aims: Aims, times: list[float]) -> None:
    top = max([*finite(history.true_peak_dbtp), aims.ceiling_dbtp or -99.0], default=0.0)
    top = max(0.0, top) + 1.5 if top > -6.0 else top + 3.0
    low = top - 18.0
    axes.fill_between(
        times,
        low,
        [max(value, low) for value in history.true_peak_dbtp],
        color=inks.peak,
        alpha=0.35,
        linewidth=0,
        step="pre",
    )
    axes.grid(axis="y", color=inks.rule, linewidth=0.5)
    _ceiling(axes, inks, aims)
    _marks(axes, inks, history, low)
    level_ticks(axes, low, top, most=5)
    axes.set_ylabel("dBTP")


def _ceiling(axes: Any, inks: Inks, aims: Aims) -> None:
    if aims.ceiling_dbtp is not None:
        axes.axhline(aims.ceiling_dbtp, color=inks.mark, linewidth=1.0, linestyle=(0, (4, 2)))
        text = f"ceiling {number_text(aims.ceiling_dbtp, None)}"
        label = axes.annotate(
            text,
            (1.0, aims.ceiling_dbtp),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            color=inks.mark,
            fontsize=7,
            va="center",
            annotation_clip=False,
        )
        label.set_in_layout(False)  # it stands in the empty corner


def _marks(axes: Any, inks: Inks, history: ProgrammeHistory, low: float) -> None:
    """The highest true peaks, the highest of all with its figure."""
    shown = [mark for mark in history.peaks if mark.dbtp >= low]
    axes.plot(
        [mark.at_s for mark in shown],
        [mark.dbtp for mark in shown],
        linestyle="",
        marker="v",
        markersize=3.5,
        color=inks.peak,
        clip_on=False,
    )
    for mark in shown[:1]:
        share = mark.at_s / max(history.duration_s, 0.1)
        axes.annotate(
            f"{level_text(mark.dbtp, 'dBTP', 2)} at {clock_text(mark.at_s)}",
            (mark.at_s, mark.dbtp),
            xytext=(0, 6),
            textcoords="offset points",
            color=inks.peak,
            fontsize=7,
            ha="left" if share < 0.2 else "right" if share > 0.8 else "center",
            annotation_clip=False,
        )
