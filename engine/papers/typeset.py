"""Widths of texts and their lines, with the fonts that matplotlib brings along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_POINTS_PER_INCH = 72.0
#: How far the widths of words may be from that of their line.
_ABOUT = 0.05
#: Free fonts with Chinese, Japanese and Korean letters, as systems ship them.
_WIDER = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Source Han Sans", "WenQuanYi Zen Hei"),
    *("WenQuanYi Micro Hei", "IPAexGothic", "IPAGothic", "Droid Sans Fallback", "Unifont"),
)


@dataclass(frozen=True)
class Face:
    """How a text is set.

    Attributes:
        size_pt: of the letters, points.
        bold: heavier.
        fixed: letters of one width.
    """

    size_pt: float
    bold: bool = False
    fixed: bool = False

    @property
    def line_in(self) -> float:
        """From one line to the next, inches."""
        return 1.38 * self.size_pt / _POINTS_PER_INCH

    def properties(self) -> dict[str, Any]:
        """The same for matplotlib."""
        return {
            "fontsize": self.size_pt,
            "fontweight": "bold" if self.bold else "normal",
            "fontfamily": families(self.fixed),
        }


@lru_cache(maxsize=2)
def families(fixed: bool = False) -> list[str]:
    """The font that matplotlib brings along, then installed ones for the letters that it has not.

    A text that needs none of them is the same on every machine.
    """
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return ["DejaVu Sans Mono" if fixed else "DejaVu Sans", *(name for name in _WIDER if name in installed)]


@lru_cache(maxsize=8)
def _font(bold: bool, fixed: bool) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    weight = "bold" if bold else "normal"
    return get_font([findfont(FontProperties(family=name, weight=weight)) for name in families(fixed)])


@lru_cache(maxsize=4096)
def width_in(text: str, face: Face) -> float:
    """How wide a line is, inches."""
    font = _font(face.bold, face.fixed)
    font.set_size(face.size_pt, _POINTS_PER_INCH)
    font.set_text(text, 0.0)
    return float(font.get_width_height()[0]) / 64.0 / _POINTS_PER_INCH


def lines_of(text: str, face: Face, wide_in: float, *, anywhere: bool = False) -> list[str]:
    """`text` in lines that are no wider; broken between words, and inside one only where it must be.

    Args:
        text: may hold line ends.
        face: how it is set.
        wide_in: of the column, inches.
        anywhere: of hashes and the like: broken after any letter.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = [paragraph] if anywhere else paragraph.split(" ")
        line = ""
        for number, word in enumerate(words):
            joined = word if number == 0 else f"{line} {word}"
            if _fits(joined, face, wide_in):
                line = joined
                continue
            if number:
                lines.append(line)
            *whole, line = _broken(word, face, wide_in)
            lines += whole
        lines.append(line)
    return lines


def _fits(line: str, face: Face, wide_in: float) -> bool:
    """Whether a line is no wider; measured as a whole only where the sum of its words does not tell.

    Letters that are moved closer to a space make the sum a little too wide, or the other way round.
    """
    words = line.split(" ")
    about_in = sum(width_in(word, face) for word in words) + (len(words) - 1) * width_in(" ", face)
    if abs(about_in - wide_in) > _ABOUT * wide_in:
        return about_in < wide_in
    return width_in(line, face) <= wide_in


def _broken(word: str, face: Face, wide_in: float) -> Iterator[str]:
    """A word in pieces that are no wider."""
    rest = word
    while rest and width_in(rest, face) > wide_in:
        low, high = 1, len(rest)
        while low < high:
            middle = (low + high + 1) // 2
            if width_in(rest[:middle], face) <= wide_in:
                low = middle
            else:
                high = middle - 1
        yield rest[:low]
        rest = rest[low:]
    yield rest
