"""Files of named tables, shipped ones and the user's own: targets, playback systems."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from engine.errors import SessionError
from engine.paths import config_dir, data_dir
from engine.session.data import shipped
from engine.session.declare import Parameter
from engine.session.reading import KeyPath, Reader

Origin = Literal["shipped", "user"]
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class NamedTables(Generic[_Made]):
    """One kind of named table.

    Attributes:
        file_name: of the shipped file and of the user's own.
        section: table of the file that holds them.
        what: one of them, for messages.
        make: one of them, from its reader, name, table and origin.
    """

    file_name: str
    section: str
    what: str
    make: Callable[[Reader, str, Any, Origin], _Made]

    @property
    def user_path(self) -> Path:
        """The file of the user's own; it need not exist."""
        return config_dir() / self.file_name

    def shipped(self) -> dict[str, _Made]:
        """Those that ship with the program, by name."""
        return self._read(shipped(self.file_name), data_dir("sessions") / self.file_name, "shipped")

    def all(self) -> dict[str, _Made]:
        """All by name: the shipped ones, then the user's; a user's name wins.

        Raises:
            SessionError: the user's file is broken; it is named, with the key.
        """
        path = self.user_path
        try:
            tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except (FileNotFoundError, NotADirectoryError):
            return self.shipped()
        except OSError as error:
            raise SessionError(
                f"{path}: cannot be read ({error.strerror}): change its rights or remove it", path=path
            ) from error
        except (ValueError, RecursionError) as error:
            raise SessionError(f"{path}: is not valid TOML ({error}): correct it", path=path) from error
        return self.shipped() | self._read(tree, path, "user")

    def _read(self, tree: Mapping[str, Any], file: Path, origin: Origin) -> dict[str, _Made]:
        reader, section = Reader(file), self.section
        for key in tree:
            if key != section:
                reader.refuse((key,), f"unknown key: write each {self.what} as [{section}.NAME]")
        entries = tree.get(section, {})
        if not isinstance(entries, Mapping):
            reader.refuse((section,), f"is not a table: write each {self.what} as [{section}.NAME]")
        return {name: self.make(reader, name, entry, origin) for name, entry in entries.items()}


def dated_values(reader: Reader, entry: Any, key: KeyPath, declared: Sequence[Parameter]) -> dict[str, Any]:
    """The values of a table that may say when it was written, as a date of TOML or as text.

    Args:
        reader: refuses what is wrong.
        entry: as the file has it.
        key: of the table.
        declared: its keys; `date` among them.
    """
    if isinstance(entry, dict) and isinstance(entry.get("date"), datetime.date):
        entry = entry | {"date": entry["date"].isoformat()}
    values = reader.table(entry, key, declared)
    if values["date"] is not None:
        try:
            datetime.date.fromisoformat(values["date"])
        except ValueError:
            reader.refuse((*key, "date"), "is no date: write it as 2026-01-31")
    return values
