"""The codecs of platforms: shipped data, dated and sourced."""

from __future__ import annotations

from dataclasses import dataclass

from engine.session.data import shipped

_FILE = "platforms.toml"


@dataclass(frozen=True)
class Platform:
    """What a platform sends to its listeners.

    Attributes:
        name: as in `--codec NAME`.
        title: for people.
        codecs: encodings of `engine.session.encodings`, the lowest rate of each family first.
        source: who says so.
        date: when this was written from its source, YYYY-MM-DD.
        note: what else to know; may be empty.
    """

    name: str
    title: str
    codecs: tuple[str, ...]
    source: str
    date: str
    note: str


def platforms() -> dict[str, Platform]:
    """Every platform by name."""
    return {
        name: Platform(
            name,
            entry["title"],
            tuple(entry["codecs"]),
            entry["source"],
            entry["date"],
            entry.get("note", ""),
        )
        for name, entry in shipped(_FILE)["platforms"].items()
    }
