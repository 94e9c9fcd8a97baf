"""How much of the song is how loud, with every target beside its level."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.cells import cell_len

from engine.link.history import Heard, History
from engine.session.targets import Target
from tui.display.cells import Canvas
from tui.glyphs.blocks import bar
from tui.glyphs.numbers import level

#: Width of a step, LU.
STEP_LU = 0.5
#: The canvas has to be this large.
SMALLEST = (50, 14)
_LABEL_CELLS, _BAR_SHARE = 7, 0.45
#: Every so many steps a level is named.
_NAMED_LU = 3.0
_MARK = "◂"


def counted(history: History) -> Mapping[int, int]:
    """Places of the song by their short-term loudness, in steps of `STEP_LU`; what is unheard is left out."""
    return Counter(
        math.floor(value / STEP_LU)
        for value, state in zip(history.short_term_lufs, history.states, strict=False)
        if state != Heard.UNHEARD and math.isfinite(value)
    )


def draw_histogram(
    canvas: Canvas,
    counts: Mapping[int, int],
    integrated_lufs: float,
    targets: Sequence[Target],
    *,
    outdated: bool,
) -> None:
    """Draws levels from above down, bars as long as their share, and the targets' names.

    Args:
        canvas: blank.
        counts: of `counted`.
        integrated_lufs: of the song; NaN: unknown.
        targets: all that are known.
        outdated: part of it was heard before the newest edits.
    """
    canvas.put(0, 0, "SHORT-TERM LOUDNESS, LUFS: HOW MUCH OF THE SONG", "label", canvas.width)
    rows = canvas.height - 1
    if not counts:
        canvas.put(0, 1, "nothing heard yet", "dim")
        return
    top = _top(counts, integrated_lufs, rows)
    size = max(8, int((canvas.width - _LABEL_CELLS) * _BAR_SHARE))
    most = max(counts.values())
    wanted = _by_step(targets)
    own = math.floor(integrated_lufs / STEP_LU) if math.isfinite(integrated_lufs) else None
    starts: list[int] = []
    for row in range(rows):
        step = top - row
        label = level(step * STEP_LU, _LABEL_CELLS - 1) if step * STEP_LU % _NAMED_LU == 0.0 else ""
        canvas.put(0, row + 1, label, "dim", _LABEL_CELLS)
        share = counts.get(step, 0) / most
        eighths = max(1, round(8 * size * share)) if share > 0.0 else 0
        canvas.put(_LABEL_CELLS, row + 1, bar(eighths, size), "dim" if outdated else "loudness", size)
        x = _LABEL_CELLS + size + 1
        if step == own:
            x += canvas.put(x, row + 1, f"{_MARK} the song {level(integrated_lufs, 0)}  ", "bold loudness")
        starts.append(x)
    _draw_names(canvas, top, starts, wanted)


def _draw_names(
    canvas: Canvas, top: int, starts: Sequence[int], wanted: Mapping[int, Sequence[Target]]
) -> None:
    """Every target at its level, behind what stands in its row; where that has no room, in the rows below.

    Args:
        canvas: of the histogram.
        top: the highest step.
        starts: the first free column of every row.
        wanted: targets by step.
    """
    row, end = 0, len(starts)
    while row < end:
        names = wanted.get(top - row)
        if not names:
            row += 1
            continue
        left = [f"{one.title}," for one in names[:-1]] + [names[-1].title]
        line = f"{_MARK} {level(names[0].loudness_lufs, 0)}"
        while left and row < end:
            room = canvas.width - starts[row]
            # a name is never parted; one alone that is too long is cut
            while left and (not line.strip() or cell_len(f"{line} {left[0]}") <= room):
                line = f"{line} {left.pop(0)}"
            canvas.put(starts[row], row + 1, line, "target", room)
            row, line = row + 1, " "
            if wanted.get(top - row):
                break


def _top(counts: Mapping[int, int], integrated_lufs: float, rows: int) -> int:
    """The highest step that is shown: the loudest of the song, unless the programme lies too low for it."""
    highest = max(counts) + 2
    if math.isfinite(integrated_lufs):
        middle = math.floor(integrated_lufs / STEP_LU)
        highest = min(max(highest, middle + rows // 3), middle + rows - 1)
    return highest


def _by_step(targets: Sequence[Target]) -> Mapping[int, list[Target]]:
    found: dict[int, list[Target]] = {}
    for target in targets:
        if target.loudness_lufs is not None:
            found.setdefault(math.floor(target.loudness_lufs / STEP_LU), []).append(target)
    return found
