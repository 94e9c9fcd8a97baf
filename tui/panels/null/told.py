"""The null test in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from engine.report.null import NullBand, NullReport, StemFit
from engine.report.null_causes import NullCause, is_correctable
from tui.glyphs.numbers import level
from tui.panels.null.picture import NullPicture, cause_line, frequency, no_causes, signed
from tui.panels.page import clock_or_none, job_words, verdict_word
from tui.panels.told import Told

_NO_REFERENCE = "the session has no reference mix: there is nothing to compare the stems with"


def tell_null(picture: NullPicture) -> Told:
    """Verdict, figures, octaves that fail, and the causes as rows."""
    report = picture.report
    if not picture.has_reference:
        return Told("null test", [_NO_REFERENCE])
    running = job_words(picture.job, "n runs the test")
    if report is None:
        lines = [running] if running else []
        if picture.engine is not None:
            verdict, residual = picture.engine
            lines.insert(
                0, f"as the engine found it: {verdict_word(verdict)}, residual {_level(residual)} dBFS"
            )
        return Told("null test", lines)
    exact = ", exact: the stems are the mix" if report.exact else ""
    lines = [running] if running else []
    if picture.outdated:
        lines.append("outdated: the stems have changed, n tests again")
    lines += _figures(report)
    lines += _bands(report.bands)
    causes = report.causes
    if causes:
        lines.append(f"{len(causes)} cause{'' if len(causes) == 1 else 's'}, most likely first")
    else:
        lines.append(no_causes(report))
    chosen = min(max(picture.chosen, 0), max(len(causes) - 1, 0))
    detail = [causes[chosen].evidence, f"fix: {causes[chosen].fix}"] if causes else []
    detail += _stems(report.stems)
    return Told(
        f"null test, {verdict_word(report.verdict)}{exact}",
        lines,
        [_cause(cause) for cause in causes],
        chosen,
        detail,
    )


def _level(value: float) -> str:
    return level(value).strip()


def _figures(report: NullReport) -> Iterator[str]:
    yield (
        f"residual {_level(report.residual_rms_dbfs)} dBFS RMS, peak "
        f"{_level(report.residual_peak_dbfs)} dBFS, {_level(report.residual_relative_db)} dB "
        "relative to the mix"
    )
    worst = f"worst 400 ms {_level(report.worst_window_rms_dbfs)} dBFS"
    place = clock_or_none(report.worst_at_s)
    yield worst if place == "—" else f"{worst} at {place}"
    if not math.isnan(report.level_difference_db):
        yield f"stems minus mix {signed(report.level_difference_db, 3)} dB"
    if math.isfinite(report.residual_after_fix_rms_dbfs):
        yield f"residual with the fixes {_level(report.residual_after_fix_rms_dbfs)} dBFS"


def _bands(bands: Sequence[NullBand]) -> Iterator[str]:
    """Octaves that are off; one line where all hold."""
    carrying = [band for band in bands if band.carries_signal]
    off = [band for band in carrying if not band.holds]
    if carrying and not off:
        yield "every octave is within 0.1 dB"
    for band in off:
        middle = frequency(math.sqrt(band.low_hz * band.high_hz))
        difference = band.level_difference_db
        text = "in one of them only" if math.isnan(difference) else f"{signed(difference, 2)} dB"
        yield f"octave {middle}: stems minus mix {text}, residual {_level(band.residual_rms_dbfs)} dBFS"


def _cause(cause: NullCause) -> str:
    cure = "enter applies the fix" if is_correctable(cause.kind, cause.channel) else "needs a new bounce"
    return f"{', '.join(cause_line(cause).split('  '))}, {round(100 * cause.confidence)}% sure, {cure}"


def _stems(stems: Sequence[StemFit]) -> Iterator[str]:
    """What fits each stem best, where that is not nothing."""
    for stem in stems:
        if not stem.present:
            yield f"{stem.name} is not in the mix"
            continue
        gain, offset = signed(stem.fitted_gain_db, 2), signed(stem.fitted_offset_samples, 2)
        parts = [f"{gain} dB"] if gain.strip("+−0.") else []
        parts += [f"{offset} samples"] if offset.strip("+−0.") else []
        parts += ["inverted"] if stem.polarity == "inverted" else []
        if parts:
            yield f"to apply to {stem.name}: {', '.join(parts)}"
