"""Names of rendered files: templates filled in, made safe for every common file system, and compared."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.session.encodings import ENCODINGS
from engine.session.file_name import USUAL_TEMPLATE, fields_of
from engine.session.model import Deliverable, Metadata, Session
from engine.session.reading import folded
from engine.session.versions import MASTER, title_of

#: Not allowed in file names of one or the other common file system, or invisible.
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f-\x9f]')
#: Names that Windows keeps for devices, whatever their ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?=\.|$)", re.IGNORECASE)
#: What a field that is empty leaves around it.
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
#: The longest name that common file systems take, bytes of UTF-8.
_LONGEST_BYTES = 255


@dataclass(frozen=True)
class Naming:
    """What names depend on besides session and deliverable.

    Attributes:
        revision: of a delivery, from 1.
        track: number on an album; None: on none.
    """

    revision: int = 1
    track: int | None = None


#: Of a plain render.
PLAIN_RENDER = Naming()


@dataclass(frozen=True)
class Name:
    """A file's name without its ending, and what of it is not as the template asked for.

    Attributes:
        text: the name.
        notes: sentences.
    """

    text: str
    notes: tuple[str, ...] = ()


def safe_name(text: str) -> str:
    """`text` as part of a file name that every common file system takes."""
    return _UNSAFE.sub("_", text).strip(" .") or "untitled"


def recording_of(session: Session, version: str) -> tuple[str | None, str | None]:
    """The title of a version's own, if it has one, and its ISRC; the metadata's ISRC is the master's."""
    section = session.sections.get(version)
    title, isrc = (None, None) if section is None else (section.title, section.isrc)
    if isrc is None and version == MASTER and session.metadata is not None:
        isrc = session.metadata.isrc
    return title, isrc


def name_of(
    session: Session, deliverable: Deliverable, version: str, naming: Naming, stem: str | None = None
) -> Name:
    """The name of one file, without folder and ending.

    Raises:
        InputError: kind `file_name`: nothing would be left of it.
    """
    template = deliverable.file_name or USUAL_TEMPLATE
    values = _values(session, deliverable, version, naming, stem, fields_of(template))
    safe = {field: _UNSAFE.sub("_", value) for field, value in values.items()}
    if "title" in safe:
        safe["title"] = safe_name(values["title"])
    filled = _UNSAFE.sub("_", unicodedata.normalize("NFC", template.format_map(safe)))
    empty = [field for field, value in values.items() if not value.strip()]
    if empty:
        filled = " ".join(_EMPTY_BRACKETS.sub(" ", filled).split()).strip(" -_")
    text = filled.strip(" .")
    if not text:
        raise InputError(
            f"deliverable '{deliverable.name}': nothing is left of the file name {template!r} for {version}: "
            "name a field that has a value, for example {title}",
            kind="file_name",
            path=session.path,
        )
    notes = [*_notes(template, values, [field for field in empty if field != "stem" or stem])]
    if _DEVICES.match(text):
        text = f"_{text}"
        notes.append("Windows keeps that name for a device: the file's name begins with _")
    return Name(text, tuple(notes))


def _notes(template: str, values: Mapping[str, str], empty: Sequence[str]) -> Iterator[str]:
    """What of a template could not be done as it stands."""
    replaced = sorted({char for text in (template, *values.values()) for char in _UNSAFE.findall(text)})
    if replaced:
        listed = " ".join(char if char.isprintable() else "a control character" for char in replaced)
        yield f"what a file name cannot hold became _ in the file's name: {listed}"
    if empty:
        listed = ", ".join(f"{{{field}}}" for field in empty)
        yield f"in the file's name {listed} stands for nothing"


def _values(
    session: Session,
    deliverable: Deliverable,
    version: str,
    naming: Naming,
    stem: str | None,
    wanted: Sequence[str],
) -> dict[str, str]:
    """What the wanted fields stand for, as it is."""
    title, isrc = recording_of(session, version)
    rate = deliverable.sample_rate or session.sample_rate
    encoding, metadata = ENCODINGS[deliverable.encoding], session.metadata or Metadata()
    values: Mapping[str, str | None] = {
        "title": title or session.title,
        "artist": metadata.artist,
        "album": metadata.album,
        "version": title_of(version),
        "deliverable": deliverable.name,
        "stem": stem,
        "rate_hz": str(rate),
        "rate_khz": f"{rate / 1000:g}",
        "bits": "" if encoding.lossy else str(encoding.bits),
        "catalogue_number": metadata.catalogue_number,
        "isrc": isrc,
        "track": None if naming.track is None else f"{naming.track:02d}",
        "revision": str(naming.revision),
        "date": _day(session.path) if "date" in wanted else "",
    }
    return {name: values[name] or "" for name in wanted}


def _day(path: Path) -> str:
    """The day on which the session was changed last, in UTC: the same on every machine."""
    try:
        changed_s = path.stat().st_mtime
    except OSError as error:
        raise InputError(
            f"{path}: {{date}} in a file name is the day of the session's last change, and there is no such "
            "file yet: save the session",
            kind="file_name",
            path=path,
        ) from error
    return datetime.datetime.fromtimestamp(changed_s, datetime.UTC).date().isoformat()


def refuse_bad_paths(session: Session, named: Sequence[tuple[str, Path]]) -> None:
    """Makes sure that every file can have its name, and none has another's.

    Args:
        session: for the message.
        named: what each file is, and its path.

    Raises:
        InputError: kind `file_name`: a name is too long, or there twice but for case.
    """
    seen: dict[str, str] = {}
    for label, path in named:
        longest = max(len(part.encode()) for part in (path.name, path.parent.name))
        if longest > _LONGEST_BYTES:
            raise InputError(
                f"{label}: its file's name is {longest} bytes long, {_LONGEST_BYTES} are possible: shorten "
                "file_name, the title or what it names",
                kind="file_name",
                path=session.path,
            )
        key = folded(str(path))
        if key in seen:
            raise InputError(
                f"{seen[key]} and {label} would both be {path.name}: put what tells them apart "
                "into file_name, for example {version}",
                kind="file_name",
                path=session.path,
            )
        seen[key] = label
