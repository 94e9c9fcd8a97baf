"""Guesses what a file holds from its name: `LeadVox`, `BGV 2`, `Kick+Snare`, `808`, `Schlagzeug`.

A guess is only ever a proposal: whoever asks shows it.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from engine.session.naming import cleaned_name
from engine.session.role_words import beside, reference_words, role_words

Tokens = tuple[str, ...]

#: From here on scripts write words without spaces between them (CJK, kana, Hangul).
_FIRST_UNSPACED = "\u2e80"
#: Voicing marks of kana make other letters, unlike accents.
_KANA_MARKS = "\u3099\u309a"
#: The role of what is left when something is missing, and those of voices.
_WITHOUT, _LEAD, _BACKING = "music", "vocals", "backing_vocals"
#: A lead of the voice, unless another stem is one: then an instrument's.
_LEADS = ("lead", "ld")
#: Of a place in a film, and in a song of voices.
_BACKGROUNDS = "backgrounds"
#: Beside one of these effects are a song's; beside dialogue they are a film's.
_SONG = frozenset({"drums", "bass", "sub", _LEAD, _BACKING})
#: What may play a bass.
_PLAYED = ("instruments", "melodic")
#: Shortest word that is recognised at the start or end of a longer one ("kickdrum").
_SHORTEST_AFFIX = 4


@dataclass(frozen=True)
class Guess:
    """A role guessed from a name.

    Attributes:
        role: name of the role; `other` when nothing was recognised.
        word: what it was recognised by; None when nothing was.
        also: other roles whose words the name holds.
    """

    role: str
    word: str | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReferenceHit:
    """A name that looks like that of the mix: how surely (0 surest), and by which word."""

    rank: int
    word: str


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    word: str
    role: str


def plain(text: str) -> str:
    """A text without accents, in composed form, ß as ss; case is kept."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not _is_accent(char))
    return unicodedata.normalize("NFC", bare).replace("ß", "ss")


def _is_accent(char: str) -> bool:
    return unicodedata.category(char) == "Mn" and char not in _KANA_MARKS


def _pieces(text: str, *, camel: bool) -> Tokens:
    """Runs of letters or of digits in lower case; with `camel`, also split as in `LeadVox`."""
    pieces: list[str] = []
    previous = ""
    for index, char in enumerate(text):
        following = text[index + 1 : index + 2]
        if not char.isalnum():
            previous = ""
            continue
        new_word = not previous or previous.isdigit() != char.isdigit()
        if camel and char.isupper() and (previous.islower() or following.islower()):
            new_word = True
        if new_word:
            pieces.append(char)
        else:
            pieces[-1] += char
        previous = char
    return tuple(piece.casefold() for piece in pieces)


def tokens(name: str) -> Tokens:
    """The words of a name, split at case changes too: `01_LeadVox` is 01, lead, vox."""
    return _pieces(plain(name), camel=True)


@functools.cache
def _phrases() -> tuple[tuple[Tokens, str, str], ...]:
    """Every word of every role as (tokens, word, role)."""
    return tuple(
        (_pieces(plain(word), camel=False), word, name)
        for name, role in role_words().items()
        for word in role.words
    )


def _unspaced(token: str) -> bool:
    return any(char >= _FIRST_UNSPACED for char in token)


def _fits(phrase: Tokens, part: Sequence[str]) -> bool:
    """Whether the tokens of a phrase stand here; unspaced scripts may have more around them."""
    if len(phrase) == 1 and _unspaced(phrase[0]):
        return phrase[0] in part[0]
    return phrase == tuple(part)


def _whole_word_hits(words: Tokens) -> list[_Hit]:
    return [
        _Hit(start, start + len(phrase), word, role)
        for phrase, word, role in _phrases()
        for start in range(len(words) - len(phrase) + 1)
        if _fits(phrase, words[start : start + len(phrase)])
    ]


def _affix_hits(words: Tokens) -> list[_Hit]:
    """Long words at the start or end of a longer one: `kickdrum`, `hauptgesang`."""
    hits: list[_Hit] = []
    for phrase, word, role in _phrases():
        if len(phrase) != 1 or len(phrase[0]) < _SHORTEST_AFFIX:
            continue
        for index, token in enumerate(words):
            if token.startswith(phrase[0]) or token.endswith(phrase[0]):
                hits.append(_Hit(index, index + 1, word, role))
    return hits


def _strongest(hits: list[_Hit]) -> list[_Hit]:
    """Hits that do not overlap, longer ones first, in the order of the name."""
    chosen: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, -len(hit.word), hit.start)):
        if all(hit.end <= other.start or hit.start >= other.end for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.start)


def _guess_words(words: Tokens, raw: Tokens) -> Guess | None:
    """By whole words, of either way to split; generic ones last, after words inside of longer ones."""
    generic: Guess | None = None
    for split in (words, raw):
        hits = _strongest(_whole_word_hits(split))
        present = [hit for hit in hits if not _is_negated(hit, split)]
        if hits and not present:
            return Guess(_WITHOUT, f"{split[hits[0].start - 1]} {hits[0].word}")
        if present:
            guess = _decide(present)
            if any(not _is_generic(hit) for hit in present):
                return guess
            generic = generic or guess
    hits = _strongest(_affix_hits(raw))
    if generic is not None and all(map(_is_generic, hits)):
        return generic
    return _decide(hits) if hits else None


def _is_negated(hit: _Hit, words: Tokens) -> bool:
    """Whether the word before says that this is missing: `no_vocals`, `w/o drums`."""
    before = words[: hit.start]
    return bool(before) and (before[-1] in beside().negated or before[-2:] == ("w", "o"))


def _is_generic(hit: _Hit) -> bool:
    role = role_words()[hit.role]
    return hit.word in role.generic or hit.word in role.alone


def _decide(hits: list[_Hit]) -> Guess:
    """The first role of the name that says most.

    Specific words count before generic ones ("Drum Loop", "808 Snare"), those before weak roles ("Vox FX"),
    and these before parts of a song ("Verse Riser"). Where voices are named, backing words win wherever they
    stand ("Lead Vox Dbl"); words such as "Dbl" that an instrument may carry are nothing beside anything else
    that sounds ("Gtr Dbl", "Synth Stack", "BG Noise").
    """
    named = [hit for hit in hits if not _is_modifier(hit) and hit.word not in role_words()[hit.role].alone]
    voices = any(hit.role in (_LEAD, _BACKING) for hit in named)
    counted = named if named and not voices else hits
    best = min(map(_rank, counted))
    strong = [hit for hit in counted if _rank(hit) == best]
    backing = [hit for hit in strong if hit.role == _BACKING]
    winner = strong[-1] if _is_bass_of_another(strong) else (backing or strong)[0]
    also = tuple(dict.fromkeys(hit.role for hit in hits if hit.role != winner.role))
    return Guess(winner.role, winner.word, also)


def _is_bass_of_another(strong: Sequence[_Hit]) -> bool:
    """Whether a name such as "Keys Bass" means a bass, and how it is played."""
    *before, last = strong
    return last.word == "bass" and bool(before) and all(hit.role in _PLAYED for hit in before)


def _is_modifier(hit: _Hit) -> bool:
    return hit.role == _BACKING and hit.word in role_words()[_BACKING].modifiers


def _rank(hit: _Hit) -> int:
    role = role_words()[hit.role]
    if hit.word in role.alone:
        return 3
    if role.weak:
        return 2
    return 1 if hit.word in role.generic else 0


def guess_role(name: str) -> Guess:
    """The role that a file name (without its ending) suggests."""
    bare = plain(name)
    return _guess_words(_pieces(bare, camel=True), _pieces(bare, camel=False)) or Guess("other", None)


def guess_roles(names: Sequence[str]) -> tuple[Guess, ...]:
    """The roles that the names of a set suggest; what all of them begin with says nothing.

    So "Bass Culture - Drums" beside "Bass Culture - Keys" is drums. Where nothing is left to
    recognise the whole name counts.
    """
    shared = len(common_start(names))
    guesses = []
    for name in names:
        rest = " ".join(tokens(name)[shared:])
        own = guess_role(rest) if shared and rest else Guess("other", None)
        guesses.append(own if own.word is not None else guess_role(name))
    return _seen_together(guesses)


def _seen_together(guesses: Sequence[Guess]) -> tuple[Guess, ...]:
    """What the set implies: effects beside dialogue are a film's and beside drums a song's; a lead beside
    voices is none."""
    found = {guess.role for guess in guesses}
    voices = any(guess.role == _LEAD and guess.word not in _LEADS for guess in guesses)
    backing = _BACKING in found
    seen = []
    for guess in guesses:
        if guess.role == "fx" and "dialogue" in found:
            guess = replace(guess, role="effects")
        elif guess.word == _BACKGROUNDS and _LEAD in found and "dialogue" not in found:
            guess = replace(guess, role=_BACKING)
        elif guess.role == "effects" and found & _SONG and "dialogue" not in found:
            guess = replace(guess, role="fx")
        elif guess.word in _LEADS and guess.role == _LEAD and voices and not backing:
            guess = replace(guess, role="melodic")
        seen.append(guess)
    return tuple(seen)


def common_start(names: Sequence[str]) -> Tokens:
    """The words that all names (two or more) begin with, as long as each has another one left."""
    if len(names) < 2:
        return ()
    columns = zip(*(tokens(name)[:-1] for name in names), strict=False)
    return tuple(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))


def mentions(name: str, phrase: str) -> bool:
    """Whether a name holds all words of a phrase side by side, ignoring case and accents."""
    wanted = _pieces(plain(phrase), camel=False)
    return any(
        _fits(wanted, words[start : start + len(wanted)])
        for words in (tokens(name), _pieces(plain(name), camel=False))
        for start in range(len(words) - len(wanted) + 1)
    )


def reference_hit(name: str, shared: int = 0) -> ReferenceHit | None:
    """How surely a name is that of the mix; None: it looks like a stem.

    A name that also holds the word of a stem's role ("Drum Mix") is a stem.

    Args:
        name: of the file, without its ending.
        shared: leading words that all names of the set have, which say nothing.
    """
    rest = " ".join(tokens(name)[shared:]) or name
    if guess_role(rest).word is not None:
        return None
    for rank, word in enumerate(reference_words()):
        if mentions(rest, word):
            return ReferenceHit(rank, word)
    common = set(tokens(name)[:shared])
    words = " ".join(word for word in tokens(cleaned_name(name)) if word not in common)
    return ReferenceHit(len(reference_words()), words) if words in beside().alone else None
