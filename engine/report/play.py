"""What `play` did, in figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlayReport:
    """A playback without a console.

    Attributes:
        device: what played at the end.
        sample_rate: Hz.
        block: frames the device takes at once.
        blocks: that it has taken while the song played.
        xruns: of these, those for which the engine was late.
        load_mean: processing time of a block over its duration, 0 to 1.
        load_p999: the same, 99.9th percentile.
        load_max: the same, largest.
        seconds: of the song that were played.
    """

    device: str
    sample_rate: int
    block: int
    blocks: int
    xruns: int
    load_mean: float
    load_p999: float
    load_max: float
    seconds: float
