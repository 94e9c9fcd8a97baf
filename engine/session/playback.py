"""Playback systems: how music sounds elsewhere. Shipped curves and the user's own, each dated and sourced.

They are for listening and for tables; nothing of them belongs to a session or reaches a render.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import SessionError
from engine.session.declare import Kind, Parameter, choice, number, switch, text
from engine.session.named_tables import NamedTables, Origin, dated_values
from engine.session.reading import KeyPath, Reader, is_number, nearest, shown

#: Names travel in the published snapshot (`engine.link.records.Monitor`), which has room for so many bytes.
LONGEST_NAME = 24
_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
#: What switches the monitor back to plain.
OFF = "off"

#: Limits of a curve: frequencies, Hz; levels, dB; points; how steep it may be, dB per octave. The curve has
#: to reach from the bass to the treble, because what it leaves open nobody can judge.
LOWEST_HZ, HIGHEST_HZ = 5.0, 40_000.0
LARGEST_DB = 200.0
FEWEST_POINTS, MOST_POINTS = 4, 400
STEEPEST_DB_PER_OCTAVE = 60.0
FIRST_AT_MOST_HZ, LAST_AT_LEAST_HZ = 200.0, 8000.0

SYSTEM = (
    text("title", "for people", maximum=40),
    text("place", "where that is, in a sentence: on the phone, in the car", maximum=40),
    Parameter("points", Kind.TABLES, "[Hz, dB], ascending", required=True),
    switch("mono", "one loudspeaker: (left + right) / 2", False),
    number("mono_below_hz", "below this both sides are the same", "Hz", 20.0, 500.0, 0.0, zero_is_off=True),
    choice("basis", "what the curve is", ("measured", "standard", "typical"), "measured"),
    text("source", "who says so", maximum=400),
    Parameter("date", Kind.TEXT, "when this was written from the source, YYYY-MM-DD", "characters"),
    text("note", "what else to know", maximum=1000),
)


@dataclass(frozen=True)
class PlaybackSystem:
    """A kind of device that music is played on.

    Attributes:
        name: as in `:translate NAME`.
        title: for people.
        place: where that is, in a sentence.
        points: frequency, Hz, and level, dB, ascending; re any level.
        mono: one loudspeaker.
        mono_below_hz: below this both sides are the same; 0: nowhere.
        basis: what the curve is.
        source: who says so.
        date: when this was written from its source, YYYY-MM-DD; None: undated (the user's own only).
        note: what else to know; may be empty.
        file: where it stands, for messages.
        origin: whether it ships with the program or is the user's.
    """

    name: str
    title: str
    place: str
    points: tuple[tuple[float, float], ...]
    mono: bool
    mono_below_hz: float
    basis: str
    source: str
    date: str | None
    note: str
    file: Path
    origin: Origin

    @property
    def lowest_hz(self) -> float:
        """Where the curve begins."""
        return self.points[0][0]

    @property
    def highest_hz(self) -> float:
        """Where the curve ends."""
        return self.points[-1][0]


def playback_systems() -> dict[str, PlaybackSystem]:
    """Every playback system by name: the shipped ones, then the user's; a user's name wins.

    Raises:
        SessionError: the user's file is broken; it is named, with the key.
    """
    return SYSTEMS.all()


def system_named(name: str) -> PlaybackSystem:
    """The playback system of a name.

    Raises:
        SessionError: the user's file is broken, or there is none of that name.
    """
    systems = playback_systems()
    if name not in systems:
        raise SessionError(
            f"there is no playback system {shown(name)}: {nearest(name, systems)}", kind="no_playback_system"
        )
    return systems[name]


def _system(reader: Reader, name: str, entry: Any, origin: Origin) -> PlaybackSystem:
    key: KeyPath = ("systems", name)
    if not _NAME.fullmatch(name) or name == OFF:
        reader.refuse(
            key,
            f"is no name for a playback system: use up to {LONGEST_NAME} small letters, digits, - and _, "
            f'and not "{OFF}"',
        )
    values = dated_values(reader, entry, key, SYSTEM)
    return PlaybackSystem(
        name=name,
        title=values["title"] or name,
        place=values["place"] or f"on {values['title'] or name}",
        points=_points(reader, (*key, "points"), values["points"]),
        mono=values["mono"],
        mono_below_hz=values["mono_below_hz"],
        basis=values["basis"],
        source=values["source"] or f"your own, {reader.file.name}",
        date=values["date"],
        note=values["note"] or "",
        file=reader.file,
        origin=origin,
    )


def _points(reader: Reader, key: KeyPath, value: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list):
        reader.refuse(key, f"{shown(value)} is no list of points: write it as [[20, -12.5], [50, -6], …]")
    if not FEWEST_POINTS <= len(value) <= MOST_POINTS:
        reader.refuse(key, f"holds {len(value)} points: allowed is {FEWEST_POINTS} to {MOST_POINTS}")
    points = [_point(reader, (*key, index), item) for index, item in enumerate(value)]
    for index in range(1, len(points)):
        (low_hz, low_db), (high_hz, high_db) = points[index - 1 : index + 1]
        if high_hz <= low_hz:
            reader.refuse((*key, index), f"{high_hz:g} Hz does not lie above {low_hz:g} Hz: let them ascend")
        slope = abs(high_db - low_db) / math.log2(high_hz / low_hz)
        if slope > STEEPEST_DB_PER_OCTAVE:
            reader.refuse(
                (*key, index),
                f"the curve moves by {slope:.0f} dB per octave up to {high_hz:g} Hz: allowed is "
                f"{STEEPEST_DB_PER_OCTAVE:g}: smooth it",
            )
    if points[0][0] > FIRST_AT_MOST_HZ:
        reader.refuse((*key, 0), f"begins at {points[0][0]:g} Hz: begin at {FIRST_AT_MOST_HZ:g} Hz or below")
    if points[-1][0] < LAST_AT_LEAST_HZ:
        last = len(points) - 1
        reader.refuse((*key, last), f"ends at {points[-1][0]:g} Hz: end at {LAST_AT_LEAST_HZ:g} Hz or above")
    return tuple(points)


def _point(reader: Reader, key: KeyPath, value: Any) -> tuple[float, float]:
    if not (isinstance(value, list) and len(value) == 2 and all(is_number(item) for item in value)):
        reader.refuse(key, "is no point: give a frequency in Hz and a level in dB, as [1000, -3.5]")
    frequency_hz, level_db = value
    # compared before the conversion, which an integer can be too large for; NaN fails every comparison
    if not LOWEST_HZ <= frequency_hz <= HIGHEST_HZ:
        reader.refuse((*key, 0), f"is out of range: allowed is {LOWEST_HZ:g} to {HIGHEST_HZ:g} Hz")
    if not abs(level_db) <= LARGEST_DB:
        reader.refuse((*key, 1), f"is out of range: allowed is −{LARGEST_DB:g} to {LARGEST_DB:g} dB")
    return float(frequency_hz), float(level_db)


#: The shipped ones and the user's own.
SYSTEMS = NamedTables("playback.toml", "systems", "playback system", _system)
