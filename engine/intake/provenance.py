"""Findings about where a stem comes from: word length, lossy coding, limiter, rate conversion, dither."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from engine.intake import kernels as k
from engine.intake.scan import BLOCK_S, StemScan
from engine.report.findings import Finding
from engine.units import db_from_gain, db_from_power, gain_from_db, number_text

#: More than this part of all samples within this many dB of the maximum is a limiter's fingerprint …
LIMITED_SHARE = 0.0005
LIMITED_WITHIN_DB = 0.1
#: … when the level moves by more than this (standard deviation) while the peaks stay pinned. A
#: steady tone has pinned peaks too, but its level stands as still as they do.
_MOVING_LEVEL_DB = 0.5
_PINNED_BLOCKS = 10
#: So many times as many blocks at the maximum as in any other step of 0.1 dB below it, and levels that
#: differ in this part of the blocks, are a limiter's work too. Measured on 20 s of the demo's five stems and
#: of four stems of played music, through a limiter (look-ahead 2 ms, release 80 ms): at 2 dB of reduction 10
#: to 111 of 400 blocks, six times the usual or more, all nine told; at 3 dB all nine; the share above tells
#: one of nine at 3 dB, six at 6 dB. Left alone one block reaches the maximum; a dense vocal has 10 of 600
#: there and 32 in the steps below; one of the four was clipped before, and is told.
_PILE_UP = 3.0
_DIFFERENT_SHARE = 1.0 / 3.0

#: Peaks that programs are set to rather than happen, dBFS or dBTP, and how near counts.
ROUND_CEILINGS_DB = (0.0, -0.1, -0.2, -0.3, -0.5, -1.0, -1.5, -2.0, -3.0)
_CEILING_WITHIN_DB = 0.01

#: Level of 16-bit TPDF dither with its quantisation, dBFS RMS: step 2^−15, variance step²/4.
DITHER_16_BIT_DBFS = 10.0 * math.log10(2.0**-30 / 4.0)
_DITHER_WITHIN_DB = 1.0
_NOISE_WINDOW_S = 0.4


def provenance_findings(name: str, scan: StemScan) -> Iterator[Finding]:
    """What the file of one stem tells about its past.

    Args:
        name: of the stem.
        scan: of its file.
    """
    yield from _word_length(name, scan)
    yield from _limiter(name, scan)
    yield from converted_findings(name, scan)
    yield from _dither(name, scan)


def lossy_coding(scan: StemScan) -> bool:
    """Whether the file itself is coded with loss."""
    return scan.bits is None and not scan.subtype.startswith(("FLOAT", "DOUBLE", "ALAC"))


def _word_length(name: str, scan: StemScan) -> Iterator[Finding]:
    if lossy_coding(scan):
        yield Finding(
            "warning",
            "lossy",
            name,
            f"the file is coded as {scan.subtype}: what the coder removed is gone",
            "ask for the stem as WAV or FLAC, 24 bit or float",
        )
    elif scan.bits is not None and scan.bits <= 16:
        yield Finding(
            "warning",
            "bit_depth",
            name,
            f"the stem has {scan.bits} bits; its rounding adds up with every other stem's",
            "ask for 24 bit or float",
        )
    elif scan.true_bits is not None and scan.true_bits <= 16 and scan.first_loud >= 0:
        declared = f"{scan.bits}-bit" if scan.bits else "float"
        yield Finding(
            "note",
            "true_bits",
            name,
            f"the {declared} file uses {scan.true_bits} bits only: its source was shorter",
            "ask whether the stem exists at its full word length",
        )


def share_near_peak(scan: StemScan) -> float:
    """Part of all samples within `LIMITED_WITHIN_DB` of the file's own maximum."""
    total = scan.frames * scan.channels
    if scan.peak <= 0.0 or total == 0:
        return 0.0
    fraction, exponent = math.frexp(scan.peak * gain_from_db(-LIMITED_WITHIN_DB))
    within_octave = int((2.0 * fraction - 1.0) * k.BINS_PER_OCTAVE)
    first = (exponent - 1 - k.LOWEST_EXPONENT) * k.BINS_PER_OCTAVE + within_octave
    return float(scan.histogram[max(0, first) :].sum()) / total


def looks_limited(scan: StemScan) -> bool:
    """Whether peaks are pinned to one level while the level moves."""
    return _dwells(scan) or _piles_up(scan)


def _dwells(scan: StemScan) -> bool:
    """Many samples at the maximum."""
    if share_near_peak(scan) <= LIMITED_SHARE:
        return False
    pinned = scan.blocks[scan.blocks[:, 0] >= scan.peak * gain_from_db(-LIMITED_WITHIN_DB)]
    if len(pinned) < _PINNED_BLOCKS:
        return False
    levels_db = 10.0 * np.log10(pinned[:, 1] + pinned[:, 2])
    return float(levels_db.std()) > _MOVING_LEVEL_DB


def _piles_up(scan: StemScan) -> bool:
    """Far more peaks at the maximum than just below it, and not one sound that comes again and again."""
    pinned = scan.pinned
    if pinned.blocks < max(_PINNED_BLOCKS, _PILE_UP * pinned.usual):
        return False
    return pinned.spread_db > _MOVING_LEVEL_DB and pinned.different > _DIFFERENT_SHARE


def _limiter(name: str, scan: StemScan) -> Iterator[Finding]:
    if not looks_limited(scan):
        return
    crest_db, pinned = db_from_gain(scan.peak) - db_from_power(scan.power), scan.pinned
    if _dwells(scan):
        what = (
            f"{100.0 * share_near_peak(scan):.2f} % of the samples lie within {LIMITED_WITHIN_DB} dB of the "
            f"maximum (limit {100.0 * LIMITED_SHARE} %)"
        )
    else:
        what = (
            f"{pinned.blocks} of {len(scan.blocks)} blocks of 50 ms peak within {LIMITED_WITHIN_DB} dB of "
            f"the maximum, {pinned.usual:.1f} in each step of that size below it"
        )
    yield Finding(
        "warning",
        "limiter",
        name,
        f"{what}, crest factor {crest_db:.1f} dB: this looks limited",
        "ask for the stem without limiter or bus processing, and run the null test",
    )


def ceiling_findings(scans: Sequence[tuple[str, StemScan]]) -> Iterator[Finding]:
    """Several stems that peak at the same round value.

    Args:
        scans: name and scan of every stem.
    """
    for ceiling_db in ROUND_CEILINGS_DB:
        names = [name for name, scan in scans if _peaks_at(scan, ceiling_db)]
        if len(names) >= 2:
            yield Finding(
                "warning",
                "bus_processing",
                None,
                f"{len(names)} stems peak at {number_text(ceiling_db)} dB exactly ({', '.join(names)}): "
                "limited or normalised",
                "ask for stems at their level in the mix without limiter, and run the null test",
            )


def _peaks_at(scan: StemScan, ceiling_db: float) -> bool:
    # an integer file cannot hold +1.0, and one step below full scale is 0 dBFS for every purpose
    return any(
        abs(db_from_gain(peak) - ceiling_db) <= _CEILING_WITHIN_DB for peak in (scan.peak, scan.true_peak)
    )


def _drop_text(drop_db: float) -> str:
    return "everything" if math.isinf(drop_db) else f"{drop_db:.0f} dB"


def converted_findings(name: str, scan: StemScan) -> Iterator[Finding]:
    """Edges in the spectrum that a conversion or a lossy coder leaves.

    Args:
        name: of the stem.
        scan: of its file.
    """
    edge = scan.spectrum.edge_hz()
    if edge is not None:
        rate, drop_db = edge
        yield Finding(
            "note",
            "upsampled",
            name,
            f"{_drop_text(drop_db)} is missing above {rate / 2000:.2f} kHz in a file of "
            f"{scan.sample_rate / 1000:g} kHz: it was converted from {rate / 1000:g} kHz, "
            "or from a lossy file",
            "ask for the stem at its own rate",
        )
        return
    cut = scan.spectrum.cut_off_hz()
    if cut is not None:
        at_hz, drop_db = cut
        yield Finding(
            "note",
            "cut_off",
            name,
            f"{_drop_text(drop_db)} is missing above {at_hz / 1000:.1f} kHz: "
            "a lossy coder (MP3, AAC) leaves that edge",
            "ask whether the stem, or a sample in it, exists uncoded",
        )


def noise_floor_power(scan: StemScan) -> float:
    """Mean square of the quietest 400 ms that are not digital silence; 0 where there are none."""
    length = round(_NOISE_WINDOW_S / BLOCK_S)
    whole = scan.blocks[: scan.frames // scan.block_frames]
    if len(whole) < length:
        return 0.0
    energies = np.convolve(whole[:, 1] + whole[:, 2], np.ones(length), "valid")
    blank = np.convolve(whole[:, 0] == 0.0, np.ones(length), "valid") > 0.5
    heard = energies[~blank]
    return float(heard.min()) / (2 * length * scan.block_frames) if heard.size else 0.0


def _dither(name: str, scan: StemScan) -> Iterator[Finding]:
    floor_dbfs = db_from_power(noise_floor_power(scan))
    deeper = scan.true_bits is None or scan.true_bits > 16
    if deeper and abs(floor_dbfs - DITHER_16_BIT_DBFS) <= _DITHER_WITHIN_DB:
        yield Finding(
            "note",
            "dither",
            name,
            f"the quietest 400 ms lie at {number_text(floor_dbfs)} dBFS, the level of 16-bit dither",
            "ask whether the stem was dithered to 16 bit on its way",
        )
