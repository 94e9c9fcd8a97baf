"""Finds the files a new session is made of: stems, and which of them is the mix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.pairs import pair_name
from engine.session.by_sound import HearSums
from engine.session.folders import AUDIO_ENDINGS, Offer, natural_key, offered_by
from engine.session.guess import common_start, tokens
from engine.session.sorting import ReadForm, Sorted, joined, sort_out

__all__ = ["AUDIO_ENDINGS", "Selection", "guess_title", "natural_key", "select_files"]

#: Folder names that say nothing about the song.
_GENERIC_FOLDERS = (
    *("stems", "stem", "audio", "wav", "wavs", "wave", "files", "mix", "mixes", "mixdown"),
    *("export", "exports", "bounce", "bounces", "print", "prints"),
)


@dataclass(frozen=True)
class Selection:
    """What was found.

    Attributes:
        stems: files in natural order, or in that of the command line.
        reference: the mix; None without one.
        reference_word: by which it was recognised; None: it was named.
        notes: what was left out, one sentence each.
    """

    stems: tuple[Path, ...]
    reference: Path | None
    reference_word: str | None
    notes: tuple[str, ...]


def select_files(
    inputs: Sequence[Path],
    reference: Path | None,
    read_form: ReadForm | None = None,
    *,
    no_reference: bool = False,
    hear_sums: HearSums | None = None,
) -> Selection:
    """Collects audio files from files and folders and sets apart the mix and what is no stem.

    Args:
        inputs: files (taken whatever their endings) and folders (audio by ending; see `offered_by`).
        reference: the mix, if it is known; then nothing is left out but that.
        read_form: reads what a file is, for pairs and lengths; None: names alone decide.
        no_reference: none of them is the mix; then nothing is left out.
        hear_sums: listens for mixes and prints that no name tells; None: names alone decide.

    Raises:
        InputError: something is missing, or there is no stem among it.
    """
    notes: list[str] = []
    offer = _offered(inputs, notes)
    files = _once_each(offer.files)
    named = {os.path.realpath(path) for path in inputs if not path.is_dir()}
    if reference is not None:
        _require(reference)
        files = [file for file in files if not _same(file, reference)]
    files = joined(files, read_form, notes)
    if reference is not None or no_reference:
        found = Sorted(tuple(files), reference, None)
    else:
        found = sort_out(files, named, offer, read_form, notes, hear_sums)
    if not found.stems:
        first = found.reference or inputs[0]
        raise InputError(
            f"{first}: no stems are left beside it: name their files", kind="no_stems", path=first
        )
    return Selection(found.stems, found.reference, found.word, tuple(notes))


def _offered(inputs: Sequence[Path], notes: list[str]) -> Offer:
    """The audio of all inputs, in their order."""
    files: list[Path] = []
    mixes: dict[Path, str] = {}
    foreign: frozenset[Path] = frozenset()
    for path in inputs:
        _require(path)
        if path.is_dir():
            offer = offered_by(path, notes)
            files.extend(offer.files)
            mixes |= offer.mixes
            foreign |= offer.foreign
        else:
            files.append(path)
    return Offer(tuple(files), mixes, foreign)


def _require(path: Path) -> None:
    try:
        there = path.exists()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be reached: check the path", kind="unreadable", path=path
        ) from error
    if not there:
        raise InputError(f"{path}: is not there: check the name", kind="missing_file", path=path)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _once_each(files: Sequence[Path]) -> list[Path]:
    seen: dict[str, Path] = {}
    for file in files:
        seen.setdefault(os.path.realpath(file), file)
    return list(seen.values())


def guess_title(files: Sequence[Path]) -> str:
    """A title from what all file names begin with, else from the name of the folder that holds them all."""
    names = [pair_name(file) for file in files]
    shared = common_start(names)
    if any(not word.isdigit() and word not in _GENERIC_FOLDERS for word in shared):
        # as much of the first name, accents and all, as makes up the shared words
        end = next((end for end in range(len(names[0]), 0, -1) if tokens(names[0][:end]) == shared), 0)
        if end:
            return _readable(names[0][:end])
    folder = Path(os.path.commonpath([os.path.dirname(os.path.abspath(file)) for file in files]))
    while folder.name.lower() in _GENERIC_FOLDERS and folder.parent != folder:
        folder = folder.parent
    return _readable(folder.name) or "Untitled"


def _readable(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.replace("_", " ").split()).strip(" -–—.([{+&,")[:120]
