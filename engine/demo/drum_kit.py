"""The drum kit: every piece synthesised from its modes, its skin and its noise.

Every sound is a function of a variant number: neighbouring hits use different variants, as no drummer
hits twice the same way. Mono sounds have shape `(frames,)`, cymbals are stereo `(2, frames)`; the
loudest hit peaks near 1.0.
"""

from __future__ import annotations

import numpy as np

from engine.demo.tone import (
    SAMPLE_RATE,
    Signal,
    band_pass,
    decay,
    frames_of,
    gain,
    high_pass,
    low_pass,
    noise,
    peak,
    pin,
    ramp_in,
    ramp_out,
    ring,
    saturate,
    sine,
)


def _normalised(sound: Signal, level_db: float = 0.0) -> Signal:
    return sound * (gain(level_db) / float(np.max(np.abs(sound))))


def _swept(count: int, sweeps: tuple[tuple[float, float], ...], floor_hz: float) -> Signal:
    """A sine whose pitch falls to `floor_hz`: the sum of falls (`start_hz`, `time_s`)."""
    frequency = np.full(count, floor_hz)
    for start_hz, time_s in sweeps:
        frequency += start_hz * decay(count, time_s)
    return sine(np.cumsum(frequency) / SAMPLE_RATE)


def kick(variant: int) -> Signal:
    """Bass drum: a falling fundamental near 50 Hz, the beater's knock and its click."""
    count = frames_of(0.48)
    body = _swept(count, ((95.0 + 3.0 * variant, 0.022), (240.0, 0.004)), 49.0)
    body *= 0.8 * decay(count, 0.115) + 0.45 * decay(count, 0.03)
    knock = ring(count, 1150.0, 0.004) * 0.16 + ring(count, 3100.0, 0.002) * 0.10
    click = low_pass(high_pass(noise(count, 100 + variant), 1800.0), 7000.0) * decay(count, 0.0035)
    sound = saturate(1.35 * body, 0.75) + knock + 0.22 * click
    sound = high_pass(peak(sound, 300.0, 0.9, -4.5), 28.0)
    return ramp_out(_normalised(ramp_in(sound, 0.0006)), 0.12)


def snare(variant: int, ghost: bool = False) -> Signal:
    """Snare drum: two shell modes, the wires' rattle in two decays, the stick's crack.

    Args:
        variant: which hit.
        ghost: a soft stroke near the rim: hardly any crack, shorter wires, darker.
    """
    count = frames_of(0.42)
    body = _swept(count, ((38.0, 0.012),), 184.0 + variant) * decay(count, 0.062)
    body += 0.55 * _swept(count, ((50.0, 0.010),), 329.0 + 2.0 * variant) * decay(count, 0.038)
    body += 0.22 * ring(count, 512.0, 0.024) + 0.12 * ring(count, 741.0, 0.018)
    wires = high_pass(noise(count, 200 + variant), 1400.0)
    wires = peak(peak(wires, 4200.0, 0.8, 5.0), 8500.0, 1.0, 2.0)
    wires *= 0.65 * decay(count, 0.026) + 0.40 * decay(count, 0.095)
    wires = ramp_in(wires, 0.0012)
    crack = band_pass(noise(count, 300 + variant), 2600.0, 0.7) * decay(count, 0.005)
    if ghost:
        sound = low_pass(0.5 * body + 0.34 * wires * decay(count, 0.09), 7500.0)
        return ramp_out(_normalised(sound, -11.0), 0.1)
    sound = saturate(0.85 * body + 0.60 * wires + 0.75 * crack, 0.6)
    return ramp_out(_normalised(low_pass(sound, 15_000.0)), 0.1)


def cross_stick(variant: int) -> Signal:
    """The stick laid across the rim: three short wooden modes."""
    count = frames_of(0.16)
    sound = ring(count, 452.0 + 3.0 * variant, 0.016) + 0.9 * ring(count, 1690.0, 0.009)
    sound += 0.4 * ring(count, 2740.0, 0.006)
    sound += 0.35 * band_pass(noise(count, 400 + variant), 3600.0, 0.8) * decay(count, 0.003)
    return ramp_out(_normalised(sound, -4.0), 0.05)


def clap(variant: int) -> Signal:
    """Four hands almost together, then the room around them."""
    count = frames_of(0.36)
    skin = band_pass(noise(count, 500 + variant), 1250.0, 0.75)
    skin += 0.5 * high_pass(noise(count, 520 + variant), 3500.0)
    envelope = 0.28 * decay(count, 0.07)
    for hand, late_s in enumerate((0.0, 0.0092, 0.0178, 0.0287)):
        start = frames_of(late_s + 0.0011 * ((variant * 7 + hand * 3) % 4))
        envelope[start:] += (0.6 + 0.13 * hand) * decay(count - start, 0.0052)
    return ramp_out(_normalised(skin * envelope, -5.0), 0.1)


def tom(pitch_hz: float, variant: int) -> Signal:
    """A tom: the membrane's first modes (ratios of an ideal one: 1, 1.594, 2.136), falling at first.

    Ratios: T. D. Rossing, The Physics of Musical Instruments, circular membrane, modes 01, 11, 21.
    """
    count = frames_of(0.9)
    fall = ((pitch_hz * 0.55, 0.02), (pitch_hz * 0.12, 0.12))
    body = _swept(count, fall, pitch_hz) * decay(count, 0.20)
    body += 0.34 * _swept(count, fall, 1.594 * pitch_hz) * decay(count, 0.10)
    body += 0.16 * ring(count, 2.136 * pitch_hz, 0.06)
    stick = band_pass(noise(count, 600 + variant), 1900.0, 0.6) * decay(count, 0.006)
    skin = low_pass(noise(count, 620 + variant), 900.0) * decay(count, 0.05)
    return ramp_out(_normalised(ramp_in(saturate(body, 0.6) + 0.35 * stick + 0.18 * skin, 0.0005)), 0.3)


def _metal(count: int, seed: int, modes: int, band_hz: tuple[float, float], time_s: float) -> Signal:
    """A struck plate: `modes` inharmonic partials, the high ones shorter, unit peak."""
    draw = (noise(3 * modes, seed) + 1.0) / 2.0
    sound = np.zeros(count)
    for mode in range(modes):
        place, level, phase = (float(v) for v in draw[3 * mode : 3 * mode + 3])
        frequency_hz = band_hz[0] + (band_hz[1] - band_hz[0]) * pin(place**1.3)
        life_s = time_s * (0.35 + 0.65 * (1.0 - place))
        sound += (0.3 + 0.7 * level) * ring(count, frequency_hz, life_s, phase)
    return _normalised(sound)


def hat(variant: int, openness: float) -> Signal:
    """Hi-hat.

    Args:
        variant: which stroke.
        openness: 0 closed … 1 open: how long the plates ring.
    """
    count = frames_of(0.11 + 0.6 * openness)
    time_s = 0.019 + 0.17 * openness
    metal = _metal(count, 700 + variant, 22, (3400.0, 12_500.0), 1.6 * time_s)
    air = high_pass(noise(count, 730 + variant), 6800.0) * decay(count, time_s)
    sizzle = band_pass(noise(count, 760 + variant), 9300.0, 1.1) * decay(count, 1.5 * time_s)
    tick = high_pass(noise(count, 790 + variant), 4000.0) * decay(count, 0.0022)
    sound = high_pass(0.30 * metal + 0.5 * air + 0.45 * sizzle + 0.4 * tick, 5200.0)
    return ramp_out(_normalised(low_pass(sound, 16_500.0), -6.0), 0.05 + 0.25 * openness)


def crash(variant: int) -> Signal:
    """Crash cymbal, stereo: a wash that opens within 20 ms and darkens as it dies."""
    count = frames_of(3.0)
    channels = []
    for side in range(2):
        seed = 800 + 40 * variant + 7 * side
        metal = _metal(count, 800 + 40 * variant, 18, (420.0, 9000.0), 0.75)
        metal += 0.6 * _metal(count, seed + 1, 12, (2500.0, 12_000.0), 0.6)
        wash = noise(count, seed + 2)
        bright = ramp_in(high_pass(wash, 6500.0) * decay(count, 0.34), 0.012)
        middle = ramp_in(band_pass(wash, 3600.0, 0.5) * decay(count, 0.55), 0.02)
        channels.append(0.28 * metal + 0.5 * bright + 0.62 * middle)
    stereo = high_pass(np.stack(channels), 380.0)
    return ramp_out(_normalised(low_pass(stereo, 15_000.0), -3.0), 1.0)


def tambourine(variant: int) -> Signal:
    """Tambourine: jingles that meet twice in quick succession."""
    count = frames_of(0.2)
    jingle = _metal(count, 900 + variant, 16, (5200.0, 14_000.0), 0.05)
    jingle += 0.8 * band_pass(noise(count, 930 + variant), 8800.0, 1.4) * decay(count, 0.035)
    second = frames_of(0.011 + 0.002 * (variant % 3))
    sound = jingle.copy()
    sound[second:] += 0.65 * jingle[: count - second]
    return ramp_out(_normalised(high_pass(ramp_in(sound, 0.002), 4200.0), -6.0), 0.06)


def shaker(variant: int) -> Signal:
    """Shaker: seeds that gather, strike and settle."""
    count = frames_of(0.12)
    seeds = band_pass(noise(count, 950 + variant), 6400.0, 0.9)
    swell = ramp_in(np.ones(count), 0.028) ** 2
    fall = np.concatenate((np.ones(frames_of(0.028)), decay(count - frames_of(0.028), 0.017)))
    return ramp_out(_normalised(seeds * swell * fall, -8.0), 0.03)
