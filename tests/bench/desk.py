"""What drawing the desk costs at 30 frames a second: processor time, cells and spans that change."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "console"))

from desk_views import Studio

from tui.desk.desk import Desk
from tui.display.cells import CellBuffer
from tui.screen.layout import Screen
from tui.view import Focus, Panel

FRAMES_PER_SECOND = 30
SECONDS = 20


def spans(before: list[list[tuple[str, str]]], now: list[list[tuple[str, str]]]) -> tuple[int, int]:
    """Cells that differ, and runs of them."""
    cells = runs = 0
    for old, new in zip(before, now, strict=True):
        inside = False
        for past, here in zip(old, new, strict=True):
            cells += past != here
            runs += past != here and not inside
            inside = past != here
    return cells, runs


def grid(buffer: CellBuffer) -> list[list[tuple[str, str]]]:
    """Every cell with its style."""
    return [list(zip(*row, strict=True)) for row in zip(buffer.glyphs, buffer.styles, strict=True)]


def measure(width: int, height: int, stems: int, panel: Panel = Panel.STEMS) -> None:
    """Prints one line."""
    studio = Studio(stems=stems)
    buffer, desk, screen = CellBuffer(width, height), Desk(), Screen()
    canvas = buffer.canvas
    panels = {Panel.STEMS: desk.draw, Panel.MASTER: desk.draw}
    count = FRAMES_PER_SECOND * SECONDS
    focus = Focus(panel=panel, stem=1)
    views = [studio.view(60.0 + frame / FRAMES_PER_SECOND, focus=focus) for frame in range(count)]
    times_s, cells, runs = [], 0, 0
    before = grid(buffer)
    for frame, view in enumerate(views):
        begun_s = time.thread_time()
        screen.draw(canvas, view, panels)
        times_s.append(time.thread_time() - begun_s)
        now = grid(buffer)
        if frame:
            found = spans(before, now)
            cells, runs = cells + found[0], runs + found[1]
        before = now
    first_s, *times_s = times_s
    times_s.sort()
    mean_ms = sum(times_s) / len(times_s) * 1e3
    p50_ms, p99_ms = (times_s[int(len(times_s) * share)] * 1e3 for share in (0.5, 0.99))
    print(
        f"{width}x{height} {stems:2d} stems {panel.value:7} first {first_s * 1e3:5.1f} ms  "
        f"mean {mean_ms:5.2f}  p50 {p50_ms:5.2f}  p99 {p99_ms:5.2f} ms  "
        f"{cells / (count - 1):6.1f} cells  {runs / (count - 1):5.1f} spans a frame"
    )


if __name__ == "__main__":
    for size in ((80, 24), (100, 30), (160, 48), (200, 60)):
        measure(*size, 8)
    measure(160, 48, 24)
    measure(80, 24, 24)
    measure(160, 48, 8, Panel.MASTER)
