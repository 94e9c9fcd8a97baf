"""Tags of a file on the disk: written into a copy that takes its place, and read back.

write_tags(path, Tags({"title": "Falling Water", "isrc": "DEA312600001"}))
read_tags(path)["isrc"]
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from engine.errors import InputError, MachineError, machine_error
from engine.files import AtomicFile
from engine.pairs import members
from engine.session.encodings import ENCODINGS
from engine.tags.containers import FORMATS, read_wav, wav_chunks
from engine.tags.riff import copy_with_chunks
from engine.tags.tags import Tags

_COPY_BYTES = 1 << 20
#: Container by the ending of a file's name.
_CONTAINERS: Mapping[str, str] = MappingProxyType(
    {encoding.extension: encoding.container for encoding in ENCODINGS.values()}
    | {".aif": "AIFF", ".mp4": "M4A", ".oga": "VORBIS"}
)


def container_of(path: Path) -> str:
    """The container that a file's name promises.

    Raises:
        InputError: kind `not_audio`: none that could be tagged.
    """
    container = _CONTAINERS.get(path.suffix.lower())
    if container is None:
        raise InputError(
            f"{path}: files of this kind are not tagged: known are {', '.join(sorted(_CONTAINERS))}",
            kind="not_audio",
            path=path,
        )
    return container


def write_tags(path: Path, tags: Tags) -> None:
    """Tags a file; all tags that it had are replaced. Its audio stays as it is, bit for bit.

    The file is copied, the copy tagged, synced and put in its place: whatever happens before, the
    untagged file is there.

    Raises:
        InputError: it is no file that can be tagged.
        MachineError: the system refused, for instance because the disk is full.
    """
    container = container_of(path)
    with AtomicFile(path) as file:
        if container == "WAV":
            copy_with_chunks(path, file, *wav_chunks(tags))
        else:
            _copy(path, file)
            _edit(file, path, container, tags)
        file.commit()


def _copy(path: Path, file: AtomicFile) -> None:
    try:
        with path.open("rb") as source:
            while block := source.read(_COPY_BYTES):
                file.write(block)
    except OSError as error:
        raise machine_error(error, path, "read") from error


def _edit(file: AtomicFile, path: Path, container: str, tags: Tags) -> None:
    from mutagen import MutagenError

    try:
        with os.fdopen(os.dup(file.descriptor), "r+b") as stream:
            stream.seek(0)
            FORMATS[container].write(stream, tags)
    except OSError as error:
        raise machine_error(error, path, "write the tags of") from error
    except MutagenError as error:
        cause = error.__cause__ or error.__context__ or (error.args[0] if error.args else None)
        if isinstance(cause, OSError):
            raise machine_error(cause, path, "write the tags of") from error
        raise MachineError(
            f"{path}: cannot be tagged ({error}): render it again", kind="tags", path=path
        ) from error


def read_tags(path: Path) -> dict[str, str]:
    """What a file is tagged with, by the names of `FIELDS` and `replaygain_…`, `r128_…` in small letters.

    Args:
        path: the file; of a pair of mono files (`engine.pairs`) the left one is read.

    Raises:
        InputError: the file cannot be read as what its name promises.
    """
    import mutagen

    container, file = container_of(path), members(path)[0]
    try:
        if container == "WAV":
            return read_wav(file)
        audio = mutagen.File(file)
    except (OSError, mutagen.MutagenError) as error:
        raise InputError(f"{path}: its tags cannot be read ({error})", kind="tags", path=path) from error
    return {} if audio is None else FORMATS[container].read(audio)
