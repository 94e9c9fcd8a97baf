"""Inner products of all stems and the residual over the whole song, and the gains they give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.bands import hop_frames
from engine.nulltest.kernels import mix_in, sum_frames
from engine.nulltest.lanes import Lanes, LaneSpecs
from engine.nulltest.measure import READ_FRAMES, Levels, Pass, Span, measure_levels
from engine.progress import Progress, silent

Doubles = NDArray[np.float64]

#: Eigenvalues of the normalised Gram matrix below this part of the largest are taken as zero: stems
#: that depend on each other that closely cannot be told apart (condition 10⁸).
_RANK_LIMIT = 1e-8


@dataclass(frozen=True)
class Course:
    """What a gain at every place of the song is told by. The residual is reference − Σ stems.

    Attributes:
        block: frames of a block.
        stems: `(blocks, stems)`: energy of each stem.
        against: `(blocks, stems)`: of each stem with the residual.
        residual: `(blocks,)`: energy of the residual.
        held: `(blocks,)`: of the residual with the reference.
        reference: `(blocks,)`: energy of the reference.
        sums: `(blocks, stems + 2, 2)`: sums of the samples of each stem, the residual, the reference, by
            channel.
    """

    block: int
    stems: Doubles
    against: Doubles
    residual: Doubles
    held: Doubles
    reference: Doubles
    sums: Doubles

    @property
    def total(self) -> Doubles:
        """Energy of Σ stems."""
        return self.reference - 2.0 * self.held + self.residual


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
        course: the same products block by block along the song.
    """

    stems: Doubles
    residual: Doubles
    energy: float
    reference: float
    activity: Doubles
    samples: int
    course: Course


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

    def work(lanes: Lanes, spans: list[Span], tell: Callable[[], None]) -> list[_BlockProducts]:
        parts = []
        for span in spans:
            parts.append(_span_products(lanes, span.first * hop, span.last * hop))
            tell()
        return parts

    parts = Pass("fitting the stems", specs, seek_exactly, progress).run(hops, work)
    return _gathered(parts, frames, hop)


def measure_levels_and_gram(specs: LaneSpecs, progress: Progress = silent) -> tuple[Levels, Gram]:
    """`measure_levels` and `measure_gram` in one reading of the song.

    Raises:
        InputError: as those.
    """
    made: list[_BlockProducts] = []

    def begin(lanes: Lanes) -> _BlockProducts:
        made.append(_BlockProducts(lanes, min(READ_FRAMES, hop_frames(specs.sample_rate))))
        return made[-1]

    levels = measure_levels(specs, progress, begin)
    return levels, _gathered(made, levels.frames, gram_hop_frames(specs.sample_rate))


class _BlockProducts:
    """Inner products of stems, residual and reference, added up block by block.

    Args:
        lanes: of the comparison.
        block: frames of a block.

    Attributes:
        lanes: see `engine.nulltest.measure.Products`.
        sums: by first frame of a span: `(stems + 2, stems + 2)`.
        blocks: by first frame of a block: rows of products with the residual and the reference, own products,
            and sums of samples, see `Course`.
    """

    def __init__(self, lanes: Lanes, block: int) -> None:
        stems = len(lanes.stems)
        self._planes = np.zeros((stems + 2, block, 2))
        self._rows = self._planes.reshape(stems + 2, -1)
        self.lanes = self._planes[:stems]
        # the residual of a pass is Σ stems − reference
        gains = np.array([*(lane.gain for lane in lanes.stems), -1.0, 1.0])
        self._scale = np.outer(gains, gains)
        self.sums: dict[int, Doubles] = {}
        self.blocks: dict[int, tuple[Doubles, Doubles]] = {}
        self._signs = np.array([*(lane.gain for lane in lanes.stems), -1.0, 1.0])[:, None]
        self._sum = np.zeros_like(self._scale)

    def begin(self, start_frame: int) -> None:
        """A span begins."""
        self._sum = self.sums[start_frame] = np.zeros_like(self._scale)

    def take(self, start_frame: int, residual: Doubles, reference: Doubles) -> None:
        """Adds the products of one block, the stems of which stand in `lanes`."""
        self._planes[-2], self._planes[-1] = residual, reference
        products = (self._rows @ self._rows.T) * self._scale
        self._sum += products
        edges = np.stack((np.diagonal(products), products[-2], products[-1]))
        samples = np.empty((len(self._planes), 2))
        sum_frames(self._planes, samples)
        self.blocks[start_frame] = edges, samples * self._signs


def _span_products(lanes: Lanes, first_frame: int, end_frame: int) -> _BlockProducts:
    """The products of a stretch of song."""
    found = _BlockProducts(lanes, READ_FRAMES)
    found.begin(first_frame)
    total, reference = np.zeros((READ_FRAMES, 2)), np.zeros((READ_FRAMES, 2))
    for start in range(first_frame, end_frame, READ_FRAMES):
        lanes.reference.read_into(start, reference)
        np.negative(reference, out=total)
        for row, lane in zip(found.lanes, lanes.stems, strict=True):
            lane.read_into(start, row)
            mix_in(total, row, lane.gain)
        found.take(start, total, reference)
    return found


def _gathered(parts: list[_BlockProducts], frames: int, hop: int) -> Gram:
    """All products in song order, so that rounding does not depend on the number of threads."""
    sums = {start: one for part in parts for start, one in part.sums.items()}
    blocks = {start: one for part in parts for start, one in part.blocks.items()}
    total: Doubles = np.sum([sums[start] for start in sorted(sums)], axis=0)
    stems = len(total) - 2
    course = _course(blocks, stems)
    activity = np.zeros((max(1, -(-frames // hop)), stems))
    for start, energies in zip(sorted(blocks), course.stems, strict=True):
        # a pass reads beyond the song's end; nothing is there
        activity[min(start // hop, len(activity) - 1)] += energies
    return Gram(
        stems=total[:stems, :stems],
        residual=total[:stems, stems],
        energy=float(total[stems, stems]),
        reference=float(total[stems + 1, stems + 1]),
        activity=activity,
        samples=2 * frames,
        course=course,
    )


def _course(blocks: dict[int, tuple[Doubles, Doubles]], stems: int) -> Course:
    starts = sorted(blocks)
    edges = np.array([blocks[start][0] for start in starts])
    return Course(
        block=starts[1] - starts[0] if len(starts) > 1 else READ_FRAMES,
        stems=edges[:, 0, :stems],
        against=edges[:, 1, :stems],
        residual=edges[:, 0, stems],
        held=edges[:, 1, stems + 1],
        reference=edges[:, 0, stems + 1],
        sums=np.array([blocks[start][1] for start in starts]),
    )


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
