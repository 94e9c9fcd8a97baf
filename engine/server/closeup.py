"""What somebody looks at closely, smoothed as meters are: a strip before and after its chain, the image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.link.records import CloseUp
from engine.link.snapshot import NO_CLOSE_UP
from engine.server.meters import RMS_S, SPECTRUM_S, Falling, Window
from engine.units import db_from_gain, db_from_power

if TYPE_CHECKING:
    from engine.live.metering.closeup import Closer, ImageLevels, StripLevels


class CloseUpMeter:
    """Takes in ticks; of a strip that is newly looked at it begins anew."""

    def __init__(self) -> None:
        self.is_new = False
        self._begin(NO_CLOSE_UP.strip)
        self._mid_side: list[list[float]] = []
        self._directions: list[float] = []

    def _begin(self, strip: int) -> None:
        self._strip = strip
        self._peaks = Falling(), Falling()
        self._rms = Window(RMS_S, 2)
        self._spectra: list[list[float]] = []

    def look(self, strip: int, *, image: bool) -> None:
        """What is looked at from now on; see `Lens.look`."""
        if strip != self._strip:
            self._begin(strip)
        if not image:
            self._mid_side, self._directions = [], []
        self.is_new = True

    def push(self, closer: Closer, rate: int) -> None:
        """Takes in what a tick brought."""
        if closer.strip is not None and closer.strip.strip == self._strip:
            self._push_strip(closer.strip, rate)
        if closer.image is not None:
            self._push_image(closer.image, rate)

    def _push_strip(self, levels: StripLevels, rate: int) -> None:
        seconds = levels.frames / rate
        for meter, peak in zip(self._peaks, levels.peaks, strict=True):
            meter.push(db_from_gain(peak), seconds)
        self._rms.push(seconds, *levels.powers)
        self._spectra = _followed(self._spectra, levels.spectra.tolist(), seconds)
        self.is_new = True

    def _push_image(self, levels: ImageLevels, rate: int) -> None:
        seconds = levels.frames / rate
        self._mid_side = _followed(self._mid_side, levels.mid_side.tolist(), seconds)
        [self._directions] = _followed([self._directions], [levels.directions.tolist()], seconds)
        self.is_new = True

    def record(self) -> CloseUp:
        """As it is published."""
        self.is_new = False
        before, after = self._rms.means()
        heard = bool(self._spectra)
        levels = [tuple(map(db_from_power, spectrum)) for spectrum in self._spectra] or [(), ()]
        return CloseUp(
            strip=self._strip,
            bands=len(levels[0]),
            before_peak_dbfs=self._peaks[0].now_db,
            after_peak_dbfs=self._peaks[1].now_db,
            before_rms_dbfs=db_from_power(before) if heard else -math.inf,
            after_rms_dbfs=db_from_power(after) if heard else -math.inf,
            before_dbfs=levels[0],
            after_dbfs=levels[1],
            correlations=tuple(map(_alike, *self._mid_side)) if self._mid_side else (),
            directions_dbfs=tuple(map(db_from_power, self._directions)),
        )


def _followed(former: list[list[float]], new: list[list[float]], seconds: float) -> list[list[float]]:
    """Powers that follow new ones with the spectrum's time constant; the first are taken as they are."""
    if [len(row) for row in former] != [len(row) for row in new]:
        return new
    keep = math.exp(-seconds / SPECTRUM_S)
    return [
        [power + keep * (old - power) for old, power in zip(*rows, strict=True)]
        for rows in zip(former, new, strict=True)
    ]


def _alike(mid: float, side: float) -> float:
    """2·ΣLR / (ΣL² + ΣR²) from the powers of mid and side: 1 mono, 0 unrelated or one side, −1 opposite."""
    total = mid + side
    return (mid - side) / total if total > 1e-12 else math.nan
