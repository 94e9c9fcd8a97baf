"""Causes of the whole mix, of files and of the set, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from engine.nulltest.wording import GONE_DB, cause_of, signed, span_text
from engine.report.null_causes import CAUSES, NullCause
from engine.units import db_from_gain, seconds_text


def dither(bits: int, level_dbfs: float, expected_dbfs: float) -> NullCause:
    """Rounding noise."""
    evidence = (
        f"the residual is steady, even in all bands and at {signed(level_dbfs, 1)} dBFS; "
        f"{bits}-bit dither in all files makes {signed(expected_dbfs, 1)} dBFS at most"
    )
    return cause_of(
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
    return cause_of(
        "length",
        stem,
        short_by_s,
        share,
        evidence,
        f"export {what} again over the whole length of the song, tails included",
    )


def bus_filter(at_hz: float, peak_db: float, low_db: float, high_db: float, share: float) -> NullCause:
    """An equaliser on the bus of the mix."""
    evidence = (
        f"one filter on all stems explains {100 * share:.2f} % of the residual: "
        f"{signed(peak_db, 1)} dB near {at_hz:.0f} Hz, "
        f"from {signed(low_db, 1)} to {signed(high_db, 1)} dB where there is signal"
    )
    return cause_of(
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
    return cause_of(
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
    return cause_of(
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
    return cause_of(
        "resampled",
        None,
        from_hz,
        share,
        evidence,
        "ask for stems and mix bounced at the project's own sample rate, without conversion",
    )


def mix_edit(low_db: float, high_db: float, share: float) -> NullCause:
    """A fade, a gap or a level ride of the whole mix."""
    farthest = low_db if abs(low_db) > abs(high_db) else high_db
    evidence = (
        f"one gain of all stems, moved as slowly as by hand or switched off altogether, "
        f"explains {100 * share:.1f} % of the residual: {span_text(low_db, high_db)}"
    )
    return cause_of(
        "mix_edit",
        None,
        None if farthest <= GONE_DB else farthest,
        share,
        evidence,
        "ask for the mix before fades, cuts and level rides, or for stems that went through them too",
    )


def cut_out(at_s: float, by_s: float, share: float) -> NullCause:
    """A part that was taken out of the mix, or put in, so that all that follows stands elsewhere."""
    done, moved = ("taken out", "earlier") if by_s < 0.0 else ("put in", "later")
    evidence = (
        f"up to {seconds_text(at_s)} mix and stems agree in time, from there on the mix has all stems "
        f"{abs(by_s):.3f} s {moved}: something was {done} there"
    )
    return cause_of(
        "mix_edit",
        None,
        by_s,
        share,
        evidence,
        "ask for the mix before it was cut, or for stems that were cut in the same places",
        unit=CAUSES["mix_edit"].units.index("s"),
    )


def dc(stem: str | None, left: float, right: float, share: float) -> NullCause:
    """A constant in the mix (None) or in a stem that the other has not."""
    where = "the mix" if stem is None else f"'{stem}'"
    other = "the stems have not" if stem is None else "the mix has not"
    size = left if abs(left) >= abs(right) else right
    evidence = (
        f"{where} carries a constant that {other}: left {signed(100 * left, 2)} %, right "
        f"{signed(100 * right, 2)} % of full scale ({db_from_gain(abs(size)):.1f} dBFS)".replace("(-", "(−")
    )
    return cause_of(
        "dc",
        stem,
        -size,
        share,
        evidence,
        f"ask for {where} without DC: a high-pass at 5 to 10 Hz before the export, or the plug-in off that "
        "makes it",
    )


def printed(stem: str, parts: Sequence[str], of_mix: bool, share: float) -> NullCause:
    """A sum of other stems that lies with them."""
    what = "the whole mix" if of_mix else "the sum of " + ", ".join(f"'{part}'" for part in parts)
    evidence = f"'{stem}' is {what}: with it in the set these are there twice"
    return cause_of(
        "print_among_stems",
        stem,
        None,
        share,
        evidence,
        f"take '{stem}' out of the set: it is a print, not a stem",
    )


def unknown(best_share: float, level_dbfs: float) -> NullCause:
    """Nothing explains enough."""
    evidence = (
        f"the residual is {signed(level_dbfs, 1)} dBFS; the best single explanation covers "
        f"{100 * best_share:.0f} % of it"
    )
    return cause_of(
        "unknown",
        None,
        None,
        0.5,
        evidence,
        "bounce mix and stems again in one pass, with all bus processing off",
    )
