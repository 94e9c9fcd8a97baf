"""Short words and signs of the desk."""

from __future__ import annotations

import functools
import math

from engine.link.records import Source, State
from engine.processes.client import Health
from engine.session.model import Processor, Stem
from engine.session.processors import PROCESSORS

#: Roles in three letters.
ROLES = {
    "drums": "DRM",
    "bass": "BAS",
    "sub": "SUB",
    "vocals": "VOX",
    "backing_vocals": "BVX",
    "instruments": "INS",
    "melodic": "MEL",
    "acoustic": "ACO",
    "orchestral": "ORC",
    "fx": "FX",
    "effects": "SFX",
    "dialogue": "DLG",
    "music": "MUS",
    "other": "OTH",
}
#: What has become of a stem's file, in place of its role.
FILES = {"replaced": "NEW", "missing": "GONE", "truncated": "CUT"}
#: Stands before the name of a stem about which something was written.
NOTE_SIGN = "¶"
#: Stands there for a stem that moves together with others.
LINK_SIGN = "="
SOURCES = {
    Source.PROCESSED: "PROCESSED",
    Source.DRY: "DRY",
    Source.REFERENCE: "REFERENCE",
    Source.RESIDUAL: "RESIDUAL",
    Source.DELTA: "DELTA",
    Source.BAND: "BAND",
    Source.TRACK: "TRACK",
    Source.CODEC: "CODEC",
}
STATES = {
    State.LOADING: ("…", "LOADING", "note"),
    State.PLAYING: ("▶", "PLAYING", "good"),
    State.PAUSED: ("‖", "PAUSED", "label"),
    State.RENDERING: ("●", "RENDERING", "note"),
    State.FAILED: ("×", "FAILED", "bad"),
    State.ENDED: ("■", "ENDED", "bad"),
}
#: In place of the transport's state, where the engine that told it is not well.
UNWELL = {
    Health.STOPPED: ("‖", "HELD", "warn"),
    Health.HANGING: ("○", "HANGING", "bad"),
    Health.GONE: ("×", "GONE", "bad"),
}


def first_line(notes: str) -> str:
    """The first line of a note that says something, with a sign where there is more; "" for none."""
    lines = [line.strip() for line in notes.splitlines() if line.strip()]
    return f"{lines[0]} …" if len(lines) > 1 else lines[0] if lines else ""


@functools.cache
def lit(style: str, chosen: bool) -> str:
    """`style`, on the background of the chosen row where it is that."""
    return f"{style} on selected" if chosen else style


def processor_word(processor: Processor) -> tuple[str, str]:
    """A processor in short and its style: capitals, lower case where it is bypassed."""
    short = PROCESSORS[processor.type].short
    return (short, "value") if processor.enabled else (short.lower(), "bypass")


def chain_words(chain: tuple[Processor, ...], width: int) -> list[tuple[str, str]]:
    """A chain in short as (word, style), blanks between where they fit, cut with a sign where not."""
    words = [processor_word(item) for item in chain]
    letters = sum(len(word) for word, _ in words)
    gap = " " if letters + len(words) - 1 <= width else ""
    shown: list[tuple[str, str]] = []
    used = 0
    for index, (word, style) in enumerate(words):
        size = len(word) + (len(gap) if shown else 0)
        more = 0 if index == len(words) - 1 else 1
        if used + size + (0 if letters <= width else more) > width:
            shown.append(("…", "dim"))
            break
        shown.append(((gap if shown else "") + word, style))
        used += size
    return shown


def trim_track(trim_db: float, range_db: float, width: int) -> tuple[str, int]:
    """The trim on its range: one decibel a cell about 0 dB in the middle.

    Args:
        trim_db: dB.
        range_db: conservative range either side, dB.
        width: cells, odd, ≥ 3.

    Returns:
        the track with the fader on it, and the fader's cell.
    """
    half = width // 2
    track = [
        "┼" if cell == half else "─" if abs(cell - half) <= range_db + 1e-9 else "·" for cell in range(width)
    ]
    place = half + math.floor(trim_db + 0.5)
    knob = "◆"
    if trim_db > half + 0.5:
        place, knob = width - 1, "▶"
    elif trim_db < -half - 0.5:
        place, knob = 0, "◀"
    track[max(0, min(width - 1, place))] = knob
    return "".join(track), max(0, min(width - 1, place))


def silenced(stem: Stem, any_solo: bool) -> bool:
    """Whether a stem is not heard: muted, or others are soloed."""
    return stem.mute or (any_solo and not stem.solo)
