"""The scan of one file against plain numpy, for any signal and any way the file is cut into blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from null_sessions import RATE, Doubles

from engine.intake.provenance import LIMITED_WITHIN_DB, share_near_peak
from engine.intake.scan import StemScan, scan_stem


def scan(folder: Path, x: Doubles, subtype: str = "DOUBLE", rate: int = RATE) -> StemScan:
    path = folder / "x.wav"
    soundfile.write(path, x, rate, subtype)
    return scan_stem(path, lambda frames: None)


def rounded(x: Doubles, bits: int) -> Doubles:
    step = 2.0 ** (1 - bits)
    return np.clip(np.round(x / step) * step, -1.0, 1.0 - step)


@settings(max_examples=20, deadline=None)
@given(bits=st.integers(2, 24), subtype=st.sampled_from(["PCM_24", "PCM_32", "FLOAT", "DOUBLE"]))
def test_true_bits(tmp_path_factory: pytest.TempPathFactory, bits: int, subtype: str) -> None:
    x = rounded(np.random.default_rng(bits).standard_normal((500, 2)) * 0.3, bits)
    assert scan(tmp_path_factory.mktemp("scan"), x, subtype).true_bits == bits


def test_true_bits_of_what_no_integer_holds(tmp_path: Path) -> None:
    assert scan(tmp_path, np.full((10, 2), 1 / 3)).true_bits is None


@settings(max_examples=15, deadline=None)
@given(
    frames=st.integers(1, 60000),
    channels=st.integers(1, 3),
    rate=st.sampled_from([8000, 44100, 48000, 96000]),
    seed=st.integers(0, 1000),
)
def test_sums_are_those_of_the_whole_file(
    tmp_path_factory: pytest.TempPathFactory, frames: int, channels: int, rate: int, seed: int
) -> None:
    x = np.random.default_rng(seed).standard_normal((frames, channels)) * 0.2
    x[: frames // 5] = 0.0
    result = scan(tmp_path_factory.mktemp("scan"), x, "DOUBLE", rate)
    loud = np.flatnonzero((np.abs(x) > 10 ** (-90 / 20)).any(axis=1))
    assert (result.frames, result.channels, result.sample_rate) == (frames, channels, rate)
    assert result.peak == np.abs(x).max()
    assert result.power == pytest.approx(np.mean(x**2))
    assert result.mean == pytest.approx(x.mean(axis=0), abs=1e-12)
    assert (result.first_loud, result.last_loud) == (loud[0], loud[-1])
    assert result.tail_power == pytest.approx(np.mean(x[-round(0.1 * rate) :] ** 2))
    assert result.blocks[:, 1].sum() == pytest.approx(np.sum(x[:, 0] ** 2))
    assert result.blocks[:, 3].sum() == pytest.approx(np.sum(x[:, 0] * x[:, -1]), abs=1e-9)
    assert result.true_peak >= result.peak
    assert result.histogram.sum() == np.count_nonzero(x)


@settings(max_examples=20, deadline=None)
@given(level=st.floats(0.05, 0.9), seed=st.integers(0, 1000), one_side=st.booleans())
def test_flat_tops_are_the_runs_at_the_limit(
    tmp_path_factory: pytest.TempPathFactory, level: float, seed: int, one_side: bool
) -> None:
    """Clipped low-passed noise: runs of three and more, on both sides of every block edge."""
    noise = np.random.default_rng(seed).standard_normal(40000)
    x = np.clip(np.convolve(noise, np.ones(12) / 4, "same"), -9.0 if one_side else -level, level)
    expected = 0
    for limit in (level,) if one_side else (level, -level):
        flat = np.concatenate(([False], x == limit, [False])).astype(int)
        edges = np.flatnonzero(np.diff(flat))
        expected += int(np.sum(edges[1::2] - edges[::2] >= 3))
    # an unclipped side has a single sample at its extreme
    result = scan(tmp_path_factory.mktemp("scan"), x[:, None])
    assert result.flats.runs == expected
    assert result.flats.frames == tuple(sorted(result.flats.frames))


def test_share_near_peak_is_what_counting_gives(tmp_path: Path) -> None:
    x = np.random.default_rng(1).uniform(-1.0, 1.0, (100000, 2))
    near = np.mean(np.abs(x) >= np.abs(x).max() * 10 ** (-LIMITED_WITHIN_DB / 20))
    # the histogram's bins are up to 0.034 dB wide
    assert near <= share_near_peak(scan(tmp_path, x)) <= near * 1.35


def test_non_finite_samples_count_as_zero(tmp_path: Path) -> None:
    x = np.random.default_rng(1).standard_normal((30000, 2)) * 0.1
    bad = x.copy()
    bad[20000, 0], bad[20001, 1], bad[29999, 1] = np.nan, np.inf, -np.inf
    result = scan(tmp_path, bad)
    x[20000, 0] = x[20001, 1] = x[29999, 1] = 0.0
    assert (result.not_finite, result.first_bad_frame) == (3, 20000)
    assert result.power == pytest.approx(np.mean(x**2))
