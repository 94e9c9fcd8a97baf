"""Names of keys: as Textual gives them, as a person writes them, as they are shown."""

from __future__ import annotations

import re
import unicodedata

#: Where Textual's name of a sign is not its Unicode name (`textual.keys.KEY_NAME_REPLACEMENTS`).
_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}

_NAMED = frozenset(
    {
        *("space", "enter", "tab", "shift+tab", "backspace", "delete", "insert", "escape"),
        *("home", "end", "pageup", "pagedown", "left", "right", "up", "down"),
        *(f"f{number}" for number in range(1, 13)),
    }
)

#: Taken by flow control, screen, tmux and job control.
RESERVED = frozenset(f"ctrl+{letter}" for letter in "sqabz")

_SHOWN = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "home": "Home",
    "end": "End",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "delete": "Del",
}

_ALIASES = {"esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup"}
_ALIASES |= {"pgdn": "pagedown", "←": "left", "→": "right", "↑": "up", "↓": "down"}


def sign_name(sign: str) -> str:
    """Textual's name of the key that types `sign`: `S` is `S`, `<` is `less_than_sign`."""
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


_SIGNS = {sign_name(sign): sign for sign in map(chr, range(33, 127)) if not sign.isalnum()}


def parse_keys(text: str) -> str:
    """What a person writes, as a key: `<`, `space`, `ctrl+r`, `g s` for `g` then `s`.

    Returns:
        the name; keys of a sequence joined by commas.

    Raises:
        ValueError: there is no such key; the text says which and why.
    """
    parts = [text] if text.strip() in ("", ",") else re.split(r"[ ]+|(?<=[^, ]),(?=[^, ])", text.strip())
    return ",".join(_parse_key(part.strip()) for part in parts)


def typed_keys(text: str) -> list[str]:
    """The keys that a line stands for, one word each; none: it is something else, a command."""
    try:
        return [parse_keys(part) for part in text.split()]
    except ValueError:
        return []


def _parse_key(text: str) -> str:
    if len(text) == 1 and text.isprintable() and text not in _ALIASES and text != " ":
        return sign_name(text)
    name = text if text in _SIGNS else text.lower()
    name = _ALIASES.get(name, name)
    if name in RESERVED:
        raise ValueError(f"{name} belongs to the terminal: choose another key")
    if name in _NAMED or name in _SIGNS or re.fullmatch(r"ctrl\+[a-z]", name):
        return name
    raise ValueError(f"'{text}' is no key that every terminal sends")


def key_label(key: str) -> str:
    """A key as it is shown: `<`, `←`, `g s`."""
    return " ".join(_SHOWN.get(part) or _SIGNS.get(part, part) for part in key.split(","))


def keys_label(keys: tuple[str, ...]) -> str:
    """The keys of an action, as they are shown."""
    return "  ".join(key_label(key) for key in keys)
