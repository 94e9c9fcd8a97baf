"""The tonal difference between the master and the reference mix, level-matched: figures only.

Levels are third octaves from 20 Hz to 20 kHz (31 bands, IEC 61260-1:2014, nominal frequencies).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.session.response import band_gain_db
from engine.units import db_from_power, power_from_db

BANDS = 31
#: Place of the 1 kHz band.
_AT_1_KHZ = 17
#: The K weighting of ITU-R BS.1770-5 annex 1 as analogue prototypes: stage 1 a shelf, stage 2 a high pass.
#: Constants fitted to its coefficients: B. De Man, *Evaluation of implementations of the EBU R128
#: loudness measurement*, AES 145, 2018, section 2. With the cookbook's shelf they are within 0.25 dB of
#: the norm's filters at every third octave: enough to weight bands.
_SHELF = {"shape": "high_shelf", "frequency_hz": 1681.97, "gain_db": 4.0, "q": 0.7072}
_HIGH_PASS = {"shape": "high_pass", "frequency_hz": 38.14, "gain_db": 0.0, "q": 0.5003}
#: A band so far below the loudest of its spectrum says nothing about the balance, dB.
_FLOOR_DB = 80.0


#: Nominal mid-band frequencies, as they are named (IEC 61260-1:2014, table E.1).
NOMINAL_HZ = (
    *(20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0),
    *(200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0, 1250.0, 1600.0),
    *(2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0, 16000.0),
    20000.0,
)


def band_frequency_hz(index: int) -> float:
    """Exact mid-band frequency of a third octave, base ten (IEC 61260-1:2014, 5.4)."""
    return float(1000.0 * 10.0 ** ((index - _AT_1_KHZ) / 10.0))


def band_index(frequency_hz: float) -> int:
    """The third octave a frequency lies in; beyond the ends below 0 or above 30."""
    return round(10.0 * math.log10(frequency_hz / 1000.0)) + _AT_1_KHZ


_WEIGHTS_DB = tuple(
    band_gain_db(_SHELF, band_frequency_hz(index)) + band_gain_db(_HIGH_PASS, band_frequency_hz(index))
    for index in range(BANDS)
)


def weighted_level_db(spectrum_dbfs: Sequence[float]) -> float:
    """How loud a spectrum is, dB: the K-weighted sum of its bands. Differences of it are what counts."""
    pairs = zip(spectrum_dbfs, _WEIGHTS_DB, strict=True)
    return db_from_power(sum(power_from_db(level + weight) for level, weight in pairs))


def difference_db(
    master_dbfs: Sequence[float], reference_dbfs: Sequence[float], louder_by_lu: float | None = None
) -> list[float | None]:
    """Master minus reference, band by band, after both were made equally loud.

    Args:
        master_dbfs: 31 levels.
        reference_dbfs: 31 levels.
        louder_by_lu: loudness of the master minus that of the reference, as measured; None: taken
            from the spectra.

    Returns:
        dB per band; None where neither holds anything to speak of.
    """
    if louder_by_lu is None:
        louder_by_lu = weighted_level_db(master_dbfs) - weighted_level_db(reference_dbfs)
    floors = [max(levels) - _FLOOR_DB for levels in (master_dbfs, reference_dbfs)]
    differences: list[float | None] = []
    for master, reference in zip(master_dbfs, reference_dbfs, strict=True):
        known = math.isfinite(louder_by_lu) and master > floors[0] and reference > floors[1]
        differences.append(master - reference - louder_by_lu if known else None)
    return differences


@dataclass
class Mean:
    """The mean power of spectra that were heard.

    Attributes:
        powers: sum per band, linear.
        count: spectra in it.
    """

    powers: list[float] = field(default_factory=lambda: [0.0] * BANDS)
    count: int = 0

    def add(self, spectrum_dbfs: Sequence[float]) -> None:
        """Takes a spectrum in; silence and what is not known are left out."""
        if len(spectrum_dbfs) < BANDS or not any(level > -120.0 for level in spectrum_dbfs):
            return
        for index, level in enumerate(spectrum_dbfs[:BANDS]):
            self.powers[index] += power_from_db(level) if level == level else 0.0
        self.count += 1

    def levels_dbfs(self) -> list[float]:
        """31 levels; −∞ where nothing was heard."""
        return [db_from_power(power / max(self.count, 1)) for power in self.powers]
