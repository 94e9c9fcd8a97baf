"""The phase sentinel: what different phases on different stems do to their sum, before it is heard.

Stems that share energy (bleed, layered parts, parallel buses) add up with the phases that their
chains give them. An equaliser with minimum phase on one of them and one with linear phase on
another, or crossovers at different frequencies, make the sum dip or rise where no curve asks for it.
Predicted is the level of the sum per third-octave with the session's filters, re the same sum if
all filters had linear phase: from the stems' measured cross-spectra S and the chains' complex
responses H, the sum of Hᵢ·Sᵢⱼ·Hⱼ* over all stems, against the same with zero phase. Dynamics are
taken at rest; phase that all stems have in common cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.intake.cross_spectra import CrossSpectra
from engine.plan.layout import rack_module
from engine.rack.response import unchanged
from engine.report.findings import Finding
from engine.session.model import Processor, Stem
from engine.units import gain_from_db

Doubles = NDArray[np.float64]

#: A change of the sum by less than this is not worth a word.
AUDIBLE_DB = 0.5
#: Bands so far below the loudest one carry no signal.
_SIGNAL_RANGE_DB = 50.0
#: Bands that a message names.
_NAMED_BANDS = 3

#: Mid-band frequencies 1000·10^(n/10), edges 10^(±1/20) off. Source: IEC 61260-1:2014, 5.2 to 5.5.
_FIRST_BAND, _LAST_BAND = -16, 13
#: What the mid-band frequencies of a decade are called. Source: the same, annex E.
_NOMINAL = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)


def chain_response(
    chain: Sequence[Processor], at_hz: Doubles, sample_rate: int, zero_phase: bool
) -> NDArray[Any]:
    """`(2, 2, frequencies)`: what a chain's filters do to left and right, switched-off ones left out."""
    total = unchanged(len(at_hz))
    for processor in chain:
        find = getattr(rack_module(processor.type), "response", None)
        if processor.enabled and find is not None:
            one = find(processor.values, at_hz, sample_rate, zero_phase)
            total = np.einsum("abf,bcf->acf", one, total)
    return total


@dataclass(frozen=True)
class BandChange:
    """One third-octave of the sum.

    Attributes:
        low_hz: lower edge.
        high_hz: upper edge.
        change_db: level re the sum with linear phase; negative is a dip.
    """

    low_hz: float
    high_hz: float
    change_db: float

    @property
    def nominal_hz(self) -> float:
        """What the band is called: 31.5, 40, 50 …"""
        number = round(10.0 * math.log10(math.sqrt(self.low_hz * self.high_hz)))
        return float(_NOMINAL[number % 10] * 10.0 ** (number // 10))


def predicted_changes(stems: Sequence[Stem], spectra: CrossSpectra) -> tuple[BandChange, ...]:
    """What the stems' phases do to the sum, in every third-octave that carries signal.

    Args:
        stems: those that are heard, in the order of the spectra's channels; their corrections but
            the whole samples of their offsets, chains and trims count.
        spectra: measured on the files, whole samples of the offsets applied.
    """
    actual = _sum_power(stems, spectra, zero_phase=False)
    matched = _sum_power(stems, spectra, zero_phase=True)
    bands = []
    for number in range(_FIRST_BAND, _LAST_BAND + 1):
        low_hz, high_hz = (1000.0 * 10.0 ** ((2 * number + side) / 20.0) for side in (-1, 1))
        inside = (spectra.frequency_hz >= low_hz) & (spectra.frequency_hz < high_hz)
        bands.append((low_hz, high_hz, float(actual[inside].sum()), float(matched[inside].sum())))
    floor = max((after for *_, after in bands), default=0.0) * 10.0 ** (-_SIGNAL_RANGE_DB / 10.0)
    return tuple(
        BandChange(low_hz, high_hz, 10.0 * math.log10(max(before, 1e-30 * after) / after))
        for low_hz, high_hz, before, after in bands
        if after > floor
    )


def _sum_power(stems: Sequence[Stem], spectra: CrossSpectra, *, zero_phase: bool) -> Doubles:
    """The power of the sum, left and right together, at each frequency of the spectra."""
    at_hz, rate = spectra.frequency_hz, spectra.sample_rate
    responses = []
    for stem in stems:
        gain = gain_from_db(stem.source_gain_db) * gain_from_db(stem.trim_db)
        gain = -gain if stem.polarity_inverted else gain
        late = stem.offset_samples - math.floor(stem.offset_samples)
        delay = np.exp(-2j * np.pi * at_hz * late / rate)
        responses.append(chain_response(stem.chain, at_hz, rate, zero_phase) * (gain * delay))
    if not responses:
        return np.zeros(len(at_hz))
    matrix = np.concatenate(responses, axis=1)
    power = np.einsum("acf,fcd,adf->f", matrix, spectra.power, matrix.conj(), optimize=True)
    audible: Doubles = np.maximum(0.0, power.real)
    return audible


@dataclass(frozen=True)
class PhaseClash:
    """Stems whose phases do not go together.

    Attributes:
        linear: names of the stems with a linear-phase equaliser.
        minimum: of those with a minimum-phase equaliser.
        crossovers: of those with crossovers that shift phase.
        changes: third-octaves of the sum that change audibly, the worst first.
        left_db: the worst change that is left if all processors are set to a phase, by its name;
            linear phase leaves that of crossovers which have no linear mode.
    """

    linear: tuple[str, ...]
    minimum: tuple[str, ...]
    crossovers: tuple[str, ...]
    changes: tuple[BandChange, ...]
    left_db: Mapping[str, float]


def phase_clash(stems: Sequence[Stem], spectra: CrossSpectra) -> PhaseClash | None:
    """Whether linear and minimum phase, or different crossovers, meet audibly in the sum.

    Args:
        stems: those that are heard, in the order of the spectra's channels.
        spectra: as for `predicted_changes`.
    """
    if not could_clash(stems, spectra.sample_rate):
        return None
    changes = predicted_changes(stems, spectra)
    audible = sorted(
        (band for band in changes if abs(band.change_db) >= AUDIBLE_DB), key=lambda band: -abs(band.change_db)
    )
    if not audible:
        return None
    left_db = {
        phase: _worst_db(predicted_changes([_with_phase(stem, phase) for stem in stems], spectra))
        for phase in ("linear", "minimum")
    }
    linear, minimum = (_with_equaliser(stems, phase, spectra.sample_rate) for phase in ("linear", "minimum"))
    crossed = tuple(stem.name for stem in stems if _crossovers_hz(stem.chain))
    return PhaseClash(linear, minimum, crossed, tuple(audible), left_db)


def could_clash(stems: Sequence[Stem], sample_rate: int) -> bool:
    """Whether the chains mix linear and minimum phase or different crossovers, audibly or not."""
    if len({_crossovers_hz(stem.chain) for stem in stems}) > 1:
        return True
    return all(_with_equaliser(stems, phase, sample_rate) for phase in ("linear", "minimum"))


def _with_equaliser(stems: Sequence[Stem], phase: str, sample_rate: int) -> tuple[str, ...]:
    """Names of the stems with an equaliser of that phase that does something."""
    at_hz = np.geomspace(10.0, 0.45 * sample_rate, 200)
    neutral = unchanged(len(at_hz))
    return tuple(
        stem.name
        for stem in stems
        if any(
            processor.enabled
            and processor.type == "eq"
            and processor.values["phase"] == phase
            and not np.array_equal(chain_response([processor], at_hz, sample_rate, True), neutral)
            for processor in stem.chain
        )
    )


def _crossovers_hz(chain: Sequence[Processor]) -> tuple[float, ...]:
    found: list[float] = []
    for processor in chain:
        find = getattr(rack_module(processor.type), "crossovers_hz", None)
        if processor.enabled and find is not None:
            found += find(processor.values)
    return tuple(found)


def _with_phase(stem: Stem, phase: str) -> Stem:
    chain = tuple(
        replace(processor, values={**processor.values, "phase": phase})
        if "phase" in processor.values
        else processor
        for processor in stem.chain
    )
    return replace(stem, chain=chain)


def _worst_db(changes: Sequence[BandChange]) -> float:
    return max((band.change_db for band in changes), key=abs, default=0.0)


def phase_finding(clash: PhaseClash) -> Finding:
    """The clash in words: figures, and the phase in which the stems go together."""
    figures = ", ".join(
        f"{band.change_db:+.1f} dB at {band.nominal_hz:g} Hz" for band in clash.changes[:_NAMED_BANDS]
    )
    parts = []
    if clash.linear and clash.minimum:
        parts.append(f"linear phase ({_listed(clash.linear)}) meets minimum phase ({_listed(clash.minimum)})")
    if clash.crossovers:
        parts.append(f"not all stems have the crossovers of {_listed(clash.crossovers)}")
    best = min(clash.left_db, key=lambda phase: abs(clash.left_db[phase]))
    fix = f'set phase = "{best}" on all stems: {abs(clash.left_db[best]):.1f} dB is left'
    if clash.crossovers:
        fix += "; or move what has crossovers to the master, or set it alike on all stems"
    return Finding("warning", "phase", None, f"the sum changes by {figures}: {'; '.join(parts)}", fix)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
