"""Mono fold-down: how much of each octave, and of the loudness, is left on one loudspeaker."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from engine.audio.source import open_source
from engine.meters.loudness import LoudnessMeter
from engine.meters.spectrum import BANDS, SpectrumMeter, mid_band_hz
from engine.report.findings import Verdict
from engine.report.preview import FoldBand, FoldDown
from engine.units import db_from_power

_BLOCK_FRAMES = 1 << 15
#: Uncorrelated sides lose 3 dB; what loses more cancels. At 6 dB half of the amplitude of what a
#: centre would have is gone besides (the project's own limits).
WARN_CHANGE_DB, FAIL_CHANGE_DB = -3.1, -6.0
#: Octaves this far below the loudest do not count.
_COUNTS_WITHIN_DB = 30.0
#: Third octaves of which an octave is made: 25, 31.5 and 40 Hz are the first.
_FIRST_THIRD, _THIRDS = 1, 3


def fold_down(path: Path) -> FoldDown | None:
    """What (L + R) / 2 on both sides has less than the stereo; None of a file that is not stereo.

    Raises:
        InputError: the file cannot be used.
    """
    with open_source(path) as source:
        if source.channels != 2:
            return None
        rate = source.sample_rate
        meters = [LoudnessMeter(rate, 2) for _ in range(2)]
        spectra = [SpectrumMeter(rate) for _ in range(2)]
        block = np.empty((_BLOCK_FRAMES, 2))
        for start in range(0, source.frames, _BLOCK_FRAMES):
            part = block[: source.frames - start]
            source.read_into(start, part)
            middle = np.repeat(part.mean(axis=1, keepdims=True), 2, axis=1)
            for samples, meter, spectrum in zip((part, middle), meters, spectra, strict=True):
                meter.process(np.ascontiguousarray(samples))
                spectrum.process(np.ascontiguousarray(samples))
    stereo, mono = (meter.result().integrated_lufs for meter in meters)
    bands = _bands(spectra[0].take(), spectra[1].take())
    change = None if stereo is None or mono is None else mono - stereo
    return FoldDown(change, tuple(band for band, _ in bands), _verdict(bands))


def _bands(stereo: np.ndarray, mono: np.ndarray) -> list[tuple[FoldBand, float]]:
    """Octaves with the level of each in stereo."""
    middles = mid_band_hz()
    found = []
    for first in range(_FIRST_THIRD, BANDS - _THIRDS + 1, _THIRDS):
        own, left = (float(powers[first : first + _THIRDS].sum()) for powers in (stereo, mono))
        low, high = float(middles[first]) * 10.0**-0.05, float(middles[first + 2]) * 10.0**0.05
        change = db_from_power(left) - db_from_power(own) if own > 0.0 else math.nan
        band = FoldBand(low, high, change if math.isfinite(change) else None)
        found.append((band, db_from_power(own)))
    return found


def _verdict(bands: list[tuple[FoldBand, float]]) -> Verdict:
    loudest = max((level for _, level in bands), default=-math.inf)
    counting = [
        band for band, level in bands if math.isfinite(level) and level >= loudest - _COUNTS_WITHIN_DB
    ]
    changes = [-math.inf if band.change_db is None else band.change_db for band in counting]
    worst = min(changes, default=0.0)
    if worst < FAIL_CHANGE_DB:
        return "fail"
    return "warn" if worst < WARN_CHANGE_DB else "pass"
