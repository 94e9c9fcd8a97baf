"""Delivery targets: shipped ones and the user's own, each dated and sourced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
        same_as: another target with the same figures, which lists show instead; None: it stands for itself.
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
    same_as: str | None = None


def targets() -> dict[str, Target]:
    """Every target by name: the shipped ones, then the user's; a user's name wins.

    Raises:
        SessionError: the user's file is broken; it is named, with the key.
    """
    known = TARGETS.all()
    return {name: _resolved(one, known) for name, one in known.items()}


def listed(known: Mapping[str, Target]) -> dict[str, Target]:
    """Those that a list shows: without the ones that another stands for."""
    return {name: one for name, one in known.items() if one.same_as is None}


def _resolved(one: Target, known: Mapping[str, Target]) -> Target:
    """A target that stands for itself where the other one is not there, or says something else."""
    other = known.get(one.same_as) if one.same_as is not None else None
    same = other is not None and _figures(other) == _figures(one)
    return one if same else replace(one, same_as=None)


def _figures(one: Target) -> tuple[object, ...]:
    return (one.loudness_lufs, one.loudness_anchor, one.ceiling_dbtp, one.sample_rate, one.encoding)


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
        same_as=values["same_as"],
    )


#: The shipped ones and the user's own.
TARGETS = NamedTables("targets.toml", "targets", "target", _target)
