"""Whether the channels of a finished file stand where they belong.

Two criteria that need nobody's ears. Of surround: the channel for low frequencies carries nothing else
(20 to 120 Hz, ITU-R BS.775), so it is known wherever it stands; film files have it last
(L C R Ls Rs LFE), the order of ITU and SMPTE fourth. Of stereo: how much louder left is than right, moment by
moment, is the same in the master and in the mix that it was made from, and has the other sign where they
are swapped. Where left and right are as loud as each other all the time, nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.source import AudioSource, open_source
from engine.intake.scan import BLOCK_S, StemScan
from engine.report.deliver import FileFinding
from engine.units import gain_from_db, number_text

Doubles = NDArray[np.float64]

#: Above this nothing of the low channel is left: an octave above its band, Hz.
_LOW_EDGE_HZ = 240.0
#: The low channel has less than this part of its energy above the edge.
_LOW_SHARE = 1e-3
#: Where the low channel stands in a file that does not say so: L R C LFE …, by number of channels.
_USUAL_PLACE = {6: 3, 8: 3}
_FFT_FRAMES = 1 << 14
#: Blocks below this say nothing about left and right, dBFS.
_HEARD_DBFS = -60.0
#: Left and right differ by at least so much on average, dB, and so clearly the other way round in one of
#: two files (cosine of the two curves) before they are called swapped.
_SMALLEST_DIFFERENCE_DB = 0.5
_OPPOSITE = -0.7
#: And for so long, s.
_SHORTEST_S = 2.0


def low_channel_findings(path: Path, name: str) -> Iterator[FileFinding]:
    """A finding where the channel for low frequencies of a surround file stands in another's place.

    Args:
        path: the file.
        name: how the finding names it.

    Raises:
        InputError: it cannot be read.
    """
    with open_source(path) as source:
        place = _low_place(source)
        if place is None:
            return
        power, high = _powers(source)
    heard = power > gain_from_db(-90.0) ** 2
    low = heard & (high < _LOW_SHARE * power)
    others = [channel for channel in np.flatnonzero(low) if channel != place]
    if low[place] or len(others) != 1:
        return
    there = "is full range" if heard[place] else "is silent"
    text = f"channel {place + 1}, the LFE's place, {there}, and channel {others[0] + 1} holds nothing above"
    text += f" {_LOW_EDGE_HZ:.0f} Hz"
    if others[0] == len(power) - 1:
        text += ": the order looks like film's (L C R Ls Rs LFE)"
    yield FileFinding("warning", "channel_order", name, text, "write the channels as L R C LFE Ls Rs")


def _low_place(source: AudioSource) -> int | None:
    """Where the low channel should stand; None where there should be none."""
    if source.layout is not None:
        return source.layout.index("LFE") if "LFE" in source.layout else None
    return _USUAL_PLACE.get(source.channels)


def _powers(source: AudioSource) -> tuple[Doubles, Doubles]:
    """Mean square of each channel, of everything and of what lies above the edge; both `(channels,)`."""
    window = np.hanning(_FFT_FRAMES)[:, None]
    edge = int(np.ceil(_LOW_EDGE_HZ * _FFT_FRAMES / source.sample_rate))
    block = np.zeros((_FFT_FRAMES, source.channels))
    whole, high, count = np.zeros(source.channels), np.zeros(source.channels), 0
    for start in range(0, source.frames, _FFT_FRAMES):
        part = block[: source.frames - start]
        block[len(part) :] = 0.0
        source.read_into(start, part, 0, source.channels)
        spectrum = np.abs(np.fft.rfft(block * window, axis=0)) ** 2
        whole += spectrum.sum(axis=0)
        high += spectrum[edge:].sum(axis=0)
        count += 1
    # Parseval for half a spectrum, and the window's own power
    scale = 2.0 / (_FFT_FRAMES * float((window**2).sum()) * max(1, count))
    return whole * scale, high * scale


def swapped_findings(scan: StemScan, name: str, mix: StemScan, start_s: float) -> Iterator[FileFinding]:
    """A finding where left and right of a master are those of the mix the other way round.

    Args:
        scan: of the file.
        name: how the finding names it.
        mix: of the mix that it was made from.
        start_s: where in the mix the file begins.
    """
    if scan.channels != 2 or mix.channels != 2:
        return
    ours, theirs = _tilt_db(scan), _tilt_db(mix)[round(start_s / BLOCK_S) :]
    length = min(len(ours), len(theirs))
    ours, theirs = ours[:length], theirs[:length]
    known = np.isfinite(ours) & np.isfinite(theirs)
    if known.sum() * BLOCK_S < _SHORTEST_S:
        return
    ours, theirs = ours[known], theirs[known]
    sizes = [float(np.sqrt(np.mean(tilt**2))) for tilt in (ours, theirs)]
    if min(sizes) < _SMALLEST_DIFFERENCE_DB:
        return
    likeness = float(np.mean(ours * theirs)) / (sizes[0] * sizes[1])
    if likeness < _OPPOSITE:
        alike = number_text(likeness, 2, signed=True)
        text = f"left and right are the mix's the other way round (likeness {alike})"
        fix = "swap them back: look for a swap in the stems or the export of the mix"
        yield FileFinding("warning", "channel_order", name, text, fix)


def _tilt_db(scan: StemScan) -> Doubles:
    """How much louder left is than right in each block, dB; NaN where one of them is silent."""
    power = scan.blocks[:, 1:3] / scan.block_frames
    floor = gain_from_db(_HEARD_DBFS) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        tilt = 10.0 * np.log10(power[:, 0] / power[:, 1])
    tilt[(power < floor).all(axis=1)] = np.nan
    # a side that is silent is as far away as can be heard
    limit = -_HEARD_DBFS
    return np.clip(tilt, -limit, limit)
