"""Delivery targets: shipped ones and the user's own, each dated and sourced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.session.fields import TARGET
from engine.session.named_tables import NamedTables, Origin, dated_values
from engine.session.reading import Reader


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
    origin: Origin


def targets() -> dict[str, Target]:
    """Every target by name: the shipped ones, then the user's; a user's name wins.

    Raises:
        SessionError: the user's file is broken; it is named, with the key.
    """
    return TARGETS.all()


def _target(reader: Reader, name: str, entry: Any, origin: Origin) -> Target:
    values = dated_values(reader, entry, ("targets", name), TARGET)
    return Target(
        name=name,
        title=values["title"] or name,
        loudness_lufs=values["loudness_lufs"],
        loudness_anchor=values["loudness_anchor"],
        ceiling_dbtp=values["ceiling_dbtp"],
        sample_rate=values["sample_rate"],
        encoding=values["encoding"] if "encoding" in entry else None,
        source=values["source"] or f"your own, {reader.file.name}",
        date=values["date"],
        note=values["note"] or "",
        origin=origin,
    )


#: The shipped ones and the user's own.
TARGETS = NamedTables("targets.toml", "targets", "target", _target)
