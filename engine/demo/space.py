"""Where sounds stand: mixing at a place, echoes and rooms, all printed into the stems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from engine.demo.tone import (
    Signal,
    decay,
    frames_of,
    high_pass,
    low_pass,
    noise,
    pin,
    product,
    ramp_in,
    ramp_out,
)

_BLOCK_FRAMES = 2**18
_CHUNK_FRAMES = 2**15


@dataclass(frozen=True)
class Room:
    """A reverberant room, as exponentially dying noise in three bands.

    Attributes:
        length_s: of the impulse response.
        low_time_s, mid_time_s, high_time_s: time constants (by e) below 400 Hz, between, above 3 kHz.
        predelay_s: before the first reflection.
        lowest_hz, highest_hz: what it answers to; the band narrows by 12 dB an octave beyond.
        seed: of the noise.
    """

    length_s: float
    low_time_s: float
    mid_time_s: float
    high_time_s: float
    predelay_s: float
    lowest_hz: float
    highest_hz: float
    seed: int


def pan_gains(position: float) -> tuple[float, float]:
    """Gains of left and right for a position −1 (left) … 1 (right), constant power, 1 at the centre."""
    right = (1.0 + position) / 2.0
    return float(np.sqrt(2.0 * (1.0 - right))), float(np.sqrt(2.0 * right))


def add(lane: Signal, frame: int, sound: Signal, level: float) -> None:
    """Adds a mono sound to a mono lane, in place; what sticks out at either end is left away."""
    first, last = max(frame, 0), min(frame + sound.size, lane.size)
    for start in range(first, last, _CHUNK_FRAMES):
        end = min(start + _CHUNK_FRAMES, last)
        lane[start:end] += sound[start - frame : end - frame] * level


def place(bus: Signal, frame: int, sound: Signal, level: float, position: float = 0.0) -> None:
    """Adds a sound to a stereo bus, in place; what sticks out at either end is left away.

    Args:
        bus: shape `(2, frames)`.
        frame: of the sound's first sample, may be negative.
        sound: mono `(n,)` or stereo `(2, n)`.
        level: linear gain.
        position: −1…1 for mono sounds; a balance for stereo ones.
    """
    for channel, side in enumerate(pan_gains(position)):
        add(bus[channel], frame, sound[channel] if sound.ndim == 2 else sound, level * side)


def impulse_response(room: Room) -> Signal:
    """The stereo impulse response of `room`, shape `(2, frames)`, unit energy per channel."""
    count = frames_of(room.length_s)
    channels = []
    for channel in range(2):
        white = noise(count, room.seed + channel)
        low = low_pass(white, 400.0)
        high = high_pass(white, 3000.0)
        middle = white - low - high
        tail = low * decay(count, room.low_time_s) + middle * decay(count, room.mid_time_s)
        tail += high * decay(count, room.high_time_s)
        tail = low_pass(high_pass(tail, room.lowest_hz), room.highest_hz)
        ramp_out(ramp_in(tail, 0.004), 0.3 * room.length_s)
        energy = float(np.cumsum(tail * tail)[-1])
        channels.append(np.concatenate((np.zeros(frames_of(room.predelay_s)), tail / np.sqrt(energy))))
    return np.stack(channels)


def reverberate(stem: Signal, send: Signal, room: Room) -> None:
    """Adds the room's answer to a mono send to a stereo stem, in place.

    Overlap-add with one forward transform for both channels; silent stretches are skipped.

    Args:
        stem: shape `(2, frames)`.
        send: shape `(frames,)`.
        room: what answers.
    """
    response = impulse_response(room)
    hop = _BLOCK_FRAMES - response.shape[1] + 1
    spectra = fft.rfft(response, _BLOCK_FRAMES, axis=1)
    for start in range(0, send.size, hop):
        block = send[start : start + hop]
        if block.any():
            spectrum = fft.rfft(block, _BLOCK_FRAMES)
            for lane, transfer in zip(stem, spectra, strict=True):
                add(lane, start, fft.irfft(product(spectrum, transfer), _BLOCK_FRAMES), 1.0)


def darkened(sound: Signal) -> Signal:
    """A sound as an echo returns it: without its bottom and its brilliance."""
    return low_pass(high_pass(sound, 350.0), 3200.0, 0.6)


def ping_pong(send: Signal, delay_frames: int, feedback: float, repeats: int) -> Signal:
    """Echoes that alternate between left and right, shape `(2, frames)`."""
    wet = np.zeros((2, send.size))
    for repeat in range(1, repeats + 1):
        add(wet[1 - repeat % 2], repeat * delay_frames, send, pin(feedback**repeat))
    return wet
