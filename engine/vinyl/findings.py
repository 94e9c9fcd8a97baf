"""What a cutter would say about a side: each finding with its time, its track and, asked for, its stem.

Thresholds are ours where no source names one (`docs/albums.md` lists them).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.report.album import AlbumFinding
from engine.units import db_from_power, level_text, number_text, seconds_text
from engine.vinyl.advice import advise, loss_db
from engine.vinyl.bands import (
    HIGH_HZ,
    HIGH_WINDOW_S,
    LOW_HZ,
    LOW_WINDOW_S,
    SIBILANCE_HZ,
    BandMeter,
    FlatTops,
)

#: A side's bass should be at least so correlated, and its side signal so far below its mid.
LEAST_CORRELATION, MOST_SIDE_DB = 0.9, -12.0
#: Sibilance that comes so close to everything is one.
MOST_SIBILANCE_DB = -6.0
#: 8 to 16 kHz, dBFS, that the edge of a 12" at 33 takes; less where the groove is slower.
MOST_HIGH_DBFS = -20.0
LEAST_PLR_DB = 9.0
#: Quieter windows are not looked at, dBFS.
_QUIET_DBFS = -50.0
#: Most places told of one kind and track; windows of one kind closer than this are one place.
_MOST_PLACES, _TOGETHER_S = 3, 2.0


@dataclass(frozen=True)
class SideTrack:
    """A track of a side as it was measured.

    Attributes:
        number: in the album.
        title: as the album file has it.
        start_s: in the side.
        end_s: in the side.
        plr_db: of its audio without the side's processing; None: silence.
        flat: clipped runs of it.
        flat_at_s: the first of them, in the side; None without one.
        finished: it is a finished file, which has no stems to mend.
    """

    number: int
    title: str
    start_s: float
    end_s: float
    plr_db: float | None
    flat: FlatTops
    flat_at_s: float | None
    finished: bool = False


@dataclass(frozen=True)
class Place:
    """A place that is too much.

    Attributes:
        kind: of the finding.
        at_s: in the side.
        window_s: how long it was looked at.
        badness: the worst of the places of one kind has the highest; without a unit.
        band_hz: what was looked at.
        side_signal: it is the side signal that matters.
        text: what was found.
        fix: what to do; `{it}` stands for what to do it to (`_culprit`).
    """

    kind: str
    at_s: float
    window_s: float
    badness: float
    band_hz: tuple[float, float]
    side_signal: bool
    text: str
    fix: str


#: Names the stem that causes a spot in a track, at a time from the track's start; None: not known.
Cause = Callable[[int, float, Place], str | None]


def side_findings(
    bands: BandMeter,
    tracks: Sequence[SideTrack],
    *,
    size_inch: int,
    rpm: int,
    duration_s: float,
    cause: Cause,
) -> list[AlbumFinding]:
    """Everything about a side, the worst places of each track first.

    Args:
        bands: what was measured on the side's file.
        tracks: of the side, in order.
        size_inch: diameter.
        rpm: speed.
        duration_s: of the side.
        cause: finds the stem.
    """
    found = [*_length(size_inch, rpm, duration_s)]
    spots = [*_low_spots(bands), *_high_spots(bands, size_inch, rpm, duration_s)]
    for track in tracks:
        found += _track_findings(track)
        own = [spot for spot in spots if track.start_s <= spot.at_s < track.end_s]
        for kind in dict.fromkeys(spot.kind for spot in own):
            places = _places([spot for spot in own if spot.kind == kind])
            more = len(places) - _MOST_PLACES
            for spot in places[:_MOST_PLACES]:
                also = f"; {more} more place{'s' * (more > 1)} like it in this track" if more > 0 else ""
                stem = cause(track.number, spot.at_s - track.start_s, spot)
                found.append(
                    AlbumFinding(
                        "warning",
                        kind,
                        track.number,
                        track.title,
                        spot.text + also,
                        spot.fix.format(it=_culprit(track, stem)),
                        spot.at_s,
                        stem,
                    )
                )
                more = 0
    return found


def _culprit(track: SideTrack, stem: str | None) -> str:
    """What of a track has to be mended: its stem where that is known, else the mix or the file."""
    if track.finished:
        return "the file"
    return "the mix" if stem is None else f"the stem '{stem}'"


def _length(size_inch: int, rpm: int, duration_s: float) -> Iterator[AlbumFinding]:
    advice = advise(size_inch, rpm, duration_s)
    what, length = f'{size_inch}" at {rpm} rpm', seconds_text(duration_s)
    if duration_s > 60.0 * advice.longest_min:
        yield AlbumFinding(
            "error",
            "side_length",
            None,
            None,
            f"the side lasts {length}, a {what} holds {seconds_text(60.0 * advice.longest_min)}",
            "move tracks to another side, or ask the cutter",
        )
    elif advice.level_db is not None:
        severity = "warning" if advice.level_db < 0.0 else "note"
        level = level_text(advice.level_db, "dB", signed=True)
        text = f"the side lasts {length}: a {what} can be cut at about {level}"
        yield AlbumFinding(
            "warning" if severity == "warning" else "note",
            "side_length",
            None,
            None,
            text,
            "shorten the side for a louder cut" if severity == "warning" else "nothing: it fits",
        )


def _track_findings(track: SideTrack) -> Iterator[AlbumFinding]:
    if track.plr_db is not None and track.plr_db < LEAST_PLR_DB:
        yield AlbumFinding(
            "warning",
            "plr",
            track.number,
            track.title,
            f"peaks are only {track.plr_db:.1f} dB above its loudness, vinyl wants {LEAST_PLR_DB:g} dB",
            "give a master with less limiting",
            track.start_s,
        )
    if track.flat.runs:
        yield AlbumFinding(
            "warning",
            "clipped_runs",
            track.number,
            track.title,
            f"{track.flat.runs} runs of clipped samples",
            "give a master that was never clipped",
            track.flat_at_s,
        )


def _low_spots(bands: BandMeter) -> Iterator[Place]:
    for window in bands.low:
        if db_from_power(window.mid + window.side) < _QUIET_DBFS:
            continue
        side_db = db_from_power(window.side) - db_from_power(window.mid) if window.mid > 0.0 else math.inf
        if window.correlation < LEAST_CORRELATION:
            yield Place(
                "low_correlation",
                window.at_s,
                LOW_WINDOW_S,
                -window.correlation,
                LOW_HZ,
                True,
                f"left and right correlate by {number_text(window.correlation, 2, signed=True)} below 150 "
                f"Hz, {number_text(LEAST_CORRELATION, None)} is wanted",
                "make the bass mono: raise mono_below_hz or narrow {it}",
            )
        if side_db > MOST_SIDE_DB:
            level = "far above" if math.isinf(side_db) else f"{side_db:+.1f} dB re"
            yield Place(
                "low_side",
                window.at_s,
                LOW_WINDOW_S,
                side_db,
                LOW_HZ,
                True,
                f"the side signal below 150 Hz is {level} the mid, {MOST_SIDE_DB:g} dB is wanted".replace(
                    "-", "−"
                ),
                "make the bass mono: raise mono_below_hz or narrow {it}",
            )


def _high_spots(bands: BandMeter, size_inch: int, rpm: int, duration_s: float) -> Iterator[Place]:
    for window in bands.high:
        broadband_db = db_from_power(window.broadband)
        if broadband_db < _QUIET_DBFS:
            continue
        sibilance_db = db_from_power(window.sibilance) - broadband_db
        if sibilance_db > MOST_SIBILANCE_DB:
            yield Place(
                "sibilance",
                window.at_s,
                HIGH_WINDOW_S,
                sibilance_db,
                SIBILANCE_HZ,
                False,
                f"6 to 10 kHz is {level_text(sibilance_db, 'dB', signed=True)} re everything, "
                f"{level_text(MOST_SIBILANCE_DB, 'dB', None)} is the limit",
                "de-ess {it}",
            )
        limit_dbfs = MOST_HIGH_DBFS + loss_db(size_inch, rpm, window.at_s / max(duration_s, 1e-9))
        high_dbfs = db_from_power(window.high)
        if high_dbfs > limit_dbfs:
            yield Place(
                "high_frequencies",
                window.at_s,
                HIGH_WINDOW_S,
                high_dbfs - limit_dbfs,
                HIGH_HZ,
                False,
                f"8 to 16 kHz is {high_dbfs:.1f} dBFS, this groove takes {limit_dbfs:.1f} dBFS".replace(
                    "-", "−"
                ),
                "lower the treble of {it}, or put the track further out",
            )


def _places(spots: list[Place]) -> list[Place]:
    """The worst of each group of spots that lie together, the worst group first."""
    groups: list[list[Place]] = []
    for spot in spots:
        if groups and spot.at_s - groups[-1][-1].at_s <= _TOGETHER_S:
            groups[-1].append(spot)
        else:
            groups.append([spot])
    worst = [max(group, key=lambda one: one.badness) for group in groups]
    return sorted(worst, key=lambda one: -one.badness)
