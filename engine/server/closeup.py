"""What somebody looks at closely, smoothed as meters are: a strip around its chain, the image, the stems."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from engine.link.records import STEMS, CloseUp, StemCloseUp
from engine.link.snapshot import NO_CLOSE_UP
from engine.server.meters import RMS_S, SPECTRUM_S, Falling, Window
from engine.units import db_from_gain, db_from_power

if TYPE_CHECKING:
    from engine.live.metering.closeup import Closer, ImageLevels, StripLevels
    from engine.live.metering.stems import StemsLevels


class Look(NamedTuple):
    """What somebody looks at closely.

    Attributes:
        strip: stem by its place; −1: the master; `NO_CLOSE_UP.strip`: none.
        image: the master's stereo image.
        stems: loudness and spectrum of every stem.
    """

    strip: int = NO_CLOSE_UP.strip
    image: bool = False
    stems: bool = False


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


class StemsCloseUpMeter:
    """Takes in what ticks bring of every stem; with another number of them it begins anew."""

    def __init__(self) -> None:
        self.is_new = False
        self._forget()

    def _forget(self) -> None:
        self._short_term_lufs: tuple[float, ...] = ()
        self._spectra: list[list[float]] = []

    def look(self, looking: bool) -> None:
        """Whether somebody looks from now on."""
        if not looking:
            self._forget()
        self.is_new = True

    def push(self, levels: StemsLevels, rate: int) -> None:
        """Takes in a piece."""
        self._short_term_lufs = levels.short_term_lufs
        self._spectra = _followed(self._spectra, levels.spectra.tolist(), levels.frames / rate)
        self.is_new = True

    def record(self) -> tuple[StemCloseUp, ...]:
        """As it is published."""
        self.is_new = False
        return tuple(
            StemCloseUp(loudness, tuple(map(db_from_power, spectrum)))
            for loudness, spectrum in list(zip(self._short_term_lufs, self._spectra, strict=True))[:STEMS]
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
