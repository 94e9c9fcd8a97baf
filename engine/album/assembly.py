"""The tracks of a disc or side as one continuous programme: gaps, fades and cross-fades included.

Nothing is cut at a mark: a piece of music that lies in two files comes out as if it lay in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.album.source import Blocks, Doubles, TrackAudio, naming, run_blocks
from engine.errors import InputError
from engine.kernels.elementary import sin_pi
from engine.rack.fade import FADE_SHAPES, fade_gains
from engine.session.album.model import Album

#: Samples handed on at once: 100 CD frames.
BLOCK_SAMPLES = 58800


@dataclass(frozen=True)
class Spot:
    """A track in a programme.

    Attributes:
        audio: of the track.
        start: its first sample.
        overlap: samples that it shares with the track before.
        overlap_behind: samples that it shares with the track behind.
        crossfade_behind: the law of that cross-fade.
    """

    audio: TrackAudio
    start: int
    overlap: int
    overlap_behind: int = 0
    crossfade_behind: str = "equal_power"

    @property
    def end(self) -> int:
        """One past its last sample."""
        return self.start + self.audio.frames


def fade_curve(frames: int, first: int, count: int, shape: str) -> Doubles:
    """Gains of a fade-in of `frames` frames, for `count` of them from `first` on; 1 behind its end."""
    positions = np.clip(np.arange(first, first + count) / frames, 0.0, 1.0)
    gains = np.empty(count)
    fade_gains(positions, FADE_SHAPES.index(shape), gains)
    return gains


def crossfade_curve(frames: int, first: int, count: int, law: str) -> Doubles:
    """Gains of the incoming side of a cross-fade; the outgoing one is the same read backwards.

    Equal power: the squares of both add up to 1 (sine and cosine), for material that is not related.
    Equal gain: both add up to 1 (straight lines), for material that is.
    """
    positions = np.clip((np.arange(first, first + count) + 0.5) / frames, 0.0, 1.0)
    return sin_pi(0.5 * positions) if law == "equal_power" else positions


class _Feeder:
    """Hands out the frames of tracks that continue each other, with their envelopes applied."""

    def __init__(self, album: Album, run: Sequence[Spot]) -> None:
        self._album = album
        self._run = run
        self.end = run[-1].end
        self._blocks = run_blocks([spot.audio for spot in run], lambda track: naming(album, track))
        self._left = np.zeros((0, 2))

    def add_to(self, block: Doubles, begin: int) -> None:
        """Adds what falls into a block of the programme that begins at sample `begin`."""
        for spot in self._run:
            first, last = max(begin, spot.start), min(begin + len(block), spot.end)
            if first < last:
                samples = self._take(last - first, spot)
                _shape(spot, samples, first - spot.start)
                block[first - begin : last - begin] += samples

    def _take(self, count: int, spot: Spot) -> Doubles:
        taken = np.empty((count, 2))
        filled = 0
        while filled < count:
            if not len(self._left):
                following = next(self._blocks, None)
                if following is None:
                    path = spot.audio.path
                    raise InputError(
                        f"{self._album.path}: {spot.audio.track.label}: {path} has become shorter "
                        "meanwhile: leave it alone until the album is done",
                        kind="truncated",
                        path=path,
                    )
                self._left = following
            part = self._left[: count - filled]
            taken[filled : filled + len(part)] = part
            self._left = self._left[len(part) :]
            filled += len(part)
        return taken

    def close(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()


def _shape(spot: Spot, samples: Doubles, first: int) -> None:
    """Fades and cross-fades over frames of a track from `first` on."""
    track, count = spot.audio.track, len(samples)
    frames, rate = spot.audio.frames, spot.audio.sample_rate
    backwards = frames - first - count  # the same piece, seen from the track's end
    fade_in = min(round(track.fade_in_s * rate), frames)
    fade_out = min(round(track.fade_out_s * rate), frames)
    if first < fade_in:
        samples *= fade_curve(fade_in, first, count, track.fade_shape)[:, None]
    if backwards < fade_out:
        samples *= fade_curve(fade_out, backwards, count, track.fade_shape)[::-1, None]
    if spot.overlap and first < spot.overlap:
        samples *= crossfade_curve(spot.overlap, first, count, track.crossfade)[:, None]
    if spot.overlap_behind and backwards < spot.overlap_behind:
        law = spot.crossfade_behind
        samples *= crossfade_curve(spot.overlap_behind, backwards, count, law)[::-1, None]


def spots_of(audio: Mapping[int, TrackAudio], starts: Sequence[tuple[int, int, int]]) -> list[Spot]:
    """The tracks of a programme, each knowing the cross-fade behind it.

    Args:
        audio: by track number.
        starts: track number, first sample and shared samples of each, in order.
    """
    spots = []
    for place, (number, start, overlap) in enumerate(starts):
        behind, law = 0, "equal_power"
        if place + 1 < len(starts):
            behind = starts[place + 1][2]
            law = audio[starts[place + 1][0]].track.crossfade
        spots.append(Spot(audio[number], start, overlap, behind, law))
    return spots


def assembled(
    album: Album, spots: Sequence[Spot], samples: int, block_samples: int = BLOCK_SAMPLES
) -> Blocks:
    """A whole programme, `(n, 2)` float64 blocks from its first sample to its last.

    Holds a block and what the files' readers hold, whatever the length.

    Args:
        album: named in complaints.
        spots: its tracks, by their start; no sample has more than two of them.
        samples: its length.
        block_samples: of each block; the result does not depend on it.

    Raises:
        InputError: a track's file cannot be read.
    """
    waiting = _runs(spots)
    feeding: list[_Feeder] = []
    try:
        for begin in range(0, samples, block_samples):
            block = np.zeros((min(block_samples, samples - begin), 2))
            end = begin + len(block)
            while waiting and waiting[0][0].start < end:
                feeding.append(_Feeder(album, waiting.pop(0)))
            for feeder in feeding:
                feeder.add_to(block, begin)
            for feeder in [one for one in feeding if one.end <= end]:
                feeding.remove(feeder)
                feeder.close()
            yield block
    finally:
        for feeder in feeding:
            feeder.close()


def _runs(spots: Sequence[Spot]) -> list[list[Spot]]:
    """Spots that continue each other, together."""
    runs: list[list[Spot]] = []
    for spot in spots:
        if spot.audio.continues and runs:
            runs[-1].append(spot)
        else:
            runs.append([spot])
    return runs
