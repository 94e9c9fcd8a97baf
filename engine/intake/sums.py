"""Which files are sums of others: a mix, an instrumental, a bus, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from engine.audio.source import AudioSource, open_source
from engine.errors import StemlatheError
from engine.rack.operation import Doubles
from engine.session.by_sound import Sum

#: What is listened to: so many places all over the song, each so long, s.
_PLACES, _PLACE_S = 24, 1.0
#: Frames become means, so many in a second: what a bus or a few samples of delay do to the treble is no
#: reason to take a print for a stem, and adding up commutes with any mean.
_MEANS_HZ = 1500
#: More files than this are tracks of a recording: a sum among them is a bus that belongs there.
_MOST_FILES = 48
#: What a print may hold beside its stems: 15 % of its power, −8 dB. A compressor at work on it leaves 2 %, as
#: does an equaliser of 4 dB; of stems that merely play together more than 99 % is left (four of a song).
_REST = 0.15
#: The least power that counts as a stem of a print, relative to all of it.
_LEAST_SHARE = 0.001
#: Prints hold their stems at one gain: the largest of the gains is at most so many times the smallest.
_GAINS_WITHIN = 1.6
#: Two files of one content, up to a gain: all but this share of power.
_SAME = 0.001
#: Relative to all power.
_APART = 1e-10


def sums_among(files: Sequence[Path]) -> Mapping[Path, Sum]:
    """Files that are the sum of two or more others, with those they are the sum of.

    What is found is told in terms of files that are no sums themselves: of a mix, an instrumental and four
    stems the mix is the sum of four. Copies of one file are sums together or not at all. Files that cannot
    be read, or have another rate or length (by more than a second) than most, are left alone.

    Args:
        files: stems, mixes and prints; pairs of mono files as one.

    Returns:
        Every sum, with its stems in the order of `files`.
    """
    if not 3 <= len(files) <= _MOST_FILES:
        return {}
    with ExitStack() as stack:
        sources = _readable(files, stack)
        if len(sources) < 3:
            return {}
        names = list(sources)
        gram = _gram(list(sources.values()))
    sums = _sums(gram)
    plain = [one for one in range(len(names)) if gram[one, one] > 0.0 and one not in sums]
    return {
        names[one]: Sum(
            tuple(names[part] for part in parts),
            all(any(_same(gram, other, part) for part in parts) for other in plain),
        )
        for one, parts in sums.items()
    }


def _readable(files: Sequence[Path], stack: ExitStack) -> dict[Path, AudioSource]:
    """The files of the commonest rate and of nearly one length."""
    opened: dict[Path, AudioSource] = {}
    for file in files:
        try:
            opened[file] = stack.enter_context(open_source(file, allow_nonfinite=True, allow_truncated=True))
        except StemlatheError:
            continue
    rates = [source.sample_rate for source in opened.values()]
    rate = max(rates, key=rates.count, default=0)
    opened = {file: source for file, source in opened.items() if source.sample_rate == rate}
    if not opened:
        return {}
    usual = int(np.median([source.frames for source in opened.values()]))
    return {file: one for file, one in opened.items() if abs(one.frames - usual) <= rate}


def _gram(sources: Sequence[AudioSource]) -> Doubles:
    """`(files, files)`: what each has in common with each, at all places together."""
    rate = sources[0].sample_rate
    length = min(source.frames for source in sources)
    mean = max(1, rate // _MEANS_HZ)
    frames = min(int(_PLACE_S * rate), length) // mean * mean
    gram = np.zeros((len(sources), len(sources)))
    if frames == 0:
        return gram
    block = np.zeros((frames, 2))
    for first in sorted(set(np.linspace(0, length - frames, _PLACES).astype(int).tolist())):
        rows = np.empty((len(sources), frames // mean * 2))
        for source, row in zip(sources, rows, strict=True):
            block[:] = 0.0
            source.read_into(int(first), block, 0, 2)
            heard = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
            row[:] = heard.reshape(-1, mean, 2).mean(axis=1).ravel()
        gram += rows @ rows.T
    return gram


def _sums(gram: Doubles) -> dict[int, tuple[int, ...]]:
    """Which rows are sums of which others, from what they have in common.

    A mix beside its instrumental is a sum in more than one way, at gains that need not be equal; once the
    instrumental is known for a sum there is only one. So all are tried again while any was found.
    """
    heard = [one for one in range(len(gram)) if gram[one, one] > 0.0]
    sums: dict[int, tuple[int, ...]] = {}
    plain = heard
    while True:
        for one in sorted(plain, key=lambda one: float(gram[one, one])):
            copies = [other for other in plain if _same(gram, one, other)]
            if one not in sums:
                parts = _parts(gram, one, [other for other in plain if other not in (*sums, *copies)])
                sums |= dict.fromkeys(copies, parts) if parts else {}
        if not any(one in sums for one in plain):
            break
        plain = [one for one in heard if one not in sums]
    # in terms of stems: a mix holds them, not its instrumental and its vocals
    return {one: _parts(gram, one, plain) or parts for one, parts in sorted(sums.items())}


def _same(gram: Doubles, one: int, other: int) -> bool:
    """Whether two are one content at two levels; a file is the same as itself."""
    return bool(gram[one, other] ** 2 > (1.0 - _SAME) * gram[one, one] * gram[other, other])


def _parts(gram: Doubles, one: int, others: Sequence[int]) -> tuple[int, ...]:
    """The others that add up to `one` at a common gain, one of each content; none where they do not."""
    places: list[int] = []
    for other in others:
        if not any(_same(gram, other, place) for place in places):
            places.append(other)
    if len(places) < 2:
        return ()
    gains = _gains(gram[np.ix_(places, places)], gram[places, one])
    powers = gains**2 * gram[places, places]
    used = [n for n in range(len(places)) if powers[n] > _LEAST_SHARE * gram[one, one]]
    if len(used) < 2 or gains[used].max() > _GAINS_WITHIN * gains[used].min():
        return ()
    rest = gram[one, one] - 2.0 * gains @ gram[places, one] + gains @ gram[np.ix_(places, places)] @ gains
    return tuple(places[n] for n in used) if rest < _REST * gram[one, one] else ()


def _gains(gram: Doubles, common: Doubles) -> Doubles:
    """Gains ≥ 0 that come nearest, in the sense of least squares, from what all have in common."""
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    # as a system of equations; what is added keeps files that depend on each other apart
    lower = np.linalg.cholesky(gram + _APART * np.trace(gram) * np.eye(len(gram)))
    gains, _ = nnls(lower.T, solve_triangular(lower, common, lower=True))
    return np.asarray(gains)
