"""Tags in each container: how they get into a file, and how they are read back.

mutagen writes ID3, Vorbis comments and MP4 atoms, the chunks of wave files are written here. The audio of
a file is never touched.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from engine.tags.bext import bext_chunk
from engine.tags.fields import FIELDS, FREEFORM, PAIRS
from engine.tags.id3 import id3_chunk, id3_frames, values_of
from engine.tags.riff import read_riff
from engine.tags.tags import Tags, r128_gains, replaygain
from engine.tags.xml import axml_chunk, ixml_chunk

#: Comments that an encoder leaves and that say nothing of the music.
_VORBIS_FIELDS = {field.vorbis: name for name, field in FIELDS.items()}


def wav_chunks(tags: Tags) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """The chunks in front of the audio, as EBU Tech 3285 asks for, and those behind it."""
    before = {b"bext": bext_chunk(tags), b"iXML": ixml_chunk(tags)}
    if "isrc" in tags.text:
        before[b"axml"] = axml_chunk(tags.text["isrc"])
    return before, {b"id3 ": id3_chunk(tags)}


def read_wav(path: Path) -> dict[str, str]:
    """Values of the `id3 ` chunk of a wave file."""
    from mutagen.id3 import ID3

    for chunk in read_riff(path).chunks:
        if chunk.name in (b"id3 ", b"ID3 "):
            with path.open("rb") as file:
                file.seek(chunk.offset)
                return values_of(ID3(io.BytesIO(file.read(chunk.size))))
    return {}


def _write_aiff(file: BinaryIO, tags: Tags) -> None:
    from mutagen.aiff import AIFF

    _write_frames(AIFF(file), file, tags)


def _write_mp3(file: BinaryIO, tags: Tags) -> None:
    from mutagen.mp3 import MP3

    _write_frames(MP3(file), file, tags)


def _write_frames(audio: Any, file: BinaryIO, tags: Tags) -> None:
    if audio.tags is None:
        audio.add_tags()
    audio.tags.clear()
    for frame in id3_frames(tags):
        audio.tags.add(frame)
    file.seek(0)
    audio.save(file)


def _read_frames(audio: Any) -> dict[str, str]:
    return {} if audio.tags is None else values_of(audio.tags)


def _write_comments(audio: Any, file: BinaryIO, tags: Tags, gains: Mapping[str, str]) -> None:
    if audio.tags is None:
        audio.add_tags()
    audio.tags.clear()
    values = {**{FIELDS[name].vorbis: text for name, text in tags.text.items()}, **gains}
    # MediaInfo 23.04 gives up behind a comment of 10 kB in a short Opus file: free text comes last
    for name in sorted(values, key=lambda name: name == "COMMENT"):
        audio.tags.append((name, values[name]))
    file.seek(0)
    audio.save(file)


def _write_flac(file: BinaryIO, tags: Tags) -> None:
    from mutagen.flac import FLAC

    _write_comments(FLAC(file), file, tags, replaygain(tags))


def _write_vorbis(file: BinaryIO, tags: Tags) -> None:
    from mutagen.oggvorbis import OggVorbis

    _write_comments(OggVorbis(file), file, tags, replaygain(tags))


def _write_opus(file: BinaryIO, tags: Tags) -> None:
    """Opus has gains of its own and must not carry ReplayGain (RFC 7845, clause 5.2.1)."""
    from mutagen.oggopus import OggOpus

    _write_comments(OggOpus(file), file, tags, r128_gains(tags))


def _read_comments(audio: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, text in audio.tags or ():
        name = key.upper()
        if name in _VORBIS_FIELDS:
            values[_VORBIS_FIELDS[name]] = text
        elif name.startswith(("REPLAYGAIN_", "R128_")):
            values[name.lower()] = text
    return values


def _write_mp4(file: BinaryIO, tags: Tags) -> None:
    from mutagen.mp4 import MP4, MP4FreeForm

    audio = MP4(file)
    if audio.tags is None:
        audio.add_tags()
    audio.tags.clear()
    for name, text in tags.text.items():
        atom = FIELDS[name].mp4
        if name in PAIRS:
            audio.tags[atom] = [(int(text), int(tags.text.get(PAIRS[name], "0")))]
        elif name in PAIRS.values():
            continue
        elif atom.startswith(FREEFORM):
            audio.tags[atom] = [MP4FreeForm(text.encode())]
        else:
            audio.tags[atom] = [text]
    for name, text in replaygain(tags).items():
        audio.tags[f"{FREEFORM}{name.lower()}"] = [MP4FreeForm(text.encode())]
    file.seek(0)
    audio.save(file)


def _read_mp4(audio: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    tags = audio.tags or {}
    for name, field in FIELDS.items():
        if field.mp4 not in tags or name in PAIRS.values():
            continue
        found = tags[field.mp4][0]
        if name in PAIRS:
            values[name] = str(found[0])
            if found[1]:
                values[PAIRS[name]] = str(found[1])
        else:
            values[name] = bytes(found).decode() if field.mp4.startswith(FREEFORM) else str(found)
    for atom, found in tags.items():
        name = atom.removeprefix(FREEFORM)
        if name.startswith("replaygain_"):
            values[name] = bytes(found[0]).decode()
    return values


@dataclass(frozen=True)
class TagFormat:
    """How one container is tagged.

    Attributes:
        write: puts tags into the open file.
        read: takes them out of what mutagen has read.
    """

    write: Callable[[BinaryIO, Tags], None]
    read: Callable[[Any], dict[str, str]]


#: By container, the wave file left out: its chunks are copied, not edited in place.
FORMATS: Mapping[str, TagFormat] = MappingProxyType(
    {
        "AIFF": TagFormat(_write_aiff, _read_frames),
        "MP3": TagFormat(_write_mp3, _read_frames),
        "FLAC": TagFormat(_write_flac, _read_comments),
        "VORBIS": TagFormat(_write_vorbis, _read_comments),
        "OPUS": TagFormat(_write_opus, _read_comments),
        "M4A": TagFormat(_write_mp4, _read_mp4),
    }
)
