"""What an equaliser or a compressor is asked to do, as curves: the analogue truth behind the DSP.

Only the standard library, so that the console draws curves without the audio code. The digital
filters are fitted to these prototypes (`engine.rack.eq_design`) and tested against them.

Source of the second-order prototypes: R. Bristow-Johnson, *Cookbook formulae for audio equalizer
biquad filter coefficients*; `q` is Q, `A` = 10^(gain/40), and a shelf's frequency is the point of
half its gain in dB. Source of the static curve: D. Giannoulis, M. Massberg, J. D. Reiss, *Digital
Dynamic Range Compressor Design*, JAES 60(6), 2012, equation 4.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.elementary import cos_pi, exp
from engine.units import db_from_gain, gain_from_db

Quadratic = tuple[float, float, float]

_PASSES = frozenset({"high_pass", "low_pass"})
_SHAPES_WITH_GAIN = frozenset({"peak", "low_shelf", "high_shelf", "tilt"})

#: Which channel settings act on a view of the stereo signal.
_ACTING: Mapping[str, frozenset[str]] = {
    "stereo": frozenset({"stereo"}),
    "left": frozenset({"stereo", "left"}),
    "right": frozenset({"stereo", "right"}),
    "mid": frozenset({"stereo", "mid"}),
    "side": frozenset({"stereo", "side"}),
}


@dataclass(frozen=True)
class Prototype:
    """An analogue filter N(s)/D(s) with s = j·f/f₀; coefficients of s², s, 1."""

    numerator: Quadratic
    denominator: Quadratic

    def response(self, ratio: float) -> complex:
        """Complex gain at `ratio` = frequency / the band's frequency (≥ 0)."""
        s = complex(0.0, ratio)
        n2, n1, n0 = self.numerator
        d2, d1, d0 = self.denominator
        return ((n2 * s + n1) * s + n0) / ((d2 * s + d1) * s + d0)


def prototype(shape: str, gain_db: float, q: float) -> Prototype:
    """The analogue prototype of an EQ shape, at the frequency 1.

    Args:
        shape: peak, low_shelf, high_shelf, high_pass, low_pass, notch or tilt.
        gain_db: gain of the bell, the shelf, or between the two ends of a tilt; passes and
            notches ignore it.
        q: Q of the cookbook; a tilt, being of first order, ignores it.

    Returns:
        The prototype. A tilt is (A·s + 1)/(s + A): −gain/2 below, +gain/2 above, 0 dB at its
        frequency.

    Raises:
        ValueError: for an unknown shape.
    """
    a = gain_from_db(gain_db / 2.0)
    bend = math.sqrt(a) / q
    pole = (1.0, 1.0 / q, 1.0)
    match shape:
        case "peak":
            return Prototype((1.0, a / q, 1.0), (1.0, 1.0 / (a * q), 1.0))
        case "low_shelf":
            return Prototype((a, a * bend, a * a), (a, bend, 1.0))
        case "high_shelf":
            return Prototype((a * a, a * bend, a), (1.0, bend, a))
        case "high_pass":
            return Prototype((1.0, 0.0, 0.0), pole)
        case "low_pass":
            return Prototype((0.0, 0.0, 1.0), pole)
        case "notch":
            return Prototype((1.0, 0.0, 1.0), pole)
        case "tilt":
            return Prototype((0.0, a, 1.0), (0.0, 1.0, a))
    raise ValueError(f"no EQ shape is called {shape!r}")


#: Q with which two poles are a Butterworth filter, as the format writes it.
_BUTTERWORTH_Q = 0.7071


@dataclass(frozen=True)
class Element:
    """One analogue filter of first or second order; a band is one, or several in series.

    Attributes:
        shape: as for `prototype`; `high_pass_6` and `low_pass_6` are the passes of first order.
        gain_db: see `prototype`.
        q: see `prototype`.
    """

    shape: str
    gain_db: float
    q: float

    def prototype(self) -> Prototype:
        """The filter at the frequency 1."""
        match self.shape:
            case "high_pass_6":
                return Prototype((0.0, 1.0, 0.0), (0.0, 1.0, 1.0))
            case "low_pass_6":
                return Prototype((0.0, 0.0, 1.0), (0.0, 1.0, 1.0))
        return prototype(self.shape, self.gain_db, self.q)


def elements(band: Mapping[str, Any]) -> tuple[Element, ...]:
    """The filters that a band is made of.

    Passes are Butterworth filters of order slope / 6 whose section of the highest Q is scaled by q over
    0.7071: with the default the whole is maximally flat (S. Butterworth, *On the Theory of Filter
    Amplifiers*, 1930: poles at equal angles), and at 12 dB per octave q is the Q of the only section.

    Args:
        band: shape, gain_db and q, of passes also `slope_db_per_octave` (left out: 12).
    """
    shape, q = band["shape"], band["q"]
    if shape not in _PASSES:
        return (Element(shape, band["gain_db"], q),)
    order = round(band.get("slope_db_per_octave", 12.0) / 6.0)
    first = (Element(f"{shape}_6", 0.0, _BUTTERWORTH_Q),) if order % 2 else ()
    if order <= 2:
        return first or (Element(shape, 0.0, q),)
    turns = [(2 * number + 1 + order % 2) / (2 * order) for number in range(order // 2)]
    qs = [1.0 / (2.0 * cos_pi(turn)) for turn in turns]
    qs[-1] *= q / _BUTTERWORTH_Q
    return (*first, *(Element(shape, 0.0, each) for each in qs))


def is_flat(band: Mapping[str, Any]) -> bool:
    """Whether a band changes nothing at all: a bell, shelf or tilt of 0 dB."""
    return band["shape"] in _SHAPES_WITH_GAIN and band["gain_db"] == 0.0


def band_response(band: Mapping[str, Any], frequency_hz: float) -> complex:
    """Complex gain of one EQ band at `frequency_hz` ≥ 0 (exactly 1 where the band is flat)."""
    if is_flat(band):
        return 1.0 + 0.0j
    ratio = frequency_hz / band["frequency_hz"]
    return math.prod((element.prototype().response(ratio) for element in elements(band)), start=1.0 + 0.0j)


def band_gain_db(band: Mapping[str, Any], frequency_hz: float) -> float:
    """Gain of one EQ band at `frequency_hz`, dB; −∞ where it lets nothing through."""
    return db_from_gain(abs(band_response(band, frequency_hz)))


def band_phase_deg(band: Mapping[str, Any], frequency_hz: float) -> float:
    """Phase of one EQ band at `frequency_hz`, degrees: the sum over its filters, each in (−180, 180].

    0 where its gain is 0.
    """
    if is_flat(band):
        return 0.0
    ratio = frequency_hz / band["frequency_hz"]
    phases = [cmath.phase(element.prototype().response(ratio)) for element in elements(band)]
    return math.degrees(math.fsum(phases))


def eq_gain_db(bands: Sequence[Mapping[str, Any]], frequency_hz: float, channels: str = "stereo") -> float:
    """Gain of a whole EQ at `frequency_hz`, dB.

    Args:
        bands: the EQ's bands, each with shape, frequency_hz, gain_db, q and channels.
        frequency_hz: ≥ 0.
        channels: whose curve: "left", "right", "mid" and "side" see the stereo bands and their
            own, "stereo" only the stereo bands. A left or right band mixes mid and side; such a
            band shows on the left and right curves only, and vice versa.
    """
    acting = _acting(bands, channels)
    return sum((band_gain_db(band, frequency_hz) for band in acting), 0.0)


def eq_phase_deg(bands: Sequence[Mapping[str, Any]], frequency_hz: float, channels: str = "stereo") -> float:
    """Phase of a whole EQ at `frequency_hz`, degrees: the sum over its bands, not wrapped.

    Arguments as for `eq_gain_db`.
    """
    acting = _acting(bands, channels)
    return sum((band_phase_deg(band, frequency_hz) for band in acting), 0.0)


def _acting(bands: Sequence[Mapping[str, Any]], channels: str) -> list[Mapping[str, Any]]:
    return [band for band in bands if band.get("channels", "stereo") in _ACTING[channels]]


def compressor_reduction_db(
    level_db: float, threshold_db: float, ratio: float, knee_db: float = 0.0
) -> float:
    """Gain reduction of a compressor that has settled at a level, dB ≥ 0.

    The quadratic soft knee spans `knee_db`, half of it on either side of the threshold.

    Args:
        level_db: input level; −∞ is allowed.
        threshold_db: where the straight lines would meet.
        ratio: ≥ 1, input change over output change above the knee.
        knee_db: ≥ 0; 0 is a corner.
    """
    slope = 1.0 - 1.0 / ratio
    over_db = level_db - threshold_db
    if 2.0 * over_db <= -knee_db:
        return 0.0
    if 2.0 * over_db < knee_db:
        return slope * (over_db + knee_db / 2.0) ** 2 / (2.0 * knee_db)
    return slope * over_db


def compressor_gain_db(settings: Mapping[str, Any], level_db: float) -> float:
    """Gain of a settled compressor at an input level, with make-up and dry path, dB.

    Args:
        settings: threshold_db, ratio, knee_db, makeup_db and mix of the processor.
        level_db: input level as the detector sees it; −∞ is allowed.
    """
    reduction_db = compressor_reduction_db(
        level_db, settings["threshold_db"], settings["ratio"], settings["knee_db"]
    )
    wet = gain_from_db(settings["makeup_db"] - reduction_db)
    return db_from_gain((1.0 - settings["mix"]) + settings["mix"] * wet)


def compressor_output_db(settings: Mapping[str, Any], level_db: float) -> float:
    """Output level of a settled compressor at an input level, dB (arguments as above)."""
    return level_db + compressor_gain_db(settings, level_db)


#: The soft curve is the integral of (1 − s²)^n (`engine.rack.saturator_kernels`), the tube's T/(1 + b·T).
_SOFT_ORDER, _TUBE_ASYMMETRY = 6, 0.2
_SOFT_END = math.prod((2 * j + 1) / (2 * j) for j in range(1, _SOFT_ORDER + 1))


def saturator_output(settings: Mapping[str, Any], level: float) -> float:
    """What a saturator makes of a steady level, linear: unity gain for small ones.

    Args:
        settings: `drive_db`, `mix` and `character`.
        level: linear, full scale ±1.
    """
    drive = gain_from_db(settings["drive_db"])
    x, character = drive * level, settings["character"]
    if character == "hard":
        curve = min(max(x, -1.0), 1.0)
    elif character == "soft":
        s = min(abs(x) / _SOFT_END, 1.0)
        terms = (
            math.comb(_SOFT_ORDER, j) * (-1.0) ** j * s ** (2 * j + 1) / (2 * j + 1)
            for j in range(_SOFT_ORDER + 1)
        )
        curve = math.copysign(_SOFT_END * math.fsum(terms), x)
    else:
        asymmetry = _TUBE_ASYMMETRY if character == "tube" else 0.0
        tanh = 1.0 - 2.0 / (exp(2.0 * x) + 1.0)
        curve = tanh / (1.0 + asymmetry * tanh)
    return float((1.0 - settings["mix"]) * level + settings["mix"] * curve / drive)
