"""What the causes of a failed null test ask to correct in the session."""

from __future__ import annotations

from collections.abc import Sequence

from engine.report.null import NullCause
from engine.session.files import Change
from engine.session.model import Session

#: Decimals that are written: 1e-9 dB and samples lie far below −140 dBFS.
_DECIMALS = 9
#: The kinds of cause that a correction undoes; all others need a new bounce.
CORRECTABLE = ("gain", "polarity", "offset")


def corrections(session: Session, causes: Sequence[NullCause]) -> list[Change]:
    """Changes to `source_gain_db`, `polarity_inverted` and `offset_samples`, on top of what is there.

    Args:
        session: as it was tested.
        causes: of that test; other kinds than gain, polarity and offset change nothing.
    """
    changes: list[Change] = []
    for number, stem in enumerate(session.stems):
        gain_db, inverted, offset = stem.source_gain_db, stem.polarity_inverted, stem.offset_samples
        for cause in causes:
            if cause.kind not in CORRECTABLE or cause.stem not in (None, stem.name):
                continue
            if cause.kind == "polarity":
                inverted = not inverted
            elif cause.kind == "gain" and cause.amount is not None:
                gain_db += cause.amount
            elif cause.amount is not None:
                offset += cause.amount
        wanted = (
            ("source_gain_db", round(gain_db, _DECIMALS), stem.source_gain_db),
            ("polarity_inverted", inverted, stem.polarity_inverted),
            ("offset_samples", round(offset, _DECIMALS), stem.offset_samples),
        )
        changes += [(("stems", number, key), value) for key, value, before in wanted if value != before]
    return changes
