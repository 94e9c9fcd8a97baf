"""Prints the song: levels every stem into the mix and rounds it to 24 bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.demo import bass, drums, guitar, keys, vocals
from engine.demo.song import BEAT_FRAMES, TOTAL_FRAMES
from engine.demo.space import Room, add, ping_pong, place, reverberate
from engine.demo.tone import Signal, frames_of, gain

Pcm = NDArray[np.int32]

FULL_SCALE = 2**23
_FADE_S = 1.3
_SILENCE_S = 0.45
_CHUNK_FRAMES = 2**16


@dataclass(frozen=True)
class Part:
    """A stem of the song: its name (and file name), its role, who plays it and how loud."""

    name: str
    role: str
    play: Callable[[], Signal]
    level_db: float


def _instruments() -> Signal:
    """Keyboards and guitars in their room, shape `(2, frames)`."""
    stem = keys.render_piano()
    send = 0.16 * (stem[0] + stem[1])
    pad = keys.render_pad()
    for lane, strings in zip(stem, pad, strict=True):
        add(lane, 0, strings, _PAD)
        add(send, 0, strings, 0.25 * _PAD)
    rhythm, line = guitar.render_rhythm(), guitar.render_line()
    bell, echo = keys.render_bell()
    for sound, level, position, wet in ((rhythm, _RHYTHM, -0.62, 0.10), (line, _LINE, 0.58, 0.16)):
        place(stem, 0, sound, level, position)
        add(send, 0, sound, level * wet)
    place(stem, 0, bell, _BELL, 0.22)
    add(send, 0, bell, 0.4 * _BELL)
    for lane, echoes in zip(stem, ping_pong(echo, 3 * BEAT_FRAMES // 4, 0.5, 4), strict=True):
        add(lane, 0, echoes, 0.55 * _BELL)
    reverberate(stem, send, _HALL)
    return stem


_HALL = Room(
    length_s=1.8,
    low_time_s=0.24,
    mid_time_s=0.30,
    high_time_s=0.16,
    predelay_s=0.024,
    lowest_hz=300.0,
    highest_hz=6500.0,
    seed=45,
)
_PAD, _RHYTHM, _LINE, _BELL = gain(-37.0), gain(-4.5), gain(-9.0), gain(-17.5)

PARTS = (
    Part("Drums", "drums", drums.render, -5.2),
    Part("Bass", "bass", bass.render, -15.0),
    Part("Instruments", "instruments", _instruments, -10.8),
    Part("Lead Vocal", "vocals", vocals.render_lead, -26.0),
    Part("Backing Vocals", "backing_vocals", vocals.render_backing, -28.2),
)


def printed(part: Part) -> Pcm:
    """One stem as 24-bit integers, shape `(frames, 2)`, −2²³…2²³ − 1.

    Rounded to the nearest step without dither: the music's own noise is far above the step, and the
    reference mix is the sum of exactly these integers.

    Raises:
        OverflowError: the stem is louder than full scale (a wrong level in `PARTS`).
    """
    stem = part.play()
    count = frames_of(_FADE_S)
    fall = np.arange(count, 0, -1) / count
    end = TOTAL_FRAMES - frames_of(_SILENCE_S)
    stem[:, end - count : end] *= fall * fall * (3.0 - 2.0 * fall)
    stem[:, end:] = 0.0
    scale = gain(part.level_db) * FULL_SCALE
    out = np.empty((TOTAL_FRAMES, 2), dtype=np.int32)
    for first in range(0, TOTAL_FRAMES, _CHUNK_FRAMES):
        chunk = np.rint(stem[:, first : first + _CHUNK_FRAMES] * scale)
        if not np.max(np.abs(chunk)) < FULL_SCALE:
            raise OverflowError(f"{part.name} is beyond full scale")
        out[first : first + _CHUNK_FRAMES] = chunk.T
    return out
