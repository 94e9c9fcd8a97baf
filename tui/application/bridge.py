"""The one widget that shows a `CellBuffer`; whatever Textual wants to know of it is answered from cells."""

from __future__ import annotations

from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.display.cells import Span
from tui.display.layers import Layers
from tui.display.styles import Codes, Palette


class Bridge(Widget, can_focus=True):
    """Shows a buffer, cell by cell.

    Args:
        buffer: what to show; its size follows the widget's.
        palette: the colours of styles.
    """

    DEFAULT_CSS = "Bridge { width: 1fr; height: 1fr; }"
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, buffer: Layers, palette: Palette) -> None:
        super().__init__()
        self._buffer = buffer
        self._palette = palette
        self._styles_by_name: dict[str, RichStyle] = {}

    def use(self, palette: Palette) -> None:
        """Takes other colours."""
        self._palette = palette
        self._styles_by_name.clear()
        self.refresh()

    def _style(self, name: str) -> RichStyle:
        found = self._styles_by_name.get(name)
        if found is None:
            found = self._styles_by_name[name] = rich_style(self._palette.codes(name))
        return found

    def render_line(self, y: int) -> Strip:
        """One row of the buffer."""
        width = self.size.width
        if y >= self._buffer.height:
            return Strip.blank(width, self._style("text"))
        glyphs, styles = self._buffer.row(y)
        if self._palette.glyphs is not None:
            glyphs = [self._palette.glyphs[glyph] for glyph in glyphs]
        segments, begin = [], 0
        for column in range(1, len(styles) + 1):
            if column == len(styles) or styles[column] != styles[begin]:
                segments.append(Segment("".join(glyphs[begin:column]), self._style(styles[begin])))
                begin = column
        return Strip(segments).adjust_cell_length(width, self._style("text"))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows as they are now: what Textual remembers of them may be older than the buffer."""
        left, right = crop.column_span
        strips = [self.render_line(y) for y in range(*crop.line_span)]
        return [strip.crop(left, right) for strip in strips]

    def refresh_spans(self, spans: list[Span]) -> None:
        """Has Textual repaint what has changed."""
        if len(spans) > 200:
            self.refresh()
        else:
            self.refresh(*(Region(span.begin, span.row, span.end - span.begin, 1) for span in spans))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as there is room."""
        return container.width


def rich_style(codes: Codes) -> RichStyle:
    """Codes as Rich knows them; Textual's compositor gives the very same codes back."""
    on = codes.attributes
    return RichStyle(
        color=_rich_colour(codes.foreground),
        bgcolor=_rich_colour(codes.background),
        bold="1" in on or None,
        dim="2" in on or None,
        italic="3" in on or None,
        underline="4" in on or None,
        reverse="7" in on or None,
    )


def _rich_colour(parameters: str) -> Color:
    """The colour behind SGR parameters."""
    if not parameters:
        return Color.default()
    lead, *rest = map(int, parameters.split(";"))
    if not rest:
        return Color.from_ansi(lead % 10 + (8 if lead >= 90 else 0))
    return Color.from_ansi(rest[1]) if rest[0] == 5 else Color.from_rgb(*rest[1:])
