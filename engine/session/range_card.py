"""Compares a session with the quick-reference card: advice, never a refusal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.report.findings import Finding
from engine.session.declare import Advice
from engine.session.model import Processor, Session, Stem
from engine.session.processors import PROCESSORS
from engine.session.roles import Card, Range, master_card, roles

#: Beyond these, a warning whatever the role.
LARGEST_TRIM_DB = 3.0
LARGEST_RATIO = 3.0
PEAK_Q = Range(0.5, 2.0)
MOST_STEMS = 8

#: Shapes whose gain counts; a tilt moves either side by half of it.
_GAIN_SHARE = {"peak": 1.0, "low_shelf": 1.0, "high_shelf": 1.0, "tilt": 0.5}

#: Decimal values that are written exactly at a limit are within it.
_ROUNDING = 1e-9


def card_findings(session: Session) -> tuple[Finding, ...]:
    """What in a session lies outside the conservative ranges.

    Warnings: trim beyond ±3 dB, a ratio above 3:1, an EQ band beyond the card's maximum, the Q of a
    peak outside 0.5–2, more than eight stems. Notes: trim, ratio, attack or release outside the card
    of the role. Processors that are off are left alone. `stem` is None for the master bus.
    """
    found: list[Finding] = []
    count = len(session.stems)
    if count > MOST_STEMS:
        message = f"{count} stems; {MOST_STEMS} are the usual most"
        found.append(Finding("warning", "stem_count", None, message, "group related stems in the mix"))
    for stem in session.stems:
        card = roles()[stem.role].card
        found += _trim(stem, card)
        found += _chain(stem.chain, card, stem.name)
    found += _chain(session.master.chain, master_card(), None)
    return tuple(found)


def _trim(stem: Stem, card: Card) -> Iterator[Finding]:
    size_db = abs(stem.trim_db)
    if size_db > LARGEST_TRIM_DB + _ROUNDING:
        message = f"trim {stem.trim_db:+g} dB is beyond ±{LARGEST_TRIM_DB:g} dB"
        yield Finding("warning", "trim", stem.name, message, "ask for another balance in the mix")
    elif size_db > card.trim_db.high + _ROUNDING:
        message = f"trim {stem.trim_db:+g} dB is beyond the card's ±{card.trim_db.high:g} dB for {card.title}"
        yield Finding("note", "trim", stem.name, message, f"stay within ±{card.trim_db.high:g} dB")


def _chain(chain: Iterable[Processor], card: Card, stem: str | None) -> Iterator[Finding]:
    for number, processor in enumerate(chain, start=1):
        if not processor.enabled:
            continue
        place = f"{processor.type} ({number} of the {'master' if stem is None else 'chain'})"
        advice = PROCESSORS[processor.type].advice
        if Advice.BANDS in advice:
            yield from _eq(processor.values, card, stem, place)
        for values in _dynamics(processor.values):
            if Advice.RATIO in advice or Advice.RATIO_LIMIT in advice:
                yield from _ratio(values, card.ratio if Advice.RATIO in advice else None, stem, place)
            if Advice.TIMES in advice and values.get("ratio", math.inf) > 1.0:
                yield from _times(values, card, stem, place)


def _dynamics(values: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The settings that decide a gain: the processor's own, or those of each of its bands."""
    bands: Iterable[Mapping[str, Any]] | None = values.get("bands")
    return (values,) if bands is None else bands


def _eq(values: Mapping[str, Any], card: Card, stem: str | None, place: str) -> Iterator[Finding]:
    for band in values["bands"]:
        at = f"{band['shape']} at {band['frequency_hz']:g} Hz"
        gain_db = band["gain_db"] * _GAIN_SHARE.get(band["shape"], 0.0)
        limit_db = card.eq_maximum_db
        if abs(gain_db) > limit_db + _ROUNDING:
            message = (
                f"{place}: {at} moves {gain_db:+g} dB, beyond the card's ±{limit_db:g} dB for {card.title}"
            )
            yield Finding("warning", "eq_gain", stem, message, "mend it in the mix, or use less")
        if band["shape"] == "peak" and not PEAK_Q.holds(band["q"]):
            message = f"{place}: {at} has a Q of {band['q']:g}, outside {PEAK_Q.text('')}"
            yield Finding("warning", "eq_q", stem, message, "use a gentler curve, or mend it in the mix")


def _ratio(values: Mapping[str, Any], usual: Range | None, stem: str | None, place: str) -> Iterator[Finding]:
    ratio = values["ratio"]
    if ratio > LARGEST_RATIO + _ROUNDING:
        message = f"{place}: a ratio of {ratio:g}:1 is above {LARGEST_RATIO:g}:1"
        yield Finding("warning", "ratio", stem, message, "use a lower ratio, or parallel compression")
    elif usual is not None and ratio > 1.0 and not usual.holds(ratio):
        message = f"{place}: a ratio of {ratio:g}:1 is outside the card's {usual.text('')}"
        yield Finding("note", "ratio", stem, message, f"try {usual.text('')}")


def _times(values: Mapping[str, Any], card: Card, stem: str | None, place: str) -> Iterator[Finding]:
    for name, usual in (("attack", card.attack_ms), ("release", card.release_ms)):
        value = values[f"{name}_ms"]
        if not usual.holds(value):
            message = (
                f"{place}: {name} {value:g} ms is outside the card's {usual.text('ms')} for {card.title}"
            )
            yield Finding("note", name, stem, message, f"try {usual.text('ms')}")
