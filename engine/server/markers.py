"""Markers by song frame: names, neighbours, jumps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.link.failures import MessageRefused

#: A jump back from closer behind a marker than this goes to the one before, s.
_GRACE_S = 0.5


def fresh_name(markers: Mapping[int, str]) -> str:
    """A name for a new marker: the first number that is free."""
    taken = set(markers.values())
    return next(str(number) for number in range(1, len(markers) + 2) if str(number) not in taken)


def beside(markers: Mapping[int, str], here: int, side: str, sample_rate: int) -> int:
    """The marker after or before a song frame.

    Args:
        markers: by song frame.
        here: song frame that is heard.
        side: `next` or `previous`.
        sample_rate: Hz.

    Raises:
        MessageRefused: there is none on that side (kind `no_marker`).
    """
    if side == "next":
        found = [frames for frames in sorted(markers) if frames > here]
    else:
        grace = round(_GRACE_S * sample_rate)
        found = [frames for frames in sorted(markers, reverse=True) if frames < max(1, here - grace)]
    if not found:
        raise MessageRefused(f"there is no {side} marker", kind="no_marker")
    return found[0]


def named(markers: Mapping[int, str], wishes: Mapping[str, Any], here: int) -> int:
    """The marker that a command means: by name, or the nearest to a position.

    Raises:
        MessageRefused: there is none (kind `no_marker`).
    """
    name = wishes.get("name")
    found = [frames for frames, known in markers.items() if name is None or known == name]
    if not found:
        raise MessageRefused(
            f"there is no marker '{name}'" if name else "there are no markers", kind="no_marker"
        )
    wanted = wishes.get("position_frames", here)
    return min(found, key=lambda frames: abs(frames - wanted))
