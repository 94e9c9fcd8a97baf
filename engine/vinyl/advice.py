"""How loud a side of a certain length can be cut, and where on the record a moment lies.

Length against level: the table of zenithrecords.org (12" and 7"), longest sides of 10": 100vinyl.com.
Radii: outer and inner edge of the modulated grooves, IEC 60098 (12": 146.3 to 60.3 mm; 10": 120.9 mm;
7": 84.1 to 54.0 mm outermost start and innermost stop).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

#: By inches and rpm: minutes of a side and the level it is cut at, dB re a reference cut.
_LEVELS: dict[tuple[int, int], tuple[tuple[float, float], ...]] = {
    (12, 33): ((14.0, 4.0), (18.0, 2.0), (20.0, 1.0), (22.0, 0.0), (24.0, -1.0)),
    (12, 45): ((12.0, 4.0), (14.0, 2.0), (16.0, 0.0)),
    (7, 33): ((5.0, 2.0), (6.0, 0.0), (7.0, -1.0)),
    (7, 45): ((3.0, 3.0), (4.0, 1.0), (5.0, 0.0), (6.0, -1.0)),
}
_LONGEST_10_MIN = {33: 13.5, 45: 10.0}
#: Outer and inner radius of the music, mm.
_RADII_MM = {12: (146.3, 60.3), 10: (120.9, 60.3), 7: (84.1, 54.0)}
_REVOLUTIONS_PER_S = {33: 100.0 / 3.0 / 60.0, 45: 0.75}


@dataclass(frozen=True)
class SideAdvice:
    """What a length means.

    Attributes:
        level_db: that it can be cut at, dB re a reference cut; None: no source says, or it is too long.
        longest_min: the longest side of the format.
    """

    level_db: float | None
    longest_min: float


def advise(size_inch: int, rpm: int, duration_s: float) -> SideAdvice:
    """The level for a side of that length, between the table's lines in proportion."""
    minutes = duration_s / 60.0
    table = _LEVELS.get((size_inch, rpm))
    if table is None:
        return SideAdvice(None, _LONGEST_10_MIN[rpm])
    longest = table[-1][0]
    if minutes > longest:
        return SideAdvice(None, longest)
    level_db = table[0][1]
    for (short, loud_db), (long, quiet_db) in itertools.pairwise(table):
        if minutes >= short:
            level_db = loud_db + (quiet_db - loud_db) * min(1.0, (minutes - short) / (long - short))
    return SideAdvice(level_db, longest)


def radius_mm(size_inch: int, share: float) -> float:
    """Radius at a share of the side, 0 at its beginning to 1 at its end, grooves evenly spaced."""
    outer, inner = _RADII_MM[size_inch]
    return outer + (inner - outer) * min(1.0, max(0.0, share))


def groove_speed_m_s(size_inch: int, rpm: int, share: float) -> float:
    """Speed of the groove under the stylus there, m/s."""
    return 2.0 * math.pi * radius_mm(size_inch, share) / 1000.0 * _REVOLUTIONS_PER_S[rpm]


def loss_db(size_inch: int, rpm: int, share: float) -> float:
    """How much slower the groove is there than at the edge of a 12" at 33, dB ≤ 0 (above 0 if faster).

    A wave of one frequency is that much shorter in the groove, and so much harder to trace.
    """
    edge = groove_speed_m_s(12, 33, 0.0)
    return 20.0 * math.log10(groove_speed_m_s(size_inch, rpm, share) / edge)
