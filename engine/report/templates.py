"""What a session can start from: splits, roles with the card's values, targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Span = tuple[float, float]


@dataclass(frozen=True)
class TemplateStemReport:
    """One stem of a split."""

    name: str
    role: str


@dataclass(frozen=True)
class TemplateReport:
    """One split."""

    name: str
    title: str
    help: str
    stems: tuple[TemplateStemReport, ...]


@dataclass(frozen=True)
class CardReport:
    """A role (or the master bus) with its column of the quick-reference card.

    Attributes:
        name: of the role, or `master`.
        title: for people.
        column: of the card.
        trim_db: magnitude of the usual moves, dB.
        ratio: of the compressor.
        eq_maximum_db: largest boost or cut of an EQ band, dB.
        attack_ms: of the compressor.
        release_ms: of the compressor.
        starting_chain: what `new` writes at 48 kHz, as tables of the session file.
    """

    name: str
    title: str
    column: str
    trim_db: Span
    ratio: Span
    eq_maximum_db: float
    attack_ms: Span
    release_ms: Span
    starting_chain: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class TargetReport:
    """One delivery target, with who says so and when it was written.

    Attributes as of `engine.session.targets.Target`.
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
    origin: str
    same_as: str | None = None


@dataclass(frozen=True)
class TemplatesReport:
    """Everything `templates` lists."""

    templates: tuple[TemplateReport, ...]
    roles: tuple[CardReport, ...]
    master: CardReport
    targets: tuple[TargetReport, ...]
