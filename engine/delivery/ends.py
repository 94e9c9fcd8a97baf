"""Where the sound of a finished file begins and ends.

Shaped dither passes −90 dBFS from the first sample to the last, and coders spread an attack over the whole
block that it stands in, up to 46 ms before it: neither is music that begins.
"""

from __future__ import annotations

import math

import numpy as np

from engine.audio.source import open_source
from engine.intake.provenance import lossy_coding
from engine.intake.scan import SILENCE_DBFS, StemScan
from engine.units import gain_from_db

#: Below this 16-bit words hold nothing but dither, dBFS. An error of at most 1.5 steps of 2^−15 through this
#: program's shaping filters (Σ |c| ≤ 6.31, `engine.audio.shaping`) is at most 9 steps, −71.2 dBFS.
DITHER_DBFS = -70.0
#: Silence behind the music that no listener waits for, s.
LONGEST_TAIL_S = 10.0
#: Music that begins earlier loses its attack in players that fade in or seek, s.
EARLIEST_START_S = 0.010
#: What lies further than this below a file's peak is no attack, dB.
_ATTACK_DB = 60.0
#: Of a lossy file the attack may stand anywhere in the first samples and a block of its coder (2048 frames
#: of AAC at 44.1 kHz), s, and what comes before it lies at least so many dB below it: of noise, bursts, tones
#: and kicks that begin after 11 to 40 ms 14 to 85 dB below in AAC, MP3, Opus and Vorbis at 64 to 320 kbit/s.
_BLOCK_S = 0.0465
_BEFORE_ATTACK_DB = 12.0


def is_silent(scan: StemScan) -> bool:
    """Whether the file holds nothing but silence and dither."""
    return scan.frames == 0 or scan.first_loud < 0 or scan.peak <= gain_from_db(floor_dbfs(scan))


def floor_dbfs(scan: StemScan) -> float:
    """What exceeds this is sound, dBFS."""
    short = scan.true_bits is not None and scan.true_bits <= 16
    return DITHER_DBFS if short else SILENCE_DBFS


def early_start_s(scan: StemScan) -> float | None:
    """Where the music begins, s; None: not before `EARLIEST_START_S`, as far as can be known.

    Raises:
        InputError: the file cannot be read.
    """
    reach_s = EARLIEST_START_S + (_BLOCK_S if lossy_coding(scan) else 0.0)
    with open_source(scan.path, allow_nonfinite=True) as source:
        first = np.zeros((min(scan.frames, math.ceil(reach_s * scan.sample_rate)), scan.channels))
        source.read_into(0, first, 0, source.channels)
    levels = np.abs(np.nan_to_num(first)).max(axis=1, initial=0.0)
    threshold = max(gain_from_db(floor_dbfs(scan)), scan.peak * gain_from_db(-_ATTACK_DB))
    if lossy_coding(scan):
        threshold = max(threshold, float(levels.max(initial=0.0)) * gain_from_db(-_BEFORE_ATTACK_DB))
    loud = np.flatnonzero(levels > threshold)
    begins_s = float(loud[0]) / scan.sample_rate if loud.size else math.inf
    return begins_s if begins_s < EARLIEST_START_S else None


def tail_s(scan: StemScan) -> float:
    """How long the file goes on behind its last sound, s; where dither hides it, to 50 ms."""
    last = scan.last_loud
    if floor_dbfs(scan) > SILENCE_DBFS:
        loud = np.flatnonzero(scan.blocks[:, 0] > gain_from_db(floor_dbfs(scan)))
        last = min(last, (int(loud[-1]) + 1) * scan.block_frames - 1) if loud.size else last
    return (scan.frames - 1 - last) / scan.sample_rate
