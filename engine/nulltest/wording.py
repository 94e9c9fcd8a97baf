"""Causes of single stems with their figures and what to do about them, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.report.null_causes import CAUSES, Channel, NullCause
from engine.units import number_text

#: Names of what a gain common to all stems usually comes from, by magnitude in dB.
_PAN_LAWS = {3.01: "a −3 dB pan law", 4.5: "a −4.5 dB pan law", 6.02: "a −6 dB pan law or a mono sum"}
_PAN_LAW_WITHIN_DB = 0.06
_MOST_CONFIDENT = 0.99
#: A gain at which nothing is left of a sound.
GONE_DB = -40.0


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, minus as a minus."""
    return number_text(value, digits, signed=True)


def cause_of(
    kind: str,
    stem: str | None,
    amount: float | None,
    share: float,
    evidence: str,
    fix: str,
    unit: int = 0,
    channel: Channel | None = None,
) -> NullCause:
    """A cause; `unit`: the number of the amount's unit among those of the kind."""
    confidence = round(max(0.0, min(_MOST_CONFIDENT, share)), 3)
    told = None if amount is None else CAUSES[kind].units[unit]
    return NullCause(kind, stem, amount, told, confidence, evidence, fix, channel)


def _who(stem: str | None) -> str:
    return "all stems" if stem is None else f"the stem '{stem}'"


def explains(share: float) -> str:
    """How much of the residual is explained, with all that is named beside it."""
    part = "more than 99.9" if share > 0.999 else f"{100 * share:.1f}"
    return f"with all that is named here, {part} % of the difference is explained"


def gain(stem: str | None, amount_db: float, share: float, channel: Channel | None = None) -> NullCause:
    """A stem (None: all alike), or one channel of it, that the mix holds at another level."""
    louder = "louder" if amount_db > 0.0 else "quieter"
    which = "" if channel is None else f"the {channel} channel of "
    evidence = (
        f"the mix has {which}{_who(stem)} {abs(amount_db):.2f} dB {louder} than "
        f"{'their files do' if stem is None else 'its file does'}; {explains(share)}"
    )
    law = next(
        (name for size, name in _PAN_LAWS.items() if abs(abs(amount_db) - size) < _PAN_LAW_WITHIN_DB), None
    )
    if stem is None and law is not None:
        evidence += f", and the size is that of {law}"
    if stem is not None and abs(amount_db - 6.0206) < 0.02:
        evidence += ", as if the mix held it twice"
    fix = f"set {_who(stem)} {signed(amount_db, 3)} dB"
    if channel is not None:
        fix = f"export {_who(stem)} again with the pan and the channel gains of the mix"
    return cause_of("gain", stem, amount_db, share, evidence, fix, channel=channel)


def channel_absent(stem: str, channel: Channel, share: float) -> NullCause:
    """A stem of which the mix holds the other channel only."""
    evidence = (
        f"the mix holds nothing of the {channel} channel of {_who(stem)}, and the other one is there; "
        f"{explains(share)}"
    )
    fix = (
        f"export {_who(stem)} again with the pan of the mix; where it is one side of a pair of mono files, "
        "join the pair into one stem"
    )
    return cause_of("gain", stem, None, share, evidence, fix, channel=channel)


def polarity(stem: str | None, share: float, channel: Channel | None = None) -> NullCause:
    """A stem (None: all), or one channel of it, of inverted polarity."""
    which = "" if channel is None else f"the {channel} channel of "
    evidence = f"the mix holds {which}{_who(stem)} with the opposite polarity; {explains(share)}"
    fix = f"invert the polarity of {_who(stem)}"
    if channel is not None:
        fix = f"export {_who(stem)} again with the polarity of its {channel} channel as in the mix"
    return cause_of("polarity", stem, None, share, evidence, fix, channel=channel)


def offset(stem: str | None, samples: float, sample_rate: int, share: float) -> NullCause:
    """A stem (None: all alike) that starts at another time."""
    whole = samples == round(samples)
    size = f"{abs(samples):.0f}" if whole else f"{abs(samples):.3f}"
    late = "later" if samples > 0 else "earlier"
    evidence = (
        f"the mix has {_who(stem)} {size} samples "
        f"({_time(abs(samples) / sample_rate)}) {late}; {explains(share)}"
    )
    note = "" if whole else " (a fractional delay is a filter: a new bounce is better)"
    return cause_of(
        "offset", stem, samples, share, evidence, f"move {_who(stem)} {size} samples {late}{note}"
    )


def _time(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds >= 1.0 else f"{seconds * 1000:.3f} ms"


def extra(stem: str, level_db: float, share: float) -> NullCause:
    """A stem that the mix does not hold."""
    evidence = f"the mix holds '{stem}' at {signed(level_db, 1)} dB of its level, which is not at all"
    return cause_of(
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
    return cause_of(
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
    return cause_of(
        "missing_stem",
        None,
        level_dbfs,
        share,
        evidence,
        "ask for the stem that is missing (often a return track): mix minus stems is its sound, listen to it",
    )


@dataclass(frozen=True)
class _FormWords:
    """How a form of channels is told: what was done, the figure, and how to export again."""

    done: str
    how: str
    again: str


_FORM_WORDS: Mapping[str, _FormWords] = {
    "channel_swap": _FormWords(
        "exchanged", "left into right and right into left at {:.3f}", "with left and right as in the mix"
    ),
    "mono_fold": _FormWords("summed to mono", "(L + R) / 2 at {:.3f} on both sides", "as wide as in the mix"),
}


def channels(kind: str, stem: str | None, size: float, share: float) -> NullCause:
    """Channels in another form, one of `engine.nulltest.placing.FORMS`; `size`: its gain in the mix."""
    words = _FORM_WORDS[kind]
    evidence = (
        f"the mix holds left and right of {_who(stem)} {words.done} ({words.how.format(size)}); that "
        f"explains {100 * share:.1f} % of the residual"
    )
    return cause_of(
        kind,
        stem,
        None,
        share,
        evidence,
        f"export {_who(stem)} again {words.again}, or the mix as the stems are",
    )


def drift(stem: str | None, ppm: float, share: float) -> NullCause:
    """Clocks that run apart."""
    evidence = (
        f"the lag of {_who(stem)} against the mix grows as a line, {signed(ppm, 2)} ppm "
        f"({signed(ppm * 0.06, 2)} ms a minute); undoing that explains {100 * share:.1f} % of the residual"
    )
    return cause_of(
        "clock_drift",
        stem,
        ppm,
        share,
        evidence,
        f"export {_who(stem)} again from the project that made the mix, at its rate, in one offline pass",
    )


def span_text(low_db: float, high_db: float) -> str:
    low = "down to silence" if low_db <= GONE_DB else f"from {signed(low_db, 1)} dB"
    return (
        f"{low}, up to {signed(high_db, 1)} dB" if low_db <= GONE_DB else f"{low} to {signed(high_db, 1)} dB"
    )


def stem_dynamics(stem: str, low_db: float, high_db: float, follows: str, share: float) -> NullCause:
    """One stem whose gain moves in the mix and not in its file; `follows`: what it is steered by, or ""."""
    farthest = low_db if abs(low_db) > abs(high_db) else high_db
    evidence = (
        f"in the mix the gain of '{stem}' moves, {span_text(low_db, high_db)}, and in its file it stands; "
        f"{explains(share)}"
    )
    if follows:
        evidence += f"; {follows}"
    return cause_of(
        "stem_processing",
        stem,
        None if farthest <= GONE_DB else farthest,
        share,
        evidence,
        f"export '{stem}' again as it sounds in the mix: with its automation, mutes, inserts and its "
        "side-chain, the key track playing while it is exported",
    )


def stem_filter(
    stem: str, at_hz: float, peak_db: float, low_db: float, high_db: float, share: float
) -> NullCause:
    """One stem that is filtered in the mix and not in its file."""
    evidence = (
        f"in the mix '{stem}' is filtered and in its file it is not: {signed(peak_db, 1)} dB "
        f"near {at_hz:.0f} Hz, "
        f"from {signed(low_db, 1)} to {signed(high_db, 1)} dB where it sounds; {explains(share)}"
    )
    return cause_of(
        "stem_processing",
        stem,
        peak_db,
        share,
        evidence,
        f"export '{stem}' again with the inserts that it has in the mix",
    )


def differs(stem: str, level_dbfs: float, alike: float, share: float) -> NullCause:
    """A stem that the mix holds as something like it."""
    evidence = (
        f"the mix holds at {signed(level_dbfs, 1)} dBFS something that sounds where and how '{stem}' does "
        f"(their spectra along the song agree with {alike:.2f}) and is not its sound sample by sample: "
        "another take, or modulation that runs freely (chorus, random LFOs, round robin)"
    )
    return cause_of(
        "stem_differs",
        stem,
        None,
        share,
        evidence,
        f"ask for '{stem}' rendered in the same pass as the mix, or printed to audio first and then both "
        "exported from the print",
    )


def mono_file(stem: str, share: float) -> NullCause:
    """A stem exported in mono that the mix holds in stereo."""
    evidence = (
        f"'{stem}' is mono, what remains is the same in left and right but for its sign, and sounds where "
        f"'{stem}' does: the mix holds it in stereo; {explains(share)}"
    )
    return cause_of(
        "mono_fold", stem, None, share, evidence, f"export '{stem}' again in stereo, as wide as in the mix"
    )


def wrong_rate(stem: str, true_rate: float, sample_rate: int, explained: float) -> NullCause:
    """A stem whose samples were taken at another rate than its file says."""
    runs = "slow" if true_rate > sample_rate else "fast"
    evidence = (
        f"'{stem}' fits the mix when its samples are taken as {true_rate:.0f} Hz (that explains "
        f"{100 * explained:.0f} % of it); played at {sample_rate} Hz it runs {runs} by "
        f"{abs(true_rate / sample_rate - 1.0) * 100:.1f} % and its pitch is off by as much"
    )
    return cause_of(
        "resampled",
        stem,
        true_rate,
        explained,
        evidence,
        f"ask for '{stem}' at {sample_rate} Hz: its samples were taken at {true_rate:.0f} Hz",
    )


def varispeed(stem: str, ppm: float, explained: float) -> NullCause:
    """A stem that runs at another speed."""
    evidence = (
        f"'{stem}' fits the mix when it is stretched by {signed(ppm / 10_000, 2)} % (that explains "
        f"{100 * explained:.0f} % of it): a pull-up, a pull-down or a film speed"
    )
    return cause_of(
        "clock_drift",
        stem,
        ppm,
        explained,
        evidence,
        f"export '{stem}' again from the project that made the mix, at its speed and rate",
    )
