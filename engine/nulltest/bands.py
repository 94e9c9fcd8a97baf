"""Octave-band levels of residual, reference and stems, from energy-preserving windowed spectra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.fourier import rfft
from engine.nulltest.kernels import add_band_energies, window_channels
from engine.report.null import NullBand, difference_db
from engine.units import NEGATIVE_INFINITY, db_from_power

Doubles = NDArray[np.float64]

#: IEC 61260-1:2014, 5.2: octave mid-band frequencies 1000 · G^x with the octave ratio G = 10^0.3,
#: here those with the nominal names 31.5 Hz to 16 kHz; band edges at G^∓0.5.
_OCTAVE_RATIO = 10.0**0.3
_OCTAVES = range(-5, 5)

#: A band carries signal when the reference is at least this loud in it …
CARRIES_FROM_DBFS = -70.0
#: … and at most this far below its loudest band.
CARRIES_WITHIN_DB = 50.0

#: Kaiser–Bessel-derived window, α 4 (L. Fielder et al., "AC-2 and AC-3: Low-Complexity Transform-Based
#: Audio Coding", 1996): far side lobes below −100 dB, and squares of overlapping halves add to one.
_KBD_ALPHA = 4.0


def octave_edges_hz() -> tuple[float, ...]:
    """The eleven edges of the ten octave bands."""
    return tuple(1000.0 * _OCTAVE_RATIO ** (octave - 0.5) for octave in (*_OCTAVES, _OCTAVES.stop))


def hop_frames(sample_rate: int) -> int:
    """Frames between spectra, half a spectrum's length: a power of two of at least 0.6 s.

    Bins are then 0.83 Hz wide or less, and the lowest band has 26 of them or more.
    """
    return 1 << max(8, math.ceil(math.log2(0.6 * sample_rate)))


@lru_cache(maxsize=4)
def _window(hop: int) -> Doubles:
    rising = np.sqrt(np.cumsum(np.kaiser(hop + 1, math.pi * _KBD_ALPHA)))
    rising /= rising[-1]
    return np.concatenate((rising[:-1], rising[-2::-1]))


class BandSpectra:
    """Adds up the band energies of one stretch of song, hop by hop.

    Windowed transforms of two hops each overlap by one. Because the squared windows add to one at
    every frame, energies are those of the signal itself (Parseval), wherever in time they lie. Single
    precision serves: its rounding lies 130 dB below the signal it is computed from, and the residual
    is transformed by itself.

    Args:
        sample_rate: Hz.

    Attributes:
        energies: `(bands, 3)`: Σ over frames and channels of the square of Σ stems, reference, residual.
    """

    def __init__(self, sample_rate: int) -> None:
        hop = hop_frames(sample_rate)
        self._window = _window(hop)
        bins = 2 * hop
        edges = [min(math.ceil(edge * bins / sample_rate), bins // 2) for edge in octave_edges_hz()]
        self._edges = np.asarray(edges, np.int64)
        self._raw = np.zeros((len(edges) - 1, 3))
        self._bins = bins
        self._windowed = np.zeros((4, bins), np.float32)

    @property
    def energies(self) -> Doubles:
        """See the class."""
        return self._raw / self._bins

    def add(self, residual: Any, reference: Any) -> None:
        """Takes two hops of song, `(2 · hop, 2)` each; the next call continues one hop later."""
        window_channels(residual, reference, self._window, self._windowed)
        # four rows at a time fill the vectors of the transform: three times as fast as one by one
        add_band_energies(rfft(self._windowed, axis=-1), self._edges, self._raw)


@dataclass(frozen=True)
class BandLevels:
    """Levels of one band, dBFS RMS over the whole song and both channels."""

    stems_dbfs: float
    reference_dbfs: float
    residual_dbfs: float


def null_bands(energies: Doubles, frames: int) -> tuple[NullBand, ...]:
    """The bands of the report.

    Args:
        energies: `(bands, 3)` as in `BandSpectra`, of the whole song.
        frames: the song's length.
    """
    levels = [BandLevels(*(db_from_power(float(e) / (2 * frames)) for e in row)) for row in energies]
    loudest = max((level.reference_dbfs for level in levels), default=NEGATIVE_INFINITY)
    edges = octave_edges_hz()
    return tuple(
        NullBand(
            low_hz=low,
            high_hz=high,
            residual_rms_dbfs=level.residual_dbfs,
            level_difference_db=difference_db(level.stems_dbfs, level.reference_dbfs),
            carries_signal=level.reference_dbfs >= max(CARRIES_FROM_DBFS, loudest - CARRIES_WITHIN_DB),
        )
        for low, high, level in zip(edges[:-1], edges[1:], levels, strict=True)
    )
