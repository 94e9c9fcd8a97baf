"""How a session sounds elsewhere: what each stem loses on each playback system, and what masks the vocal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What a change of loudness means for a stem.
Word = Literal["gone", "weak", "quieter", "kept", "louder"]


@dataclass(frozen=True)
class SystemReport:
    """A playback system that was tried.

    Attributes:
        name: as in `:translate NAME`.
        title: for people.
        mono: one loudspeaker.
        mono_below_hz: below this both sides are the same; 0: nowhere.
        basis: `measured`, `standard` or `typical`.
        source: who says so.
        date: when it was written from its source; None: undated.
    """

    name: str
    title: str
    mono: bool
    mono_below_hz: float
    basis: str
    source: str
    date: str | None


@dataclass(frozen=True)
class Loss:
    """What one playback system does to one signal.

    Attributes:
        system: its name.
        loudness_change_lu: integrated loudness through it minus without it; None where nothing is left
            that has a loudness, or nothing was there.
        against_mix_lu: the same minus what the mix loses there: how the balance moves; None as above, and
            of the mix itself.
        word: what that means; None where there was nothing.
    """

    system: str
    loudness_change_lu: float | None
    against_mix_lu: float | None
    word: Word | None


@dataclass(frozen=True)
class Translated:
    """One signal on all playback systems.

    Attributes:
        stem: its name; None: the mix.
        integrated_lufs: plain; None where it has no loudness.
        losses: by system, in their order.
    """

    stem: str | None
    integrated_lufs: float | None
    losses: tuple[Loss, ...]


@dataclass(frozen=True)
class MaskedSpan:
    """A stretch of the song in which the vocal is masked.

    Attributes:
        start_s: song time.
        end_s: song time.
        signal_to_mask_db: mean of what the vocal has above its masked threshold there; below 0.
    """

    start_s: float
    end_s: float
    signal_to_mask_db: float


@dataclass(frozen=True)
class Masker:
    """What masks the vocal in one octave.

    Attributes:
        stem: that does it alone; None: all together.
        octave_hz: middle of the octave.
        masked_s: for how long.
        share: of the time in which the vocal has something there.
        signal_to_mask_db: mean over that time.
        spans: when, in the song's order.
    """

    stem: str | None
    octave_hz: float
    masked_s: float
    share: float
    signal_to_mask_db: float
    spans: tuple[MaskedSpan, ...]


@dataclass(frozen=True)
class Masking:
    """What masks the vocal.

    Attributes:
        vocals: the stems that are the vocal, by role.
        maskers: what costs it most first; empty where nothing masks it, or there is no vocal.
        playback_db_spl: how loud the mix was taken to be heard.
        reason: why nothing was looked for; None where it was.
    """

    vocals: tuple[str, ...]
    maskers: tuple[Masker, ...]
    playback_db_spl: float
    reason: str | None


@dataclass(frozen=True)
class TranslationReport:
    """Everything that was found.

    Attributes:
        systems: the playback systems, in their order.
        mix: the master bus, before the limiter.
        stems: those that are heard, in the session's order, each through the master bus that follows the mix.
        sentences: the same in words, the largest loss first.
        masking: of the vocal by the other stems.
        seconds: wall-clock time this took.
    """

    systems: tuple[SystemReport, ...]
    mix: Translated
    stems: tuple[Translated, ...]
    sentences: tuple[str, ...]
    masking: Masking
    seconds: float
