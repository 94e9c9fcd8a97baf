"""From the name of a style to the codes a terminal understands; nothing of Textual.

A style is `[bold|italic|underline|reverse …] colour [on background]`, its colours names of a theme.
`Codes` are what SGR (ECMA-48, 8.3.117) calls graphic rendition, split so that a change from one to
another can be told in as few bytes as possible.
"""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Mapping
from typing import NamedTuple

#: SGR numbers that switch an attribute on, and those that switch it off again.
_ON = {
    "bold": "1",
    "faint": "2",
    "italic": "3",
    "underline": "4",
    "blink": "5",
    "reverse": "7",
    "strike": "9",
}
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}

# Underlined, reversed and struck-out blanks are seen.
_ON_BLANKS = frozenset({"4", "7", "9"})

#: Names of the sixteen colours every terminal has, in the order of their numbers.
ANSI_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

# The colours xterm gives the sixteen, to find the nearest (XTerm-col.ad).
_SIXTEEN = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0),
    (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
    (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip
#: Two of the sixteen stand out from each other with a contrast (WCAG 2.2, definition) of so much, 1 to 21.
_LEAST_CONTRAST = 3.0
# The six steps of xterm's colour cube (256colres.pl).
_CUBE = (0, 95, 135, 175, 215, 255)

#: Areas, not words: they are seen where a word would be hard to read.
_AREAS = frozenset({"meter_low", "meter_mid", "meter_high", "meter_rms"})
#: How a colour that means something is told where there are none: attributes instead.
WITHOUT_COLOUR: Mapping[str, tuple[str, ...]] = {
    "title": ("bold",),
    "focus": ("bold",),
    "warn": ("bold",),
    "bad": ("bold",),
    "over": ("bold", "reverse"),
    "solo": ("bold",),
    "mute": ("bold",),
    "playhead": ("bold",),
}
#: Backgrounds that mean something, likewise.
BACKGROUND_WITHOUT_COLOUR: Mapping[str, tuple[str, ...]] = {"selected": ("reverse",), "focus": ("reverse",)}


class Depth(enum.IntEnum):
    """How many colours a terminal shows."""

    NONE = 0
    ANSI = 16
    INDEXED = 256
    TRUE = 1 << 24


class Codes(NamedTuple):
    """One graphic rendition.

    Attributes:
        attributes: SGR numbers that switch attributes on, ascending.
        foreground: SGR parameters of the colour; "" the terminal's own.
        background: the same of the background.
    """

    attributes: tuple[str, ...] = ()
    foreground: str = ""
    background: str = ""


#: What a terminal starts with.
DEFAULT = Codes()

RGB = tuple[int, int, int]


@functools.cache
def _interned(codes: Codes) -> Codes:
    return codes


def make_codes(attributes: frozenset[str], foreground: str, background: str) -> Codes:
    """Codes from attribute names and SGR parameters; equal ones are one object."""
    numbers = tuple(sorted(_ON[name] for name in attributes))
    return _interned(Codes(numbers, sys.intern(foreground), sys.intern(background)))


def seen(glyph: str, codes: Codes) -> Codes:
    """What of `codes` can be seen: the colour of a blank cannot, nor whether it is bold."""
    if glyph != " " or not _ON_BLANKS.isdisjoint(codes.attributes):
        return codes
    return _interned(Codes((), "", codes.background))


def for_blank(pen: Codes, codes: Codes) -> Codes:
    """The rendition nearest to `pen` in which a blank looks as in `codes`, which are `seen`."""
    if codes.attributes or not _ON_BLANKS.isdisjoint(pen.attributes):
        return codes
    if pen.background == codes.background:
        return pen
    return _interned(Codes(pen.attributes, pen.foreground, codes.background))


def standard_parameters(number: int, *, background: bool) -> str:
    """SGR parameters of one of the sixteen colours."""
    base = 30 if number < 8 else 82
    return str(base + number + (10 if background else 0))


def parse_rgb(text: str) -> RGB:
    """`#rrggbb` as three numbers.

    Raises:
        ValueError: it is not of that form.
    """
    if len(text) != 7 or text[0] != "#":
        raise ValueError(f"'{text}' is no colour: write #rrggbb or ansi_red, ansi_bright_red …, ansi_default")
    value = int(text[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def parse_ansi(text: str) -> int | None:
    """`ansi_red` as the number of the colour, `ansi_default` as −1; None: not of that form."""
    if not text.startswith("ansi_"):
        return None
    name = text.removeprefix("ansi_")
    if name == "default":
        return -1
    bright = name.startswith("bright_")
    name = name.removeprefix("bright_")
    return ANSI_NAMES.index(name) + 8 * bright if name in ANSI_NAMES else None


def _distance(one: RGB, other: RGB) -> float:
    """How different two colours look: the low-cost approximation of Riemersma, `Colour metric`, 2019."""
    mean = (one[0] + other[0]) / 2.0
    red, green, blue = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return (2.0 + mean / 256) * red * red + 4.0 * green * green + (2.0 + (255 - mean) / 256) * blue * blue


def luminance(rgb: RGB) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2, definition)."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition)."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _run_together(colour: str, background: str) -> bool:
    """Whether both are of the sixteen, and the one is hardly seen on the other, as xterm shows them."""
    numbers = parse_ansi(colour), parse_ansi(background)
    if None in numbers or -1 in numbers:
        return False
    return contrast(*(_SIXTEEN[number or 0] for number in numbers)) < _LEAST_CONTRAST


@functools.cache
def _nearest_indexed(rgb: RGB) -> int:
    """The nearest of the 216 colours and 24 greys from 16 on."""
    steps = [min(range(6), key=lambda step: abs(_CUBE[step] - part)) for part in rgb]
    cube = 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    cube_rgb = (_CUBE[steps[0]], _CUBE[steps[1]], _CUBE[steps[2]])
    grey_step = min(23, max(0, round((sum(rgb) / 3.0 - 8.0) / 10.0)))
    grey = 8 + 10 * grey_step
    return cube if _distance(rgb, cube_rgb) <= _distance(rgb, (grey, grey, grey)) else 232 + grey_step


def _indexed_rgb(number: int) -> RGB:
    """A colour of the table, from 16 on."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    step = number - 16
    return _CUBE[step // 36], _CUBE[step // 6 % 6], _CUBE[step % 6]


@functools.cache
def _nearest_sixteen(rgb: RGB) -> int:
    return min(range(16), key=lambda number: _distance(rgb, _SIXTEEN[number]))


def rgb_parameters(rgb: RGB, depth: Depth, *, background: bool) -> str:
    """SGR parameters of a colour, or of the nearest one the terminal has."""
    if depth is Depth.NONE:
        return ""
    if depth is Depth.ANSI:
        return standard_parameters(_nearest_sixteen(rgb), background=background)
    lead = "48" if background else "38"
    # a colour that stands in the table of 256 is named by its number: half the bytes
    number = _nearest_indexed(rgb)
    if depth is Depth.INDEXED or _indexed_rgb(number) == rgb:
        return f"{lead};5;{number}"
    return f"{lead};2;{rgb[0]};{rgb[1]};{rgb[2]}"


class Style(NamedTuple):
    """A style's parts.

    Attributes:
        attributes: names of attributes.
        colour: name of a theme's colour.
        background: the same; "background" where none is named.
    """

    attributes: frozenset[str]
    colour: str
    background: str


@functools.cache
def parse_style(name: str) -> Style:
    """The parts of a style's name."""
    front, _, background = name.partition(" on ")
    words = front.split()
    attributes = frozenset(word for word in words[:-1] if word in _ON)
    return Style(attributes, words[-1] if words else "text", background.strip() or "background")


class _Cells(dict[tuple[str, str], tuple[str, Codes]]):
    """By glyph and style a glyph with its codes."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def __missing__(self, key: tuple[str, str]) -> tuple[str, Codes]:
        if len(self) > 20000:
            self.clear()
        (glyph, name), glyphs = key, self._palette.glyphs
        shown = glyph if glyphs is None else glyphs[glyph]
        self[key] = found = (shown, seen(shown, self._palette.codes(name)))
        return found


class Palette:
    """The codes of every style, for one theme on one terminal.

    Args:
        colours: by name: `#rrggbb` or `ansi_…`, already checked.
        depth: of the terminal.
        glyphs: what is shown for each glyph; None: it itself.

    Attributes:
        cells: as `cell`, for whoever asks for many.
    """

    def __init__(
        self, colours: Mapping[str, str], depth: Depth, glyphs: Mapping[str, str] | None = None
    ) -> None:
        self.colours = colours
        self.glyphs = glyphs
        self.depth = depth
        self._codes: dict[str, Codes] = {}
        self.cells = _Cells(self)

    def colour(self, name: str) -> str:
        """The theme's value of a colour; an unknown name is as the text."""
        return self.colours.get(name) or self.colours.get("text", "ansi_default")

    def codes(self, name: str) -> Codes:
        """The codes of a style."""
        found = self._codes.get(name)
        if found is None:
            found = self._codes[name] = self._make(parse_style(name))
        return found

    def cell(self, glyph: str, name: str) -> tuple[str, Codes]:
        """A glyph with its codes; the same object for the same question."""
        return self.cells[glyph, name]

    def _make(self, style: Style) -> Codes:
        attributes = style.attributes
        if self.depth is Depth.NONE:
            attributes |= set(WITHOUT_COLOUR.get(style.colour, ()))
            attributes |= set(BACKGROUND_WITHOUT_COLOUR.get(style.background, ()))
        # on a terminal with few colours a text may have its background's, or one that is hardly seen on it
        colour, ground = self.colour(style.colour), self.colour(style.background)
        hidden = style.colour != style.background and (
            colour == ground or (style.colour not in _AREAS and _run_together(colour, ground))
        )
        foreground = self._parameters("text" if hidden else style.colour, background=False)
        return make_codes(attributes, foreground, self._parameters(style.background, background=True))

    def _parameters(self, name: str, *, background: bool) -> str:
        value = self.colour(name)
        number = parse_ansi(value)
        if self.depth is Depth.NONE or number == -1:
            return ""
        if number is not None:
            return standard_parameters(number, background=background)
        return rgb_parameters(parse_rgb(value), self.depth, background=background)


@functools.lru_cache(maxsize=65536)
def transition(old: Codes | None, new: Codes) -> str:
    """The shortest SGR sequence from one rendition to another; None: from an unknown one."""
    if old == new:
        return ""
    parts = [*new.attributes]
    parts += [part for part in (new.foreground, new.background) if part]
    # an empty parameter is a 0 for everybody but dvtm
    anew = "\x1b[m" if not parts else f"\x1b[0;{';'.join(parts)}m"
    if old is None:
        return anew
    parts = _off(old, new)
    kept = frozenset(old.attributes) if "0" not in parts else frozenset()
    # 22 ends both bold and faint: what stays of the two is switched on again
    ended = {number for number in old.attributes if _OFF[number] in parts}
    parts += [number for number in new.attributes if number not in kept - ended]
    if new.foreground != old.foreground:
        parts.append(new.foreground or "39")
    if new.background != old.background:
        parts.append(new.background or "49")
    step = f"\x1b[{';'.join(parts)}m"
    return step if len(step) <= len(anew) else anew


def _off(old: Codes, new: Codes) -> list[str]:
    return sorted({_OFF[number] for number in old.attributes if number not in new.attributes})
