"""Integrated loudness once more, by a meter that shares no code with ours: pyloudnorm.

It reads the 997 Hz reference tone of ITU-R BS.1770 0.035 LU low (0.2.0): its filters are designed from
rounded parameters, not taken from the standard's table. It wants a file whole in memory, so long ones
are told and not loaded.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from engine.audio.source import open_source
from engine.report.deliver import FileFinding
from engine.report.delivery import SecondOpinion
from engine.units import level_text

#: A difference above this is a finding, LU.
LARGEST_DIFFERENCE_LU = 0.1
#: Largest array that is loaded; the meter itself needs two and a half times as much.
LARGEST_BYTES = 512 << 20
#: Layouts whose channels pyloudnorm weighs as BS.1770 does: it knows L R C Ls Rs only.
_LAYOUTS = (1, 2, 3, 5)


def second_opinion(path: Path, name: str, ours_lufs: float | None) -> SecondOpinion:
    """What pyloudnorm reads of a file.

    Args:
        path: the file.
        name: how the opinion names it.
        ours_lufs: our own reading of it.

    Raises:
        InputError: the file cannot be used.
    """
    meter = meter_name()
    with open_source(path) as source:
        size = source.frames * source.channels * 8
        if size > LARGEST_BYTES:
            longest_s = LARGEST_BYTES / (source.channels * 8 * source.sample_rate)
            reason = f"longer than the {longest_s / 60:.0f} min that it is given memory for"
            return SecondOpinion(name, meter, ours_lufs, None, reason)
        if source.channels not in _LAYOUTS:
            reason = f"it does not know the layout of {source.channels} channels"
            return SecondOpinion(name, meter, ours_lufs, None, reason)
        if source.frames < math.ceil(0.4 * source.sample_rate):
            return SecondOpinion(name, meter, ours_lufs, None, "shorter than 0.4 s")
        samples = np.empty((source.frames, source.channels))
        source.read_into(0, samples, 0, source.channels)
        rate = source.sample_rate
    import pyloudnorm

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # it warns of silence, which it then reads as −∞
        loudness = float(pyloudnorm.Meter(rate).integrated_loudness(samples))
    return SecondOpinion(name, meter, ours_lufs, loudness if math.isfinite(loudness) else None)


def meter_name() -> str:
    """`pyloudnorm` and its version."""
    from importlib.metadata import version

    return f"pyloudnorm {version('pyloudnorm')}"


def opinion_findings(opinions: Iterable[SecondOpinion]) -> Iterator[FileFinding]:
    """A finding for each file that the two meters read differently, or that only one has read."""
    for opinion in opinions:
        difference = opinion.difference_lu
        if difference is not None and abs(difference) > LARGEST_DIFFERENCE_LU:
            text = f"{opinion.meter} reads {level_text(opinion.theirs_lufs, 'LUFS', 2)}, "
            text += f"{level_text(difference, 'LU', 2, signed=True)} from ours"
            yield FileFinding(
                "warning",
                "second_opinion",
                opinion.path,
                text,
                "measure it with a third meter before it is sent",
            )
        elif opinion.reason and opinion.ours_lufs is not None:
            yield FileFinding(
                "note",
                "no_second_opinion",
                opinion.path,
                f"{opinion.meter} has not read it: {opinion.reason}",
                "our own reading stands alone",
            )
