"""What an engineer would check on a finished file by eye and ear: findings with the file named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.delivery.channel_order import low_channel_findings, swapped_findings
from engine.delivery.ends import (
    EARLIEST_START_S,
    LONGEST_TAIL_S,
    early_start_s,
    floor_dbfs,
    is_silent,
    tail_s,
)
from engine.intake.provenance import converted_findings, lossy_coding
from engine.intake.scan import StemScan, scan_stem
from engine.report.deliver import FileFinding
from engine.report.findings import Severity
from engine.units import db_from_gain, level_text

#: Severity, kind, message, what to do.
_Found = tuple[Severity, str, str, str]

#: A mean above this costs headroom and clicks at edits, dBFS.
LARGEST_DC_DBFS = -60.0
#: The sides of a file differ by less than this part of its energy where it is one channel written twice.
_SAME_SIDES = 1e-9


@dataclass(frozen=True)
class Mix:
    """What a master was made from.

    Attributes:
        scan: of the reference mix.
        start_s: where in it the master begins.
    """

    scan: StemScan
    start_s: float = 0.0


def file_findings(path: Path, name: str, mix: Mix | None = None) -> tuple[FileFinding, ...]:
    """What is odd about a file that is to be sent, or was received.

    Args:
        path: the file, or a pair of mono files.
        name: how findings name it.
        mix: of a master; None: nothing to compare with.

    Raises:
        InputError: it cannot be read.
    """
    scan = scan_stem(path, lambda frames: None)
    if is_silent(scan):
        text = f"holds nothing above {level_text(floor_dbfs(scan), 'dBFS', 0)}"
        return (FileFinding("warning", "silent", name, text, "is that what was meant?"),)
    odd = tuple(
        FileFinding(severity, kind, name, message, fix)
        for severity, kind, message, fix in (*_source(scan), *_ends(scan), *_levels(scan))
    )
    swapped = () if mix is None else swapped_findings(scan, name, mix.scan, mix.start_s)
    return (*odd, *low_channel_findings(path, name), *swapped)


def _source(scan: StemScan) -> Iterator[_Found]:
    if scan.bits is not None and scan.bits > 16 and scan.true_bits is not None and scan.true_bits <= 16:
        text = f"of the file's {scan.bits} bits {scan.true_bits} are in use: a shorter word was padded"
        yield "warning", "padded", text, "find out where it was cut short"
    if lossy_coding(scan):
        # the edge is the file's own coder's, and hides whatever the sources have
        return
    for finding in converted_findings("", scan):
        yield "note", finding.kind, finding.message, "find out which stem or source it comes from"


def _ends(scan: StemScan) -> Iterator[_Found]:
    start_s = early_start_s(scan)
    if start_s is not None:
        text = f"the sound begins after {1000.0 * start_s:.1f} ms"
        fix = (
            f"leave {1000.0 * EARLIEST_START_S:.0f} ms or more before it: some players miss the first attack"
        )
        yield "note", "early_start", text, fix
    silent_s = tail_s(scan)
    if silent_s > LONGEST_TAIL_S:
        text = f"the last {silent_s:.1f} s are silent"
        yield "warning", "long_tail", text, "set end_s where the music ends"


def _levels(scan: StemScan) -> Iterator[_Found]:
    if scan.true_peak > 1.0:
        text = f"its true peak is {db_from_gain(scan.true_peak):+.2f} dBTP: converters and coders clip it"
        yield "warning", "overs", text, "lower ceiling_dbtp"
    worst = max(abs(float(mean)) for mean in scan.mean)
    if worst > 0.0 and db_from_gain(worst) > LARGEST_DC_DBFS:
        text = f"its mean is {level_text(db_from_gain(worst), 'dBFS')} off zero"
        yield "warning", "dc", text, "switch on a high pass on the stem that carries it"
    if scan.channels == 2:
        left, right, product = (float(scan.blocks[:, column].sum()) for column in (1, 2, 3))
        if left + right - 2.0 * product <= _SAME_SIDES * (left + right):
            yield "note", "dual_mono", "both channels are the same", "is a mono file what is wanted?"
