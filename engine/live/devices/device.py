"""Devices behind one small interface: what takes frames from the ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.live.player.ring_memory import Ring

#: The device that makes no sound and is always there.
NULL = "null"
#: Whatever the system calls its default.
DEFAULT = "default"
#: How long a device takes to come in at full level, so that nobody's ears are surprised.
FADE_IN_S = 0.3
#: How long one may take to fade out before it is taken away.
FADE_OUT_S = 0.1


@dataclass(frozen=True)
class Order:
    """What a device is opened for.

    Attributes:
        ring: what to take from.
        consumer: its number as a consumer of that ring, a new one every time; silence until it is admitted.
        wanted: name or number of the device.
        sample_rate: Hz, of the session.
        block_frames: of its callback.
    """

    ring: Ring
    consumer: int
    wanted: str
    sample_rate: int
    block_frames: int


class Device(Protocol):
    """Something that plays from a ring, from when it is made until it is stopped.

    Attributes:
        name: as listed by `stemlathe doctor`.
        sample_rate: Hz.
        block_frames: taken at once, as a rule.
    """

    name: str
    sample_rate: int
    block_frames: int

    @property
    def failure(self) -> str | None:
        """What has gone wrong, in a few words; None while it plays."""

    def stop(self) -> None:
        """Fades out and lets go of the device."""
