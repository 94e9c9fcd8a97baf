"""Foreign text on terminals: by what Unicode says of every character, none that a terminal obeys is left."""

from __future__ import annotations

import json
import unicodedata

from engine.terminal_text import json_for_terminals, one_line, visible

#: Beyond them nothing here is a control.
CODES = range(0x2100)
#: Bidi_Control of the Unicode Character Database: by their classes, and the three marks.
TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
MARKS = (0x061C, 0x200E, 0x200F)


def is_obeyed(code: int) -> bool:
    """Whether a character moves, hides or turns what stands around it."""
    letter = chr(code)
    return (
        unicodedata.category(letter) in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(letter) in TURNING
        or code in MARKS
    )


def number(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def test_lines_and_tabulators_stay_what_else_is_obeyed_is_a_number() -> None:
    for code in CODES:
        letter = chr(code)
        expected = number(code) if is_obeyed(code) and letter not in "\t\n" else letter
        assert visible(f"a{letter}b") == f"a{expected}b", hex(code)


def test_in_one_line_a_line_feed_is_written_and_a_tabulator_a_blank() -> None:
    for code in CODES:
        letter = chr(code)
        expected = {"\t": " ", "\n": "\\n"}.get(letter, number(code) if is_obeyed(code) else letter)
        assert one_line(f"é{letter}b") == f"é{expected}b", hex(code)


def test_json_means_the_same() -> None:
    whole = "".join(map(chr, CODES))
    document = json.dumps({"name": whole}, ensure_ascii=False, indent=1)
    shown = json_for_terminals(document)
    assert json.loads(shown) == {"name": whole}
    assert [hex(ord(letter)) for letter in shown if is_obeyed(ord(letter)) and letter != "\n"] == []
