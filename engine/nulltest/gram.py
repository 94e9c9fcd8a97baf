"""Inner products of all stems and the residual over the whole song, and the gains they give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.kernels import mix_in
from engine.nulltest.lanes import Lanes, LaneSpecs
from engine.nulltest.measure import READ_FRAMES, Pass, Span
from engine.progress import Progress, silent

Doubles = NDArray[np.float64]

#: Eigenvalues of the normalised Gram matrix below this part of the largest are taken as zero: stems
#: that depend on each other that closely cannot be told apart (condition 10⁸).
_RANK_LIMIT = 1e-8


@dataclass(frozen=True)
class Gram:
    """Inner products over all frames and both channels, with every stem's gain applied.

    Attributes:
        stems: `(stems, stems)`: of the stems with each other.
        residual: `(stems,)`: of each stem with reference − Σ stems.
        energy: of reference − Σ stems.
        reference: energy of the reference.
        activity: `(hops, stems)`: energy of each stem by hop.
        samples: frames times channels.
    """

    stems: Doubles
    residual: Doubles
    energy: float
    reference: float
    activity: Doubles
    samples: int


@dataclass(frozen=True)
class GainFit:
    """Least-squares gains.

    Attributes:
        gains: `(stems,)`, linear, 1 where a stem fits as it is or cannot be told.
        errors: `(stems,)`: standard errors of the gains, as if the rest were white noise.
        energy: of the residual with the gains applied.
    """

    gains: Doubles
    errors: Doubles
    energy: float


def gram_hop_frames(sample_rate: int) -> int:
    """Frames of a hop of `Gram.activity`: about a second, in whole reads."""
    return max(1, round(sample_rate / READ_FRAMES)) * READ_FRAMES


def measure_gram(specs: LaneSpecs, progress: Progress = silent) -> Gram:
    """Reads the whole song once and adds up all inner products.

    Raises:
        InputError: a file cannot be read.
    """
    with specs.open() as lanes:
        frames, seek_exactly = lanes.frames, lanes.seek_exactly
    hop = gram_hop_frames(specs.sample_rate)
    hops = max(1, -(-frames // hop))

    def work(lanes: Lanes, spans: list[Span], tell: Callable[[], None]) -> list[list[Doubles]]:
        parts = []
        for span in spans:
            parts.append([_hop_products(lanes, n * hop, hop) for n in range(span.first, span.last)])
            tell()
        return parts

    parts = Pass("fitting the stems", specs, seek_exactly, progress).run(hops, work)
    products = [product for part in parts for product in part]
    total: Doubles = np.sum(products, axis=0)
    stems = len(specs.stems)
    activity = np.array([np.diagonal(product)[:stems] for product in products])
    return Gram(
        stems=total[:stems, :stems],
        residual=total[:stems, stems],
        energy=float(total[stems, stems]),
        reference=float(total[stems + 1, stems + 1]),
        activity=activity,
        samples=2 * frames,
    )


def _hop_products(lanes: Lanes, start_frame: int, frames: int) -> Doubles:
    """Inner products of stems (gains applied), residual and reference over a hop: `(stems + 2,) * 2`."""
    stems = len(lanes.stems)
    planes = np.zeros((stems + 2, READ_FRAMES, 2))
    rows = planes.reshape(stems + 2, -1)
    products = np.zeros((stems + 2, stems + 2))
    for offset in range(0, frames, READ_FRAMES):
        residual, reference = planes[stems], planes[stems + 1]
        lanes.reference.read_into(start_frame + offset, reference)
        residual[:] = reference
        for plane, lane in zip(planes, lanes.stems, strict=False):
            lane.read_into(start_frame + offset, plane)
            mix_in(residual, plane, -lane.gain)
        products += rows @ rows.T
    gains = np.array([*(lane.gain for lane in lanes.stems), 1.0, 1.0])
    scaled: Doubles = products * np.outer(gains, gains)
    return scaled


def fit_gains(gram: Gram) -> GainFit:
    """Gains of the stems that leave the least residual energy.

    What is solved for is each stem's *deviation from unity*, against the residual: a perfect
    session then gives exactly one, and stems that cannot be told apart share the smallest possible
    deviation (normal equations, least norm).
    """
    scale = np.sqrt(np.diagonal(gram.stems))
    audible = scale > 0.0
    safe = np.where(audible, scale, 1.0)
    values, vectors = np.linalg.eigh(gram.stems / np.outer(safe, safe))
    kept = values > _RANK_LIMIT * max(values.max(initial=0.0), np.finfo(float).tiny)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    deviation = inverse @ (gram.residual / safe) / safe
    deviation[~audible] = 0.0
    energy = gram.energy - 2.0 * deviation @ gram.residual + deviation @ gram.stems @ deviation
    # below this part of the residual's energy the difference above is rounding
    energy = max(float(energy), gram.energy * 1e-15)
    noise = energy / max(1, gram.samples - len(scale))
    errors = np.sqrt(noise * np.diagonal(inverse)) / safe
    return GainFit(1.0 + deviation, np.where(audible, errors, math.inf), energy)
