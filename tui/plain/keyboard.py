"""Keys from bytes, by the names that actions know them by (`tui.actions.keys`)."""

from __future__ import annotations

import codecs
import re

from tui.actions.keys import sign_name

#: ECMA-48 and xterm: what follows ESC, of the keys that have names.
_SEQUENCES = {
    **{
        f"{lead}{letter}": name
        for lead in "[O"
        for letter, name in zip("ABCDHF", ("up", "down", "right", "left", "home", "end"), strict=True)
    },
    **{
        f"[{number}~": name
        for number, name in {
            1: "home",
            2: "insert",
            3: "delete",
            4: "end",
            5: "pageup",
            6: "pagedown",
            7: "home",
            8: "end",
            11: "f1",
            12: "f2",
            13: "f3",
            14: "f4",
            15: "f5",
            17: "f6",
            18: "f7",
            19: "f8",
            20: "f9",
            21: "f10",
            23: "f11",
            24: "f12",
        }.items()
    },
    **{f"O{letter}": f"f{number}" for number, letter in enumerate("PQRS", 1)},
    "[Z": "shift+tab",
}
_WHOLE = re.compile(r"\[[0-?]*[ -/]*[@-~]|O[@-~]")
_PART = re.compile(r"(\[[0-?]*[ -/]*|O)?")
_CONTROLS = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace", " ": "space"}

#: A key's name, and the character it types; None: it types none.
Key = tuple[str, str | None]


class Keyboard:
    """Takes bytes as they come; a sequence may be cut anywhere."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    @property
    def waits(self) -> bool:
        """Whether a sequence has begun; after a moment without more it was the escape key."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[Key]:
        """The keys that are complete."""
        text, keys = self._rest + self._decoder.decode(data), list[Key]()
        self._rest = ""
        while text:
            if text[0] != "\x1b":
                keys.append(_plain(text[0]))
                text = text[1:]
                continue
            if (whole := _WHOLE.match(text, 1)) is not None:
                name = _SEQUENCES.get(whole[0])
                keys += [(name, None)] if name is not None else []
                text = text[whole.end() :]
            elif _PART.fullmatch(text, 1):
                self._rest = text
                break
            else:
                keys.append(("escape", None))
                text = text[1:]
        return keys

    def settle(self) -> list[Key]:
        """Nothing has followed: an escape was the key, and what came behind it is typed."""
        rest, self._rest = self._rest, ""
        return [("escape", None), *map(_plain, rest[1:])] if rest else []


def _plain(letter: str) -> Key:
    if letter in _CONTROLS:
        return _CONTROLS[letter], " " if letter == " " else None
    if letter < " ":
        return f"ctrl+{chr(ord(letter) + 96)}", None
    return sign_name(letter), letter
