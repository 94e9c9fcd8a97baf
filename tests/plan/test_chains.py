"""Chains side by side: delay compensation, whatever is late, switched off or neutral."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.plan.build import build_bus
from engine.plan.layout import processor_latency_frames
from engine.plan.plan import Plan
from engine.rack.crossover import all_pass_section
from engine.rack.response import cascade_response
from engine.session.model import Processor, Session
from engine.session.validate import session_from_tree

FRAMES = 6000

LINEAR_EQ = {"type": "eq", "phase": "linear", "bands": [{"frequency_hz": 300.0, "gain_db": 4.0}]}
NEUTRAL_LINEAR_EQ = {"type": "eq", "phase": "linear", "bands": [{"frequency_hz": 300.0, "gain_db": 0.0}]}
MINIMUM_EQ = {"type": "eq", "bands": [{"frequency_hz": 300.0, "gain_db": 4.0}]}
SATURATOR = {"type": "saturator", "drive_db": 12.0}
DRY_SATURATOR = {"type": "saturator", "drive_db": 12.0, "mix": 0.0}
REST = {"threshold_db": 20.0}
NEUTRAL_LINEAR_MULTIBAND = {
    "type": "multiband",
    "phase": "linear",
    "crossovers_hz": [200.0, 2000.0],
    "bands": [{"ratio": 1.0}] * 3,
}
NEUTRAL_MULTIBAND = {**NEUTRAL_LINEAR_MULTIBAND, "phase": "minimum"}
COMPRESSOR = {"type": "compressor", "threshold_db": -40.0}


def off(processor: dict[str, Any]) -> dict[str, Any]:
    return {**processor, "enabled": False}


def session(chains: Sequence[Sequence[dict[str, Any]]], master: Sequence[dict[str, Any]] = ()) -> Session:
    stems = [
        {"path": f"{number}.wav", "role": "other", "chain": list(chain)}
        for number, chain in enumerate(chains)
    ]
    tree = {"sample_rate": 48000, "stems": stems, "master": {"chain": list(master)}}
    return session_from_tree(tree, Path("session.toml"))


def summed(chains: Sequence[Sequence[dict[str, Any]]], signal: np.ndarray, master=()) -> np.ndarray:
    """The bus of stems in columns of `signal`, latency taken off."""
    whole = session(chains, master)
    plan: Plan = build_bus(whole, whole.stems).plan
    late = plan.latency_frames
    rows = -(-(len(signal) + late) // 64) * 64
    matrix = np.zeros((rows, plan.columns))
    matrix[: len(signal), : signal.shape[1]] = signal
    run = plan.start()
    for start in range(0, rows, 1024):
        run.process(matrix[start : start + 1024])
    return matrix[late : late + len(signal), plan.output_column : plan.output_column + 2]


def dry_sum(signal: np.ndarray) -> np.ndarray:
    total = signal[:, 0:2]
    for left in range(2, signal.shape[1], 2):
        total = total + signal[:, left : left + 2]
    return total


@pytest.mark.parametrize(
    "chains",
    [
        [[], []],
        [[off(LINEAR_EQ)], []],
        [[off(LINEAR_EQ), off(SATURATOR)], [off(COMPRESSOR)], [off(NEUTRAL_MULTIBAND)]],
        [[NEUTRAL_LINEAR_EQ], []],
        [[NEUTRAL_LINEAR_EQ, off(SATURATOR), DRY_SATURATOR], [off(MINIMUM_EQ)], [NEUTRAL_LINEAR_EQ]],
    ],
)
def test_switched_off_and_delaying_chains_null_bit_for_bit(random, chains) -> None:
    signal = random.standard_normal((FRAMES, 2 * len(chains)))
    assert np.array_equal(summed(chains, signal), dry_sum(signal))


@pytest.mark.parametrize("master", [[], [NEUTRAL_LINEAR_MULTIBAND], [off(LINEAR_EQ), NEUTRAL_LINEAR_EQ]])
def test_neutral_chains_of_linear_phase_null_below_minus_140_dbfs(random, master) -> None:
    chains = [[NEUTRAL_LINEAR_MULTIBAND, off(SATURATOR)], [NEUTRAL_LINEAR_EQ], []]
    signal = random.standard_normal((FRAMES, 6)) * 0.3
    error = summed(chains, signal, master) - dry_sum(signal)
    assert 20.0 * np.log10(np.sqrt(np.mean(error**2)) + 1e-20) < -140.0


def test_a_neutral_minimum_phase_crossover_nulls_against_its_own_all_pass(random) -> None:
    signal = np.zeros((FRAMES, 2))
    signal[:2000] = random.standard_normal((2000, 2)) * 0.3
    frequency = np.fft.rfftfreq(1 << 16, 1.0 / 48000)
    sections = np.concatenate([all_pass_section(hz, 48000) for hz in (200.0, 2000.0)])
    turned = np.fft.rfft(signal, 1 << 16, axis=0) * cascade_response(sections, frequency, 48000)[:, None]
    expected = np.fft.irfft(turned, axis=0)[:FRAMES]
    error = summed([[NEUTRAL_MULTIBAND]], signal) - expected
    assert 20.0 * np.log10(np.sqrt(np.mean(error**2))) < -140.0


@pytest.mark.parametrize("late", [LINEAR_EQ, SATURATOR, NEUTRAL_LINEAR_MULTIBAND])
def test_every_stem_arrives_together(late) -> None:
    """An impulse in each stem comes out at its own frame, also beside one that is late."""
    signal = np.zeros((FRAMES, 6))
    for stem in range(3):
        signal[1000 + 700 * stem, 2 * stem : 2 * stem + 2] = 0.1
    output = summed([[late], [COMPRESSOR, late], []], signal)
    for stem in range(3):
        frame = 1000 + 700 * stem
        near = np.abs(output[frame - 300 : frame + 300, 0])
        assert near.argmax() == 300
        assert near.max() > 0.05


def test_linear_and_minimum_phase_equalisers_share_a_level(random) -> None:
    """They are prepared apart, and neither changes what the other does."""
    signal = random.standard_normal((FRAMES, 4))
    both = summed([[LINEAR_EQ], [MINIMUM_EQ]], signal)
    one = summed([[LINEAR_EQ]], signal[:, :2])
    other = summed([[MINIMUM_EQ]], signal[:, 2:])
    np.testing.assert_allclose(both, one + other, atol=1e-12)


@pytest.mark.parametrize(
    "processor", [LINEAR_EQ, SATURATOR, MINIMUM_EQ, NEUTRAL_LINEAR_MULTIBAND, COMPRESSOR]
)
def test_switching_a_processor_does_not_change_the_latency(processor) -> None:
    latencies = {
        build_bus(whole, whole.stems).plan.latency_frames
        for chain in ([processor], [off(processor)])
        for whole in [session([chain, []], [processor])]
    }
    assert len(latencies) == 1


def test_a_processor_tells_its_latency_without_being_prepared() -> None:
    linear = session([[LINEAR_EQ, MINIMUM_EQ, COMPRESSOR]]).stems[0].chain
    assert [processor_latency_frames(one, 48000) for one in linear] == [8191, 0, 0]
    assert isinstance(linear[0], Processor)


def test_fifty_processors_on_each_of_four_stems(random) -> None:
    chain = [MINIMUM_EQ, COMPRESSOR, SATURATOR, {"type": "stereo", "width": 1.2}, {"type": "deesser"}] * 10
    signal = random.standard_normal((2000, 8)) * 10.0
    signal[:, 2:4] = 0.0
    output = summed([chain] * 4, signal)
    assert np.isfinite(output).all()
    assert np.abs(output).max() > 1e-6
