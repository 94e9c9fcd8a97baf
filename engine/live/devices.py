"""Devices behind one small interface: what takes frames from the ring."""

from __future__ import annotations

from typing import Protocol

#: The device that makes no sound and is always there.
NULL = "null"
#: Whatever the system calls its default.
DEFAULT = "default"
#: How long a device takes to come in at full level, so that nobody's ears are surprised.
FADE_IN_S = 0.3
#: How long one may take to fade out before it is taken away.
FADE_OUT_S = 0.1


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
