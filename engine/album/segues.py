"""Finished files that go on in each other: one programme in several files, and treated as one.

A conversion needs the sound on both sides of a mark, a limiter its own past: where both began anew at
each file, a seam would be heard there, and two files would not be what the undivided programme is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.album.source import TrackAudio
from engine.audio.convert import converted_frames


def joined(numbers: Sequence[int], audio: Mapping[int, TrackAudio]) -> dict[int, TrackAudio]:
    """The tracks of a disc or side with those marked that continue the one before.

    Their lengths become those of one conversion cut at the marks, which differ from those of separate
    conversions by up to a frame; where one of several at the same gain needs the limiter, all have it.

    Args:
        numbers: of the tracks, in the order in which they play.
        audio: of each, by number, at its level.
    """
    found: dict[int, TrackAudio] = {}
    for run in _runs([audio[number] for number in numbers]):
        if len(run) == 1:
            found[run[0].track.number] = run[0]
            continue
        limited_db = {one.gain_db for one in run if one.limited}
        read = placed = 0
        for place, one in enumerate(run):
            read += one.file_frames
            end = converted_frames(read, one.file_rate, one.sample_rate)
            found[one.track.number] = replace(
                one, frames=end - placed, limited=one.gain_db in limited_db, continues=place > 0
            )
            placed = end
    return found


def _runs(tracks: Sequence[TrackAudio]) -> list[list[TrackAudio]]:
    runs: list[list[TrackAudio]] = []
    for one in tracks:
        if runs and _continues(one, runs[-1][-1]):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _continues(one: TrackAudio, before: TrackAudio) -> bool:
    """A finished file without a gap behind another of the same rate.

    A session has a limiter and a conversion of its own: it ends where its song does.
    """
    finished = one.track.path is not None and before.track.path is not None
    return finished and one.file_rate == before.file_rate and round(one.track.gap_s * one.sample_rate) == 0
