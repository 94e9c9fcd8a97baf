"""Which files a folder offers: its own audio, or that of the sub-folders of a delivery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.session.guess import common_start, plain, reference_hit, tokens
from engine.session.reading import folded

#: Endings that are taken for audio in a folder; all of them are read.
AUDIO_ENDINGS = (
    *(".wav", ".wave", ".bwf", ".rf64", ".bw64", ".w64", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd"),
    *(".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".wv", ".tta", ".ape", ".wma", ".ac3"),
)
#: Endings of audio that cannot be read, and of archives: worth a note when they lie in the folder.
_UNREADABLE_ENDINGS = (".dsf", ".dff", ".sd2", ".zip", ".rar", ".7z")
#: Folders that hold nothing of the song: copies of macOS, our own renders, backups.
_PASSED_OVER = frozenset(("__macosx", "renders", "backup", "backups", "trash"))
#: Words of folders that hold stems, mixes, and other people's records.
_STEM_WORDS = frozenset(("stems", "stem", "multitrack", "multitracks", "tracks", "wavs", "wav", "audio"))
_MIX_WORDS = frozenset(("mix", "mixes", "mixdown", "mixdowns", "master", "masters", "print", "prints"))
_FOREIGN_WORDS = frozenset(("ref", "refs", "reference", "references"))
_DEPTH = 3


@dataclass(frozen=True)
class Offer:
    """Audio files that were found.

    Attributes:
        files: in natural order.
        mixes: those of them that lie in a folder for mixes, with its name.
        foreign: those in a folder for references.
    """

    files: tuple[Path, ...]
    mixes: dict[Path, str] = field(default_factory=dict)
    foreign: frozenset[Path] = frozenset()


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts names as people do: `2 Bass` before `10 Keys`, case and accents ignored."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", folded(plain(name)))
    )


def offered_by(folder: Path, notes: list[str]) -> Offer:
    """The audio of a folder; of its sub-folders where it holds none itself, or nothing but mixes.

    Args:
        folder: as named.
        notes: receives what is left out, one sentence each.

    Raises:
        InputError: it cannot be listed, or there is no audio.
    """
    own, inner = _listed(folder, notes)
    below = {name: found for name in inner if (found := _below(name, _DEPTH))}
    if own and not (below and _only_mixes(own)):
        notes.extend(
            f"folder '{name.name}' holds {_files(len(found))} too: name it to have them"
            for name, found in below.items()
        )
        return Offer(tuple(own))
    if not below:
        if own:
            return Offer(tuple(own))
        raise InputError(
            f"{folder}: holds no audio files: name the files or their folder", kind="no_audio", path=folder
        )
    return _of_delivery(own, below, notes)


def audio_in(folder: Path) -> list[Path]:
    """The audio files that lie in a folder itself, in natural order.

    Raises:
        InputError: it cannot be listed, or holds none.
    """
    audio, _ = _listed(folder, [])
    if not audio:
        raise InputError(
            f"{folder}: holds no audio files: name the files or their folder", kind="no_audio", path=folder
        )
    return audio


def _of_delivery(own: list[Path], below: dict[Path, list[Path]], notes: list[str]) -> Offer:
    """What lies in the sub-folders: stems from those that are called so, else from all of them."""
    kinds = {folder: set(tokens(folder.name)) for folder in below}
    mixes = [folder for folder, words in kinds.items() if words & _MIX_WORDS and not words & _STEM_WORDS]
    foreign = [folder for folder, words in kinds.items() if words & _FOREIGN_WORDS and folder not in mixes]
    rest = [folder for folder in below if folder not in mixes and folder not in foreign]
    chosen = [folder for folder in rest if kinds[folder] & _STEM_WORDS] or rest
    notes.extend(f"the stems are taken from folder '{folder.name}'" for folder in chosen)
    notes.extend(
        f"folder '{folder.name}' holds {_files(len(below[folder]))} too: name it to have them"
        for folder in rest
        if folder not in chosen
    )
    stems = [file for folder in chosen for file in below[folder]]
    in_mixes = {file: folder.name for folder in mixes for file in below[folder]}
    in_foreign = [file for folder in foreign for file in below[folder]]
    if not stems:  # a folder called Mix that holds stems
        return Offer((*own, *in_mixes, *in_foreign))
    return Offer((*stems, *own, *in_mixes, *in_foreign), in_mixes, frozenset(in_foreign))


def _only_mixes(files: Sequence[Path]) -> bool:
    names = [file.stem for file in files]
    shared = len(common_start(names))
    return len(files) <= _MOST_MIXES and all(reference_hit(name, shared) is not None for name in names)


#: A folder with more files of its own is one of stems.
_MOST_MIXES = 6


def _listed(folder: Path, notes: list[str]) -> tuple[list[Path], list[Path]]:
    """Audio files and folders in a folder, both in natural order, hidden ones left out."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: natural_key(entry.name))
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be listed ({error.strerror}): check its rights", kind="unreadable", path=folder
        ) from error
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    folders = [entry for entry in visible if entry.is_dir() and entry.name.casefold() not in _PASSED_OVER]
    notes.extend(
        f"{entry.name} is left out: {_why_unreadable(entry)}"
        for entry in visible
        if entry.suffix.lower() in _UNREADABLE_ENDINGS and not entry.is_dir()
    )
    audio = [entry for entry in visible if entry.suffix.lower() in AUDIO_ENDINGS and not entry.is_dir()]
    return audio, folders


def _why_unreadable(entry: Path) -> str:
    archive = entry.suffix.lower() in (".zip", ".rar", ".7z")
    return (
        "unpack it to have what is in it"
        if archive
        else "this format cannot be read, export it as WAV or FLAC"
    )


def _below(folder: Path, depth: int) -> list[Path]:
    """All audio in a folder and those in it."""
    try:
        audio, folders = _listed(folder, [])
    except InputError:
        return []
    if depth > 1:
        audio += [file for inner in folders for file in _below(inner, depth - 1)]
    return audio


def _files(count: int) -> str:
    return f"{count} audio files" if count > 1 else "an audio file"
