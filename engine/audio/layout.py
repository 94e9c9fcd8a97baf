"""Where the channels of a file belong: names of places, and how each container says them.

The names are those of `dwChannelMask` (Microsoft `WAVEFORMATEXTENSIBLE`) in its order: FL FR FC LFE BL BR
FLC FRC BC SL SR TC TFL TFC TFR TBL TBC TBR; besides them WL and WR (wide, ±60°), SDL and SDR (surround
direct, ±90°), LFE2, and `?` for a channel without a place. Layouts by number of channels: FLAC (IETF RFC
9639, table 16), Opus (RFC 7845, 5.1.1.2) and Vorbis I, 4.3.9; `chan` and `CHAN`: Apple *Core Audio Format
Specification 1.0*, AudioChannelLayout, and CoreAudioBaseTypes.h.
"""

from __future__ import annotations

import struct

#: One name per channel.
Layout = tuple[str, ...]

_MASK_NAMES = (
    *("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR"),
    *("TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR"),
)
UNPLACED = "?"


def mask_layout(mask: int, channels: int) -> Layout | None:
    """The layout that a `dwChannelMask` gives; channels beyond its bits have no place; None for 0."""
    if mask == 0:
        return None
    names = [name for bit, name in enumerate(_MASK_NAMES) if mask >> bit & 1][:channels]
    return (*names, *[UNPLACED] * (channels - len(names)))


def _named(text: str) -> Layout:
    return tuple(text.split())


#: By number of channels.
FLAC_LAYOUTS = {
    len(layout): layout
    for layout in map(
        _named,
        (
            *("FC", "FL FR", "FL FR FC", "FL FR BL BR", "FL FR FC BL BR", "FL FR FC LFE BL BR"),
            *("FL FR FC LFE BC SL SR", "FL FR FC LFE BL BR SL SR"),
        ),
    )
}
#: Of Vorbis, and of Opus in its channel mapping family 1.
VORBIS_LAYOUTS = {
    len(layout): layout
    for layout in map(
        _named,
        (
            *("FC", "FL FR", "FL FC FR", "FL FR BL BR", "FL FC FR BL BR", "FL FC FR BL BR LFE"),
            *("FL FC FR SL SR BC LFE", "FL FC FR SL SR BL BR LFE"),
        ),
    )
}

_LABELS = {
    **dict(enumerate(("FL", "FR", "FC", "LFE", "SL", "SR", "FLC", "FRC", "BC", "SDL", "SDR"), start=1)),
    **dict(enumerate(("TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR"), start=12)),
    33: "BL",
    34: "BR",
    35: "WL",
    36: "WR",
    37: "LFE2",
    38: "FL",
    39: "FR",
    42: "FC",
    301: "FL",
    302: "FR",
}
#: Layouts by the upper half of an AudioChannelLayoutTag.
_TAGS = {
    number: _named(text)
    for number, text in {
        100: "FC",
        101: "FL FR",
        102: "FL FR",
        103: "FL FR",
        106: "FL FR",
        108: "FL FR SL SR",
        113: "FL FR FC",
        114: "FC FL FR",
        115: "FL FR FC BC",
        116: "FC FL FR BC",
        117: "FL FR FC SL SR",
        118: "FL FR SL SR FC",
        119: "FL FC FR SL SR",
        120: "FC FL FR SL SR",
        121: "FL FR FC LFE SL SR",
        122: "FL FR SL SR FC LFE",
        123: "FL FC FR SL SR LFE",
        124: "FC FL FR SL SR LFE",
        125: "FL FR FC LFE SL SR BC",
        126: "FL FR FC LFE SL SR FLC FRC",
        127: "FC FLC FRC FL FR SL SR LFE",
        128: "FL FR FC LFE SL SR BL BR",
        129: "FL FR SL SR FC LFE FLC FRC",
        131: "FL FR BC",
        132: "FL FR SL SR",
        133: "FL FR LFE",
        134: "FL FR LFE BC",
        135: "FL FR LFE SL SR",
        136: "FL FR FC LFE",
        137: "FL FR FC LFE BC",
        138: "FL FR SL SR LFE",
        139: "FL FR SL SR FC BC",
        140: "FL FR SL SR FC BL BR",
        141: "FC FL FR SL SR BC",
        142: "FC FL FR SL SR BC LFE",
        143: "FC FL FR SL SR BL BR",
        144: "FC FL FR SL SR BL BR BC",
    }.items()
}
_TAG_DESCRIPTIONS, _TAG_BITMAP = 0, 1 << 16


def core_audio_layout(payload: bytes, channels: int) -> Layout | None:
    """The layout of a `chan` (CAF) or `CHAN` (AIFF) chunk; None where it says nothing that fits."""
    if len(payload) < 12:
        return None
    tag, bitmap, count = struct.unpack_from(">III", payload)
    if tag == _TAG_BITMAP:
        return mask_layout(bitmap, channels)
    if tag != _TAG_DESCRIPTIONS:
        layout = _TAGS.get(tag >> 16)
        return layout if layout is not None and len(layout) == channels else None
    if count != channels or len(payload) < 12 + 20 * count:
        return None
    labels = [struct.unpack_from(">I", payload, 12 + 20 * index)[0] for index in range(count)]
    return tuple(_LABELS.get(label, UNPLACED) for label in labels)
