"""What Rich has styled as cells of a mirror: the way in for all that Textual draws itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style

from tui.display.mirror import Cell
from tui.display.styles import Codes, Depth, make_codes, rgb_parameters, seen, standard_parameters

_ATTRIBUTES = ("bold", "italic", "underline", "blink", "reverse", "strike")


class Renditions:
    """Codes of Rich's styles, for one depth of colour."""

    def __init__(self, depth: Depth) -> None:
        self.depth = depth
        self._known: dict[Style | None, Codes] = {}

    def codes(self, style: Style | None) -> Codes:
        """The codes of a style; what cannot be shown (links, meta data) is left out."""
        found = self._known.get(style)
        if found is None:
            if len(self._known) > 4096:
                self._known.clear()
            found = self._known[style] = self._make(style)
        return found

    def _make(self, style: Style | None) -> Codes:
        if style is None:
            return make_codes(frozenset(), "", "")
        names = {name for name in _ATTRIBUTES if getattr(style, name)}
        if style.dim:
            names.add("faint")
        return make_codes(
            frozenset(names),
            self._parameters(style.color, background=False),
            self._parameters(style.bgcolor, background=True),
        )

    def _parameters(self, color: Any, *, background: bool) -> str:
        if color is None or color.type is ColorType.DEFAULT or self.depth is Depth.NONE:
            return ""
        if color.type is ColorType.STANDARD:
            return standard_parameters(color.number, background=background)
        if color.type is ColorType.EIGHT_BIT and self.depth >= Depth.INDEXED:
            return f"{48 if background else 38};5;{color.number}"
        triplet = color.get_truecolor()
        return rgb_parameters(tuple(triplet), self.depth, background=background)


def cells_of(segments: Iterable[Segment], renditions: Renditions) -> list[Cell]:
    """Segments as cells; what a terminal would not show as a glyph is left out."""
    from rich.cells import get_character_cell_size

    cells: list[Cell] = []
    for text, style, control in segments:
        if control:
            continue
        codes = renditions.codes(style)
        if text.isascii():
            blank = seen(" ", codes)
            cells += [(glyph, codes) if glyph > " " else (" ", blank) for glyph in text]
            continue
        for glyph in text:
            size = get_character_cell_size(glyph)
            if size == 0 and cells:
                place = -1 if cells[-1][0] else -2
                cells[place] = (cells[place][0] + glyph, cells[place][1])
            elif size:
                cells.append((glyph, seen(glyph, codes)))
                cells += [("", codes)] * (size - 1)
    return cells
