"""Finds the files a new session is made of: stems, and which of them is the mix."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.session.guess import common_start, guess_role, plain, reference_hit, tokens
from engine.session.reading import folded

#: Endings that are taken for audio in a folder; all of them are read.
AUDIO_ENDINGS = (
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd"),
    *(".flac", ".mp3", ".ogg", ".oga", ".opus"),
)
#: Endings of audio that cannot be read: worth a note when they lie in the folder.
_UNREADABLE_ENDINGS = (".m4a", ".aac", ".wma", ".wv", ".ape", ".dsf", ".dff")

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


def select_files(inputs: Sequence[Path], reference: Path | None) -> Selection:
    """Collects audio files from files and folders and sets the mix apart.

    Args:
        inputs: files (taken whatever their endings) and folders (audio by ending, not recursive).
        reference: the mix, if it is known.

    Raises:
        InputError: something is missing, or there is no stem among it.
    """
    notes: list[str] = []
    files: list[Path] = []
    for path in inputs:
        _require(path)
        files.extend(_audio_in(path, notes) if path.is_dir() else [path])
    files = _once_each(files)
    named = {os.path.realpath(path) for path in inputs}
    word: str | None = None
    if reference is not None:
        _require(reference)
        files = [file for file in files if not _same(file, reference)]
    else:
        reference, word, files = _guessed_reference(files, named, notes)
    if not files:
        first = reference or inputs[0]
        raise InputError(
            f"{first}: no stems are left beside it: name their files", kind="no_stems", path=first
        )
    return Selection(tuple(files), reference, word, tuple(notes))


def _require(path: Path) -> None:
    try:
        there = path.exists()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be reached: check the path", kind="unreadable", path=path
        ) from error
    if not there:
        raise InputError(f"{path}: is not there: check the name", kind="missing_file", path=path)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts names as people do: `2 Bass` before `10 Keys`, case and accents ignored."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", folded(plain(name)))
    )


def _audio_in(folder: Path, notes: list[str]) -> list[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: natural_key(entry.name))
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be listed ({error.strerror}): check its rights", kind="unreadable", path=folder
        ) from error
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    audio = [entry for entry in visible if entry.suffix.lower() in AUDIO_ENDINGS and not entry.is_dir()]
    notes.extend(
        f"{entry.name} is left out: this format cannot be read, export it as WAV or FLAC"
        for entry in visible
        if entry.suffix.lower() in _UNREADABLE_ENDINGS
    )
    if not audio:
        inner = next((entry for entry in visible if entry.is_dir() and _holds_audio(entry)), None)
        hint = (
            f"folder '{inner.name}' in it has some: name that one"
            if inner
            else "name the files or their folder"
        )
        raise InputError(f"{folder}: holds no audio files: {hint}", kind="no_audio", path=folder)
    return audio


def _holds_audio(folder: Path) -> bool:
    try:
        return any(entry.suffix.lower() in AUDIO_ENDINGS for entry in folder.iterdir())
    except OSError:
        return False


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _once_each(files: Sequence[Path]) -> list[Path]:
    seen: dict[str, Path] = {}
    for file in files:
        seen.setdefault(os.path.realpath(file), file)
    return list(seen.values())


def _guessed_reference(
    files: list[Path], named: set[str], notes: list[str]
) -> tuple[Path | None, str | None, list[Path]]:
    """The file that is surest to be the mix, its word, and the files that remain as stems.

    Other mixes of a folder are left out; files `named` on the command line never are.
    """
    shared = len(common_start([file.stem for file in files]))
    hits = [(hit, file) for file in files if (hit := reference_hit(file.stem, shared)) is not None]
    if len(hits) == len(files):
        return None, None, files
    if not hits:
        # "Falling Water.wav" beside "Falling Water Drums.wav" and "Falling Water Bass.wav"
        mix = next((file for file in files if _begins_all(file, files)), None)
        word = None if mix is None else mix.stem
        return mix, word, [file for file in files if file is not mix]
    hits.sort(key=lambda entry: (entry[0].rank, natural_key(entry[1].name)))
    chosen, mix = hits[0]
    left = [file for file in files if file is not mix]
    for _, file in hits[1:]:
        if os.path.realpath(file) in named:
            notes.append(f"{file.name} is a stem because it was named, though it looks like a mix")
        else:
            left.remove(file)
            notes.append(f"{file.name} is left out, it looks like a mix too: name it to have it as a stem")
    return mix, chosen.word, left


def _begins_all(file: Path, files: Sequence[Path]) -> bool:
    """Whether all other names go on after this one, which is no stem's."""
    start = tokens(file.stem)
    others = [tokens(other.stem) for other in files if other is not file]
    goes_on = all(other[: len(start)] == start and len(other) > len(start) for other in others)
    return len(others) > 1 and goes_on and guess_role(file.stem).word is None


def guess_title(files: Sequence[Path]) -> str:
    """A title from what all file names begin with, else from their folder's name."""
    names = [file.stem for file in files]
    shared = common_start(names)
    if any(not word.isdigit() for word in shared):
        # as much of the first name, accents and all, as makes up the shared words
        end = next((end for end in range(len(names[0]), 0, -1) if tokens(names[0][:end]) == shared), 0)
        if end:
            return _readable(names[0][:end])
    folder = Path(os.path.abspath(files[0])).parent
    while folder.name.lower() in _GENERIC_FOLDERS and folder.parent != folder:
        folder = folder.parent
    return _readable(folder.name) or "Untitled"


def _readable(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.replace("_", " ").split()).strip(" -–—.([{+&,")[:120]
