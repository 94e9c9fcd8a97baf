"""Plucked strings: the sound of one note, as the sum of its dying partials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.demo.space import add
from engine.demo.tone import (
    Signal,
    band_pass,
    decay,
    frames_of,
    hertz,
    noise,
    pin,
    ramp_in,
    ring,
)


@dataclass(frozen=True)
class String:
    """What a plucked string and its pickup sound like.

    An ideal string plucked at the fraction p of its length holds partial k with sin(kπp)/k² of
    displacement, sin(kπp)/k of velocity, which is what a magnetic pickup hears (N. H. Fletcher and
    T. D. Rossing, The Physics of Musical Instruments, 2nd ed., 1998, section 2.8); stiffness raises
    partial k by √(1 + B·k²) (the same, section 2.18).

    Attributes:
        pluck: where it is plucked, as a fraction of its length.
        pickup: where the pickup sits, likewise.
        stiffness: B.
        partials: the most that are heard.
        time_s: decay (by e) of the first partial.
        damping: how much faster each higher partial dies.
        top_hz: partials above are left away.
        tilt: further fall of the partials, k^−tilt.
        attack: level of the finger's or the pick's own noise.
        attack_hz: its pitch.
    """

    pluck: float
    pickup: float
    stiffness: float
    partials: int
    time_s: float
    damping: float
    top_hz: float
    tilt: float
    attack: float
    attack_hz: float


@cache
def plucked(string: String, midi: int, count: int) -> Signal:
    """One note of `string`, `count` frames long, mono, peak 1.0. Shared: do not write to it."""
    sound = np.zeros(count)
    fundamental_hz = hertz(midi)
    for partial in range(1, string.partials + 1):
        stretch = math.sqrt(1.0 + string.stiffness * partial * partial)
        frequency_hz = pin(partial * fundamental_hz * stretch)
        if frequency_hz > string.top_hz:
            break
        shape = math.sin(math.pi * partial * string.pluck) * math.sin(math.pi * partial * string.pickup)
        level = pin(shape * float(partial) ** (-1.0 - string.tilt))
        time_s = string.time_s / (1.0 + string.damping * (partial - 1))
        add(sound, 0, ring(min(count, frames_of(9.0 * time_s)), frequency_hz, time_s), level)
    # Two decays: a string first loses energy quickly to its bridge, then slowly to the air.
    sound *= 0.55 + 0.45 * decay(count, 0.2 * string.time_s)
    sound /= float(np.max(np.abs(sound)))
    scrape = band_pass(noise(count, 1000 + midi), string.attack_hz, 0.8) * decay(count, 0.006)
    sound += string.attack * scrape
    return ramp_in(sound, 0.0012) / float(np.max(np.abs(sound)))


@cache
def muted(string: String, midi: int) -> Signal:
    """The same string, its note choked by the hand: a pitched click. Do not write to it."""
    count = frames_of(0.12)
    choked = plucked(string, midi, count) * decay(count, 0.016)
    scrape = band_pass(noise(count, 1100 + midi), 1.4 * string.attack_hz, 0.9) * decay(count, 0.009)
    return ramp_in(0.7 * choked + 0.55 * scrape, 0.001)


def released(sound: Signal, length_frames: int, release_s: float) -> Signal:
    """A copy of `sound` that is let go after `length_frames` and fades within `release_s`."""
    tail = frames_of(release_s)
    piece = sound[: length_frames + tail].copy()
    fall = min(tail, piece.size)
    slope = np.arange(fall, 0, -1) / max(fall, 1)
    piece[piece.size - fall :] *= slope * slope
    return piece
