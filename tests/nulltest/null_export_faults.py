"""More faults for the injector: what a stranger's export does to stems and mix beyond gains and short lags.

`ALL_FAULTS` holds these and those of `null_faults`, in the order in which they happen. The kind that is
expected may name a channel: `"polarity right"`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.signal
from null_faults import FAULTS, RATE, Case, Doubles, _signed, _some_stem, _wide_stem, inject_into, song


def _replace_in_mix(case: Case, name: str, by: Doubles) -> None:
    """The mix holds something else instead of a stem; what was done to lengths before stays as it is."""
    frames = len(case.mix)
    for sign, sound in ((-1.0, case.stems[name]), (1.0, by)):
        part = sound[:frames]
        case.mix = case.mix + sign * np.pad(part, ((0, frames - len(part)), (0, 0)))


def _seconds(random: Any, low: float, high: float) -> int:
    return round(random.uniform(low, high) * RATE)


def late_start(random: Any, case: Case) -> None:
    """A stem exported from its first region: the silence before it is missing in its file."""
    name, by = _some_stem(random, case), _seconds(random, 1.2, 6.0)
    held = case.stems[name].copy()
    held[:by] = 0.0
    _replace_in_mix(case, name, held)
    case.stems[name] = np.concatenate((held[by:], np.zeros((by, 2))))
    case.expected.append(("offset", name, float(by)))


def pre_roll(random: Any, case: Case) -> None:
    """A stem exported with a count-in before it that the mix has not."""
    name, by = _some_stem(random, case), _seconds(random, 1.2, 9.5)
    case.stems[name] = np.concatenate((np.zeros((by, 2)), case.stems[name]))
    case.expected.append(("offset", name, -float(by)))


def several_late(random: Any, case: Case) -> None:
    late_start(random, case)
    late_start(random, case)


def mix_late(random: Any, case: Case) -> None:
    """The mix begins with a count-in that no stem has."""
    by = _seconds(random, 1.2, 9.5)
    case.mix = np.concatenate((np.zeros((by, 2)), case.mix))
    case.expected.append(("offset", None, float(by)))


def mix_trimmed(random: Any, case: Case) -> None:
    """The silence before the song is missing in the mix."""
    by = _seconds(random, 1.2, 4.0)
    for name in case.stems:
        case.stems[name] = np.concatenate((np.zeros((by, 2)), case.stems[name]))
    case.expected.append(("offset", None, -float(by)))


def side_inverted(random: Any, case: Case) -> None:
    name, side = _some_stem(random, case), int(random.integers(2))
    held = case.stems[name].copy()
    held[:, side] *= -1.0
    _replace_in_mix(case, name, held)
    case.expected.append((f"polarity {('left', 'right')[side]}", name, None))


def side_gain(random: Any, case: Case) -> None:
    name, side, db = _some_stem(random, case), int(random.integers(2)), _signed(random, 0.7, 9.0)
    held = case.stems[name].copy()
    held[:, side] *= 10 ** (db / 20)
    _replace_in_mix(case, name, held)
    case.expected.append((f"gain {('left', 'right')[side]}", name, db))


def mono_file(random: Any, case: Case) -> None:
    """A stem exported in mono that is stereo in the mix."""
    name = _wide_stem(random, case)
    case.stems[name] = np.repeat(case.stems[name].mean(axis=1, keepdims=True), 2, axis=1)
    case.expected.append(("mono_fold", name, None))


def _smooth_steps(frames: int, edges: list[tuple[int, int]], fade: int = 960) -> Doubles:
    """1 everywhere, 0 between the edges, with fades."""
    shape = np.ones(frames)
    for first, last in edges:
        shape[first:last] = 0.0
    return np.asarray(np.clip(np.convolve(shape, np.hanning(fade) / np.hanning(fade).sum(), "same"), 0, 1))


def muted_part(random: Any, case: Case) -> None:
    name, frames = _some_stem(random, case), len(case.mix)
    loud = np.convolve((case.stems[name] ** 2).sum(1)[::480], np.ones(100), "same")
    centre = 480 * int(random.choice(np.flatnonzero(loud > 0.5 * loud.max())))
    half = _seconds(random, 0.6, 2.0)
    shape = _smooth_steps(len(case.stems[name]), [(max(0, centre - half), min(frames, centre + half))])
    _replace_in_mix(case, name, case.stems[name] * shape[:, None])
    case.expected.append(("stem_processing", name, None))


def automation(random: Any, case: Case) -> None:
    name = _some_stem(random, case)
    frames = len(case.stems[name])
    knots = np.linspace(0, frames, int(random.integers(4, 9)))
    levels = random.uniform(-8.0, 3.0, len(knots))
    levels[0] = 0.0
    gains = 10 ** (np.interp(np.arange(frames), knots, levels) / 20)
    _replace_in_mix(case, name, case.stems[name] * gains[:, None])
    case.expected.append(("stem_processing", name, None))


def _envelope(samples: Doubles, release_s: float) -> Doubles:
    """Peaks that fall with a time constant, 1 at the highest."""
    pole = np.exp(-1 / (release_s * RATE / 48))
    peaks = np.abs(samples[: len(samples) // 48 * 48]).max(axis=1).reshape(-1, 48).max(axis=1)
    level, held = 0.0, np.empty_like(peaks)
    for index, peak in enumerate(peaks.tolist()):
        level = max(peak, level * pole)
        held[index] = level
    at = np.arange(len(samples))
    return np.interp(at, (np.arange(len(held)) + 0.5) * 48, held) / max(held.max(), 1e-9)


def duck(random: Any, case: Case) -> None:
    """A stem that another one ducks in the mix."""
    name = _some_stem(random, case)
    key = str(random.choice([other for other in case.stems if other != name]))
    depth = random.uniform(3.0, 15.0)
    shape = _envelope(case.stems[key], random.uniform(0.05, 0.3))[: len(case.stems[name])]
    shape = np.pad(shape, (0, len(case.stems[name]) - len(shape)))
    _replace_in_mix(case, name, case.stems[name] * (10 ** (-depth * shape / 20))[:, None])
    case.expected.append(("stem_processing", name, None))


def stem_comp(random: Any, case: Case) -> None:
    """A compressor that is on in the mix and off in the export."""
    name = _some_stem(random, case)
    level = 20 * np.log10(_envelope(case.stems[name], random.uniform(0.05, 0.2)) + 1e-4)
    reduction = np.maximum(level + random.uniform(12.0, 24.0), 0.0) * random.uniform(0.4, 0.8)
    _replace_in_mix(case, name, case.stems[name] * (10 ** ((random.uniform(0, 4) - reduction) / 20))[:, None])
    case.expected.append(("stem_processing", name, None))


def stem_eq(random: Any, case: Case) -> None:
    name, db = _some_stem(random, case), _signed(random, 3.0, 9.0)
    at, q = 100.0 * 2.0 ** random.uniform(0, 6), random.uniform(0.5, 1.5)
    a, w = 10 ** (db / 40), 2 * np.pi * at / RATE
    alpha = np.sin(w) / (2 * q)
    b, d = [1 + alpha * a, -2 * np.cos(w), 1 - alpha * a], [1 + alpha / a, -2 * np.cos(w), 1 - alpha / a]
    _replace_in_mix(case, name, scipy.signal.lfilter(b, d, case.stems[name], axis=0))
    case.expected.append(("stem_processing", name, None))


def _delayed(samples: Doubles, by: Doubles) -> Doubles:
    """Samples taken `by` frames earlier, a number for every frame; linear between frames."""
    at = np.clip(np.arange(len(samples)) - by, 0, len(samples) - 2)
    whole = at.astype(int)
    part = (at - whole)[:, None]
    return np.asarray((1 - part) * samples[whole] + part * samples[whole + 1])


def chorus(random: Any, case: Case) -> None:
    """A chorus that runs freely: another phase in the mix than in the stem."""
    name = _some_stem(random, case)
    dry, wet = case.stems[name], random.uniform(0.35, 0.7)
    rate_hz, depth = random.uniform(0.2, 1.5), random.uniform(50.0, 200.0)
    time = np.arange(len(dry)) / RATE
    apart = random.uniform(1.0, 5.0)
    one, two = (
        0.7 * dry + wet * _delayed(dry, 2.2 * depth + depth * np.sin(2 * np.pi * rate_hz * time + phase))
        for phase in (0.0, apart)
    )
    _replace_in_mix(case, name, two)
    case.stems[name] = one
    case.expected.append(("stem_differs", name, None))


def take(random: Any, case: Case) -> None:
    """Another take: the same notes, each some milliseconds early or late, louder or softer."""
    name = _some_stem(random, case)
    frames = len(case.stems[name])
    knots = np.arange(0, frames + RATE, RATE // 3)
    by = np.interp(np.arange(frames), knots, random.uniform(-900.0, 900.0, len(knots)))
    db = np.interp(np.arange(frames), knots, random.uniform(-2.0, 2.0, len(knots)))
    _replace_in_mix(case, name, _delayed(case.stems[name], by) * (10 ** (db / 20))[:, None])
    case.expected.append(("stem_differs", name, None))


def wrong_rate(random: Any, case: Case) -> None:
    """A stem's file says another rate than its samples have: it runs slow or fast."""
    import soxr

    name, ratio = _some_stem(random, case), float(random.choice([44.1 / 48, 2.0]))
    case.stems[name] = soxr.resample(case.stems[name], RATE, RATE * ratio, "VHQ")
    case.expected.append(("resampled", name, None))


def varispeed(random: Any, case: Case) -> None:
    """A stem pulled up or down by a thousandth, or run at 24 for 25 frames."""
    import soxr

    name, ratio = _some_stem(random, case), float(random.choice([1.001, 1 / 1.001, 25 / 24, 24 / 25]))
    case.stems[name] = soxr.resample(case.stems[name], RATE, RATE * ratio, "VHQ")
    case.expected.append(("clock_drift", name, None))


def fade_out(random: Any, case: Case) -> None:
    length = _seconds(random, 2.0, 6.0)
    shape = np.ones(len(case.mix))
    shape[-length:] = np.linspace(1.0, 0.0, length) ** random.choice([0.5, 1.0, 2.0])
    case.mix = case.mix * shape[:, None]
    case.expected.append(("mix_edit", None, None))


def fade_in(random: Any, case: Case) -> None:
    length = _seconds(random, 2.0, 6.0)
    case.mix = case.mix.copy()
    case.mix[:length] *= np.linspace(0.0, 1.0, length)[:, None]
    case.expected.append(("mix_edit", None, None))


def ride(random: Any, case: Case) -> None:
    """The level of the whole mix moved by hand."""
    knots = np.linspace(0, len(case.mix), int(random.integers(4, 8)))
    db = np.interp(np.arange(len(case.mix)), knots, random.uniform(-5.0, 2.0, len(knots)))
    case.mix = case.mix * (10 ** (db / 20))[:, None]
    case.expected.append(("mix_edit", None, None))


def hole(random: Any, case: Case) -> None:
    """A stretch of the mix is silent."""
    first, length = round(len(case.mix) * random.uniform(0.2, 0.6)), _seconds(random, 0.5, 2.0)
    case.mix = case.mix * _smooth_steps(len(case.mix), [(first, first + length)])[:, None]
    case.expected.append(("mix_edit", None, None))


def cut_out(random: Any, case: Case) -> None:
    """Some seconds are cut out of the mix: what comes after stands earlier."""
    first, length = round(len(case.mix) * random.uniform(0.35, 0.6)), _seconds(random, 0.5, 3.0)
    case.mix = np.concatenate((case.mix[:first], case.mix[first + length :]))
    case.expected.append(("mix_edit", None, None))


def parallel(random: Any, case: Case) -> None:
    """The mix holds a squashed copy of itself beside itself."""
    reduction = np.maximum(20 * np.log10(_envelope(case.mix, 0.1) + 1e-4) + 30.0, 0.0) * 0.85
    wet = 10 ** ((random.uniform(6.0, 14.0) - reduction) / 20)
    case.mix = case.mix * (1.0 + 0.5 * wet)[:, None]
    case.expected.append(("bus_processing", None, None))


def dc_in_mix(random: Any, case: Case) -> None:
    case.mix = case.mix + np.array([1.0, random.choice([-1.0, 0.0, 1.0])]) * _signed(random, 0.004, 0.05)
    case.expected.append(("dc", None, None))


def dc_in_stem(random: Any, case: Case) -> None:
    name = _some_stem(random, case)
    case.stems[name] = case.stems[name] + _signed(random, 0.004, 0.05)
    case.expected.append(("dc", name, None))


def printed(random: Any, case: Case) -> None:
    """An instrumental, or the whole mix, lies with the stems."""
    names = list(case.stems)
    left_out = str(random.choice(names)) if random.random() < 0.7 and len(names) > 2 else None
    kept = [case.stems[name] for name in names if name != left_out]
    frames = max(len(samples) for samples in kept)
    case.stems["print"] = np.sum([np.pad(x, ((0, frames - len(x)), (0, 0))) for x in kept], axis=0)
    case.expected.append(("print_among_stems", "print", None))


def reverb_return(random: Any, case: Case) -> None:
    """One reverb that several stems feed, and that is in no stem."""
    length = round(1.2 * RATE)
    tail = random.standard_normal((length, 2)) * np.exp(-np.arange(length) / (0.25 * RATE))[:, None]
    fed = [name for name in case.stems if random.random() < 0.6] or list(case.stems)[:2]
    send = sum(case.stems[name].mean(axis=1) for name in fed if len(case.stems[name]) == len(case.mix))
    wet = scipy.signal.fftconvolve(np.asarray(send)[:, None] * np.ones(2), tail, axes=0)[: len(case.mix)]
    size = np.sqrt(np.mean(case.mix**2) / max(np.mean(wet**2), 1e-12))
    case.mix = case.mix + wet * size * random.uniform(0.1, 0.3)
    case.expected.append(("missing_stem", None, None))


_TO_STEMS = (
    *(late_start, pre_roll, several_late, side_inverted, side_gain, mono_file),
    *(muted_part, automation, duck, stem_comp, stem_eq, chorus, take, wrong_rate, varispeed),
)
_TO_MIX = (reverb_return, parallel, ride, fade_in, fade_out, hole, cut_out, mix_late, mix_trimmed)
_TO_SET = (dc_in_mix, dc_in_stem, printed)
_OLD = list(FAULTS.items())
_ON_THE_WAY = [name for name, _ in _OLD].index("all_late")
EXPORT_FAULTS: dict[str, Callable[[Any, Case], None]] = {
    function.__name__: function for function in (*_TO_STEMS, *_TO_MIX, *_TO_SET)
}
ALL_FAULTS: dict[str, Callable[[Any, Case], None]] = dict(
    [
        *_OLD[:_ON_THE_WAY],
        *((function.__name__, function) for function in _TO_STEMS),
        *_OLD[_ON_THE_WAY:],
        *((function.__name__, function) for function in (*_TO_MIX, *_TO_SET)),
    ]
)


def inject_any(seed: int, *faults: str, seconds: float = 12.0) -> Case:
    """A synthetic song of its own with any faults in it."""
    return inject_into(song(seed, seconds, 4 + seed % 4), seed, *faults, known=ALL_FAULTS)
