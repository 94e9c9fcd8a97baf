"""Every warning about one stem just inside and just outside its limit, from what a scan of it told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.intake import kernels, provenance
from engine.intake.levels import level_findings, rms_along_dbfs, silent_share
from engine.intake.provenance import DITHER_16_BIT_DBFS, ceiling_findings, looks_limited, provenance_findings
from engine.intake.scan import Flats, StemScan
from engine.intake.spikes import dual_mono_findings
from engine.units import gain_from_db, power_from_db

RATE, BLOCK = 48_000, 2400
BLOCKS = 80


def blocks(
    count: int = BLOCKS,
    peak: float = 0.4,
    left_db: float = -20.0,
    right_db: float = -20.0,
    correlation: float = 0.5,
) -> np.ndarray:
    """Blocks of 50 ms that are all alike."""
    left, right = (power_from_db(level) * BLOCK for level in (left_db, right_db))
    return np.array([[peak, left, right, correlation * np.sqrt(left * right)]] * count)


CLEAN = StemScan(
    path=Path("a.wav"),
    sample_rate=RATE,
    channels=2,
    frames=BLOCKS * BLOCK,
    subtype="PCM_24",
    bits=24,
    time_reference=None,
    notes=(),
    true_bits=24,
    peak=0.4,
    true_peak=0.4,
    energy=np.full(2, 0.01 * BLOCKS * BLOCK),
    mean=np.zeros(2),
    not_finite=0,
    first_bad_frame=-1,
    denormals=0,
    first_set=0,
    last_set=BLOCKS * BLOCK - 1,
    first_loud=0,
    last_loud=BLOCKS * BLOCK - 1,
    histogram=np.zeros(kernels.BINS, np.int64),
    flats=Flats(0, 0, ()),
    blocks=blocks(),
    block_frames=BLOCK,
    tail_power=power_from_db(-90.0),
    spectrum=SimpleNamespace(edge_hz=lambda: None, cut_off_hz=lambda: None),  # type: ignore[arg-type]
    pinned=SimpleNamespace(blocks=0, usual=0.0, spread_db=0.0, different=0.0),  # type: ignore[arg-type]
)


def scan(**changes: Any) -> StemScan:
    """A clean stem, but for this."""
    return dataclasses.replace(CLEAN, **changes)


def kinds(findings: Iterator[Any]) -> list[str]:
    return [finding.kind for finding in findings]


def db(level: float) -> float:
    return gain_from_db(level)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"peak": db(-3.01), "true_peak": db(-3.01)}, []),
        ({"peak": db(-2.99)}, ["headroom"]),
        ({"true_peak": db(-2.99)}, ["headroom"]),
        ({"peak": 1.0}, ["headroom"]),
        ({"peak": 1.0000001}, ["overs"]),
        ({"mean": np.array([0.0, db(-60.1)])}, []),
        ({"mean": np.array([0.0, -db(-59.9)])}, ["dc_offset"]),
        ({"mean": np.full(2, 0.01), "frames": 4800, "blocks": blocks(2)}, ["dc_offset"]),
        ({"mean": np.full(2, 0.01), "frames": 4799, "blocks": blocks(2)}, []),
        ({"energy": np.array([power_from_db(-19.9), 1.0])}, []),
        ({"energy": np.array([power_from_db(-20.1), 1.0])}, ["one_sided"]),
        ({"energy": np.array([1.0, power_from_db(-20.1)])}, ["one_sided"]),
        ({"energy": np.array([1.0, 0.0])}, ["one_sided"]),
        ({"energy": np.array([1.0, 0.0]), "channels": 1}, []),
        ({"first_loud": -1}, ["silence"]),
        ({"tail_power": power_from_db(-60.1)}, []),
        ({"tail_power": power_from_db(-59.9)}, ["tail"]),
        ({"tail_power": 0.1, "frames": 4800, "blocks": blocks(2)}, ["tail"]),
        ({"tail_power": 0.1, "frames": 4799, "blocks": blocks(2)}, []),
        ({"denormals": 1}, ["denormals"]),
        ({"flats": Flats(1, 3, (7,))}, ["clipping"]),
        ({"frames": 0, "denormals": 1}, []),
        ({"blocks": blocks(correlation=-0.49)}, []),
        ({"blocks": blocks(correlation=-0.51)}, ["polarity"]),
        ({"blocks": blocks(19, correlation=-0.9)}, []),
        ({"blocks": blocks(20, correlation=-0.9)}, ["polarity"]),
        ({"blocks": blocks(right_db=-60.1, correlation=-0.9)}, []),
        ({"blocks": blocks(right_db=-59.9, correlation=-0.9)}, ["polarity"]),
    ],
)
def test_levels(changes: dict[str, Any], found: list[str]) -> None:
    assert kinds(level_findings("a", scan(**changes))) == found


@pytest.mark.parametrize(("silent", "found"), [(75, []), (76, []), (77, ["silence"])])
@pytest.mark.parametrize(("level_db", "counts"), [(-90.0, True), (-89.9, False)])
def test_a_stem_that_is_silent_most_of_the_time(
    silent: int, found: list[str], level_db: float, counts: bool
) -> None:
    """76 of 80 blocks are 95 %."""
    quiet = blocks()
    quiet[:silent, 0] = gain_from_db(level_db)
    changed = scan(blocks=quiet)
    assert silent_share(changed) == pytest.approx(silent / 80 if counts else 0.0)
    assert kinds(level_findings("a", changed)) == (found if counts else [])


@pytest.mark.parametrize(("runs", "more"), [(1, False), (4, False), (5, True), (9, True)])
def test_four_places_of_clipping_are_listed(runs: int, more: bool) -> None:
    frames = tuple(range(0, 48_000 * min(runs, 8), 48_000))
    (finding,) = level_findings("a", scan(flats=Flats(runs, 3 * runs, frames)))
    assert (", …" in finding.message) is more
    assert f"{runs} flat tops" in finding.message
    assert f"{3 * runs} samples" in finding.message


def test_where_sides_work_against_each_other_is_told() -> None:
    """Two seconds of four, from the first on."""
    some = blocks()
    some[20:60, 3] *= -1.8
    (finding,) = level_findings("a", scan(blocks=some))
    assert "correlation −0.90 over 1 s at 0:01.0" in finding.message
    # of 61 windows of 20 blocks those 31 that hold 15 or more of them: (15 · −0.9 + 5 · 0.5) / 20 = −0.55
    assert "51 % of the time" in finding.message


def test_levels_along_a_file_are_of_the_louder_side_and_of_what_is_there() -> None:
    loud = blocks(3, left_db=-20.0, right_db=-12.0)
    assert rms_along_dbfs(scan(blocks=loud, frames=3 * BLOCK)) == (-12.0, -12.0, -12.0)
    loud[2, 1:3] /= 2.0  # the last block is half as long
    assert rms_along_dbfs(scan(blocks=loud, frames=2 * BLOCK + BLOCK // 2)) == (-12.0, -12.0, -12.0)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"bits": 16, "true_bits": 16}, ["bit_depth"]),
        ({"bits": 17, "true_bits": 17}, []),
        ({"true_bits": 16}, ["true_bits"]),
        ({"true_bits": 17}, []),
        ({"true_bits": 16, "first_loud": -1}, []),
        ({"bits": None, "true_bits": None, "subtype": "FLOAT"}, []),
        ({"bits": None, "true_bits": 16, "subtype": "DOUBLE"}, ["true_bits"]),
        ({"bits": None, "true_bits": None, "subtype": "ALAC_24"}, []),
        ({"bits": None, "true_bits": None, "subtype": "VORBIS"}, ["lossy"]),
    ],
)
def test_word_lengths(changes: dict[str, Any], found: list[str]) -> None:
    assert kinds(provenance_findings("a", scan(**changes))) == found


@pytest.mark.parametrize(("away_db", "is_told"), [(-1.01, False), (-0.99, True), (0.99, True), (1.01, False)])
@pytest.mark.parametrize(("true_bits", "deeper"), [(16, False), (17, True), (None, True)])
def test_a_floor_at_the_level_of_dither(
    away_db: float, is_told: bool, true_bits: int | None, deeper: bool
) -> None:
    level_db = DITHER_16_BIT_DBFS + away_db
    # digital silence is no floor, and neither are 350 ms
    floor = np.concatenate((blocks(10, 0.0, -400.0, -400.0), blocks(7, 1e-5, -140.0, -140.0), blocks()))
    floor[17:25] = blocks(8, 1e-5, level_db, level_db)
    floor[10:17, 0] = 0.0
    bits = 16 if true_bits == 16 else 24
    found = kinds(
        provenance_findings(
            "a", scan(blocks=floor, true_bits=true_bits, bits=bits, frames=len(floor) * BLOCK)
        )
    )
    assert ("dither" in found) is (is_told and deeper)


def test_16_bit_dither_lies_where_its_step_puts_it() -> None:
    """Steps of 2^−15, rounding 1/12 and triangular noise 1/6 of their square: −96.3 dBFS."""
    assert pytest.approx(10.0 * np.log10(2.0**-30 * (1 / 12 + 1 / 6)), abs=1e-9) == DITHER_16_BIT_DBFS


@pytest.mark.parametrize(
    ("peaks_db", "is_told"),
    [
        ((-1.009, -0.991), True),
        ((-1.011, -1.0), False),
        ((-1.0,), False),
        ((-0.2, -0.2, -7.0), True),
        ((-2.5, -2.5), False),
    ],
)
def test_stems_that_peak_at_one_round_level(peaks_db: tuple[float, ...], is_told: bool) -> None:
    for attribute in ("peak", "true_peak"):
        scans = [(str(n), scan(**{attribute: db(level)})) for n, level in enumerate(peaks_db)]
        assert bool(list(ceiling_findings(scans))) is is_told


@pytest.mark.parametrize(("side_db", "is_told"), [(-89.9, False), (-90.1, True), (-400.0, True)])
def test_two_sides_that_are_the_same(side_db: float, is_told: bool) -> None:
    mid, side = 4.0, 4.0 * power_from_db(side_db)
    same = np.array([[0.4, (mid + side) / 4.0, (mid + side) / 4.0, (mid - side) / 4.0]])
    assert bool(kinds(dual_mono_findings("a", scan(blocks=same)))) is is_told
    assert not kinds(dual_mono_findings("a", scan(blocks=same, channels=1)))
    assert not kinds(dual_mono_findings("a", scan(blocks=same, not_finite=1)))


@pytest.mark.parametrize(
    ("share", "pinned", "spread_db", "limited"),
    [
        (0.0005, 10, 0.6, False),
        (0.00051, 10, 0.6, True),
        (0.00051, 9, 0.6, False),
        (0.00051, 10, 0.49, False),
        (0.00051, 10, 0.51, True),
    ],
)
def test_samples_that_dwell_at_the_maximum_while_the_level_moves(
    monkeypatch: pytest.MonkeyPatch, share: float, pinned: int, spread_db: float, limited: bool
) -> None:
    monkeypatch.setattr(provenance, "share_near_peak", lambda _: share)
    moving = blocks(20, 0.4 * gain_from_db(-0.11))
    moving[:pinned, 0] = 0.4 * gain_from_db(-0.09)
    # two levels, as far apart as they have to be
    steps_db = 2.0 * spread_db * (np.arange(pinned) % 2)
    moving[:pinned, 1:3] *= 10.0 ** (steps_db / 10.0)[:, None]
    assert looks_limited(scan(blocks=moving)) is limited


@pytest.mark.parametrize(
    ("count", "usual", "spread_db", "different", "limited"),
    [
        (10, 1.0, 0.51, 0.34, True),
        (9, 1.0, 0.51, 0.34, False),
        (30, 10.0, 0.51, 0.34, True),
        (29, 10.0, 0.51, 0.34, False),
        (30, 10.0, 0.5, 0.34, False),
        (30, 10.0, 0.51, 1 / 3, False),
    ],
)
def test_peaks_that_pile_up_at_the_maximum(
    count: int, usual: float, spread_db: float, different: float, limited: bool
) -> None:
    pinned = SimpleNamespace(blocks=count, usual=usual, spread_db=spread_db, different=different)
    assert looks_limited(scan(pinned=pinned)) is limited
