"""What a search found, put into causes: only what far outweighs what remains unexplained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording
from engine.nulltest.hypotheses import ABSENT_BELOW
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import SMALLEST_SHIFT, Placing
from engine.report.null_causes import Channel, NullCause
from engine.units import db_from_gain

Doubles = NDArray[np.float64]

#: Gains nearer to 0 dB than this are not told.
_SMALLEST_GAIN_DB = 0.02
#: A gain that is to be corrected is this many times (amplitude) what remains could lend the stem …
_FAR_MORE = 10.0
#: … a polarity or an absence this many times.
_MORE = 3.0
#: An offset is told when what remains is at most this part of the stem's own energy.
_OFFSET_LEAVES = 0.01
#: … and what remains could shift a fraction by no more than this, or a whole offset seems off by no more
#: than that, samples.
_FRACTION_WITHIN, _WHOLE_WITHIN = 0.03, 0.02
#: … and a gain is told when what remains could change it by no more than this part (0.09 dB).
_GAIN_WITHIN = 0.01
#: A gain is known when it could not be off by more than a tenth of this (0.17 dB).
_SURE_GAIN = 0.02
#: An offset beside a clock of the whole mix is told as a whole one within this, and from this on, samples.
_WHOLE_BESIDE_CLOCK, _LEAST_BESIDE_CLOCK = 0.05, 1.0
#: Gains (dB) and offsets (samples) that differ by less than this are alike.
_ALIKE_DB, _ALIKE_SAMPLES = 0.02, 0.01


#: A cause is named when what it leaves is at most this part of the residual's energy (−10 dB).
EXPLAINS_TO = 0.1


@dataclass(frozen=True)
class Named:
    """An explanation.

    Attributes:
        causes: most likely first.
        left: energy of an excerpt's residual that it leaves.
        penalty: for its freedom, ≥ 1.
    """

    causes: tuple[NullCause, ...]
    left: float
    penalty: float = 1.0


def name_stems(stage: Stage, gains: Doubles, left: float, start: float) -> tuple[NullCause, ...]:
    """Causes of the places and gains of stems.

    Args:
        stage: with the stems placed.
        gains: `(stems,)` linear gains that the search has found.
        left: energy that remains with that.
        start: energy of the residual before.
    """
    names = [spec.name for spec in stage.specs.stems]
    if len(names) > 1 and np.all(np.abs(gains) < ABSENT_BELOW):
        return ()  # a mix that holds none of them is elsewhere, or another song
    share = 1.0 - min(1.0, left / max(start, 1e-300))
    sizes, believed = _told_gains(stage, gains, left)
    causes = _gain_causes(names, sizes, believed, share)
    present = np.abs(gains) >= ABSENT_BELOW
    clocks = {
        name: place.ppm for name, place, there in zip(names, stage.places, present, strict=True) if there
    }
    causes += _clock_causes(clocks, share)
    # a stem on a clock of its own has no place; where all share one they have that of its beginning
    shared = any(cause.kind == "clock_drift" and cause.stem is None for cause in causes)
    offsets = np.array(
        [
            place.offset if there and (shared or not place.ppm) else 0.0
            for place, there in zip(stage.places, present, strict=True)
        ]
    )
    told = np.array(
        [
            _told_offset(stage, number, float(gain), left) if offsets[number] else 0.0
            for number, gain in enumerate(gains)
        ]
    )
    # what most stems share is believed of all of them when it is believed of one
    for number in np.flatnonzero(told):
        alike = np.abs(offsets - told[number]) < _ALIKE_SAMPLES
        if 2 * int(alike.sum()) > len(offsets):
            told[alike] = told[number]
    # what is left over of a move that was taken back is none
    offsets = np.where(np.abs(told) < SMALLEST_SHIFT, 0.0, told)
    own_clock = np.array([place.ppm != 0.0 and not shared for place in stage.places])
    causes += offset_causes(names, offsets, own_clock, stage.sample_rate, share)
    common_db = sum(cause.amount or 0.0 for cause in causes if cause.kind == "gain" and cause.stem is None)
    causes += _side_causes(stage, gains, left, share, 10.0 ** (common_db / 20.0))
    causes += _form_causes(names, stage.places, gains, share)
    return tuple(causes)


def _told_offset(stage: Stage, number: int, gain: float, left: float) -> float:
    """The offset of a stem, where it is sure; 0 where it is not.

    What remains could lend the derivative of the stem no more than it holds itself: that bounds by how
    far the offset may be off.
    """
    power = gain**2 * float(stage.gram[number, number])
    slope = stage.slope(number)
    steep = gain**2 * float(np.vdot(slope, slope).real)
    if left > _OFFSET_LEAVES * power or steep <= 0.0:
        return 0.0
    place, uncertain = stage.places[number], float(np.sqrt(left / steep))
    if place.fraction:
        return place.offset if uncertain < _FRACTION_WITHIN else 0.0
    rest = stage.mix - stage.total(stage.gains()[0])
    step = float(np.vdot(slope, rest).real) * gain / steep
    return place.offset if uncertain < _FRACTION_WITHIN or abs(step) < _WHOLE_WITHIN else 0.0


def _told_gains(stage: Stage, gains: Doubles, left: float) -> tuple[Doubles, NDArray[np.bool_]]:
    """Gains that are believed, 1 elsewhere, −1 where the polarity alone is; and where the size is."""
    powers = stage.energies()
    # what remains can lend a stem no more than the gain at which the stem alone would hold all of it
    most = np.sqrt(left / np.maximum(powers, 1e-300))
    told, believed = np.ones(len(gains)), np.zeros(len(gains), np.bool_)
    for number, gain in enumerate(gains):
        if powers[number] <= 0.0 or _has_own_gain(stage, number):
            continue
        size, sign = abs(gain), 1.0
        if gain < -ABSENT_BELOW and abs(gain - 1.0) > _MORE * most[number]:
            sign = -1.0
        if size < ABSENT_BELOW and _MORE * most[number] < 1.0:
            told[number], believed[number] = gain, True
            continue
        if gain < 0.0 and sign > 0.0:
            continue
        db = abs(20.0 * np.log10(max(size, 1e-9)))
        # a gain that stands at unity for sure is believed as well
        far_more = max(abs(size - 1.0), _SURE_GAIN) > _FAR_MORE * most[number]
        believed[number] = far_more and most[number] < _GAIN_WITHIN * size
        told[number] = sign * (size if believed[number] and db > _SMALLEST_GAIN_DB else 1.0)
    # what most stems share is believed of all of them when it is believed of one
    whole = np.array([not _has_own_gain(stage, number) for number in range(len(gains))])
    for size in np.abs(told[believed & (np.abs(told) >= ABSENT_BELOW) & (np.abs(told) != 1.0)]):
        alike = whole & (np.abs(np.abs(gains) / size - 1.0) < _GAIN_WITHIN)
        if 2 * int(alike.sum()) > len(gains):
            told[alike] = np.sign(told[alike]) * size
            believed |= alike
            break
    return told, believed


def _has_own_gain(stage: Stage, number: int) -> bool:
    """Whether another cause of a stem tells its gain."""
    place = stage.places[number]
    return place.form == "mono_fold" or place.is_lopsided or number in stage.shapes


def _side_causes(stage: Stage, gains: Doubles, left: float, share: float, common: float) -> list[NullCause]:
    """Polarity and gain of single channels, by the rules of those of whole stems.

    Args:
        stage: with the stems placed.
        gains: `(stems,)` linear gains that the search has found.
        left: energy that remains with that.
        share: part of the residual that is explained.
        common: gain of all stems that is told already.
    """
    causes = []
    for number, place in enumerate(stage.places):
        if not place.is_lopsided:
            continue
        row = stage.rows[number]
        powers = [float(np.vdot(part, part)) * gains[number] ** 2 for part in (row.real, row.imag)]
        sizes = [float(side * gains[number]) / common for side in place.sides]
        told = [
            _told_side(size, float(np.sqrt(left / max(power, 1e-300))) * abs(size))
            for size, power in zip(sizes, powers, strict=True)
        ]
        causes += _one_stem(stage.specs.stems[number].name, told, share)
    return causes


def _told_side(size: float, most: float) -> float | None:
    """A channel's gain where it is sure, 1 where it is not, None where the mix does not hold the channel.

    Args:
        size: of the gain.
        most: what remains could change it by no more.
    """
    if abs(size) < ABSENT_BELOW:
        return None if _MORE * most < 1.0 else 1.0
    sign = -1.0 if size < 0.0 and abs(size - 1.0) > _MORE * most else 1.0
    sure = max(abs(abs(size) - 1.0), _SURE_GAIN) > _FAR_MORE * most and most < _GAIN_WITHIN * abs(size)
    return sign * (abs(size) if sure and abs(20.0 * np.log10(abs(size))) > _SMALLEST_GAIN_DB else 1.0)


def _one_stem(name: str, told: Sequence[float | None], share: float) -> list[NullCause]:
    channels: tuple[Channel, Channel] = ("left", "right")
    if all(gain is not None and gain < 0.0 for gain in told):
        both = [wording.polarity(name, share)]
        return both + _one_stem(name, [None if gain is None else -gain for gain in told], share)
    causes = []
    for gain, channel in zip(told, channels, strict=True):
        if gain is None:
            causes.append(wording.channel_absent(name, channel, share))
            continue
        if gain < 0.0:
            causes.append(wording.polarity(name, share, channel))
        if abs(gain) != 1.0:
            causes.append(wording.gain(name, 20.0 * float(np.log10(abs(gain))), share, channel))
    return causes


def _clock_causes(ppm: Mapping[str, float], share: float) -> list[NullCause]:
    values = list(ppm.values())
    if len(values) > 1 and all(values) and np.ptp(values) < 0.5:
        return [wording.drift(None, float(np.median(values)), share)]
    return [wording.drift(name, value, share) for name, value in ppm.items() if value]


def offset_causes(
    names: Sequence[str],
    offsets: Doubles,
    own_clock: NDArray[np.bool_],
    sample_rate: int,
    share: float,
) -> list[NullCause]:
    """What most stems have in common told once, the others on top; none on a clock of its own."""
    causes = []
    judged = offsets[~own_clock]
    common = float(np.median(judged)) if judged.size else 0.0
    alike = own_clock | (np.abs(offsets - common) < _ALIKE_SAMPLES)
    several = 2 * int((alike & ~own_clock).sum()) > judged.size or bool(alike.all())
    if common and several and int((alike & ~own_clock).sum()) > 1:
        causes.append(wording.offset(None, common, sample_rate, share))
        offsets = np.where(alike, 0.0, offsets - common)
    return causes + [
        wording.offset(name, float(offset), sample_rate, share)
        for name, offset, running in zip(names, offsets, own_clock, strict=True)
        if offset != 0.0 and not running
    ]


def started_together(causes: tuple[NullCause, ...], sample_rate: int) -> tuple[NullCause, ...]:
    """Causes of which an offset beside a clock of the whole mix is that at which both start.

    Such an offset is that at the mix's first frame. Where the mix was moved once it was on its clock, and
    begins after the stems, theirs is where they meet; which of the two it was is told by which is a whole
    number of frames. One below a frame is the clock's own uncertainty.

    Args:
        causes: all of them.
        sample_rate: Hz.
    """
    ppm = next((c.amount for c in causes if c.kind == "clock_drift" and c.stem is None and c.amount), None)
    if ppm is None:
        return causes
    found = []
    for cause in causes:
        if cause.kind != "offset" or cause.amount is None:
            found.append(cause)
            continue
        at_first = [cause.amount]
        if cause.stem is None:
            at_first.append(cause.amount / (1.0 - 1e-6 * ppm))
        whole = [round(one) for one in at_first if abs(one - round(one)) <= _WHOLE_BESIDE_CLOCK]
        told = float(whole[0]) if whole else cause.amount
        if abs(told) >= _LEAST_BESIDE_CLOCK:
            found.append(wording.offset(cause.stem, told, sample_rate, cause.confidence))
    return tuple(found)


def _form_causes(
    names: Sequence[str], places: Sequence[Placing], gains: Doubles, share: float
) -> list[NullCause]:
    found: list[tuple[str, str | None, float]] = [
        (place.form, name, float(gain))
        for name, place, gain in zip(names, places, gains, strict=True)
        if place.form and abs(gain) > ABSENT_BELOW
    ]
    if len(found) == len(names) > 1 and len({form for form, _, _ in found}) == 1:
        found = [(found[0][0], None, found[0][2])]
    return [wording.channels(form, name, gain, share) for form, name, gain in found]


def _gain_causes(
    names: Sequence[str], gains: Doubles, believed: NDArray[np.bool_], share: float
) -> list[NullCause]:
    """Polarity, absence and gain of each stem; what most have in common told once; the largest first."""
    causes: list[tuple[float, NullCause]] = []
    heard = np.abs(gains) >= ABSENT_BELOW
    levels = np.where(heard, 20.0 * np.log10(np.maximum(np.abs(gains), 1e-9)), 0.0)
    sure = heard & believed
    if sure.sum() > 1:
        common = float(np.median(levels[sure]))
        alike = heard & ((np.abs(levels - common) < _ALIKE_DB) | ~believed)
        if 2 * int((alike & sure).sum()) > int(sure.sum()) and abs(common) > _SMALLEST_GAIN_DB:
            causes.append((3.0, wording.gain(None, float(np.mean(levels[alike & sure])), share)))
            levels = np.where(alike, 0.0, levels - common)
    if len(names) > 1 and np.all(gains < -ABSENT_BELOW):
        causes.append((2.0, wording.polarity(None, share)))
        gains = -gains
    for name, gain, db, there in zip(names, gains, levels, heard, strict=True):
        if not there:
            causes.append((1.0, wording.extra(name, db_from_gain(abs(gain)), share)))
            continue
        if gain < 0.0:
            causes.append((2.0, wording.polarity(name, share)))
        if abs(db) > _SMALLEST_GAIN_DB:
            size = abs(10.0 ** (db / 20.0) - 1.0)
            causes.append((size, wording.gain(name, float(db), share)))
    return [cause for _, cause in sorted(causes, key=lambda pair: -pair[0])]
