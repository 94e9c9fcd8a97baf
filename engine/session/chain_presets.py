"""Chains to begin from: those that ship with the program, and the user's own as files, one each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import SessionError, StemlatheError
from engine.paths import config_dir, data_dir
from engine.session.atomic import write_atomic
from engine.session.chains import read_chain
from engine.session.data import shipped
from engine.session.declare import Kind, Parameter, text
from engine.session.reading import KeyPath, Reader, nearest
from engine.session.roles import MASTER_COLUMN, roles
from engine.session.toml_text import literal, text_literal

_FILE, _FOLDER = "chain_presets.toml", "presets"
#: The rate at which frequencies are checked; the session that takes a preset checks them at its own.
_CHECKED_RATE = 192000

_FIELDS = (
    text("title", "for people"),
    Parameter("roles", Kind.TEXTS, "roles it is meant for, or master; none: any", default=()),
    text("reason", "what it is for, and where its figures come from", maximum=400),
    Parameter("chain", Kind.TABLES, "processors in order", required=True),
)


@dataclass(frozen=True)
class ChainPreset:
    """A chain with a name.

    Attributes:
        name: as it is typed.
        title: for people.
        roles: that it is meant for, `master` for the bus; empty: any.
        reason: what it is for; may be empty for the user's own.
        chain: processors as tables of a session file.
        path: of the user's own file; None: it ships with the program.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    reason: str
    chain: tuple[Mapping[str, Any], ...]
    path: Path | None = None

    def suits(self, role: str) -> bool:
        """Whether it is meant for a role."""
        return not self.roles or role in self.roles


def presets_folder() -> Path:
    """The folder of the user's own presets; it need not exist."""
    return config_dir() / _FOLDER


def chain_presets() -> tuple[dict[str, ChainPreset], tuple[str, ...]]:
    """Every preset by name: the shipped ones, then the user's own; a user's name wins.

    Returns:
        the presets, and one sentence for every file of the user's that cannot be used.
    """
    reader = Reader(data_dir("sessions") / _FILE, _CHECKED_RATE)
    entries = shipped(_FILE)["presets"]
    found = {name: _preset(reader, name, entry, ("presets", name), None) for name, entry in entries.items()}
    problems = []
    try:
        files = sorted(presets_folder().glob("*.toml"))
    except OSError as error:
        return found, (f"{presets_folder()}: cannot be read: {error.strerror}",)
    for path in files:
        try:
            tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
            found[path.stem] = _preset(Reader(path, _CHECKED_RATE), path.stem, tree, (), path)
        except StemlatheError as error:
            problems.append(error.message)
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"{path}: is skipped: {error}")
    return found, tuple(problems)


def _preset(reader: Reader, name: str, entry: Any, key: KeyPath, path: Path | None) -> ChainPreset:
    values = reader.table(entry, key, _FIELDS)
    for index, role in enumerate(values["roles"]):
        if role != MASTER_COLUMN and role not in roles():
            reader.refuse((*key, "roles", index), f"'{role}' is no role: {nearest(role, roles())}")
    on_stem = bool(values["roles"]) and MASTER_COLUMN not in values["roles"]
    read_chain(reader, entry["chain"], (*key, "chain"), on_stem=on_stem)
    return ChainPreset(
        name,
        values["title"] or name,
        tuple(values["roles"]),
        values["reason"] or "",
        tuple(dict(table) for table in entry["chain"]),
        path,
    )


def require_preset_name(name: str) -> str:
    """The name of a preset's file, without its ending.

    Raises:
        SessionError: no file can be called so everywhere.
    """
    typed = name.strip()
    if not re.fullmatch(r"[\w][\w .+-]{0,63}", typed) or typed.endswith("."):
        raise SessionError(f"'{name}' names no preset: use letters, digits, spaces, - and _, at most 64")
    return typed


def save_preset(
    name: str, chain: Sequence[Mapping[str, Any]], for_roles: Sequence[str], *, replace: bool
) -> Path:
    """Writes a preset of the user's own; returns its file.

    Args:
        name: of the preset and of its file.
        chain: processors as tables of a session file.
        for_roles: that it is meant for.
        replace: over one of the same name.

    Raises:
        SessionError: the name cannot be used.
        StemlatheError: it cannot be written, or is there already.
    """
    path = presets_folder() / f"{require_preset_name(name)}.toml"
    lines = [f"title = {text_literal(name.strip())}", f"roles = {literal(list(for_roles))}", "chain = ["]
    lines += [f"  {literal(dict(table))}," for table in chain]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, ("\n".join([*lines, "]"]) + "\n").encode(), replace=replace)
    return path
