"""Delivery targets: shipped ones and the user's own, each dated and sourced."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import SessionError
from engine.paths import config_dir, data_dir
from engine.session.data import shipped
from engine.session.fields import TARGET
from engine.session.reading import Reader

_FILE = "targets.toml"


@dataclass(frozen=True)
class Target:
    """What a preset fills into a deliverable.

    Attributes:
        name: as in `preset = "name"`.
        title: for people.
        loudness_lufs: integrated loudness, LUFS; None: no target.
        loudness_anchor: `programme` or `dialogue`.
        ceiling_dbtp: true-peak ceiling, dBTP; None: the limiter's own.
        sample_rate: Hz; None: the session's own.
        encoding: one of `engine.session.encodings.ENCODINGS`; None: not documented.
        source: who says so.
        date: when this was written from its source, YYYY-MM-DD; None: undated (the user's own only).
        note: what else to know; may be empty.
        origin: whether it ships with the program or is the user's.
    """

    name: str
    title: str
    loudness_lufs: float | None
    loudness_anchor: str
    ceiling_dbtp: float | None
    sample_rate: int | None
    encoding: str | None
    source: str
    date: str | None
    note: str
    origin: Literal["shipped", "user"]


def user_targets_path() -> Path:
    """The file of the user's own targets; it need not exist."""
    return config_dir() / _FILE


def targets() -> dict[str, Target]:
    """Every target by name: the shipped ones, then the user's; a user's name wins.

    Raises:
        SessionError: the user's file is broken; it is named, with the key.
    """
    found = _read(shipped(_FILE), data_dir("sessions") / _FILE, "shipped")
    path = user_targets_path()
    try:
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return found
    except OSError as error:
        raise SessionError(
            f"{path}: cannot be read ({error.strerror}): change its rights or remove it", path=path
        ) from error
    except (ValueError, RecursionError) as error:
        raise SessionError(f"{path}: is not valid TOML ({error}): correct it", path=path) from error
    return found | _read(tree, path, "user")


def _read(tree: Mapping[str, Any], file: Path, origin: Literal["shipped", "user"]) -> dict[str, Target]:
    reader = Reader(file)
    for key in tree:
        if key != "targets":
            reader.refuse((key,), "unknown key: write each target as [targets.NAME]")
    entries = tree.get("targets", {})
    if not isinstance(entries, Mapping):
        reader.refuse(("targets",), "is not a table: write each target as [targets.NAME]")
    return {name: _target(reader, name, entry, origin) for name, entry in entries.items()}


def _target(reader: Reader, name: str, entry: Any, origin: Literal["shipped", "user"]) -> Target:
    if isinstance(entry, dict) and isinstance(entry.get("date"), datetime.date):
        entry = entry | {"date": entry["date"].isoformat()}
    values = reader.table(entry, ("targets", name), TARGET)
    if values["date"] is not None:
        try:
            datetime.date.fromisoformat(values["date"])
        except ValueError:
            reader.refuse(("targets", name, "date"), "is no date: write it as 2026-01-31")
    given_encoding = "encoding" in entry
    return Target(
        name=name,
        title=values["title"] or name,
        loudness_lufs=values["loudness_lufs"],
        loudness_anchor=values["loudness_anchor"],
        ceiling_dbtp=values["ceiling_dbtp"],
        sample_rate=values["sample_rate"],
        encoding=values["encoding"] if given_encoding else None,
        source=values["source"] or f"your own, {reader.file.name}",
        date=values["date"],
        note=values["note"] or "",
        origin=origin,
    )
