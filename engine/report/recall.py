"""What a comparison found: of a delivery with what is rendered now, or of two settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

DifferenceKind = Literal["stem", "setting", "target", "program", "machine"]


@dataclass(frozen=True)
class RecalledFile:
    """A delivered file, made again.

    Attributes:
        version: of the song.
        stem: the stem's name where the version is `stems`.
        deliverable: name of the deliverable.
        identical: its audio is the same, sample by sample.
        difference_peak_dbfs: of the largest difference between two samples; None where there is none, or
            where the delivered file is not at hand or of another rate or length.
        sha256: of the new file; None where it cannot be made any more.
        delivered_sha256: what the delivery's record says of its decoded samples.
    """

    version: str
    stem: str | None
    deliverable: str
    identical: bool
    difference_peak_dbfs: float | None
    sha256: str | None
    delivered_sha256: str


@dataclass(frozen=True)
class RecallDifference:
    """Something that is not as it was.

    Attributes:
        kind: what it belongs to.
        what: a sentence.
        then: at the delivery.
        now: today.
    """

    kind: DifferenceKind
    what: str
    then: str
    now: str


@dataclass(frozen=True)
class RecallReport:
    """A delivery made again.

    Attributes:
        identical: every file is.
        outputs: in the order of the delivery.
        differences: what is not as it was, whether or not it can be heard.
    """

    identical: bool
    outputs: tuple[RecalledFile, ...]
    differences: tuple[RecallDifference, ...]


@dataclass(frozen=True)
class DiffChange:
    """One change between two sessions.

    Attributes:
        path: key.
        then: what stood there; None: nothing.
        now: what stands there.
        text: in words.
    """

    path: str
    then: Any
    now: Any
    text: str


@dataclass(frozen=True)
class DiffReport:
    """Every change from one session to another."""

    changes: tuple[DiffChange, ...]
