"""What stands beside the loudness over the song: its range, and the mix made as loud."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from engine.link.history import Heard, History
from tui.view import View

#: EBU Tech 3342: gates, and the percentiles between which the loudness range lies.
_ABSOLUTE_LUFS, _RELATIVE_LU = -70.0, -20.0
_LOW, _HIGH = 0.10, 0.95


class MixAlong(NamedTuple):
    """The mix along the song.

    Attributes:
        levels_lufs: its short-term loudness in equal parts of the song; None: silence.
        shift_lu: what makes it as loud as the master.
        old: that was measured of another state of the session.
    """

    levels_lufs: tuple[float | None, ...]
    shift_lu: float
    old: bool


def mix_along(view: View) -> MixAlong | None:
    """The mix, as far as the engine knows it; None: there is none, or it is not known yet."""
    document = view.document
    levels, own, mix = (
        document.reference_short_term_lufs,
        document.match.processed_lufs,
        document.match.reference_lufs,
    )
    if not levels or own is None or mix is None:
        return None
    return MixAlong(levels, own - mix, document.match_old)


def range_of(history: History) -> tuple[float, float] | None:
    """The ends of the loudness range of what is known of the song, LUFS; None: too little is.

    As EBU Tech 3342 has it, of the short-term values that are drawn: the loudest of each place.
    """
    known = [
        value
        for value, state in zip(history.short_term_lufs, history.states, strict=False)
        if state != Heard.UNHEARD and value > _ABSOLUTE_LUFS
    ]
    if len(known) < 2:
        return None
    mean = 10.0 * math.log10(sum(10.0 ** (value / 10.0) for value in known) / len(known))
    gated = sorted(value for value in known if value >= mean + _RELATIVE_LU)
    return _percentile(gated, _LOW), _percentile(gated, _HIGH)


def _percentile(ascending: Sequence[float], share: float) -> float:
    return ascending[round(share * (len(ascending) - 1))]
