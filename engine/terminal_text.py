"""The one place where foreign text becomes terminal text.

Names of files, stems, titles and whatever else a session, an audio file or a command line holds may carry
escape sequences (ECMA-48) that rename the window, hide lines or answer in the user's stead, and characters
that turn the direction of writing round (Unicode UAX #9), so that a name reads as another. They are shown
as what they are.
"""

from __future__ import annotations

#: Columns of a file or a pipe: as wide as the widest line, for `grep` and `less -S`; nothing is folded.
UNBOUNDED_COLUMNS = 10_000
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINES = (0x2028, 0x2029)
#: Controls of ISO 646 and ISO 6429 but for the line feed and the tabulator, and delete.
_CONTROLS = (*(code for code in range(0x20) if code not in (0x09, 0x0A)), *range(0x7F, 0xA0))


def _shown(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_VISIBLE = {code: _shown(code) for code in (*_CONTROLS, *_LINES, *_DIRECTIONS)}
_ONE_LINE = {**_VISIBLE, 0x09: " ", 0x0A: "\\n"}
_IN_JSON = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), *_LINES, *_DIRECTIONS)}


def visible(text: str) -> str:
    """`text` with every control character shown as its number, lines kept."""
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)


def one_line(text: str) -> str:
    """The same in one line, for messages that are one."""
    return text if text.isascii() and text.isprintable() else text.translate(_ONE_LINE)


def json_for_terminals(document: str) -> str:
    """A JSON document that means the same and holds no control character but its line feeds."""
    return document.translate(_IN_JSON)
