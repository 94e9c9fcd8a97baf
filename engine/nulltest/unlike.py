"""Stems that the mix holds as something else: in stereo, at another speed, as another take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft
from engine.nulltest import wording
from engine.nulltest.bus_models import energy
from engine.nulltest.forms import is_mono
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import Complexes
from engine.report.null_causes import NullCause
from engine.units import db_from_power

Doubles = NDArray[np.float64]

#: What remains is the side of a stem when this part of it, or less, is the same in left and right.
_SAME_SIDED = 0.02
#: Frames of a window in which spectra are compared, and the lowest third of an octave, Hz.
_SPECTRUM_FRAMES, _FROM_HZ = 4096, 60.0
#: Powers are compressed by this before they are compared: a quarter of the decibels.
_COMPRESSED = 0.25
#: A stem is held as something like it when least squares want it at this gain at most, when the rest has its
#: energy within this factor, and when the spectra of what remains agree with its own by this. Takes and
#: choruses have gains of −0.04 to 0.74, energies of 0.91 to 1.09 and 0.72 to 0.97; where a stem is missing
#: the gains are 0.87 to 1.1, and one that is not in the mix agrees by 0.3 at most (measured on 50 songs).
_LOWERED, _LIKE_ENERGY, _ALIKE = 0.85, 2.5, 0.6


def held_otherwise(stage: Stage, gains: Doubles, left: float, start: float) -> NullCause | None:
    """A stem that the mix holds in stereo and that is mono, or that it holds as something like it.

    Args:
        stage: with the stems placed.
        gains: `(stems,)` linear gains in the sum.
        left: energy that remains.
        start: energy of the residual before.
    """
    residual = np.asarray(stage.mix - stage.total(gains))
    return _mono_file(stage, residual, left, start) or _differs(stage, gains, residual, start)


def _mono_file(stage: Stage, residual: Complexes, left: float, start: float) -> NullCause | None:
    middle = residual.real + residual.imag
    if float(np.vdot(middle, middle)) > 2.0 * _SAME_SIDED * energy(residual):
        return None
    mono = [n for n in range(stage.count) if stage.gram[n, n] > 0.0 and is_mono(stage.rows[n])]
    if not mono:
        return None
    rest = _course(residual, stage.sample_rate)
    number = max(mono, key=lambda one: _agreement(rest, _course(stage.rows[one], stage.sample_rate)))
    return wording.mono_file(stage.specs.stems[number].name, 1.0 - min(1.0, _SAME_SIDED * left / start))


def _differs(stage: Stage, gains: Doubles, residual: Complexes, start: float) -> NullCause | None:
    rest = _course(residual, stage.sample_rate)
    best, found = _ALIKE, None
    for number, gain in enumerate(gains):
        own = float(stage.gram[number, number])
        if own <= 0.0 or gain > _LOWERED:
            continue
        held = energy(residual + float(gain) * stage.rows[number])
        if not 1.0 / _LIKE_ENERGY < held / own < _LIKE_ENERGY:
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
