"""Sets apart what came with the stems: pairs of mono files, guides, prints, older versions, the mix.

Every decision is a proposal and told; files that were named one by one are never left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.pairs import members, pair_name, pair_path
from engine.session.by_sound import HEARD, HearSums, by_sound
from engine.session.folders import Offer, natural_key
from engine.session.guess import common_start, guess_role, guess_roles, mentions, reference_hit, tokens
from engine.session.naming import cleaned_name, without_version
from engine.session.role_words import beside, reference_words

#: Left and right at the end of a name, before marks of a bounce: `OH.L`, `Pad_L_01`, `Keys left`, `Gtr (R)`.
_SIDE = re.compile(
    r"(?<=[\s._\-(\[])(l|r|left|right|lt|rt|li|re)(?=[)\]]?(?:[._\-]\w{1,3})?$)", re.IGNORECASE
)
_RIGHT_OF = {"l": "r", "left": "right", "lt": "rt", "li": "re"}
#: A mix begins and ends with its stems, give or take a count-in and a tail, s.
_MIX_WITHIN_S = 15.0
_INSTRUMENTAL = frozenset(("music", "instruments", "other"))
_VOICES = frozenset(("vocals", "backing_vocals"))


@dataclass(frozen=True)
class Form:
    """What a file is, before a sample of it is read.

    Attributes:
        sample_rate: Hz.
        channels: of the file.
        frames: length.
    """

    sample_rate: int
    channels: int
    frames: int


ReadForm = Callable[[Path], Form]


@dataclass(frozen=True)
class Sorted:
    """Stems, the mix, and by which word it was recognised."""

    stems: tuple[Path, ...]
    reference: Path | None
    word: str | None


def name_of(path: Path) -> str:
    """What a stem's file is called without its ending."""
    return pair_name(path)


def joined(files: Sequence[Path], read_form: ReadForm | None, notes: list[str]) -> list[Path]:
    """The files with pairs of mono files as one; said.

    Args:
        files: in their order; a pair stands where its first file stood.
        read_form: reads what a file is; None: nothing is joined.
        notes: receives what was done.
    """
    if read_form is None:
        return list(files)
    by_name = {(file.parent, file.name.casefold()): file for file in files}
    taken: set[Path] = set()
    result: list[Path] = []
    for file in files:
        if file in taken:
            continue
        right = _right_of(file, by_name)
        pair = None if right is None or right in taken else _pair(file, right, read_form, notes)
        if pair is None:
            result.append(file)
            continue
        taken.update(members(pair))
        result = [one for one in result if one not in taken]
        result.append(pair)
    return result


def _right_of(file: Path, by_name: dict[tuple[Path, str], Path]) -> Path | None:
    """The file that would be the right side of this one."""
    match = _SIDE.search(file.stem)
    side = None if match is None else _RIGHT_OF.get(match[1].casefold())
    if match is None or side is None:
        return None
    name = f"{file.stem[: match.start()]}{side}{file.stem[match.end() :]}{file.suffix}"
    return by_name.get((file.parent, name.casefold()))


def _pair(left: Path, right: Path, read_form: ReadForm, notes: list[str]) -> Path | None:
    forms = read_form(left), read_form(right)
    if any(form.channels != 1 for form in forms):
        return None
    if forms[0] != forms[1]:
        notes.append(
            f"{left.name} and {right.name} look like left and right of one stem, but differ in rate or "
            "length: they stay two stems"
        )
        return None
    try:
        pair = pair_path(left, right)
    except ValueError:
        return None
    notes.append(f"{left.name} and {right.name} are joined: left and right of one stereo stem")
    return pair


def sort_out(
    files: Sequence[Path],
    named: set[str],
    offer: Offer,
    read_form: ReadForm | None,
    notes: list[str],
    hear_sums: HearSums | None = None,
) -> Sorted:
    """Finds the mix, and leaves out what is no stem.

    Args:
        files: pairs already joined.
        named: real paths of files that were named one by one.
        offer: what the folders say about them.
        read_form: reads what a file is; None: names alone decide.
        notes: receives every decision.
        hear_sums: listens to what the names leave open; None: names alone decide.
    """

    def is_named(file: Path) -> bool:
        return any(os.path.realpath(member) in named for member in members(file))

    free = [file for file in files if not is_named(file)]
    guides = _guides(free)
    notes.extend(
        f"{file.name} is left out, it looks like a guide ('{word}'): name it to have it"
        for file, word in guides.items()
    )
    rest = [file for file in files if file not in guides]
    reference, word, rest = _mix(rest, is_named, offer, read_form, notes)
    for file, why in {**_prints(rest, is_named), **_older(rest, is_named)}.items():
        if len(rest) > 1:
            notes.append(f"{file.name} is left out, {why}: name it to have it as a stem")
            rest.remove(file)
    if hear_sums is not None:
        found = by_sound(rest, hear_sums(rest), is_named, notes, find_mix=reference is None)
        rest = [file for file in found.stems if file is not found.reference]
        reference, word = (reference, word) if found.reference is None else (found.reference, HEARD)
    return Sorted(tuple(rest), reference, word)


def _guides(files: Sequence[Path]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for file in files:
        word = next((word for word in beside().guides if mentions(name_of(file), word)), None)
        if word is not None and len(files) > 1:
            found[file] = word
    return found if len(found) < len(files) else {}


def _mix(
    files: list[Path],
    is_named: Callable[[Path], bool],
    offer: Offer,
    read_form: ReadForm | None,
    notes: list[str],
) -> tuple[Path | None, str | None, list[Path]]:
    """The file that is surest to be the mix, its word, and the files that remain as stems."""
    hits = _reference_hits(files, offer)
    if len(hits) == len(files):
        return None, None, files
    if not hits:
        # "Falling Water.wav" beside "Falling Water Drums.wav" and "Falling Water Bass.wav"
        mix = next((file for file in files if _begins_all(file, files)), None)
        return mix, None if mix is None else name_of(mix), [file for file in files if file is not mix]
    left = [file for file in files if file not in hits]
    records = _records(hits, left, offer, read_form)
    notes.extend(
        f"{file.name} is left out, it looks like a record to compare with rather than the mix: "
        "name it with --reference if it is the mix"
        for file in records
    )
    hits = {file: hit for file, hit in hits.items() if file not in records}
    if not hits:
        return None, None, left
    ranked = sorted(hits, key=lambda file: (*hits[file][:1], *_newest_first(file), natural_key(file.name)))
    mix = ranked[0]
    for file in ranked[1:]:
        if is_named(file):
            left.insert(0, file)
            notes.append(f"{file.name} is a stem because it was named, though it looks like a mix")
        else:
            notes.append(f"{file.name} is left out, it looks like a mix too: name it to have it as a stem")
    return mix, hits[mix][1], [file for file in files if file in left]


def _reference_hits(files: Sequence[Path], offer: Offer) -> dict[Path, tuple[int, str]]:
    """Files that look like a mix: how surely (0 surest), and by which word."""
    folders = {file: word for file in files for word in _folder_words(file, offer)}
    shared = len(common_start([name_of(file) for file in files if file not in folders]))
    found: dict[Path, tuple[int, str]] = {}
    for file in files:
        hit = reference_hit(name_of(file), shared)
        if hit is not None:
            found[file] = hit.rank, hit.word
        elif file in folders and guess_role(name_of(file)).word is None:
            found[file] = len(reference_words()), folders[file]
        elif file in offer.foreign:
            found[file] = len(reference_words()), "reference"
    return found


def _folder_words(file: Path, offer: Offer) -> list[str]:
    """The name of the folder for mixes that a file, or a side of a pair, lies in."""
    return [offer.mixes[member] for member in members(file) if member in offer.mixes][:1]


def _records(
    hits: dict[Path, tuple[int, str]], stems: Sequence[Path], offer: Offer, read_form: ReadForm | None
) -> list[Path]:
    """Other people's records: called a reference, and of another length or with words of their own."""
    suspects = [
        file for file, (_, word) in hits.items() if word in beside().commercial or file in offer.foreign
    ]
    if not suspects:
        return []
    others = [file for file in hits if file not in suspects]
    return [
        file
        for file in suspects
        if (read_form is not None and not _as_long(file, stems, read_form))
        or (others and (file in offer.foreign or _says_more(file, [*stems, *others])))
    ]


def _as_long(file: Path, stems: Sequence[Path], read_form: ReadForm) -> bool:
    own = read_form(file)
    sides = [side for stem in stems for side in members(stem)]
    lengths = [form.frames / form.sample_rate for form in map(read_form, sides)]
    return not lengths or abs(own.frames / own.sample_rate - max(lengths)) <= _MIX_WITHIN_S


def _says_more(file: Path, others: Sequence[Path]) -> bool:
    """Whether a reference's name holds words that no other name has: an artist, a title."""
    known = {word for other in others for word in tokens(name_of(other))}
    known |= {word for phrase in (*beside().commercial, *reference_words()) for word in tokens(phrase)}
    words = tokens(cleaned_name(name_of(file)))
    return any(word not in known and not word.isdigit() and len(word) > 1 for word in words)


def _newest_first(file: Path) -> tuple[int, int]:
    version = without_version(name_of(file))[1] or (0, 0)
    return -version[0], -version[1]


def _begins_all(file: Path, files: Sequence[Path]) -> bool:
    """Whether all other names go on after this one, which is no stem's."""
    start = tokens(name_of(file))
    others = [tokens(name_of(other)) for other in files if other is not file]
    goes_on = all(other[: len(start)] == start and len(other) > len(start) for other in others)
    return len(others) > 1 and goes_on and guess_role(name_of(file)).word is None


def _prints(files: Sequence[Path], is_named: Callable[[Path], bool]) -> dict[Path, str]:
    """Sums of other stems that lie with them."""
    names = [name_of(file) for file in files]
    shared = common_start(names)
    found: dict[Path, str] = {}
    guesses = guess_roles(names)
    plain_roles = [
        guess.role for name, guess in zip(names, guesses, strict=True) if _print_word(name, shared) is None
    ]
    for file, name, guess in zip(files, names, guesses, strict=True):
        word = None if is_named(file) else _print_word(name, shared)
        if word is None:
            continue
        voices = sum(role in _VOICES for role in plain_roles)
        if guess.role in _VOICES:
            is_sum = voices > 0 and len(plain_roles) > 1
        else:
            is_sum = len(plain_roles) - voices > 1
        if is_sum:
            found[file] = f"it looks like a sum of other stems ('{word}')"
    return found


def _print_word(name: str, shared: Sequence[str]) -> str | None:
    rest = " ".join(tokens(name)[len(shared) :]) or name
    return next((word for word in beside().prints if mentions(rest, word)), None)


def _older(files: Sequence[Path], is_named: Callable[[Path], bool]) -> dict[Path, str]:
    """Versions and takes of a stem that a newer one replaces."""
    groups: dict[str, list[tuple[tuple[int, int], float, Path]]] = {}
    for file in files:
        base, version = without_version(name_of(file))
        groups.setdefault(base, []).append((version or (0, 0), _changed(file), file))
    found: dict[Path, str] = {}
    for group in groups.values():
        if len({version for version, _, _ in group}) < 2:
            continue
        newest = max(group)[2]
        found.update(
            (file, f"{newest.name} is a newer version of it")
            for _, _, file in group
            if file is not newest and not is_named(file)
        )
    return found


def _changed(file: Path) -> float:
    try:
        return max(member.stat().st_mtime for member in members(file))
    except OSError:
        return 0.0
