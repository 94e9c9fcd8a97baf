"""Loudness by programme position, as the console draws it."""

from __future__ import annotations

import itertools
import math
from array import array

import numpy as np

from engine.link.history import Heard, History, slot_frames
from engine.live.metering.song_loudness import UNHEARD, SongLoudness
from engine.meters.gating import lufs_from_power
from engine.meters.slots import SHORT_TERM_SLOTS, slots_in


def history_of(loudness: SongLoudness, revision: int, sound: int, song_frames: int) -> History:
    """Loudness by programme position: short-term, over what is known of each window.

    Args:
        loudness: by 10 ms slots.
        revision: of the live session.
        sound: number of what plays; what was heard under another one is outdated.
        song_frames: length of the song.
    """
    frames = slot_frames(song_frames)
    count = -(-song_frames // frames) if song_frames else 0
    known = loudness.revisions != UNHEARD
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, loudness.powers, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    ends = np.arange(1, len(known) + 1)
    begins = np.maximum(0, ends - SHORT_TERM_SLOTS)
    heard = counts[ends] - counts[begins]
    power = (sums[ends] - sums[begins]) / np.maximum(1, heard)
    outdated = known & (loudness.revisions != sound)
    edges = [slots_in(index * frames, loudness.sample_rate) for index in range(count + 1)]
    values, states = array("f"), bytearray()
    for begin, end in itertools.pairwise(edges):
        begin = min(begin, max(0, len(known) - 1))
        part = slice(begin, max(end, begin + 1))
        if not known[part].any():
            values.append(math.nan)
            states.append(Heard.UNHEARD)
            continue
        values.append(lufs_from_power(float(power[part][known[part]].max())))
        states.append(Heard.OUTDATED if outdated[part].any() else Heard.HEARD)
    return History(revision, frames, song_frames, values, bytes(states))
