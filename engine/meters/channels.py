"""Weights of channels in loudness by where their loudspeakers stand (ITU-R BS.1770-5)."""

from __future__ import annotations

from engine.audio.layout import Layout

#: Weight between ±60° and ±120° below 30° of elevation (Annex 1, table 3, and Annex 3: 1.41, not √2).
SURROUND_WEIGHT = 1.41
#: Where no layout is given, by the number of channels, in the order of WAVE files.
DEFAULT_LAYOUTS: dict[int, Layout] = {
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
_LOW_FREQUENCY = frozenset(("LFE", "LFE2"))
_SIDES = frozenset(("SL", "SR", "SDL", "SDR", "WL", "WR"))
#: The surrounds of 5.1 (±110°) when alone; behind side channels they stand at ±135° or more.
_BACKS = frozenset(("BL", "BR"))


def channel_weights(channels: int, layout: Layout | None = None) -> tuple[float, ...]:
    """The weights G of BS.1770-5, one per channel.

    Args:
        channels: of the programme; one channel always counts as one.
        layout: places of the channels; None: those of a WAVE file of that many channels, and 1.0 each
            where none is usual.
    """
    if layout is None:
        layout = DEFAULT_LAYOUTS.get(channels)
    if layout is None or channels == 1:
        return (1.0,) * channels
    surround = _SIDES if _SIDES & set(layout) else _BACKS
    weights = dict.fromkeys(surround, SURROUND_WEIGHT) | dict.fromkeys(_LOW_FREQUENCY, 0.0)
    return tuple(weights.get(name, 1.0) for name in layout)
