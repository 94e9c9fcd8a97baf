"""Which engines and renders of this user are running: one small file each in the runtime folder.

The folder is 0700 and the files 0600; both are checked, because without `$XDG_RUNTIME_DIR` the folder
lies under the temp dir, where another user might have made it first.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import MachineError, machine_error
from engine.link.failures import NoEngineError
from engine.link.identity import Identity, is_alive, own_identity
from engine.link.records import Kind
from engine.paths import runtime_dir
from engine.private import read_own
from engine.processes.doorbell import remove_dead_doorbells
from engine.processes.sweep import remove_dead_segments

_FORMAT = 1
_SUFFIX = ".json"
_NAME_LENGTH = 40
#: More than any entry of ours holds, bytes.
_LONGEST_BYTES = 1 << 16


@dataclass(frozen=True)
class Entry:
    """One running engine or render.

    Attributes:
        name: unique among this user's, usable in a shell without quotes.
        kind: ENGINE or RENDER.
        session: absolute path of its session file.
        segment: name of its shared memory.
        identity: its process.
        started_s: seconds since the epoch.
        headless: plays without a console; nobody but `ps` and `stop` has business with it.
    """

    name: str
    kind: Kind
    session: Path
    segment: str
    identity: Identity
    started_s: float
    headless: bool = False


def private_folder() -> Path:
    """The runtime folder, made if need be; only this user can look into it.

    Raises:
        MachineError: it cannot be made, or belongs to somebody else (kind `foreign_owner`).
    """
    folder = runtime_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid():
            if status.st_mode & 0o077:
                folder.chmod(0o700)
            return folder
    except OSError as error:
        raise machine_error(error, folder, "make the runtime folder") from error
    raise MachineError(
        f"{folder}: belongs to another user or is no folder: set XDG_RUNTIME_DIR to a folder of your own",
        kind="foreign_owner",
        path=folder,
    )


def register(kind: Kind, session: Path, segment: str, *, headless: bool = False) -> Entry:
    """Enters this process under a name made of the session's; `-2`, `-3` … where that is taken.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    folder = private_folder()
    with _locked(folder):
        taken = {entry.name for entry in _living(folder)}
        base = plain_name(session.stem)
        number, name = 1, base
        while name in taken or (folder / f"{name}{_SUFFIX}").exists():
            number += 1
            name = f"{base}-{number}"
        entry = Entry(name, kind, session.absolute(), segment, own_identity(), time.time(), headless)
        _write(folder / f"{name}{_SUFFIX}", entry)
    return entry


def renew(entry: Entry) -> None:
    """Enters this process again where somebody has removed its file, or the whole folder.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    if not (runtime_dir() / f"{entry.name}{_SUFFIX}").exists():
        _write(private_folder() / f"{entry.name}{_SUFFIX}", entry)


def unregister(entry: Entry) -> None:
    """Takes an entry out, if the file of that name still is this one's."""
    path = runtime_dir() / f"{entry.name}{_SUFFIX}"
    found = _read(path)
    if found is not None and found.segment == entry.segment:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def running() -> list[Entry]:
    """This user's running engines and renders by name; what dead ones left behind is removed.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    folder = private_folder()
    remove_dead_segments()
    remove_dead_doorbells()
    if any(_is_stale(path) for path in _files(folder)):
        with _locked(folder):
            return _living(folder)
    return sorted(_entries(folder), key=lambda entry: entry.name)


def find(name: str | None = None) -> Entry:
    """The engine or render of that name; without one, the only engine there is, whatever renders beside it.

    Raises:
        NoEngineError: there is none of that name, or no single one and none was named.
        MachineError: the runtime folder cannot be used.
    """
    entries = running()
    engines = [entry for entry in entries if entry.kind is Kind.ENGINE]
    chosen = (engines or entries) if name is None else [entry for entry in entries if entry.name == name]
    if len(chosen) == 1:
        return chosen[0]
    known = ", ".join(entry.name for entry in (chosen or entries))
    if not entries:
        raise NoEngineError("nothing is running: 'stemlathe open SESSION' starts an engine")
    if name is None:
        raise NoEngineError(f"several are running, name one of them: {known}")
    raise NoEngineError(f"there is no running engine or render '{name}': running are {known}")


def plain_name(text: str) -> str:
    """`text` as a name of lower-case letters, digits and hyphens; never empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower())[:_NAME_LENGTH].strip("-") or "session"


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Names are given and dead entries removed by one process at a time, so no live one is removed."""
    # imported here: who only attaches needs no lock, and the console's first frame waits for imports
    from engine.session.atomic import lock

    with lock(folder / "registry"):
        yield


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{_SUFFIX}") if not path.name.startswith("."))


def _entries(folder: Path) -> Iterator[Entry]:
    for path in _files(folder):
        entry = _read(path)
        if entry is not None:
            yield entry


def _is_stale(path: Path) -> bool:
    entry = _read(path)
    return entry is not None and not is_alive(entry.identity)


def _living(folder: Path) -> list[Entry]:
    """Entries of living processes; those of dead ones are removed. Under the lock."""
    living = []
    for path in _files(folder):
        entry = _read(path)
        if entry is None:
            continue
        if is_alive(entry.identity):
            living.append(entry)
        else:
            path.unlink(missing_ok=True)
    return living


def _write(path: Path, entry: Entry) -> None:
    content = {
        "format": _FORMAT,
        "name": entry.name,
        "kind": entry.kind.name.lower(),
        "session": os.fsdecode(entry.session),
        "segment": entry.segment,
        "started_s": entry.started_s,
        "headless": entry.headless,
        **entry.identity._asdict(),
    }
    # imported here, as the lock is
    from engine.session.atomic import write_atomic

    text = json.dumps(content, ensure_ascii=False, indent=1)
    write_atomic(path, text.encode("utf-8", "surrogateescape"), replace=True, mode=0o600)


def _read(path: Path) -> Entry | None:
    """The entry in a file; None where there is none, or one that no version of ours has written."""
    try:
        content: dict[str, Any] = json.loads(
            read_own(path, _LONGEST_BYTES).decode("utf-8", "surrogateescape")
        )
        return Entry(
            name=path.name.removesuffix(_SUFFIX),
            kind=Kind[str(content["kind"]).upper()],
            session=Path(content["session"]),
            segment=str(content["segment"]),
            identity=Identity(
                int(content["pid"]),
                int(content["start_time"]),
                str(content["boot_id"]),
                int(content["pid_namespace"]),
            ),
            started_s=float(content["started_s"]),
            headless=content.get("headless") is True,
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
