"""What works on a machine, and how to mend what does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: short stable name.
        works: it does what the program needs.
        found: what was found, with figures.
        fix: what to do about it; empty where nothing is to be done.
    """

    name: str
    works: bool
    found: str
    fix: str = ""


@dataclass(frozen=True)
class Device:
    """An audio device that can be given to `--device`.

    Attributes:
        number: PortAudio's; None for the built-in `null`.
        name: as the audio system calls it.
        audio_system: ALSA, JACK, …; `built in` for `null`.
        output_channels: at most.
        default_sample_rate: Hz; None for `null`, which takes any.
        is_default: what `--device default` means.
    """

    number: int | None
    name: str
    audio_system: str
    output_channels: int
    default_sample_rate: float | None
    is_default: bool


@dataclass(frozen=True)
class DoctorReport:
    """Everything that was looked at."""

    checks: tuple[Check, ...]
    devices: tuple[Device, ...]
