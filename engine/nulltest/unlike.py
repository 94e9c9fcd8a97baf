"""Stems that the mix holds as something else: in stereo, in parts, as another take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft
from engine.nulltest import wording
from engine.nulltest.bus_models import energy
from engine.nulltest.forms import is_mono_file
from engine.nulltest.hypotheses import ABSENT_BELOW
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import Complexes
from engine.report.null_causes import NullCause
from engine.units import db_from_power

Doubles = NDArray[np.float64]

#: What remains is the side of a stem when this part of it, or less, is the same in left and right …
_SAME_SIDED = 0.02
#: … or, beside what else is wrong, when this part is and its side sounds where the stem does. Whole stems
#: have 0.68 of their energy in the middle and more (measured on 81 of 15 songs).
_MOSTLY_SIDE = 0.25
#: Frames of a window in which spectra are compared, and the lowest third of an octave, Hz.
_SPECTRUM_FRAMES, _FROM_HZ = 4096, 60.0
#: Powers are compressed by this before they are compared: a quarter of the decibels.
_COMPRESSED = 0.25
#: A stem is held as something like it when least squares want it at this gain at most, when the rest has its
#: energy within this factor, and when the spectra of what remains agree with its own by this. Takes and
#: choruses have gains of −0.04 to 0.74, energies of 0.91 to 1.09 and 0.72 to 0.97; where a stem is missing
#: the gains are 0.87 to 1.1, and one that is not in the mix agrees by 0.3 at most (measured on 50 songs).
_LOWERED, _LIKE_ENERGY, _ALIKE = 0.85, 2.5, 0.6
#: Windows in which a stem's own gain is looked at, s, and windows that say something: energy re the loudest.
_GAIN_WINDOW_S, _SOUNDS = 0.2, 1e-3
#: Within this of unity the mix holds a window of the stem as it is, below that it does not hold it at all.
_AS_IT_IS, _GONE = 0.1, 0.15
#: A gain of most stems this near to unity is unity.
_UNITY_WITHIN = 0.02
#: It is the stem itself, and no other take, that is held as it is in this part of its energy: a take or a
#: chorus is by chance in up to 0.05 …
_ITSELF = 0.25
#: … and it was muted where it is gone in this part of it, and one or the other in that.
_MUTED, _EITHER = 0.1, 0.65


def held_otherwise(stage: Stage, gains: Doubles, left: float, start: float) -> NullCause | None:
    """A stem that the mix holds in stereo and that is mono, or that it holds as something like it.

    Args:
        stage: with the stems placed.
        gains: `(stems,)` linear gains in the sum.
        left: energy that remains.
        start: energy of the residual before.
    """
    residual = np.asarray(stage.mix - stage.total(gains))
    mono = _mono_file(stage, residual, left, start)
    common = _common(gains)
    return (
        mono
        or _muted(stage, gains, residual, start, common)
        or _differs(stage, gains, residual, start, common)
    )


def _common(gains: Doubles) -> float:
    """The gain at which the mix holds most stems, where that is not unity: a stem is judged by it."""
    middle = float(np.median(np.abs(gains)))
    return middle if middle > ABSENT_BELOW and abs(middle - 1.0) > _UNITY_WITHIN else 1.0


def _mono_file(stage: Stage, residual: Complexes, left: float, start: float) -> NullCause | None:
    middle = residual.real + residual.imag
    mid = float(np.vdot(middle, middle)) / 2.0 / max(energy(residual), 1e-300)
    if mid > _MOSTLY_SIDE:
        return None
    mono = [number for number in range(stage.count) if is_mono_file(stage, number)]
    if not mono:
        return None
    apart = (residual.real - residual.imag) / 2.0
    rest = _course(apart - 1j * apart if mid > _SAME_SIDED else residual, stage.sample_rate)
    alike = {one: _agreement(rest, _course(stage.rows[one], stage.sample_rate)) for one in mono}
    number = max(mono, key=lambda one: alike[one])
    if mid > _SAME_SIDED and alike[number] < _ALIKE:
        return None
    return wording.mono_file(
        stage.specs.stems[number].name, 1.0 - min(1.0, max(mid, _SAME_SIDED) * left / start)
    )


def _muted(
    stage: Stage, gains: Doubles, residual: Complexes, start: float, common: float
) -> NullCause | None:
    """A stem that is silent in parts of the mix, beside sound that is in no stem."""
    parts = [
        _held_parts(row, (residual + float(gain) * row) / common, stage.sample_rate)
        if float(np.vdot(row, row).real)
        else (1.0, 0.0)
        for row, gain in zip(stage.rows[:-1], gains, strict=True)
    ]
    # where several are gone it is no mute of one
    muted = [number for number, (_, gone) in enumerate(parts) if gone >= _MUTED / 2.0]
    if len(muted) != 1 or gains[muted[0]] > _LOWERED * common:
        return None
    as_it_is, gone = parts[muted[0]]
    if as_it_is < _ITSELF or gone < _MUTED or as_it_is + gone < _EITHER:
        return None
    share = gone * min(1.0, float(stage.gram[muted[0], muted[0]]) / start)
    return wording.stem_dynamics(stage.specs.stems[muted[0]].name, wording.GONE_DB, 0.0, "", share)


def _held_parts(row: Complexes, held: Complexes, sample_rate: int) -> tuple[float, float]:
    """Parts of a stem's energy that the mix holds as they are, and not at all."""
    frames = min(round(_GAIN_WINDOW_S * sample_rate), row.shape[1])
    count = row.shape[1] // frames
    one, two = (sound[:, : count * frames].reshape(-1, frames) for sound in (row, held))
    powers = np.sum(one.real**2 + one.imag**2, axis=1)
    crosses = np.sum(one.real * two.real + one.imag * two.imag, axis=1)
    sounds = powers > _SOUNDS * powers.max(initial=0.0)
    powers, own = powers[sounds], crosses[sounds] / powers[sounds]
    there = max(float(powers.sum()), 1e-300)
    as_it_is, gone = np.abs(own - 1.0) < _AS_IT_IS, np.abs(own) < _GONE
    return float(powers[as_it_is].sum()) / there, float(powers[gone].sum()) / there


def _differs(
    stage: Stage, gains: Doubles, residual: Complexes, start: float, common: float
) -> NullCause | None:
    rest = _course(residual, stage.sample_rate)
    best, found = _ALIKE, None
    for number, gain in enumerate(gains):
        own = float(stage.gram[number, number])
        if own <= 0.0 or gain > _LOWERED * common:
            continue
        sound = residual + float(gain) * stage.rows[number]
        held = energy(sound)
        if not 1.0 / _LIKE_ENERGY < held / (common**2 * own) < _LIKE_ENERGY:
            continue
        if _held_parts(stage.rows[number], sound / common, stage.sample_rate)[0] >= _ITSELF:
            continue
        alike = _agreement(rest, _course(stage.rows[number], stage.sample_rate))
        if alike > best:
            best = alike
            level = db_from_power(held / (2 * residual.size))
            share = alike * min(1.0, energy(residual) / start)
            found = wording.differs(stage.specs.stems[number].name, level, alike, share)
    return found


def _course(sound: Complexes, sample_rate: int) -> Doubles:
    """Compressed energies of both channels by third of an octave and window, less each band's mean."""
    hop = _SPECTRUM_FRAMES // 2
    window = np.hanning(_SPECTRUM_FRAMES)
    half = _SPECTRUM_FRAMES // 2
    powers = []
    for row in sound:
        views = np.lib.stride_tricks.sliding_window_view(row, _SPECTRUM_FRAMES)[::hop]
        spectra = np.abs(fft((views * window).astype(np.complex64), axis=-1)) ** 2
        powers.append(spectra[:, 1:half] + spectra[:, :half:-1])
    power = np.concatenate(powers)
    edges = _FROM_HZ * 2.0 ** (np.arange(26) / 3.0) * _SPECTRUM_FRAMES / sample_rate - 1.0
    bins = np.unique(np.clip(np.round(edges), 0, half - 2).astype(int))
    bands = np.add.reduceat(power, bins, axis=1)[:, :-1].astype(np.float64) ** _COMPRESSED
    course: Doubles = bands - bands.mean(axis=0)
    return course


def _agreement(one: Doubles, two: Doubles) -> float:
    """Correlation of two courses."""
    return float(np.vdot(one, two)) / max(float(np.linalg.norm(one) * np.linalg.norm(two)), 1e-300)
