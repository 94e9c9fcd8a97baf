"""From a playback system's curve to filters: a cascade of second order, minimum phase, without latency.

The cascade begins as a graphic equaliser, peaks that are evenly spaced over the logarithm of the
frequency with the gains that together come nearest to the curve (V. Välimäki and J. Liski, *Accurate
Cascade Graphic Equalizer*, IEEE Signal Processing Letters 24(2), 2017: least squares of the bands'
interaction in dB). From there `engine.rack.eq_fit` moves all of its poles and zeros.

Curves between their points: F. N. Fritsch and R. E. Carlson, *Monotone Piecewise Cubic
Interpolation*, SIAM J. Numer. Anal. 17(2), 1980, over the logarithm of the frequency.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from engine.errors import SessionError
from engine.plan.layout import Columns
from engine.plan.plan import Plan, pack
from engine.rack.biquad import cascades
from engine.rack.eq_fit import Fit, Target, factor, improve
from engine.rack.midside import turn_columns
from engine.rack.operation import Operation, Use
from engine.rack.stereo import prepare
from engine.session.playback import PlaybackSystem
from engine.session.reading import key_text

Doubles = NDArray[np.float64]
Points = tuple[tuple[float, float], ...]

#: Where every curve is 0 dB.
REFERENCE_HZ = 1000.0
#: Upper end of the fit as a fraction of the rate; a curve that goes further ends there.
HIGHEST_FRACTION = 0.46
#: Sections that are tried in turn, the deviation that ends the search, and the one that is allowed.
_SECTIONS = (12, 20, 30)
_GOOD_DB, LARGEST_DEVIATION_DB = 0.12, 0.18
_ITERATIONS = 30
#: Points of the fit inside the curve's band, below and above it; what counts outside, and how steeply the
#: curve goes on there at most, dB per octave.
_INSIDE, _BELOW, _ABOVE = 240, 20, 15
_WEIGHT_OUTSIDE = 0.02
_SLOPE_OUTSIDE = 24.0
_LOWEST_FIT_HZ = 3.0
#: Width of the first peaks re their distance, the largest gain of one, and what keeps the gains small.
_OVERLAP = 1.2
_LARGEST_GAIN_DB = 30.0
_DAMPING = 0.3


def highest_hz(system: PlaybackSystem, sample_rate: int) -> float:
    """Where the promise about a system's filters ends at a rate, Hz; it begins at its `lowest_hz`."""
    return min(system.highest_hz, HIGHEST_FRACTION * sample_rate)


def curve_db(system: PlaybackSystem, at_hz: ArrayLike) -> Doubles:
    """The level of a system re that at 1 kHz, dB; outside its points it goes on as steeply as it ends.

    Args:
        system: whose curve.
        at_hz: above 0.
    """
    return _curve_db(system.points, np.asarray(at_hz, dtype=np.float64))


def _curve_db(points: Points, at_hz: Doubles) -> Doubles:
    frequencies, levels = np.array(points).T
    octaves = np.log2(frequencies)
    curve = PchipInterpolator(octaves, levels)
    at = np.log2(at_hz)
    first = np.clip((levels[1] - levels[0]) / (octaves[1] - octaves[0]), 0.0, _SLOPE_OUTSIDE)
    last = np.clip((levels[-1] - levels[-2]) / (octaves[-1] - octaves[-2]), -_SLOPE_OUTSIDE, 0.0)
    inside = curve(np.clip(at, octaves[0], octaves[-1]))
    below, above = np.minimum(at - octaves[0], 0.0), np.maximum(at - octaves[-1], 0.0)
    return np.asarray(inside + first * below + last * above - curve(math.log2(REFERENCE_HZ)))


def design(system: PlaybackSystem, sample_rate: int) -> Doubles:
    """The sections of a system's curve, within `LARGEST_DEVIATION_DB` of it from its first point on up to
    `highest_hz`.

    Args:
        system: whose curve.
        sample_rate: Hz.

    Returns:
        `(sections, 5)`: b₀ b₁ b₂ a₁ a₂ with a₀ = 1.

    Raises:
        SessionError: no cascade comes close enough; the file and the key are named.
    """
    fit, at_hz = _best_fit(system.points, sample_rate)
    if fit.worst_db > LARGEST_DEVIATION_DB:
        key = key_text(("systems", system.name, "points"))
        worst_hz = at_hz[int(np.argmax(np.abs(fit.error_db)))]
        raise SessionError(
            f"{system.file}: {key}: no filter comes closer than {fit.worst_db:.2f} dB, at {worst_hz:.0f} Hz: "
            "smooth the curve there",
            key=key,
            path=system.file,
        )
    half = len(fit.triples) // 2
    sections = []
    for numerator, denominator in zip(fit.triples[:half], fit.triples[half:], strict=True):
        above, below = factor(numerator), factor(denominator)
        sections.append([*(value / below[0] for value in above), below[1] / below[0], below[2] / below[0]])
    return np.array(sections)


@lru_cache(maxsize=64)
def _best_fit(points: Points, sample_rate: int) -> tuple[Fit, Doubles]:
    """The best of the fits, with the frequencies inside its band."""
    target, at_hz = _target(points, sample_rate)
    best: Fit | None = None
    for count in _SECTIONS:
        fit = improve(
            _start(points, sample_rate, count, target),
            tuple(range(6 * count)),
            target,
            _ITERATIONS,
            patient=True,
        )
        if best is None or fit.worst_db < best.worst_db:
            best = fit
        if best.worst_db <= _GOOD_DB:
            break
    assert best is not None
    inside = Fit(best.triples, best.error_db[target.inside], best.worst_db)
    return inside, at_hz[target.inside]


def _ends(points: Points, sample_rate: int) -> tuple[float, float]:
    return points[0][0], min(points[-1][0], HIGHEST_FRACTION * sample_rate)


def _target(points: Points, sample_rate: int) -> tuple[Target, Doubles]:
    low, high = _ends(points, sample_rate)
    below = np.geomspace(min(_LOWEST_FIT_HZ, 0.5 * low), 0.98 * low, _BELOW)
    above = np.linspace(1.01 * high, 0.499 * sample_rate, _ABOVE)
    at_hz = np.concatenate([below, np.geomspace(low, high, _INSIDE), above])
    inside = np.zeros(len(at_hz), dtype=np.bool_)
    inside[_BELOW:-_ABOVE] = True
    x = np.sin(np.pi * at_hz / sample_rate) ** 2
    basis = np.array([(1.0 - x) ** 2, x**2, x * (1.0 - x)])
    weight = np.where(inside, 1.0, _WEIGHT_OUTSIDE)
    return Target(x, basis, inside, _curve_db(points, at_hz), weight), at_hz


def _start(points: Points, sample_rate: int, count: int, target: Target) -> Doubles:
    """Triples of a graphic equaliser near the curve, numerators first."""
    low, high = _ends(points, sample_rate)
    centres = np.geomspace(low, 0.97 * high, count)
    octaves = math.log2(centres[1] / centres[0])
    q = 0.5 / math.sinh(0.5 * math.log(2.0) * octaves * _OVERLAP)
    unit = _peaks(centres, np.ones(count), q, sample_rate)
    values = np.einsum("ti,ig->tg", _in_basis(unit), target.basis)
    of_bands = 10.0 * np.log10(values[:count] / values[count:])
    interaction = np.vstack([of_bands, np.ones(len(target.x))]) * target.weight
    damped = np.vstack([interaction.T, _DAMPING * np.eye(count + 1)])
    wanted = np.concatenate([target.wanted_db * target.weight, np.zeros(count + 1)])
    gains = np.linalg.lstsq(damped, wanted, rcond=None)[0][:count]
    return _peaks(centres, np.clip(gains, -_LARGEST_GAIN_DB, _LARGEST_GAIN_DB), q, sample_rate)


def _in_basis(triples: Doubles) -> Doubles:
    """The coefficients of (1 − x)², x² and x(1 − x), see `engine.rack.eq_fit`."""
    at_zero, at_nyquist, between = triples.T
    return np.stack([at_zero, at_nyquist, between - 2.0 * np.sqrt(at_zero * at_nyquist)], axis=1)


def _peaks(centres_hz: Doubles, gains_db: Doubles, q: float, sample_rate: int) -> Doubles:
    """Triples of the peaking filters of the audio EQ cookbook."""
    turn = 2.0 * np.pi * centres_hz / sample_rate
    alpha, root = np.sin(turn) / (2.0 * q), 10.0 ** (gains_db / 40.0)
    middle = -2.0 * np.cos(turn)
    triples = []
    for factor_of in (alpha * root, alpha / root):
        first, last = 1.0 + factor_of, 1.0 - factor_of
        triples.append(
            [(first + middle + last) ** 2, (first - middle + last) ** 2, 4.0 * (first - last) ** 2]
        )
    return np.concatenate([np.array(one).T for one in triples])


def operations(
    system: PlaybackSystem, sample_rate: int, columns: tuple[int, ...]
) -> tuple[tuple[Operation, ...], Columns]:
    """What a system does to pairs of columns, in place.

    Args:
        system: how it sounds.
        sample_rate: Hz.
        columns: the left column of each pair; the right one is the next, and all of them are neighbours.

    Returns:
        The operations, and the columns they take.

    Raises:
        SessionError: as `design`.
    """
    sections = design(system, sample_rate)
    taken = Columns(sample_rate, max(columns) + 2)
    found: list[Operation] = []
    if system.mono:
        found.append(turn_columns(columns, (0.5, 0.5), (0.5, 0.5)))
    elif system.mono_below_hz:
        settings = {"width": 1.0, "mono_below_hz": system.mono_below_hz}
        found += prepare([Use(settings, (left, left + 1)) for left in columns], taken).operations
    found += cascades(columns, [(sections, sections)] * len(columns))
    return tuple(found), taken


def plan_of(system: PlaybackSystem, sample_rate: int, pairs: int = 1) -> Plan:
    """A plan that plays pairs of columns through a system; it is never late.

    Raises:
        SessionError: as `design`.
    """
    found, taken = operations(system, sample_rate, tuple(range(0, 2 * pairs, 2)))
    return pack(
        found,
        columns=taken.columns,
        output_column=0,
        latency_frames=0,
        gain_columns=(),
        output_columns=2 * pairs,
    )
