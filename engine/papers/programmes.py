"""Which files of a delivery are one programme in several encodings: a report draws each programme once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.report.render import OutputReport
from engine.session.encodings import ENCODINGS
from engine.session.versions import MASTER

_LOSSY = frozenset(encoding.subtype for encoding in ENCODINGS.values() if encoding.lossy)


@dataclass(frozen=True)
class Drawn:
    """A programme that a report draws.

    Attributes:
        output: the file that is drawn.
        others: the same programme in other encodings, in the order of the delivery: lossless ones that
            differ from it in word length and container alone, and lossy ones of the same aim.
    """

    output: OutputReport
    others: tuple[OutputReport, ...] = ()


def drawn_programmes(outputs: Iterable[OutputReport]) -> list[Drawn]:
    """Every programme that gets pictures, in the order of the delivery.

    Each deliverable is shown by its master, or by its first file. A lossy file is aimed anew until what is
    decoded holds, so its drive is its own: it stands with the first lossless file of the same version, target
    and ceiling, or where there is none with the first lossy one.
    """
    shown = _shown(outputs)
    firsts: dict[Any, OutputReport] = {}
    for output in shown:
        if not is_lossy(output):
            firsts.setdefault(_programme(output), output)
    leading: dict[Any, OutputReport] = {}
    for output in firsts.values():
        leading.setdefault(_aim(output), output)
    members: dict[int, list[OutputReport]] = {}
    for output in shown:
        own = firsts.get(_programme(output)) if not is_lossy(output) else None
        first = own or leading.setdefault(_aim(output), output)
        members.setdefault(id(first), []).append(output)
    found = [output for output in shown if id(output) in members]
    return [Drawn(one, tuple(other for other in members[id(one)] if other is not one)) for one in found]


def is_lossy(output: OutputReport) -> bool:
    """Whether what is decoded differs from what was encoded."""
    return output.subtype in _LOSSY


def _shown(outputs: Iterable[OutputReport]) -> list[OutputReport]:
    """Of each deliverable its master, or its first file."""
    by_name: dict[str, list[OutputReport]] = {}
    for output in outputs:
        by_name.setdefault(output.deliverable, []).append(output)
    return [next((one for one in own if one.version == MASTER), own[0]) for own in by_name.values()]


def _aim(output: OutputReport) -> tuple[Any, ...]:
    return (output.version, output.stem, output.target_lufs, output.ceiling_dbtp)


def _programme(output: OutputReport) -> tuple[Any, ...]:
    """What is the same before the samples are stored: the plan, and what it did to the loudest place."""
    return (
        *_aim(output),
        output.sample_rate,
        output.frames,
        output.drive_db,
        output.limiter_max_gain_reduction_db,
    )
