"""Where along the song a gain moves, in words, from products of the whole song."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.inner_products import Course
from engine.report.null_causes import NullCause
from engine.units import level_text, seconds_text

Doubles = NDArray[np.float64]

#: Blocks quieter than this part of the loudest say nothing.
_SOUNDS = 1e-3
#: A gain this far from its usual value has moved, dB.
_MOVED_DB = 0.75
#: Where more than this part of what sounds has moved, it is everywhere.
_EVERYWHERE = 0.6
#: So many places are told.
_MOST_PLACES = 3
#: Gaps shorter than this, s, part no places.
_GAP_S = 0.6


def located(cause: NullCause, course: Course, names: list[str], sample_rate: int) -> NullCause:
    """A cause with the places where its gain moves; others as they are."""
    if cause.kind == "mix_edit" and cause.unit != "s":
        powers, crosses = course.total, course.reference - course.held
    elif cause.kind == "stem_processing" and cause.stem in names:
        number = names.index(cause.stem)
        powers, crosses = course.stems[:, number], course.stems[:, number] + course.against[:, number]
    else:
        return cause
    where = _where(powers, crosses, course.block / sample_rate)
    return replace(cause, evidence=f"{cause.evidence}; {where}") if where else cause


def _where(powers: Doubles, crosses: Doubles, block_s: float) -> str:
    sounds = powers > _SOUNDS * powers.max(initial=0.0)
    if sounds.sum() < 4:
        return ""
    db = 20.0 * np.log10(np.maximum(crosses / np.maximum(powers, 1e-300), 1e-3))
    # what most of the song has is the usual; a fade of half the song leaves the other half
    counts, edges = np.histogram(db[sounds], bins=np.arange(-61.0, 21.0, 0.5))
    most = int(np.argmax(counts))
    usual = float(edges[most] + 0.25)
    moved = sounds & (np.abs(db - usual) > _MOVED_DB)
    if not moved.any() or moved.sum() > _EVERYWHERE * sounds.sum():
        return "it moves all along the song"
    places = _places(moved, sounds, max(1, round(_GAP_S / block_s)))
    last = int(np.flatnonzero(sounds)[-1])
    first = int(np.flatnonzero(sounds)[0])
    told = []
    for begin, end in places[:_MOST_PLACES]:
        inside = db[begin : end + 1][sounds[begin : end + 1]]
        lowest = float(inside[np.argmax(np.abs(inside - usual))])
        text = f"from {seconds_text(begin * block_s)} to {seconds_text((end + 1) * block_s)}"
        if end >= last and begin > first and inside[-1] <= inside.min() + 3.0 and lowest < usual - 6.0:
            text = f"it fades out from {seconds_text(begin * block_s)} on"
        elif begin <= first and end < last and inside[0] <= inside.min() + 3.0 and lowest < usual - 6.0:
            text = f"it fades in up to {seconds_text((end + 1) * block_s)}"
        elif lowest <= -40.0:
            text += " it is silent"
        else:
            text += f" by up to {level_text(lowest - usual, 'dB', signed=True)}"
        told.append(text)
    more = len(places) - len(told)
    return ", ".join(told) + (f", and in {more} more places" if more else "")


def _places(moved: NDArray[np.bool_], sounds: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """First and last block of each place, the longest first; silence and short gaps join them."""
    places: list[tuple[int, int]] = []
    for at in np.flatnonzero(moved):
        if places:
            between = slice(places[-1][1] + 1, int(at))
            if at - places[-1][1] <= gap or not sounds[between].any():
                places[-1] = places[-1][0], int(at)
                continue
        places.append((int(at), int(at)))
    return sorted(places, key=lambda place: place[0] - place[1])
