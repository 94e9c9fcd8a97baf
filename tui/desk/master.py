"""The master: figures, meters, limiter, spectrum and loudness over the song, for any room it gets."""

from __future__ import annotations

from typing import Protocol

from engine.units import number_text
from tui.desk.correlation import Correlation
from tui.desk.image import BandCorrelation, Fan
from tui.desk.loudnessbars import LoudnessBars
from tui.desk.mastermeter import MasterMeter
from tui.desk.pace import Moment
from tui.desk.readings import BigReadings, ReadingList, ReadingRows
from tui.desk.reduction import (
    ChainReduction,
    LimiterBar,
    ReductionHistory,
    ReductionScale,
    history_cells,
)
from tui.desk.song import SongLoudness
from tui.desk.songheading import SongHeading
from tui.desk.spectrum import FLOOR_DBFS, TOP_DBFS, Spectrum
from tui.display.cells import Canvas

#: Rows the master needs at least; rows for figures beside meters; and, from WIDE columns on, for all
#: of it side by side.
SMALLEST_ROWS = 5
NARROW_ROWS = 9
WIDE_ROWS = 12
WIDE = 120
_LIST_CELLS = 37
_SPECTRUM_HEADING = f" THIRD OCTAVES, {number_text(FLOOR_DBFS, None)} TO {number_text(TOP_DBFS, None)} dBFS "
#: The stereo image: its width, rows it needs at least, and those of its fan where octaves stand below it.
_IMAGE_CELLS, _IMAGE_FROM, _FAN_ROWS = 54, 8, 10
#: Rows beside the meters from which on the first figures are drawn large.
_BIG_FROM = 15


class Part(Protocol):
    """Something that draws itself."""

    def draw(self, moment: Moment) -> None:
        """Shows `moment`."""


class Master:
    """The master's parts on `canvas`, which is blank.

    Args:
        canvas: where.
        image: the stereo image too, where there is room.
    """

    def __init__(self, canvas: Canvas, *, image: bool = False) -> None:
        self._canvas = canvas
        self._headed = False
        self._spectrum_x = 0
        self._chosen: bool | None = None
        body = canvas.part(0, 1, canvas.width, canvas.height - 1)
        if canvas.width >= WIDE and canvas.height >= WIDE_ROWS:
            self._parts = _wide(body, image)
            self._spectrum_x = _wide_cells(canvas.width)[0]
        elif canvas.height >= NARROW_ROWS:
            self._parts = _narrow(body)
        else:
            self._parts = _small(body if canvas.height > SMALLEST_ROWS else canvas)
            self._headed = canvas.height <= SMALLEST_ROWS

    def draw(self, moment: Moment) -> None:
        """Shows the master of `moment`."""
        for part in self._parts:
            part.draw(moment)
        if not self._headed:
            chosen = moment.view.focus.stem < 0
            if chosen != self._chosen:
                self._chosen = chosen
                self._heading(chosen)

    def _heading(self, chosen: bool) -> None:
        width = self._canvas.width
        style = "focus" if chosen else "border"
        self._canvas.put(0, 0, "─" * width, style)
        if self._spectrum_x:
            self._canvas.put(self._spectrum_x - 1, 0, _SPECTRUM_HEADING, "label")
        self._canvas.put(
            2, 0, "▸ MASTER " if chosen else " MASTER ", f"bold {'focus' if chosen else 'title'}"
        )


def _small(canvas: Canvas) -> list[Part]:
    """Five rows: two of figures, the meters beside limiter and correlation, spectrum beside song."""
    width, half = canvas.width, canvas.width * 5 // 8
    rest = width - half - 1
    parts: list[Part] = [
        ReadingRows(canvas.part(0, 0, width, 2)),
        MasterMeter(canvas.part(1, 2, half - 1, 2)),
        LimiterBar(canvas.part(half + 1, 2, rest - 1, 1)),
        Correlation(canvas.part(half + 1, 3, rest - 1, 1)),
    ]
    rows = canvas.height - 4
    if rows > 0:
        spectrum = min(31, width // 2)
        parts.append(Spectrum(canvas.part(1, 4, spectrum, rows)))
        parts.append(SongLoudness(canvas.part(spectrum + 2, 4, width - spectrum - 3, rows)))
    return parts


def _meters(canvas: Canvas) -> list[Part]:
    """Level, loudness, limiter with its history, chain and correlation, one below the other."""
    width, rows = canvas.width, canvas.height
    loudness = 3 if rows >= 10 else 0
    history = max(0, rows - 6 - loudness)
    parts: list[Part] = [MasterMeter(canvas.part(0, 0, width, 3))]
    if loudness:
        parts.append(LoudnessBars(canvas.part(0, 3, width, loudness)))
    y = 3 + loudness
    reductions = ReductionScale(history_cells(width))
    parts.append(LimiterBar(canvas.part(0, y, width, 1), reductions))
    if history:
        parts.append(ReductionHistory(canvas.part(0, y + 1, width, history), reductions))
    if rows >= 6:
        parts.append(ChainReduction(canvas.part(0, rows - 2, width, 1)))
    parts.append(Correlation(canvas.part(0, rows - 1, width, 1)))
    return parts


def _narrow(canvas: Canvas) -> list[Part]:
    """Figures beside meters, then spectrum beside the song."""
    width, rows = canvas.width, canvas.height
    top = 5 if rows < 11 else 6 if rows < 14 else 10
    figures = 35 if width < 96 else _LIST_CELLS
    below = rows - top
    spectrum = 31 if width < 96 else _LIST_CELLS - 6
    return [
        ReadingList(canvas.part(1, 0, figures - 1, top)),
        *_meters(canvas.part(figures + 2, 0, width - figures - 3, top)),
        Spectrum(canvas.part(1, top, spectrum, below)),
        SongLoudness(canvas.part(figures + 2, top, width - figures - 3, below)),
    ]


def _wide_cells(width: int) -> tuple[int, int]:
    """Where the spectrum begins beside the other parts, and how wide it is."""
    pitch = 3 if width >= 190 else 2
    spectrum = min(31 * pitch, width - _LIST_CELLS - 50)
    return width - spectrum - 1, spectrum


def _wide(canvas: Canvas, image: bool) -> list[Part]:
    """Figures, meters and spectrum side by side; the song below them, beside the image where it is shown."""
    width, rows = canvas.width, canvas.height
    # the song keeps a row or two even where the rest takes ten
    top = max(10, min(rows - 3, 10 + (rows - 16) // 3)) if rows > 12 else min(rows, 10)
    begin, spectrum = _wide_cells(width)
    middle = begin - _LIST_CELLS - 5
    parts: list[Part] = []
    figures = 0
    if top >= _BIG_FROM:
        figures = BigReadings.ROWS + 1
        parts.append(BigReadings(canvas.part(1, 0, _LIST_CELLS, BigReadings.ROWS)))
    parts += [
        ReadingList(canvas.part(1, figures, _LIST_CELLS, top - figures)),
        *_meters(canvas.part(_LIST_CELLS + 2, 0, middle, top)),
        Spectrum(canvas.part(begin, 0, spectrum, top)),
    ]
    below = rows - top
    rule = 1 if below >= 5 else 0
    beside = _IMAGE_CELLS if image and below - rule >= _IMAGE_FROM else 0
    if rule:
        canvas.put(0, top, "─" * width, "border")
        parts.append(SongHeading(canvas.part(2, top, width - 4 - beside, 1)))
    if beside:
        x = width - beside
        canvas.put(x, top, " IMAGE, AND CORRELATION BY OCTAVE ", "label")
        parts += _image(canvas.part(x, top + rule, beside - 1, below - rule))
    if below:
        parts.append(SongLoudness(canvas.part(1, top + rule, width - 2 - beside, below - rule)))
    return parts


def _image(canvas: Canvas) -> list[Part]:
    """The fan over the octaves, or beside them where there are fewer rows."""
    width, rows = canvas.width, canvas.height
    if rows >= _FAN_ROWS + BandCorrelation.ROWS + 1:
        fan = min(rows - BandCorrelation.ROWS - 1, width // 4 + 2)
        octaves = canvas.part(0, fan + 1, width, BandCorrelation.ROWS)
        return [Fan(canvas.part(0, 0, width, fan)), BandCorrelation(octaves)]
    half = width // 2
    octaves = canvas.part(half + 1, 0, width - half - 1, min(rows, BandCorrelation.ROWS))
    return [Fan(canvas.part(0, 0, half - 1, min(rows, half // 4 + 2))), BandCorrelation(octaves)]
