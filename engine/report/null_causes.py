"""The kinds of cause that a null test names: one row each, and nothing about a kind stands anywhere else.

A new kind is a row here, a hypothesis in `engine.nulltest` and a sentence in `engine.nulltest.wording`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Channel = Literal["left", "right"]


@dataclass(frozen=True)
class CauseKind:
    """What holds for every cause of a kind.

    Attributes:
        title: its name in a sentence.
        units: what its amount may be given in, the usual one first; empty: it has no amount.
        correctable: a correction of the session undoes it, unless it names a single channel.
        sure_beside_missing: it is told beside sound that is in no stem; a gain or a lag is too uncertain.
    """

    title: str
    units: tuple[str, ...] = ()
    correctable: bool = False
    sure_beside_missing: bool = False


CAUSES: dict[str, CauseKind] = {
    "gain": CauseKind("gain", ("dB",), correctable=True),
    "polarity": CauseKind("polarity", correctable=True, sure_beside_missing=True),
    "offset": CauseKind("offset", ("samples",), correctable=True),
    "missing_stem": CauseKind("missing stem", ("dBFS",)),
    "extra_stem": CauseKind("extra stem", sure_beside_missing=True),
    "duplicated_stem": CauseKind("duplicated stem"),
    "resampled": CauseKind("resampled", ("Hz",)),
    "clock_drift": CauseKind("clock drift", ("ppm",), sure_beside_missing=True),
    # an equaliser by its largest gain, dynamics by the range of their gain, a curve by its ceiling
    "bus_processing": CauseKind("bus processing", ("dB", "dBFS")),
    "dither": CauseKind("dither", ("bits",)),
    "channel_swap": CauseKind("channel swap", sure_beside_missing=True),
    "mono_fold": CauseKind("mono fold", sure_beside_missing=True),
    "length": CauseKind("length", ("s",)),
    # the farthest that the gain goes; None where it is gone altogether, or a filter
    "stem_processing": CauseKind("stem processing", ("dB",), sure_beside_missing=True),
    "stem_differs": CauseKind("stem differs"),
    "mix_edit": CauseKind("mix edit", ("dB", "s")),
    "dc": CauseKind("DC offset", ("of full scale",)),
    "print_among_stems": CauseKind("print among the stems"),
    "unknown": CauseKind("unknown"),
}


@dataclass(frozen=True)
class NullCause:
    """A reason for the residual, with the figure and what to do about it.

    Attributes:
        kind: a key of `CAUSES`.
        stem: name of the stem; None: all of them or none in particular.
        amount: what to apply, in `unit`.
        unit: of `amount`; None where there is no amount.
        confidence: 0 to 1.
        evidence: what speaks for it.
        fix: what to do.
        channel: the only one concerned; None: both.
    """

    kind: str
    stem: str | None
    amount: float | None
    unit: str | None
    confidence: float
    evidence: str
    fix: str
    channel: Channel | None = None


def is_correctable(kind: str, channel: str | None) -> bool:
    """Whether a correction of the session undoes a cause: a session moves both channels of a stem alike."""
    return CAUSES[kind].correctable and channel is None


@dataclass(frozen=True)
class Correction:
    """What causes ask to apply to a stem, all together.

    Attributes:
        gain_db: + is louder.
        inverted: the polarity is to be inverted.
        offset_samples: + is later.
    """

    gain_db: float = 0.0
    inverted: bool = False
    offset_samples: float = 0.0


def correction_of(causes: Iterable[NullCause], stem: str) -> Correction:
    """The correction of one stem; causes that need a new bounce add nothing to it."""
    gain_db, inverted, offset = 0.0, False, 0.0
    for cause in causes:
        if cause.stem not in (None, stem) or not is_correctable(cause.kind, cause.channel):
            continue
        if cause.kind == "polarity":
            inverted = not inverted
        elif cause.kind == "gain":
            gain_db += cause.amount or 0.0
        else:
            offset += cause.amount or 0.0
    return Correction(gain_db, inverted, offset)
