"""What in a file name is no name: numbers, rates, dates, takes, and what all names of a set share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

#: Sample rates, word lengths and channels: `48k24b`, `24bit`, `2ch`, `44.1kHz`.
_TECHNICAL = re.compile(
    r"(?:(?:44|48|88|96|176|192|384)(?:\.1|\.2|\.4|1|2)?k(?:hz)?|44100|48000|88200|96000|176400|192000"
    r"|(?:16|24|32)(?:b|bit|bits|f|bf)|k?hz|bits?|[126]ch|r\d\d|wav|aiff?|flac|stereo|mono|stems?|bip|cm)+",
    re.IGNORECASE,
)
_TECHNICAL_PAIR = re.compile(
    r"(?:44(?:\.?1)?|48|88(?:\.?2)?|96|192)k?(?:hz)?[ _-]?(?:16|24|32)(?:b|bit|bits|bf|f)?", re.IGNORECASE
)
_LEADING_NUMBER = re.compile(r"^\s*[\[(]?\d{1,3}[\])]?(?:\s*[._)\-]+\s*|\s+)(?=\S*[^\W\d_]|\d{3}\b)")
_DATE = re.compile(
    r"(?<![0-9])(?:20\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
    r"|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])[-.](?:0[1-9]|1[0-2])[-.]20\d\d)(?![0-9])"
)
#: Marks of takes and bounces at the end: `.cm_01`, `-CM_03`, `_bip`, `(2)`, `.dup1`.
_BOUNCE = re.compile(r"(?:[._-]cm[_.-]\d+|[_-]bip|\s*\(\d\)|\.dup\d+|[_-]\d\d)$", re.IGNORECASE)
_TEMPO_KEY = re.compile(
    r"\s*(?:@\s*)?\b\d{2,3}(?:\.\d+)?\s*bpm\b"
    r"|\s*\(\s*[A-G][#b♯♭]?\s*(?:m|min|maj|minor|major)?\s*\)",
    re.IGNORECASE,
)
#: What tells versions of one thing apart; numbers alone ("Tom 1", "Tom 2") do not.
_VERSION = re.compile(
    r"(?:^|[\s_.\-(]+)(?:(?:v|ver|version|rev|take|tk)[\s_.]?(?P<number>\d{1,3})|(?P<word>final|new|old|copy)"
    r"(?:(?<=final)[\s_.]?(?P<again>\d{1,2}))?)\)?"
    r"(?=$|[\s_.\-)])",
    re.IGNORECASE,
)


def display_names(
    names: Sequence[str], says_something: Callable[[str], bool] = lambda text: False
) -> tuple[str, ...]:
    """Names as a desk shows them: without what they share, numbers, rates, dates and bounce marks.

    A name that would be left empty or equal to another stays whole.

    Args:
        names: of the files of a set, without their endings.
        says_something: tells what is kept though all names begin or end with it, such as "Vox".
    """
    parts = [_split(name) for name in names]
    head = _shared([part[:-1] for part in parts]) if len(names) > 1 else 0
    tail = _shared([part[:0:-1] for part in (part[head:] for part in parts)]) if len(names) > 1 else 0
    if head and says_something(_joined(parts[0][:head])):
        head = 0
    if tail and says_something(_joined(parts[0][len(parts[0]) - tail :])):
        tail = 0
    cleaned = [cleaned_name(_joined(part[head : len(part) - tail])) for part in parts]
    folded = [name.casefold() for name in cleaned]
    return tuple(
        short if _is_name(short) and folded.count(short.casefold()) == 1 else name
        for short, name in zip(cleaned, names, strict=True)
    )


def _is_name(text: str) -> bool:
    """Whether a text says something: a letter, or a number as long as 808."""
    return any(map(str.isalpha, text)) or sum(map(str.isdigit, text)) > 2


def _split(name: str) -> list[str]:
    """The pieces of a name, each with what separates it from the next."""
    pieces = re.split(r"([\s_]+(?:-[\s_]+)?|(?<=\w)-(?=\w))", name)
    return [piece + separator for piece, separator in zip(pieces[::2], [*pieces[1::2], ""], strict=True)]


def _joined(pieces: Sequence[str]) -> str:
    return "".join(pieces)


def _shared(columns: Sequence[Sequence[str]]) -> int:
    """How many pieces at the beginning all lists share, ignoring case and separators."""
    count = 0
    for column in zip(*columns, strict=False):
        if len({piece.strip(" _-").casefold() for piece in column}) > 1:
            break
        count += 1
    return count


def cleaned_name(name: str) -> str:
    """A name without numbers, rates, word lengths, dates, tempo, key and the marks of bounces."""
    previous = None
    name = _DATE.sub(" ", name)
    name = _TEMPO_KEY.sub(" ", name)
    while name != previous:
        previous = name
        name = _LEADING_NUMBER.sub("", name)
        name = _TECHNICAL_PAIR.sub("", name) if _TECHNICAL_PAIR.search(name) else name
        name = _BOUNCE.sub("", name.rstrip(" _-."))
        pieces = _split(name)
        while len(pieces) > 1 and _is_trailing(pieces[-1]):
            pieces.pop()
        if len(pieces) > 1 and pieces[0].strip(" _-").casefold() in ("stem", "stems"):
            pieces.pop(0)
        name = _joined(pieces).strip(" _-.,")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return " ".join(name.replace("_", " ").split())


def _is_trailing(piece: str) -> bool:
    word = piece.strip(" _-.()[]")
    return bool(word) and not word.isdigit() and _TECHNICAL.fullmatch(word) is not None


def without_version(name: str) -> tuple[str, tuple[int, int] | None]:
    """A name without the marks of a version, and how late that version is; None where it has no mark.

    Numbers rank by their value; `final` and `new` above any, `final 2` above that, `old` and `copy` below.
    """
    number: int | None = None
    word_rank = 0
    for match in _VERSION.finditer(name):
        if match["number"] or match["again"]:
            number = int(match["number"] or match["again"])
        if match["word"]:
            word_rank = 1 if match["word"].lower() in ("final", "new") else -1
    if number is None and word_rank == 0:
        return name.casefold(), None
    bare = _VERSION.sub("", name)
    return " ".join(re.split(r"[\W_]+", bare.casefold())).strip(), (word_rank, number or 0)
