"""Every number of a session that can be set, as a list of key paths and their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.session.model import Processor, Session


@dataclass(frozen=True)
class ParameterList:
    """Numbers in the order in which they are published.

    Attributes:
        paths: key paths of the session file.
        values: what is set.
    """

    paths: tuple[str, ...]
    values: tuple[float, ...]


def parameters_of(session: Session, limit: int) -> ParameterList:
    """The numbers of a session: of its stems, its processors, its master; at most `limit`."""
    found = list(_numbers(session))[:limit]
    return ParameterList(tuple(path for path, _ in found), tuple(value for _, value in found))


def _numbers(session: Session) -> Iterator[tuple[str, float]]:
    for index, stem in enumerate(session.stems):
        place = f"stems[{index}]"
        yield f"{place}.source_gain_db", stem.source_gain_db
        yield f"{place}.offset_samples", stem.offset_samples
        yield f"{place}.trim_db", stem.trim_db
        yield from _chain(stem.chain, place)
    yield from _chain(session.master.chain, "master")
    for name in ("start_s", "end_s", "fade_in_s", "fade_out_s"):
        yield f"master.{name}", float(getattr(session.master, name))


def _chain(chain: tuple[Processor, ...], place: str) -> Iterator[tuple[str, float]]:
    for index, processor in enumerate(chain):
        yield from _values(processor.values, f"{place}.chain[{index}]")


def _values(values: Mapping[str, Any], place: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        path = f"{place}.{name}"
        if isinstance(value, float):
            yield path, value
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Mapping):
                    yield from _values(item, f"{path}[{index}]")
                elif isinstance(item, float):
                    yield f"{path}[{index}]", item
