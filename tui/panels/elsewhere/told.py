"""The song elsewhere, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.glyphs.numbers import change, short_clock
from tui.panels.elsewhere.picture import ElsewherePicture, masker_label, row_labels
from tui.panels.page import job_words
from tui.panels.told import Told

if TYPE_CHECKING:
    from engine.report.translation import Masker, Translated


def tell_elsewhere(picture: ElsewherePicture) -> Told:
    """The mix, the stems and what masks the vocal as rows; sentences before them."""
    lines = list(filter(None, [job_words(picture.job, "n judges the playback systems")]))
    report = picture.report
    if report is None:
        return Told("elsewhere", lines)
    if picture.outdated:
        lines.append("outdated: the session was edited, n judges again")
    lines += report.sentences
    if report.masking.reason is not None:
        lines.append(f"masking: {report.masking.reason}")
    signals = zip(row_labels(report), (report.mix, *report.stems), strict=True)
    rows = [f"{name}: {', '.join(_losses(signal))}" for name, signal in signals]
    rows += [_masker(masker) for masker in report.masking.maskers]
    return Told("elsewhere", lines, rows, picture.chosen)


def _losses(signal: Translated) -> Iterator[str]:
    for loss in signal.losses:
        lost = loss.loudness_change_lu
        yield f"{loss.system} {'nothing left' if lost is None else f'{change(lost).strip()} LU'}"


def _masker(masker: Masker) -> str:
    spans = [
        f"{short_clock(span.start_s).strip()} to {short_clock(span.end_s).strip()}"
        for span in masker.spans[:3]
    ]
    return f"{masker_label(masker)} Hz masks the vocal for {masker.masked_s:.1f} s: {', '.join(spans)}"
