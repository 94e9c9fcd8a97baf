"""One row of the chain editor: a processor with what it is set to, a band, or a value."""

from __future__ import annotations

from rich.cells import cell_len

from engine.session.words import value_text
from tui.display.cells import Canvas
from tui.panels.chain.rows import Row

_VALUE_CELLS = 12
#: Cells at the right of a processor's row for its gain reduction.
REDUCTION_CELLS = 8


def draw_row(canvas: Canvas, y: int, row: Row, chosen: bool, advised: bool) -> None:
    """Draws a row.

    Args:
        canvas: of the list.
        y: its row.
        row: what it shows.
        chosen: the focus is on it.
        advised: something is to be said about it.
    """
    ground = " on selected" if chosen else ""
    width = canvas.width - 1
    if chosen:
        canvas.put(0, y, "▸", f"bold focus{ground}", width)
    indent = 1 + 2 * row.depth
    off = not row.enabled
    if row.depth == 0 and row.processor >= 0:
        sign = f"{row.processor + 1} {'○' if off else '●'} {row.label}"
        style = f"bypass{ground}" if off else f"bold text{ground}"
        used = canvas.put(indent, y, sign, style, min(len(sign), width - indent - REDUCTION_CELLS - 2))
        rest = width - indent - used - 2 - REDUCTION_CELLS - 2
        summary = "off" if off else row.summary
        if rest >= 4:
            canvas.put(indent + used + 2, y, _whole(summary, rest), f"dim{ground}", rest)
    elif row.place is None:
        canvas.put(indent, y, f"{row.label}  ", f"label{ground}")
        start = indent + len(row.label) + 2
        room = max(width - 2 - start, 0)
        canvas.put(start, y, _whole(row.summary, room), f"dim{ground}", room)
    else:
        _draw_value(canvas, y, row, indent, f"{'bold value' if chosen else 'value'}{ground}", ground)
    if advised:
        canvas.put(width - 1, y, "!", f"bold warn{ground}")


def _whole(summary: str, cells: int) -> str:
    """As many values of a summary as have room; half a figure would be another figure."""
    while summary and cell_len(summary) > cells:
        summary = summary.rpartition("  ")[0]
    return summary


def _draw_value(canvas: Canvas, y: int, row: Row, indent: int, style: str, ground: str) -> None:
    assert row.place is not None
    parameter = row.place.parameter
    text = value_text(parameter, row.place.value)
    end = canvas.width - 3
    cells = max(_VALUE_CELLS, len(text))
    canvas.put(indent, y, row.label, f"label{ground}", max(end - cells - indent - 1, 0))
    canvas.put(end - cells, y, text.rjust(cells), style if row.enabled else f"bypass{ground}", cells)
