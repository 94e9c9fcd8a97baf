"""Stems that are one and the same, whatever their level, polarity or position."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.audio.source import AudioSource, open_source
from engine.intake.together import Intake
from engine.intake.transform_sizes import quick_length
from engine.report.findings import Finding
from engine.units import db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: Normalised correlation above which two stems are one.
SAME_FROM = 0.9999
#: Lags looked at, s either way.
_SEARCH_S = 1.0
#: What is correlated to find the lag, s.
_STRETCH_S = 2.0
#: Crest factor and balance do not depend on level, polarity or position: stems in which they
#: differ by more than this are not the same, dB …
_ALIKE_DB = 0.3
#: … nor are stems whose loudness over time correlates less than this.
_ALIKE_ENVELOPE = 0.7
_READ_FRAMES = 65536


@dataclass(frozen=True)
class _Match:
    """How the second of two files follows the first.

    Attributes:
        correlation: normalised, −1 to 1, over all frames both have.
        lag: frames by which the second is later.
    """

    correlation: float
    lag: int


def duplicate_findings(intakes: Sequence[Intake]) -> Iterator[Finding]:
    """Pairs of stems with the same audio, and stems that are the reference mix itself.

    Args:
        intakes: comparable ones (see `comparable`), reference included.

    Raises:
        InputError: a file cannot be read any more.
    """
    for first, second in itertools.combinations(intakes, 2):
        if first.name is None or second.name is None:
            yield from _mix_among_stems(first, second, len(intakes))
        elif first.sha256 == second.sha256:
            yield _duplicate(first, second, "is the same file as")
        elif _alike(first, second):
            match = _compare(first, second)
            if abs(match.correlation) > SAME_FROM:
                inverted = ", inverted" if match.correlation < 0.0 else ""
                lag = f", {match.lag} samples later" if match.lag else ""
                likeness = f"correlation {abs(match.correlation):.6f}{lag}{inverted}"
                yield _duplicate(first, second, f"has the audio ({likeness}) of")


def _duplicate(first: Intake, second: Intake, how: str) -> Finding:
    return Finding(
        "error",
        "duplicated_stem",
        second.name,
        f"{second.path} {how} {first.title}",
        "remove one of the two, or export the missing stem",
    )


def _mix_among_stems(first: Intake, second: Intake, count: int) -> Iterator[Finding]:
    stem, mix = (first, second) if second.name is None else (second, first)
    # a set of one stem that is the mix is a session of its own kind, and nulls
    if stem.sha256 == mix.sha256 and count > 2:
        yield Finding(
            "error",
            "duplicated_stem",
            stem.name,
            f"{stem.path} is the same file as the reference mix",
            "remove it from the stems",
        )


def _alike(first: Intake, second: Intake) -> bool:
    """Whether two stems could be the same audio, judged by what the scans hold."""
    a, b = first.scan, second.scan
    if a.first_loud < 0 or b.first_loud < 0:
        return False
    crests_db = [db_from_gain(scan.peak) - db_from_power(scan.power) for scan in (a, b)]
    balances_db = [_balance_db(scan.energy) for scan in (a, b)]
    if abs(crests_db[0] - crests_db[1]) > _ALIKE_DB or abs(balances_db[0] - balances_db[1]) > _ALIKE_DB:
        return False
    return _envelope_correlation(a.blocks, b.blocks) > _ALIKE_ENVELOPE


def _balance_db(energy: Doubles) -> float:
    """Left re right, bounded so that one-sided stems can be compared."""
    tiny = 1e-12 * float(energy.sum())
    return 10.0 * math.log10((float(energy[0]) + tiny) / (float(energy[-1]) + tiny))


def _envelope_correlation(first: Doubles, second: Doubles) -> float:
    """Largest normalised correlation of two stems' levels per 50 ms, over all lags."""
    envelopes = [np.sqrt(blocks[:, 1] + blocks[:, 2]) for blocks in (first, second)]
    if min(len(envelope) for envelope in envelopes) < 2:
        return 1.0
    centred = [envelope - envelope.mean() for envelope in envelopes]
    norm = math.sqrt(float(centred[0] @ centred[0]) * float(centred[1] @ centred[1]))
    # a steady level has nothing to correlate: the audio itself has to tell
    if norm <= 1e-6 * float(envelopes[0].sum() * envelopes[1].sum()) / len(envelopes[0]):
        return 1.0
    size = quick_length(sum(len(envelope) for envelope in envelopes), real=True)
    spectrum = np.conj(np.fft.rfft(centred[0], size)) * np.fft.rfft(centred[1], size)
    return float(np.fft.irfft(spectrum, size).max()) / norm


def _compare(first: Intake, second: Intake) -> _Match:
    with open_source(first.path) as a, open_source(second.path) as b:
        lag = _find_lag(first, a, b)
        return _Match(_correlation(a, b, lag), lag)


def _find_lag(first: Intake, a: AudioSource, b: AudioSource) -> int:
    """Lag of `b` re `a` at the highest correlation, over the loudest stretch of `a`."""
    reach = round(_SEARCH_S * a.sample_rate)
    length = min(a.frames, round(_STRETCH_S * a.sample_rate))
    loudest = int(np.argmax(first.scan.blocks[:, 1] + first.scan.blocks[:, 2])) * first.scan.block_frames
    start = max(0, min(loudest - length // 2, a.frames - length))
    one, other = np.zeros((length, 2)), np.zeros((length + 2 * reach, 2))
    a.read_into(start, one)
    b.read_into(start - reach, other)
    size = quick_length(length + 2 * reach, real=False)
    spectra = [np.fft.fft(block.view(np.complex128)[:, 0], size) for block in (one, other)]
    correlation = np.abs(np.fft.ifft(np.conj(spectra[0]) * spectra[1]).real[: 2 * reach + 1])
    return int(np.argmax(correlation)) - reach


def _correlation(a: AudioSource, b: AudioSource, lag: int) -> float:
    """Normalised correlation of all frames both files have when `b` is taken `lag` frames earlier."""
    products = np.zeros(3)
    begin, end = max(0, -lag), min(a.frames, b.frames - lag)
    for start in range(begin, end, _READ_FRAMES):
        one, other = (np.zeros((min(_READ_FRAMES, end - start), 2)) for _ in range(2))
        a.read_into(start, one)
        b.read_into(start + lag, other)
        x, y = one.ravel(), other.ravel()
        products += (x @ x, y @ y, x @ y)
    norm = math.sqrt(products[0] * products[1])
    return float(products[2]) / norm if norm > 0.0 else 0.0
