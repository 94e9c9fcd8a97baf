"""Causes with their figures and what to do about them, in sentences."""

from __future__ import annotations

from engine.report.null_causes import CAUSES, NullCause

#: Names of what a gain common to all stems usually comes from, by magnitude in dB.
_PAN_LAWS = {3.01: "a −3 dB pan law", 4.5: "a −4.5 dB pan law", 6.02: "a −6 dB pan law or a mono sum"}
_PAN_LAW_WITHIN_DB = 0.06
_MOST_CONFIDENT = 0.99


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, minus as a minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def _cause(
    kind: str, stem: str | None, amount: float | None, share: float, evidence: str, fix: str, unit: int = 0
) -> NullCause:
    """A cause; `unit`: the number of the amount's unit among those of the kind."""
    confidence = round(max(0.0, min(_MOST_CONFIDENT, share)), 3)
    told = None if amount is None else CAUSES[kind].units[unit]
    return NullCause(kind, stem, amount, told, confidence, evidence, fix)


def _who(stem: str | None) -> str:
    return "all stems" if stem is None else f"the stem '{stem}'"


def gain(stem: str | None, amount_db: float, share: float, fall_db: float) -> NullCause:
    """A stem (None: all alike) that the mix holds at another level."""
    evidence = (
        f"least squares want {_who(stem)} {signed(amount_db, 3)} dB; that lowers the residual "
        f"by {fall_db:.1f} dB"
    )
    law = next(
        (name for size, name in _PAN_LAWS.items() if abs(abs(amount_db) - size) < _PAN_LAW_WITHIN_DB), None
    )
    if stem is None and law is not None:
        evidence += f", and the size is that of {law}"
    if stem is not None and abs(amount_db - 6.0206) < 0.02:
        evidence += ", as if the mix held it twice"
    return _cause("gain", stem, amount_db, share, evidence, f"set {_who(stem)} {signed(amount_db, 3)} dB")


def polarity(stem: str | None, share: float, fall_db: float) -> NullCause:
    """A stem (None: all) of inverted polarity."""
    evidence = (
        f"least squares want {_who(stem)} at a negative gain; that lowers the residual by {fall_db:.1f} dB"
    )
    return _cause("polarity", stem, None, share, evidence, f"invert the polarity of {_who(stem)}")


def offset(stem: str | None, samples: float, sample_rate: int, share: float, fall_db: float) -> NullCause:
    """A stem (None: all alike) that starts at another time."""
    whole = samples == round(samples)
    size = f"{abs(samples):.0f}" if whole else f"{abs(samples):.3f}"
    late = "later" if samples > 0 else "earlier"
    how = (
        "correlation with what the other stems leave of the mix"
        if whole
        else "the phase slope against the mix"
    )
    evidence = (
        f"{how} puts {_who(stem)} {size} samples ({abs(samples) / sample_rate * 1000:.3f} ms) {late}; "
        f"that lowers the residual by {fall_db:.1f} dB"
    )
    note = "" if whole else " (a fractional delay is a filter: a new bounce is better)"
    return _cause("offset", stem, samples, share, evidence, f"move {_who(stem)} {size} samples {late}{note}")


def extra(stem: str, level_db: float, share: float) -> NullCause:
    """A stem that the mix does not hold."""
    evidence = f"the mix holds '{stem}' at {signed(level_db, 1)} dB of its level, which is not at all"
    return _cause(
        "extra_stem",
        stem,
        None,
        share,
        evidence,
        f"take '{stem}' out of the set, or ask for a mix with it",
    )


def duplicated(stem: str, twin: str, held: float) -> NullCause:
    """A stem that is in the set twice; `held`: how often the mix holds it."""
    evidence = f"'{stem}' and '{twin}' are the same sound, which the mix holds {held:.2f} times, not twice"
    share = 1.0 - min(1.0, abs(held - 1.0))
    return _cause(
        "duplicated_stem",
        stem,
        None,
        share,
        evidence,
        f"take '{stem}' out of the set, and ask whether another stem was meant in its place",
    )


def missing(level_dbfs: float, explained: float, share: float) -> NullCause:
    """Something in the mix that no stem holds."""
    evidence = (
        f"a residual of {signed(level_dbfs, 1)} dBFS remains of which "
        f"the stems explain {100 * explained:.1f} %: it is sound of its own"
    )
    return _cause(
        "missing_stem",
        None,
        level_dbfs,
        share,
        evidence,
        "ask for the stem that is missing (often a return track): mix minus stems is its sound, listen to it",
    )


def dither(bits: int, level_dbfs: float, expected_dbfs: float) -> NullCause:
    """Rounding noise."""
    evidence = (
        f"the residual is steady, even in all bands and at {signed(level_dbfs, 1)} dBFS; "
        f"{bits}-bit dither in all files makes {signed(expected_dbfs, 1)} dBFS at most"
    )
    return _cause(
        "dither",
        None,
        float(bits),
        0.95,
        evidence,
        "nothing to do: this is the noise of the word length",
    )


def length(stem: str | None, at_s: float, short_by_s: float, share: float) -> NullCause:
    """Files that end at different times."""
    what = "the mix" if stem is None else f"'{stem}'"
    evidence = (
        f"{100 * share:.1f} % of the residual lies after {at_s:.3f} s, where {what} ends "
        f"{short_by_s:.3f} s before the rest"
    )
    return _cause(
        "length",
        stem,
        short_by_s,
        share,
        evidence,
        f"export {what} again over the whole length of the song, tails included",
    )


def channels(kind: str, stem: str | None, size: float, share: float) -> NullCause:
    """Left and right exchanged, or summed; `size`: gain of either channel in the mix."""
    swapped = kind == "channel_swap"
    done = "exchanged" if swapped else "summed to mono"
    how = (
        f"left into right and right into left at {size:.3f}"
        if swapped
        else f"(L + R) / 2 at {size:.3f} on both sides"
    )
    evidence = (
        f"the mix holds left and right of {_who(stem)} {done} ({how}); that "
        f"explains {100 * share:.1f} % of the residual"
    )
    again = "with left and right as in the mix" if swapped else "as wide as in the mix"
    return _cause(
        kind,
        stem,
        None,
        share,
        evidence,
        f"export {_who(stem)} again {again}, or the mix as the stems are",
    )


def bus_filter(at_hz: float, peak_db: float, low_db: float, high_db: float, share: float) -> NullCause:
    """An equaliser on the bus of the mix."""
    evidence = (
        f"one filter on all stems explains {100 * share:.2f} % of the residual: "
        f"{signed(peak_db, 1)} dB near {at_hz:.0f} Hz, "
        f"from {signed(low_db, 1)} to {signed(high_db, 1)} dB where there is signal"
    )
    return _cause(
        "bus_processing",
        None,
        peak_db,
        share,
        evidence,
        "ask for a mix without the equaliser or filter on its bus; its curve is in the evidence",
    )


def bus_dynamics(low_db: float, high_db: float, correlation: float, share: float) -> NullCause:
    """A compressor or the like on the bus of the mix."""
    sense = (
        "the louder the lower: a compressor or limiter"
        if correlation < 0
        else "the louder the higher: an expander"
    )
    evidence = (
        f"one moving gain for all stems, {signed(low_db, 1)} to {signed(high_db, 1)} dB, "
        f"explains {100 * share:.1f} % of the residual "
        f"and follows the level with a correlation of {signed(correlation)} ({sense})"
    )
    return _cause(
        "bus_processing",
        None,
        high_db - low_db,
        share,
        evidence,
        "ask for a mix with the compressor or limiter of its bus switched off, faders untouched",
    )


def bus_curve(hard: bool, ceiling_dbfs: float, odd_left_db: float, share: float) -> NullCause:
    """A clipper or saturation on the bus of the mix."""
    shape = (
        f"a clipper: up to {signed(ceiling_dbfs, 2)} dBFS mix and stems agree, beyond it the mix stays"
        if hard
        else f"saturation: an odd polynomial of degree 9 leaves {signed(odd_left_db, 1)} dB re the mix"
    )
    evidence = (
        f"one curve from the stems' sum to the mix explains {100 * share:.2f} % of the residual, {shape}"
    )
    return _cause(
        "bus_processing",
        None,
        ceiling_dbfs,
        share,
        evidence,
        "ask for a mix with the clipper or saturation of its bus switched off, faders untouched",
        unit=CAUSES["bus_processing"].units.index("dBFS"),
    )


def resampled(from_hz: float, share: float) -> NullCause:
    """A mix that went through another sample rate."""
    evidence = (
        f"the mix ends at {from_hz:.0f} Hz, as by a filter, where the stems go on: it was converted "
        "between sample rates"
    )
    return _cause(
        "resampled",
        None,
        from_hz,
        share,
        evidence,
        "ask for stems and mix bounced at the project's own sample rate, without conversion",
    )


def drift(stem: str | None, ppm: float, share: float) -> NullCause:
    """Clocks that run apart."""
    evidence = (
        f"the lag of {_who(stem)} against the mix grows as a line, {signed(ppm, 2)} ppm "
        f"({signed(ppm * 0.06, 2)} ms a minute); undoing that explains {100 * share:.1f} % of the residual"
    )
    return _cause(
        "clock_drift",
        stem,
        ppm,
        share,
        evidence,
        f"export {_who(stem)} again from the project that made the mix, at its rate, in one offline pass",
    )


def unknown(best_share: float, level_dbfs: float) -> NullCause:
    """Nothing explains enough."""
    evidence = (
        f"the residual is {signed(level_dbfs, 1)} dBFS; the best single explanation covers "
        f"{100 * best_share:.0f} % of it"
    )
    return _cause(
        "unknown",
        None,
        None,
        0.5,
        evidence,
        "bounce mix and stems again in one pass, with all bus processing off",
    )
