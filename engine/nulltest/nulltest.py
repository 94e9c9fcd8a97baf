"""The null test of a session, as a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.nulltest.bands import null_bands
from engine.nulltest.lanes import LaneSpecs, session_specs
from engine.nulltest.measure import (
    Levels,
    energies_over_time,
    measure_levels,
    probe_peak,
    worst_window,
)
from engine.progress import Progress, silent
from engine.report.null import (
    EXACT_PEAK_DBFS,
    LONGEST_SERIES,
    NullReport,
    ResidualOverTime,
    StemFit,
    difference_db,
    null_verdict,
)
from engine.session.model import Session
from engine.units import NEGATIVE_INFINITY, db_from_gain, db_from_power

if TYPE_CHECKING:
    from engine.nulltest.inner_products import Gram


def null_test(session: Session, progress: Progress = silent) -> NullReport:
    """Compares the sum of a session's stems, corrections included, with its reference mix.

    Trims, mutes, solos and chains never take part. The shorter of the two is padded with zeros.

    Args:
        session: with a reference.
        progress: told how far the song has been read.

    Raises:
        InputError: kind `no_reference`; a file cannot be read, holds NaN or infinite samples, is of
            another sample rate or has more than two channels; or there is no audio at all.
    """
    return null_test_lanes(session_specs(session), progress)


def plain_null(session: Session, progress: Progress = silent) -> NullReport:
    """`null_test` in one pass over the files: levels and verdict, nothing fitted, no causes.

    Raises:
        InputError: as `null_test`.
    """
    specs = session_specs(session)
    levels = _levels(specs, progress)
    stems = tuple(StemFit(spec.name) for spec in specs.stems)
    exact = db_from_gain(levels.peak) <= EXACT_PEAK_DBFS
    return _report(levels, stems, levels.residual / (2 * levels.frames), exact, specs.sample_rate)


def null_test_lanes(specs: LaneSpecs, progress: Progress = silent) -> NullReport:
    """`null_test` of any files.

    Raises:
        InputError: as `null_test`.
    """
    gram: Gram | None = None
    if db_from_gain(probe_peak(specs)) > EXACT_PEAK_DBFS:
        from engine.nulltest.inner_products import measure_levels_and_gram

        # it will not pass as exact: what a fit needs is taken from the same reading
        levels, gram = measure_levels_and_gram(specs, progress)
        _require_audio(specs, levels)
    else:
        levels = _levels(specs, progress)
    exact = db_from_gain(levels.peak) <= EXACT_PEAK_DBFS
    samples = 2 * levels.frames
    if exact:
        stems = tuple(StemFit(spec.name) for spec in specs.stems)
        return _report(levels, stems, levels.residual / samples, exact, specs.sample_rate)
    # only mixes that do not null pay for importing what looks for the reasons
    from engine.nulltest.diagnosis import diagnose
    from engine.nulltest.fit import fit_levels
    from engine.nulltest.inner_products import measure_gram
    from engine.nulltest.spread import threads_kept

    fit = fit_levels(specs, gram or measure_gram(specs, progress))
    report = _report(levels, fit.stems, fit.residual_power, exact, specs.sample_rate)
    with threads_kept():
        found = diagnose(specs, levels, fit, report.verdict == "pass")
    after = report.residual_after_fix_rms_dbfs if found.power is None else db_from_power(found.power)
    return replace(report, causes=found.causes, stems=found.stems, residual_after_fix_rms_dbfs=after)


def _levels(specs: LaneSpecs, progress: Progress) -> Levels:
    levels = measure_levels(specs, progress)
    _require_audio(specs, levels)
    return levels


def _require_audio(specs: LaneSpecs, levels: Levels) -> None:
    if levels.frames == 0:
        path = specs.reference.path
        raise InputError(f"{path}: neither the mix nor any stem holds audio: export them again", path=path)


def _report(
    levels: Levels, stems: tuple[StemFit, ...], left_power: float, exact: bool, sample_rate: int
) -> NullReport:
    samples = 2 * levels.frames
    residual_dbfs = db_from_power(levels.residual / samples)
    reference_dbfs = db_from_power(levels.reference / samples)
    relative_db = (
        NEGATIVE_INFINITY if levels.residual == 0.0 else difference_db(residual_dbfs, reference_dbfs)
    )
    worst_power, worst_at_s = worst_window(levels, sample_rate)
    worst_dbfs = db_from_power(worst_power)
    bands = null_bands(levels.bands, levels.frames)
    return NullReport(
        verdict=null_verdict(residual_dbfs, worst_dbfs, relative_db, bands),
        exact=exact,
        residual_rms_dbfs=residual_dbfs,
        residual_peak_dbfs=db_from_gain(levels.peak),
        residual_relative_db=relative_db,
        worst_window_rms_dbfs=worst_dbfs,
        worst_at_s=worst_at_s,
        level_difference_db=difference_db(db_from_power(levels.stems / samples), reference_dbfs),
        bands=bands,
        stems=stems,
        causes=(),
        residual_after_fix_rms_dbfs=db_from_power(min(left_power, levels.residual / samples)),
        residual_over_time=_over_time(levels, sample_rate),
    )


def _over_time(levels: Levels, sample_rate: int) -> ResidualOverTime:
    window_ms, powers = energies_over_time(levels, sample_rate, LONGEST_SERIES)
    return ResidualOverTime(window_ms / 1000, tuple(db_from_power(float(power)) for power in powers))
