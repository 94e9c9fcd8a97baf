"""Peak-to-loudness figures: PLR of a programme, PSR of its 3 s windows.

PLR is true peak minus integrated loudness (AES TD1004). PSR is the same of a sliding 3 s window with
its short-term loudness (I. Shepherd, MeterPlugs); the figure quoted for a programme is the smallest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.meters.gating import ABSOLUTE_GATE_LUFS, LOUDNESS_OFFSET_DB, power_from_lufs, window_means
from engine.meters.slots import SHORT_TERM_SLOTS
from engine.units import db_from_power

Doubles = NDArray[np.float64]

#: Windows this far under the integrated loudness say nothing about how hard a programme is limited.
PSR_GATE_LU = -20.0


def window_maxima(slot_peaks: Doubles, slots: int) -> Doubles:
    """The largest value of every window of `slots` slots, one per slot from the first window on."""
    count = slot_peaks.size - slots + 1
    if count < 1:
        return np.zeros(0)
    maxima, length = slot_peaks, 1
    while 2 * length <= slots:
        maxima = np.maximum(maxima[:-length], maxima[length:])
        length *= 2
    return np.maximum(maxima[:count], maxima[slots - length :])


def psr_min_db(slot_peaks: Doubles, slot_powers: Doubles, integrated_lufs: float | None) -> float | None:
    """The smallest PSR of a programme, over 3 s windows every 10 ms.

    Args:
        slot_peaks: linear true peaks per slot (`engine.meters.truepeak.TruePeak.slot_peaks`).
        slot_powers: K-weighted powers per slot, as many.
        integrated_lufs: of the programme; windows 20 LU below it and below −70 LUFS are left out.

    Returns:
        dB, None under 3 s and when there is no such window.
    """
    if integrated_lufs is None:
        return None
    powers = window_means(slot_powers, SHORT_TERM_SLOTS)
    gate_lufs = max(ABSOLUTE_GATE_LUFS, integrated_lufs + PSR_GATE_LU)
    heard = powers >= power_from_lufs(gate_lufs)
    if not heard.any():
        return None
    peaks = window_maxima(slot_peaks, SHORT_TERM_SLOTS)[heard]
    return db_from_power(float((peaks * peaks / powers[heard]).min())) - LOUDNESS_OFFSET_DB
