"""Sheets of A4 that are filled from the top down, and become a PDF."""

from __future__ import annotations

import io
from typing import Any

from engine.papers.document import WIDTH_IN, Picture
from engine.papers.drawing import dress, figure_of
from engine.papers.inks import LIGHT
from engine.papers.typeset import Face

#: ISO 216.
_WIDE_IN, _HIGH_IN = 210.0 / 25.4, 297.0 / 25.4
_LEFT_IN = (_WIDE_IN - WIDTH_IN) / 2.0
_TOP_IN, _BOTTOM_IN = 0.6, 0.65
_FOOT = Face(7.0)


class Sheets:
    """Where a document is drawn; a position only ever moves down, and on to the next sheet.

    Use within `engine.papers.drawing.drawing`. All measures are inches from the left edge of the text and
    from the top of the sheet.

    Args:
        foot: what every sheet says at its foot, before its number.
    """

    def __init__(self, foot: str) -> None:
        self._foot = foot
        self._sheets: list[Any] = []
        self._down_in = 0.0
        self.turn()

    def turn(self) -> None:
        """Begins a sheet."""
        from matplotlib.figure import Figure

        self._sheets.append(Figure(figsize=(_WIDE_IN, _HIGH_IN), facecolor="white"))
        self._down_in = _TOP_IN

    @property
    def at_top(self) -> bool:
        """Nothing has been drawn on this sheet."""
        return self._down_in == _TOP_IN

    @property
    def room_in(self) -> float:
        """What is left of this sheet."""
        return _HIGH_IN - _BOTTOM_IN - self._down_in

    @property
    def sheet_in(self) -> float:
        """What a whole sheet holds."""
        return _HIGH_IN - _BOTTOM_IN - _TOP_IN

    def require(self, high_in: float) -> bool:
        """Begins a sheet where that does not fit any more; returns whether it did."""
        if high_in <= self.room_in or self.at_top:
            return False
        self.turn()
        return True

    def skip(self, high_in: float) -> None:
        """Leaves room, but not at the top of a sheet."""
        if not self.at_top:
            self._down_in += high_in

    def advance(self, high_in: float) -> None:
        """Moves down over what has been drawn."""
        self._down_in += high_in

    def text(
        self, x_in: float, text: str, face: Face, ink: str, *, down_in: float = 0.0, align: str = "left"
    ) -> None:
        """Writes one line, its top `down_in` below the position."""
        baseline_in = self._down_in + down_in + 0.98 * face.size_pt / 72.0
        self._sheets[-1].text(
            (_LEFT_IN + x_in) / _WIDE_IN,
            1.0 - baseline_in / _HIGH_IN,
            text,
            color=ink,
            ha=align,
            va="baseline",
            **face.properties(),
        )

    def rule(self, ink: str, *, thick_pt: float = 0.5, down_in: float = 0.0) -> None:
        """Draws a line across."""
        from matplotlib.lines import Line2D

        y = 1.0 - (self._down_in + down_in) / _HIGH_IN
        ends = [_LEFT_IN / _WIDE_IN, (_LEFT_IN + WIDTH_IN) / _WIDE_IN]
        self._sheets[-1].add_artist(Line2D(ends, [y, y], color=ink, linewidth=thick_pt))

    def box(
        self, x_in: float, wide_in: float, high_in: float, *, ground: str | None, edge: str | None
    ) -> None:
        """Draws a rectangle whose top is at the position."""
        from matplotlib.patches import Rectangle

        corner = ((_LEFT_IN + x_in) / _WIDE_IN, 1.0 - (self._down_in + high_in) / _HIGH_IN)
        self._sheets[-1].add_artist(
            Rectangle(
                corner,
                wide_in / _WIDE_IN,
                high_in / _HIGH_IN,
                facecolor=ground or "none",
                edgecolor=edge or "none",
                linewidth=0.8,
            )
        )

    def picture(self, picture: Picture) -> None:
        """Draws a picture as wide as the text, and moves below it."""
        alone = figure_of(picture, LIGHT)
        alone.get_layout_engine().execute(alone)
        places = [axes.get_position().bounds for axes in alone.axes]
        sheet = self._sheets[-1]
        before = len(sheet.axes)
        picture.draw(sheet, LIGHT)
        left, bottom = _LEFT_IN / _WIDE_IN, 1.0 - (self._down_in + picture.height_in) / _HIGH_IN
        across, up = WIDTH_IN / _WIDE_IN, picture.height_in / _HIGH_IN
        for axes, (x, y, wide, high) in zip(sheet.axes[before:], places, strict=True):
            dress(axes, LIGHT)
            axes.set_position((left + x * across, bottom + y * up, wide * across, high * up))
        self._down_in += picture.height_in

    def pdf(self, title: str, creator: str) -> bytes:
        """All sheets, numbered."""
        from matplotlib.backends.backend_pdf import PdfPages

        buffer = io.BytesIO()
        metadata = {
            "Title": title,
            "Creator": creator,
            "Producer": None,
            "CreationDate": None,
            "ModDate": None,
        }
        with PdfPages(buffer, metadata=metadata) as pages:
            for number, sheet in enumerate(self._sheets, start=1):
                y = 0.38 / _HIGH_IN
                sheet.text(_LEFT_IN / _WIDE_IN, y, self._foot, color=LIGHT.muted, **_FOOT.properties())
                right = (_LEFT_IN + WIDTH_IN) / _WIDE_IN
                count = f"{number} / {len(self._sheets)}"
                sheet.text(right, y, count, color=LIGHT.muted, ha="right", **_FOOT.properties())
                pages.savefig(sheet)
        return buffer.getvalue()
