"""What `diff` compares: a session file, a revision or snapshot of it, a delivery."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.audio.fingerprint import fingerprint
from engine.errors import InputError
from engine.private import read_own
from engine.progress import Progress
from engine.recall.records import Delivered, delivery_in, revision_of
from engine.report.recall import DiffChange, DiffReport
from engine.server.journal import LARGEST_BYTES, journal_path, read_events
from engine.session.comparing import worded_changes
from engine.session.files import read_session_text, read_text_session
from engine.session.model import Session
from engine.session.settings import settings_of

_REVISION = re.compile(r"(.+)@([0-9]+|[A-D])")


@dataclass(frozen=True)
class Side:
    """One of the two that are compared.

    Attributes:
        tree: as it is written; None of a delivery.
        settings: with every default filled in.
        session: to read its stems; None of a delivery.
        audio: hash of each stem's samples, by its name; empty where nobody has recorded it.
    """

    tree: Mapping[str, Any] | None
    settings: Mapping[str, Any]
    session: Session | None = None
    audio: Mapping[str, str] = field(default_factory=dict)


def side_of(word: str) -> Side:
    """What a word names: `song.toml`, `song.toml@3` (delivery 3), `song.toml@B` (snapshot), a folder.

    Raises:
        InputError: there is no such thing, or it cannot be read.
    """
    path = Path(word)
    found = _REVISION.fullmatch(word)
    if path.is_dir():
        return _of_delivery(delivery_in(path))
    if found is None or path.exists():
        return _of_text(read_session_text(path), path)
    session, which = Path(found[1]), found[2]
    if which.isdigit():
        return _of_delivery(revision_of(session, int(which)))
    return _of_text(_snapshot(session, which), session)


def _of_delivery(delivered: Delivered) -> Side:
    record = delivered.record
    return Side(None, record.settings, audio={pin.name: pin.audio_sha256 for pin in record.stems})


def _of_text(text: str, path: Path) -> Side:
    session = read_text_session(text, path)
    return Side(tomllib.loads(text), settings_of(session), session)


def _snapshot(session: Path, letter: str) -> str:
    """The text of a snapshot, which lives in the journal of the session's engine."""
    try:
        book, _ = read_events(read_own(journal_path(session), LARGEST_BYTES))
    except OSError:
        book = None
    if book is None or letter not in book.snapshots:
        raise InputError(
            f"{session}: has no snapshot {letter} here: store one on the console with C",
            kind="no_snapshot",
            path=session,
        )
    return book.tree.steps[book.snapshots[letter][0]].text


def diff(old: Side, new: Side, progress: Progress) -> DiffReport:
    """Every change from one to the other.

    Where one of them is a delivery, stems are compared by their samples, which are read for that.

    Args:
        old: the older one.
        new: the newer one.
        progress: told about the reading of stems.
    """
    if old.tree is not None and new.tree is not None:
        changes = worded_changes(old.tree, new.tree)
    else:
        changes = worded_changes(old.settings, new.settings)
    found = [DiffChange(one.path, one.then, one.now, one.text) for one in changes]
    if old.audio or new.audio:
        found += _stems(_audio_of(old, progress), _audio_of(new, progress))
    return DiffReport(tuple(found))


def _audio_of(side: Side, progress: Progress) -> Mapping[str, str]:
    if side.session is None:
        return side.audio
    stems = side.session.stems
    found = {}
    for number, stem in enumerate(stems, start=1):
        found[stem.name] = fingerprint(stem.path).audio_sha256
        progress("hashing the stems", number, len(stems))
    return found


def _stems(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[DiffChange]:
    for place, (name, audio) in enumerate(new.items()):
        if name in old and old[name] != audio:
            yield DiffChange(f"stems[{place}].path", old[name], audio, f"stem {name} is another recording")
