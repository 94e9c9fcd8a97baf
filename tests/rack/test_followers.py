"""Parts of a mix through the whole rack: whatever the chain, they add up to the mix afterwards."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rack.operation import Use
from engine.session.declare import Kind
from engine.session.processors import PROCESSORS

FRAMES = 4000
PARTS = 3

BANDS = st.fixed_dictionaries(
    {
        "shape": st.sampled_from(
            ["peak", "low_shelf", "high_shelf", "high_pass", "low_pass", "notch", "tilt"]
        ),
        "frequency_hz": st.floats(20.0, 20000.0),
        "gain_db": st.floats(-12.0, 12.0),
        "q": st.floats(0.3, 5.0),
        "channels": st.sampled_from(["stereo", "mid", "side", "left", "right"]),
    }
)
COMPRESSION = {
    "threshold_db": st.floats(-50.0, 0.0),
    "ratio": st.floats(1.0, 20.0),
    "attack_ms": st.floats(0.05, 50.0),
    "release_ms": st.floats(1.0, 500.0),
    "knee_db": st.floats(0.0, 24.0),
    "makeup_db": st.floats(-6.0, 6.0),
    "mix": st.floats(0.0, 1.0),
    "detector": st.sampled_from(["peak", "rms"]),
    "sidechain_highpass_hz": st.sampled_from([0.0, 100.0]),
}


def multibands(draw) -> dict:
    crossovers = draw(st.lists(st.floats(30.0, 15000.0), min_size=1, max_size=4, unique=True).map(sorted))
    count = len(crossovers) + 1
    bands = draw(st.lists(st.fixed_dictionaries(COMPRESSION), min_size=count, max_size=count))
    return {
        "crossovers_hz": crossovers,
        "bands": bands,
        "phase": draw(st.sampled_from(["minimum", "linear"])),
    }


@st.composite
def processors(draw, declared_types=tuple(PROCESSORS)) -> tuple[str, dict]:
    """Any processor of the rack with any settings."""
    kind = draw(st.sampled_from(declared_types))
    chosen = {
        "gain": lambda: {"gain_db": draw(st.floats(-12.0, 12.0))},
        "eq": lambda: {
            "phase": draw(st.sampled_from(["minimum", "linear"])),
            "bands": draw(st.lists(BANDS, max_size=3)),
        },
        "compressor": lambda: draw(
            st.fixed_dictionaries({**COMPRESSION, "channels": st.sampled_from(["stereo", "mid", "left"])})
        ),
        "multiband": lambda: multibands(draw),
        "saturator": lambda: {
            "drive_db": draw(st.floats(0.0, 24.0)),
            "mix": draw(st.floats(0.0, 1.0)),
            "character": draw(st.sampled_from(["tape", "tube", "soft", "hard"])),
        },
        "stereo": lambda: {
            "width": draw(st.floats(0.0, 2.0)),
            "mono_below_hz": draw(st.sampled_from([0.0, 120.0])),
        },
        "deesser": lambda: {
            "threshold_db": draw(st.floats(-50.0, -10.0)),
            "ratio": draw(st.floats(1.0, 10.0)),
        },
        "limiter": lambda: {
            "drive_db": draw(st.floats(0.0, 12.0)),
            "ceiling_dbtp": draw(st.floats(-12.0, 0.0)),
        },
    }
    return kind, chosen.get(kind, lambda: lively(kind))()


def lively(kind: str) -> dict[str, float]:
    """Settings with which a processor not known by name does something: halfway to the top."""
    return {
        parameter.name: (parameter.default + parameter.upper(48000)) / 2.0
        for parameter in PROCESSORS[kind].parameters
        if parameter.kind is Kind.NUMBER
    }


def chained(run_prepared, layout, declared, chain, signal: np.ndarray) -> np.ndarray:
    """The leader and its followers through a chain, latency taken off."""
    lanes = signal.shape[1]
    pairs = tuple((left, left + 1) for left in range(0, lanes, 2))
    for kind, chosen in chain:
        use = Use(declared(kind, **chosen), pairs[0], pairs[1:])
        prepared = importlib.import_module(f"engine.rack.{kind}").prepare([use], layout(48000, lanes))
        late = prepared.latency_frames
        padded = np.concatenate([signal, np.zeros((late, lanes))])
        signal = run_prepared(prepared, padded)[late:, :lanes]
    return signal


@settings(derandomize=True, max_examples=150, deadline=None)
@given(chain=st.lists(processors(), min_size=1, max_size=4), seed=st.integers(0, 999))
def test_parts_add_up_to_the_mix_after_any_chain(run_prepared, layout, declared, chain, seed: int) -> None:
    random = np.random.default_rng(seed)
    envelope = np.exp(-5.0 * (np.arange(FRAMES) % 1000) / 1000)[:, None]
    parts = random.standard_normal((FRAMES, 2 * PARTS)) * random.uniform(0.0, 0.8, 2 * PARTS) * envelope
    mix = parts[:, 0:2] + parts[:, 2:4] + parts[:, 4:6]
    output = chained(run_prepared, layout, declared, chain, np.concatenate([mix, parts], axis=1))
    assert np.isfinite(output).all()
    error = output[:, 2:4] + output[:, 4:6] + output[:, 6:8] - output[:, :2]
    assert 10.0 * np.log10(np.mean(error**2) + 1e-40) < -200.0


@pytest.mark.parametrize("kind", PROCESSORS)
def test_the_leader_does_not_notice_its_followers(process, declared, random, kind: str) -> None:
    given_settings = {
        "eq": {"phase": "linear", "bands": [{"frequency_hz": 300.0, "gain_db": 6.0, "channels": "mid"}]},
        "multiband": {"crossovers_hz": [300.0], "bands": [{"threshold_db": -40.0}, {"threshold_db": -40.0}]},
        "gain": {"gain_db": 3.0},
        "saturator": {"drive_db": 12.0},
        "limiter": {"drive_db": 12.0},
        "stereo": {"width": 0.5, "mono_below_hz": 100.0},
        "compressor": {"threshold_db": -40.0},
        "deesser": {"threshold_db": -40.0},
    }.get(kind)
    given_settings = lively(kind) if given_settings is None else given_settings
    chosen = declared(kind, **given_settings)
    signal = random.standard_normal((3000, 6)) * 0.5
    alone = process(kind, chosen, signal[:, :2])
    led = process(kind, chosen, signal, followers=2)
    np.testing.assert_allclose(led[:, :2], alone, atol=1e-13)
    assert not np.allclose(led[:, 2:4], signal[:, 2:4], atol=1e-3)


@pytest.mark.parametrize("kind", PROCESSORS)
def test_a_follower_that_is_the_leader_gets_what_the_leader_gets(
    process, declared, random, kind: str
) -> None:
    given_settings = {
        "eq": {"bands": [{"frequency_hz": 300.0, "gain_db": 6.0, "channels": "side"}]},
        "multiband": {"crossovers_hz": [300.0], "bands": [{}, {}]},
    }.get(kind, {})
    signal = np.tile(random.standard_normal((3000, 2)), (1, 2))
    output = process(kind, declared(kind, **given_settings), signal, followers=1)
    np.testing.assert_allclose(output[:, 2:], output[:, :2], atol=1e-13)
