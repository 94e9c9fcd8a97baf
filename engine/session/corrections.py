"""What the causes of a failed null test ask to correct in the session."""

from __future__ import annotations

from collections.abc import Sequence

from engine.report.null_causes import NullCause, correction_of
from engine.session.files import Change
from engine.session.model import Session

#: Decimals that are written: 1e-9 dB and samples lie far below −140 dBFS.
_DECIMALS = 9


def corrections(session: Session, causes: Sequence[NullCause]) -> list[Change]:
    """Changes to `source_gain_db`, `polarity_inverted` and `offset_samples`, on top of what is there.

    Args:
        session: as it was tested.
        causes: of that test; those that need a new bounce change nothing.
    """
    changes: list[Change] = []
    for number, stem in enumerate(session.stems):
        asked = correction_of(causes, stem.name)
        wanted = (
            (
                "source_gain_db",
                round(stem.source_gain_db + asked.gain_db, _DECIMALS),
                stem.source_gain_db,
            ),
            ("polarity_inverted", stem.polarity_inverted != asked.inverted, stem.polarity_inverted),
            (
                "offset_samples",
                round(stem.offset_samples + asked.offset_samples, _DECIMALS),
                stem.offset_samples,
            ),
        )
        changes += [(("stems", number, key), value) for key, value, before in wanted if value != before]
    return changes
