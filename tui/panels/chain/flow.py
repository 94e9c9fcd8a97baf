"""The way of the signal through a chain, and what each processor takes away now: for wide screens."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from engine.session.model import Processor, Session
from engine.session.processors import PROCESSORS
from tui.controls.places import chain_of
from tui.desk.strip import REDUCTION_RANGE_DB
from tui.display.cells import Canvas
from tui.glyphs.blocks import leftward_bar, leftward_steps
from tui.glyphs.numbers import change, level
from tui.panels.page import window_start
from tui.view import MASTER, Focus

#: It is shown on panels of so many columns and rows, and takes so many of their rows.
FROM_COLUMNS, FROM_ROWS, ROWS = 150, 34, 5
_HEADING = f"SIGNAL FLOW   gain reduction of each processor, dB; the bars up to {REDUCTION_RANGE_DB:g} dB"
#: Cells of a station, and how many of them lead on to the next one.
_SMALLEST, _LARGEST, _ARROW = 10, 18, 2
_NAMES, _BARS, _FIGURES = 1, 2, 3


@dataclass(frozen=True)
class Station:
    """One place that the signal passes.

    Attributes:
        name: as it stands there.
        style: of the name.
        processor: place in the chain; −1: none.
        figure: what stands below it whatever plays; "" for a processor, which has its gain reduction there.
    """

    name: str
    style: str
    processor: int = -1
    figure: str = ""


def stations(session: Session, focus: Focus, cells: int) -> tuple[Station, ...]:
    """From the input to the output, with names of at most `cells` cells."""
    found = [Station("in", "label")]
    for place, processor in enumerate(chain_of(session, focus.stem)):
        style = "text" if processor.enabled else "bypass"
        chosen = place == focus.processor
        found.append(Station(_name(processor, cells), f"bold {'focus' if chosen else style}", place))
    if focus.stem != MASTER:
        trim_db = session.stems[focus.stem].trim_db
        found.append(Station("trim", "label", figure=f"{change(trim_db).strip()} dB"))
    return (*found, Station("out", "label"))


def _name(processor: Processor, cells: int) -> str:
    names = PROCESSORS[processor.type].title, processor.type.capitalize()
    text = next((one for one in names if cell_len(one) <= cells), names[-1])
    if processor.enabled:
        return text
    # small letters are the sign of a bypass everywhere
    text = text.lower()
    return f"{text} off" if cell_len(text) + 4 <= cells else text


class SignalFlow:
    """Draws the stations of a chain side by side; in a long chain, those about the chosen one."""

    def __init__(self) -> None:
        self._cells = 0
        self._shown: tuple[Station, ...] = ()

    def place(self, canvas: Canvas, session: Session, focus: Focus) -> None:
        """Draws what stands still, on a canvas of ROWS rows."""
        count = len(stations(session, focus, _LARGEST))
        room = max(1, min(count, canvas.width // _SMALLEST))
        self._cells = min(_LARGEST, canvas.width // room)
        every = stations(session, focus, self._cells - _ARROW - 1)
        first = window_start(focus.processor + 1, count, room)
        self._shown = every[first : first + room]
        canvas.put(0, 0, _HEADING, "title", canvas.width)
        for number, station in enumerate(self._shown):
            x = number * self._cells
            canvas.put(x, _NAMES, station.name, station.style, self._cells - _ARROW - 1)
            if first + number + 1 < count:
                # a name that needs its room takes the arrow's shaft
                arrow = "▶" if cell_len(station.name) > self._cells - _ARROW - 2 else "─" * (_ARROW - 1) + "▶"
                canvas.put(x + self._cells - 1 - len(arrow), _NAMES, arrow, "dim")
            canvas.put(x, _FIGURES, station.figure, "value", self._cells - 1)
        if first:
            canvas.put(len(_HEADING) + 2, 0, f"‹ {first} more", "dim")
        if first + room < count:
            canvas.put(len(_HEADING) + 12, 0, f"{count - first - room} more ›", "dim")

    def draw(self, canvas: Canvas, reductions_db: tuple[float, ...], playing: bool) -> None:
        """Draws the gain reductions by place in the chain; NaN: the processor has none."""
        width, style = self._cells - _ARROW - 1, "reduction" if playing else "faint"
        for number, station in enumerate(self._shown):
            place = station.processor
            if place < 0:
                continue
            reduced_db = reductions_db[place] if place < len(reductions_db) else float("nan")
            known = reduced_db == reduced_db
            steps = leftward_steps(reduced_db / REDUCTION_RANGE_DB, width) if known else 0
            canvas.put(number * self._cells, _BARS, leftward_bar(steps, width), style)
            text = level(-reduced_db, 5).strip() if known else ""
            canvas.put(number * self._cells, _FIGURES, text.rjust(width), style, width)
