"""A strip looked at closely, and the master's stereo image; measured only while somebody looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.live.loop import cells
from engine.live.player.shared_memory import Board
from engine.meters.spectrum import SpectrumMeter

Doubles = NDArray[np.float64]

#: Directions of the stereo image, from −90° to +90°: 5° each.
DIRECTIONS = 36
#: Mid and side of the same power as left and right.
_TO_MID_SIDE = np.array([[1.0, 1.0], [1.0, -1.0]]) * 0.5**0.5


@dataclass(frozen=True)
class StripLevels:
    """What came since the last look, before a strip's chain and after it.

    Attributes:
        strip: as in `Lens.look`.
        peaks: largest sample of either channel before and after, linear.
        powers: mean square of both channels together, before and after.
        spectra: `(2, BANDS)` mean squares per third octave, both channels added, before and after.
        frames: it was measured over.
    """

    strip: int
    peaks: tuple[float, float]
    powers: tuple[float, float]
    spectra: Doubles
    frames: int


@dataclass(frozen=True)
class ImageLevels:
    """The stereo image of the master over a tick.

    Attributes:
        mid_side: `(2, BANDS)` mean squares per third octave of (L+R)/√2 and (L−R)/√2.
        directions: `(DIRECTIONS,)` mean squares by direction: −45° is left, 0° the middle, +45° right; from
            there to ±90° the channels are of opposite sign.
        frames: it was measured over.
    """

    mid_side: Doubles
    directions: Doubles
    frames: int


@dataclass(frozen=True)
class Closer:
    """What is looked at, over a tick.

    Attributes:
        strip: None: no strip is looked at, or nothing of it has come.
        image: None: it is not looked at.
    """

    strip: StripLevels | None = None
    image: ImageLevels | None = None


NOTHING_CLOSER = Closer()


class Lens:
    """Measures what somebody looks at.

    Args:
        board: of the player.
        sample_rate: Hz.
    """

    def __init__(self, board: Board, sample_rate: int) -> None:
        self._board, self._rate = board, sample_rate
        self._strip, self._read = cells.STRIP_NONE, 0
        self._spectra: tuple[SpectrumMeter, SpectrumMeter] | None = None
        self._image: SpectrumMeter | None = None

    def look(self, strip: int, *, image: bool) -> None:
        """What to measure from now on.

        Args:
            strip: a stem by its place, `cells.STRIP_MASTER`, or `cells.STRIP_NONE`.
            image: the master's stereo image too.
        """
        if strip != self._strip:
            self._strip, self._spectra = strip, None
            self._board.publish(cells.STRIP, strip)
            # what the loop has copied so far is of another strip; so is what it is copying now
            self._read = int(self._board.cells[cells.STRIPPED]) + QUANTUM_FRAMES
            if strip != cells.STRIP_NONE:
                self._spectra = SpectrumMeter(self._rate), SpectrumMeter(self._rate)
        if image != (self._image is not None):
            self._image = SpectrumMeter(self._rate) if image else None

    def take(self, master: Doubles) -> Closer:
        """What has come since the last call.

        Args:
            master: `(frames, 2)` of the master bus meanwhile.
        """
        return Closer(self._take_strip(), self._take_image(master))

    def _take_strip(self) -> StripLevels | None:
        if self._spectra is None:
            return None
        end = int(self._board.cells[cells.STRIPPED])
        # the loop may be writing the quantum after the last
        begin = max(self._read, end + QUANTUM_FRAMES - cells.STRIP_FRAMES)
        if begin >= end:
            return None
        rows = self._board.strip[np.arange(begin, end) & (cells.STRIP_FRAMES - 1)]
        self._read = end
        spectra, peaks, powers = [], [], []
        for lane, meter in zip((0, 2), self._spectra, strict=True):
            block = np.ascontiguousarray(rows[:, lane : lane + 2])
            meter.process(block)
            spectra.append(meter.take())
            peaks.append(float(np.abs(block).max()))
            powers.append(float(np.einsum("ij,ij->", block, block)) / (2 * len(block)))
        return StripLevels(
            self._strip, (peaks[0], peaks[1]), (powers[0], powers[1]), np.array(spectra), len(rows)
        )

    def _take_image(self, master: Doubles) -> ImageLevels | None:
        if self._image is None:
            return None
        turned = np.ascontiguousarray(master @ _TO_MID_SIDE)
        self._image.process(turned)
        return ImageLevels(self._image.take_each(), directions_of(turned), len(master))


def directions_of(mid_side: Doubles) -> Doubles:
    """Where the power of a stereo signal comes from.

    Args:
        mid_side: `(frames, 2)`: (L+R)/√2 and (L−R)/√2.

    Returns:
        `(DIRECTIONS,)` mean squares of both channels together, see `ImageLevels`.
    """
    mid, side = mid_side[:, 0], mid_side[:, 1]
    # a signal and its negative come from the same direction; left counts as negative
    degrees = np.degrees(np.arctan(np.divide(-side, mid, out=np.full(len(mid), np.inf), where=mid != 0.0)))
    places = np.clip(((degrees + 90.0) * (DIRECTIONS / 180.0)).astype(np.int64), 0, DIRECTIONS - 1)
    powers = mid * mid + side * side
    return np.bincount(places, weights=powers, minlength=DIRECTIONS) / max(1, len(mid))
