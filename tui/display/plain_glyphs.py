"""Pictures for terminals that have few glyphs: plain ASCII, or what the Linux console's fonts hold.

A terminal that is not in UTF-8 shows three wrong letters for each of ours. The fonts of Linux's own
console have the shades, whole blocks and lines of code page 437, and neither eighths nor Braille.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

#: Ours, and below each the nearest sign of ASCII.
_SIGNS = dict(
    zip(
        "◊▴−–—…·∞±×Ø→←↑↓⏎▸▶‖♪●○◐◆◇✓✔✖▲▼▾▣▢□■½°µ│┃╷╵║─━┄┈═╌┼░▒▓█▔“”’≤≥√¶",
        '#^---~.i+xO><^v<>>=**oo#ovvx^vv#oo#.ou|||||--..=-+:%%#-""\'<>v"',
        strict=True,
    )
)
#: What code page 437 has of these, which the fonts of the Linux console hold.
_CONSOLE = frozenset("─│┼┌┐└┘├┤┬┴═║█▓▒░▀▄■·°±½µ√≤≥÷")
#: Eighths that grow from the left and from below: half a cell and more is a whole one.
_EIGHTHS = "▏▎▍▌▋▊▉", "▁▂▃▄▅▆▇"


def _ascii(glyph: str) -> str:
    """The nearest ASCII character."""
    if glyph in _SIGNS:
        return _SIGNS[glyph]
    code = ord(glyph[0])
    if 0x2800 <= code < 0x2900:  # Braille: by how many dots there are
        dots = (code - 0x2800).bit_count()
        return " .:|#"[(dots + 1) // 2]
    for eighths in _EIGHTHS:
        if glyph in eighths:
            return " .-=#"[(eighths.index(glyph) + 3) // 2]
    if 0x2500 <= code < 0x2580:  # corners and crossings
        return "+"
    if 0x2580 <= code < 0x25A0:
        return "#"
    letters = unicodedata.normalize("NFKD", glyph).encode("ascii", "ignore").decode()
    return letters[:1] or "?"


def _console(glyph: str) -> str:
    """The nearest glyph of the Linux console."""
    if glyph in _CONSOLE or glyph.isalpha():
        return glyph
    code = ord(glyph[0])
    if 0x2800 <= code < 0x2900:
        return " ░▒▓█"[((code - 0x2800).bit_count() + 1) // 2]
    if glyph in _EIGHTHS[0]:
        return " ░▒▓█"[(_EIGHTHS[0].index(glyph) + 3) // 2]
    if glyph in _EIGHTHS[1]:
        return "▄" if glyph in "▂▃▄▅" else "█" if glyph in "▆▇" else " "
    return {"▐": "▒", "▕": "░", "┃": "│", "╷": "│", "━": "─", "▔": "▀"}.get(glyph) or _ascii(glyph)


class Glyphs(dict[str, str]):
    """What is shown for each glyph; made as they come.

    Args:
        console: for the Linux console; else plain ASCII.
    """

    def __init__(self, *, console: bool) -> None:
        super().__init__()
        self._make = _console if console else _ascii

    def __missing__(self, glyph: str) -> str:
        shown = glyph if not glyph or glyph.isascii() else self._make(glyph)
        self[glyph] = shown
        return shown


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is meant to be in UTF-8: the first of the locale's variables that is set says so.

    Python's own encoding is no judge: it is UTF-8 even with LC_ALL=C (PEP 540). Where none is set, or only
    LANG=C, Python has set LC_CTYPE to C.UTF-8 before we look (PEP 538), and that is believed, until the
    terminal itself says otherwise (`is_guessed`).
    """
    value = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), "")
    return "utf8" in value.lower().replace("-", "")


def is_guessed(environment: Mapping[str, str]) -> bool:
    """Whether UTF-8 is only what Python made of a locale that nobody has set: the terminal is asked then."""
    coerced = environment.get("LC_CTYPE") == "C.UTF-8" and not environment.get("LC_ALL")
    return coerced and environment.get("LANG", "") in ("", "C", "POSIX")


#: Two bytes of UTF-8 and a question for the cursor: it stands in column 2 where they are one letter, in
#: column 3 where they are two. What was drawn is wiped out.
SIGNS_QUERY = "\x1b[H\u00e9\x1b[6n\x1b[2J"


def glyphs_for(environment: Mapping[str, str]) -> Glyphs | None:
    """What to show instead of our glyphs; None: the terminal has them."""
    if not speaks_utf8(environment):
        return Glyphs(console=False)
    return Glyphs(console=True) if environment.get("TERM", "").startswith("linux") else None


#: Said where there is no UTF-8.
CURE = "no UTF-8 in the locale, so signs are plain: export LC_ALL=C.UTF-8"
