"""What a new session starts with: the quick-reference card's values, switched off.

Only the limiter is on, so that the untouched sum is heard first.
"""

from __future__ import annotations

from typing import Any

from engine.session.processors import COMPRESSOR, LIMITER
from engine.session.roles import Card, Range, master_card

Settings = dict[str, Any]

#: Q of the starting EQ's peak: within the range that is heard as tone and not as a notch or a tilt.
_PEAK_Q = 1.0
_SHELF_Q = 0.7071
#: The starting EQ stays below this fraction of the sample rate, where low rates would cut it off.
_HIGHEST_EQ_FRACTION = 0.4


def stem_chain(card: Card, sample_rate: int) -> list[Settings]:
    """The starting chain of a stem, as tables of the session file.

    Args:
        card: the column of its role.
        sample_rate: of the session, Hz.
    """
    return [_eq(card, sample_rate), _compressor(card)]


def master_chain(sample_rate: int) -> list[Settings]:
    """The starting chain of the master bus, as tables of the session file."""
    card = master_card()
    return [_eq(card, sample_rate), _compressor(card), _limiter()]


def _eq(card: Card, sample_rate: int) -> Settings:
    shapes = (("low_shelf", _SHELF_Q), ("peak", _PEAK_Q), ("high_shelf", _SHELF_Q))
    highest_hz = _HIGHEST_EQ_FRACTION * sample_rate
    bands = [
        {"shape": shape, "frequency_hz": min(frequency_hz, highest_hz), "gain_db": 0.0, "q": q}
        for (shape, q), frequency_hz in zip(shapes, card.eq_hz, strict=True)
    ]
    return {"type": "eq", "enabled": False, "phase": "minimum", "bands": bands}


def _middle(values: Range) -> float:
    return round(values.middle, 4)


def _compressor(card: Card) -> Settings:
    declared = COMPRESSOR.by_name
    return {
        "type": "compressor",
        "enabled": False,
        "threshold_db": declared["threshold_db"].default,
        "ratio": _middle(card.ratio),
        "attack_ms": _middle(card.attack_ms),
        "release_ms": _middle(card.release_ms),
        "knee_db": declared["knee_db"].default,
    }


def _limiter() -> Settings:
    values = {parameter.name: parameter.default for parameter in LIMITER.parameters}
    return {"type": "limiter", "enabled": True, **values}
