"""Text for ears and fingers: what the console writes with signs, in words that every reader says alike.

Screen readers disagree about signs before numbers: VoiceOver leaves a hyphen-minus out unless all
punctuation is read, TalkBack never reads one before a number, NVDA left out U+2212 before 2020.1
(deque.com, "Ensuring negative numbers are available for everyone"; jamescatt.ca, "Minus the minus").
A gain of −3 dB that is heard as 3 dB is a ruined master, so a sign is a word here. Who reads with fingers
may want it short: `signs` writes ASCII's own.
"""

from __future__ import annotations

import re
import unicodedata

#: A number that stands alone: no part of a name, a path or a version.
_NUMBER = r"(\d+(?:\.\d+)?|∞)(?![\w/]|\.\w)"
_SIGNED = re.compile(rf"(?<![\w/.\-−+±'])([-−+±])\s?{_NUMBER}")
_SIGN_WORDS = {"-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus "}
_SIGN_MARKS = {"-": "-", "−": "-", "+": "+", "±": "+-"}
_ZERO = re.compile(r"(?<![\w/.\-−+±])[-−+](0(?:\.0+)?)(?![\w/]|\.\d)")
_RATIO = re.compile(r"(\d+(?:\.\d+)?):1(?![\d:])")
_TIME = re.compile(r"(?<![\d:.\-])(\d{1,3}):([0-5]\d)(\.\d+)?(?![\d:])")
_RANGE = re.compile(r"(?<=\w)\s?[…–]\s?(?=[\w−+-])")
#: Keys that stand alone in a hint, `* listens`: readers leave such signs out, or call them differently.
_KEY_SIGNS = {"*": "asterisk", "=": "equals sign", ";": "semicolon", "/": "slash", "@": "at sign"}
_KEY_SIGN = re.compile(r"(?<!\S)[*=;/@](?=[\s,]|$)")
_SPACES = re.compile(r"\s+")
_BEFORE_POINT = re.compile(r"\s+([,.;])(?=\s|$)")
_TWICE = re.compile(r"([,;:])(?:\s*[,;])+")

_PAIRS = (("← →", "left and right"), ("↑ ↓", "up and down"), ("< >", "less than and greater than"))
_WORDS = {
    "→": " to ",
    "←": " left ",
    "↑": " up ",
    "↓": " down ",
    "⏎": "enter",
    "×": " times ",
    "∞": "infinity",
    "≥": " at least ",
    "≤": " at most ",
    "Ø": "polarity ",
    "°": " degrees",
    "½": " half",
    "µ": "u",
    "·": ",",
    "•": ",",
    "–": ",",
    "—": " none ",
    "−": "-",
    "±": "+-",
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "‘": "'",
}


def spoken(text: str, *, signs: bool = False, ascii_only: bool = False) -> str:
    """One line as it is told.

    Args:
        text: as the console draws it.
        signs: signs of numbers, times and ratios stay signs, of ASCII.
        ascii_only: letters beyond ASCII become their nearest.
    """
    for pair, words in _PAIRS:
        text = text.replace(pair, words)
    text = _ZERO.sub(r"\1", text)
    text = _SIGNED.sub(lambda found: (_SIGN_MARKS if signs else _SIGN_WORDS)[found[1]] + found[2], text)
    text = _RANGE.sub(" to ", text)
    if not signs:
        text = _KEY_SIGN.sub(lambda found: _KEY_SIGNS[found[0]], text)
        text = _TIME.sub(_time, _RATIO.sub(r"\1 to 1", text))
    text = "".join(_letter(letter) for letter in text)
    text = _BEFORE_POINT.sub(r"\1", _SPACES.sub(" ", text).strip())
    text = _TWICE.sub(r"\1", text).strip(" ,;")
    return as_ascii(text) if ascii_only else text


def _time(found: re.Match[str]) -> str:
    """`1:07.3` as 1 min 7.3 s."""
    seconds = f"{int(found[2])}{found[3] or ''} s"
    return f"{int(found[1])} min {seconds}" if int(found[1]) else seconds


def _letter(letter: str) -> str:
    """A letter, or what stands for a sign: nothing where it is only drawn."""
    if letter.isascii():
        return letter if letter.isprintable() else " "
    if letter in _WORDS:
        return _WORDS[letter]
    # box drawing, blocks, geometric shapes, Braille, dingbats, arrows, musical signs: pictures
    return " " if unicodedata.category(letter)[0] in "SCZ" or letter in "…‖‹›‣" else letter


def as_ascii(text: str) -> str:
    """The nearest text in ASCII; what has none is a question mark."""
    return "".join(
        letter
        if letter.isascii()
        else unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        or _MORE.get(letter, "?")
        for letter in unicodedata.normalize("NFC", text)
    )


#: Letters that Unicode does not take apart.
_MORE = {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "œ": "oe", "Œ": "OE", "đ": "d", "ł": "l", "Ł": "L"}


def key_words(key: str) -> str:
    """A key as it is said: `capital R`, `less than sign`, `g then n`."""
    return " then ".join(_key(part) for part in key.split(","))


def _key(part: str) -> str:
    if len(part) == 1 and part.isupper():
        return f"capital {part}"
    return part.replace("ctrl+", "control ").replace("shift+", "shift ").replace("_", " ")


def change_words(text: str) -> str:
    """`Drums trim: +0.0 dB → +0.5 dB` as `Drums trim 0.0 to +0.5 dB`: a unit once."""
    place, colon, values = text.partition(": ")
    before, arrow, after = values.partition(" → ")
    if not colon or not arrow:
        return text
    unit = after.rpartition(" ")[2]
    if unit and before.endswith(f" {unit}") and not unit[0].isdigit():
        before = before.removesuffix(f" {unit}")
    return f"{place} {before} → {after}"
