"""Causes seen without a fit: rounding noise and files of different lengths."""

from __future__ import annotations

import math

import numpy as np

from engine.nulltest import wording_of_mix
from engine.nulltest.bands import octave_edges_hz
from engine.nulltest.inner_products import Course
from engine.nulltest.lanes import LaneSpecs
from engine.nulltest.measure import Levels
from engine.report.null_causes import NullCause
from engine.units import db_from_power

#: RMS of rounding to 16 bit with triangular dither, dBFS: 10·log10(3 · (2^-15)² / 12)
#: (S. Lipshitz, R. Wannamaker, J. Vanderkooy, "Quantization and Dither", JAES 40(5), 1992).
_TPDF_16_DBFS = -96.33
_DB_PER_BIT = 6.0206
#: A residual this far below that level may still be it, dB (no dither: 4.8 dB; silence in between), or above.
_BELOW_DB, _ABOVE_DB = 7.0, 1.5
#: Bands of white noise differ by no more than this in density, dB.
_WHITE_WITHIN_DB = 3.0
#: Part of the residual's energy behind the end of a file that makes its length the cause.
_BEHIND_THE_END = 0.9
#: A mix that is shorter than the stems by this, s, while these sound at this level, dBFS RMS, is cut off.
_CUT_OFF_S, _STILL_SOUNDS_DBFS = 0.1, -60.0
#: … where the sum of the stems correlates by this with its last seconds.
_MADE, _UNTIL_S = 0.5, 2.0


def rounding_noise(levels: Levels, stems: int, sample_rate: int) -> NullCause | None:
    """White noise at the level of 16-bit files (or 14 to 20), if that is what the residual is."""
    level_dbfs = db_from_power(levels.residual / max(1, 2 * levels.frames))
    if not -125.0 < level_dbfs < -78.0:
        return None
    edges = np.minimum(np.asarray(octave_edges_hz()), sample_rate / 2)
    widths = np.diff(edges)
    used = (widths > 20.0) & (edges[:-1] > 100.0) & (edges[1:] < 0.48 * sample_rate)
    density = 10.0 * np.log10(np.maximum(levels.bands[used, 2], 1e-300) / widths[used])
    if np.ptp(density) > _WHITE_WITHIN_DB:
        return None
    many_db = 10.0 * math.log10(stems + 1)
    for bits in (16, 18, 20, 14):
        one_dbfs = _TPDF_16_DBFS - _DB_PER_BIT * (bits - 16)
        if one_dbfs - _BELOW_DB <= level_dbfs <= one_dbfs + many_db + _ABOVE_DB:
            return wording_of_mix.dither(bits, level_dbfs, one_dbfs + many_db)
    return None


def unequal_length(specs: LaneSpecs, levels: Levels) -> tuple[NullCause, float] | None:
    """A file that ends before the others and takes most of the residual with it, and that part."""
    with specs.open() as lanes:
        ends = [lane.frames for lane in lanes.stems]
        mix_end, last = lanes.reference.frames, lanes.frames
    best: tuple[NullCause, float] | None = None
    total = max(levels.residual, 1e-300)
    candidates: list[tuple[str | None, int]] = [(None, mix_end)]
    candidates += [(spec.name, end) for spec, end in zip(specs.stems, ends, strict=True)]
    for name, end in candidates:
        tick = end * 1000 // specs.sample_rate
        if end >= last or end == 0:
            continue
        share = float(levels.tick_energies[tick:].sum()) / total
        if share > (_BEHIND_THE_END if best is None else best[1] + 1e-3):
            at_s, short_s = end / specs.sample_rate, (last - end) / specs.sample_rate
            best = wording_of_mix.length(name, at_s, short_s, share), share
        elif best is not None and share > _BEHIND_THE_END and name is not None:
            # of two ends that both lie before the residual the later one is where it begins
            at_s, short_s = end / specs.sample_rate, (last - end) / specs.sample_rate
            best = wording_of_mix.length(name, at_s, short_s, share), share
    return best


def cut_off(specs: LaneSpecs, levels: Levels, course: Course, moved: bool) -> NullCause | None:
    """A mix that ends before the stems do while they still sound, whatever else is wrong.

    Only where the stems make the mix up to its end: one that was cut, or runs faster, ends earlier as well.

    Args:
        specs: the comparison, corrections included.
        levels: of the song without corrections.
        course: of the comparison.
        moved: corrections move stems.
    """
    with specs.open() as lanes:
        ends = [lane.frames for lane in lanes.stems]
        end, last = lanes.reference.frames, max(ends)
    tick = end * 1000 // specs.sample_rate + 1
    behind, residual = float(levels.tick_energies[tick:].sum()), levels.residual
    frames = last - end
    last_block = -(-end // course.block)
    if moved:
        behind = float(course.residual[last_block:].sum())
        residual = float(course.residual.sum())
    if end == 0 or frames < _CUT_OFF_S * specs.sample_rate:
        return None
    if db_from_power(behind / (2 * frames)) < _STILL_SOUNDS_DBFS:
        return None
    if not _made_until(course, last_block, round(_UNTIL_S * specs.sample_rate / course.block)):
        return None
    share = behind / max(residual, 1e-300)
    return wording_of_mix.length(None, end / specs.sample_rate, frames / specs.sample_rate, share)


def _made_until(course: Course, end: int, blocks: int) -> bool:
    """Whether the stems make what sounds of the mix in its last blocks."""
    part = slice(max(0, end - blocks), end)
    crossed = float(np.sum(course.reference[part] - course.held[part]))
    powers = float(np.sum(course.reference[part])) * float(np.sum(course.total[part]))
    return crossed > _MADE * math.sqrt(max(powers, 0.0))
