"""Which stem of a session causes something at a certain time: read from its stems, chain and trim applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.offline.bus import StemFiles, bus_blocks
from engine.plan.build import build_stems
from engine.session.model import Session
from engine.session.versions import heard
from engine.vinyl.bands import Doubles, band_power


@dataclass(frozen=True)
class Question:
    """A place in a song.

    Attributes:
        at_s: song time.
        window_s: from there on.
        band_hz: that matters.
        side_signal: only the side signal counts.
    """

    at_s: float
    window_s: float
    band_hz: tuple[float, float]
    side_signal: bool


def culprits(session: Session, questions: Sequence[Question]) -> list[str | None]:
    """The stem with most energy at each place, in the band and signal asked for; one pass over the song.

    Args:
        session: the song.
        questions: places in it.

    Returns:
        one name per question; None where the song is silent, or cannot be read any more.
    """
    names = [stem.name for stem in heard(session)]
    windows: list[list[Doubles]] = [[] for _ in questions]
    rate = session.sample_rate
    ranges = [(round(one.at_s * rate), round((one.at_s + one.window_s) * rate)) for one in questions]
    last = max((end for _, end in ranges), default=0)
    position = 0
    try:
        with StemFiles(session) as files:
            for block in bus_blocks(build_stems(session), files):
                for place, (begin, end) in enumerate(ranges):
                    first, stop = max(begin, position), min(end, position + len(block))
                    if first < stop:
                        windows[place].append(block[first - position : stop - position].copy())
                position += len(block)
                if position >= last:
                    break
    except InputError:
        return [None] * len(questions)  # it could be read when it was rendered: the finding stands without
    return [
        _loudest(names, np.concatenate(parts), question, rate) if parts else None
        for parts, question in zip(windows, questions, strict=True)
    ]


def _loudest(names: Sequence[str], samples: Doubles, question: Question, rate: int) -> str | None:
    if question.side_signal:
        samples = (samples[:, 0::2] - samples[:, 1::2]) / 2.0
        powers = band_power(samples, rate, question.band_hz)
    else:
        by_lane = band_power(samples, rate, question.band_hz)
        powers = np.maximum(by_lane[0::2], by_lane[1::2])
    return names[int(np.argmax(powers))] if powers.size and powers.max() > 0.0 else None
