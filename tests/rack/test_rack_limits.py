"""What nobody should ask for: extreme settings, far too much of everything, silence, far too loud."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SessionError
from engine.rack.operation import Use
from engine.session.declare import Kind, Parameter
from engine.session.processors import PROCESSORS
from engine.session.validate import session_from_tree

RATE = 48000


def extremes(parameters: tuple[Parameter, ...], *, largest: bool) -> dict:
    """Every number at the end of its range, every choice at its last or first."""
    settings: dict = {}
    for parameter in parameters:
        if parameter.kind is Kind.NUMBER:
            settings[parameter.name] = parameter.upper(RATE) if largest else parameter.lower()
        elif parameter.kind is Kind.CHOICE:
            settings[parameter.name] = parameter.choices[-1 if largest else 0]
    return settings


def extreme_settings(kind: str, *, largest: bool) -> dict:
    declaration = PROCESSORS[kind]
    settings = extremes(declaration.parameters, largest=largest)
    fields = {parameter.name: parameter.fields for parameter in declaration.parameters if parameter.fields}
    if kind == "eq":
        settings["bands"] = [
            {**extremes(fields["bands"], largest=largest), "shape": shape}
            for shape in ("peak", "low_shelf", "high_shelf", "high_pass", "low_pass", "notch", "tilt")
        ]
    if kind == "multiband":
        settings["crossovers_hz"] = (
            [23517.0, 23518.0, 23519.0, 23520.0] if largest else [10.0, 11.0, 12.0, 13.0]
        )
        settings["bands"] = [extremes(fields["bands"], largest=largest)] * 5
    return settings


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("kind", PROCESSORS)
@pytest.mark.parametrize("level", [10.0, 1.0, 1e-30, 0.0])
def test_the_ends_of_every_range_give_numbers(
    process, declared, random, kind: str, level: float, largest: bool
) -> None:
    chosen = declared(kind, **extreme_settings(kind, largest=largest))
    signal = np.sign(random.standard_normal((3000, 4))) * level
    signal[2000:] = 0.0
    output = process(kind, chosen, signal)
    assert np.isfinite(output).all()
    tiny = np.abs(output[output != 0.0])
    assert tiny.size == 0 or tiny.min() > np.finfo(np.float64).tiny
    if level == 0.0:
        assert not output.any()


@pytest.mark.parametrize("phase", ["minimum", "linear"])
def test_a_hundred_bands(process, declared, random, phase: str) -> None:
    bands = [
        {
            "frequency_hz": 20.0 * 1.06**n,
            "gain_db": 3.0 * (-1.0) ** n,
            "q": 4.0,
            "channels": ("stereo", "mid")[n % 2],
        }
        for n in range(100)
    ]
    signal = random.standard_normal((3000, 2)) * 10.0
    output = process("eq", declared("eq", phase=phase, bands=bands), signal)
    assert np.isfinite(output).all()
    assert 0.1 < np.abs(output).max() / np.abs(signal).max() < 10.0


def test_a_chain_of_fifty_processors(run_prepared, layout, declared, random) -> None:
    chain = [
        ("eq", {"bands": [{"shape": "high_pass", "frequency_hz": 30.0}]}),
        ("compressor", {"threshold_db": -30.0}),
        ("saturator", {"drive_db": 6.0}),
        ("stereo", {"width": 1.1, "mono_below_hz": 100.0}),
        ("deesser", {}),
    ] * 10
    signal = random.standard_normal((2000, 2)) * 10.0
    for kind, chosen in chain:
        prepared = importlib.import_module(f"engine.rack.{kind}").prepare(
            [Use(declared(kind, **chosen), (0, 1))], layout(RATE, 2)
        )
        signal = run_prepared(prepared, signal)[:, :2]
    assert np.isfinite(signal).all()
    assert 1e-6 < np.abs(signal).max() < 20.0


@pytest.mark.parametrize(
    ("processor", "key"),
    [
        ({"type": "multiband", "crossovers_hz": [300.0, 200.0], "bands": [{}, {}, {}]}, "crossovers_hz[1]"),
        ({"type": "multiband", "crossovers_hz": [300.0, 300.0], "bands": [{}, {}, {}]}, "crossovers_hz[1]"),
        ({"type": "multiband", "crossovers_hz": [24000.0], "bands": [{}, {}]}, "crossovers_hz[0]"),
        ({"type": "multiband", "crossovers_hz": [], "bands": [{}]}, "crossovers_hz"),
        ({"type": "multiband", "crossovers_hz": [300.0], "bands": [{}, {}, {}]}, "bands"),
        ({"type": "multiband", "crossovers_hz": [300.0], "bands": [{"ratio": 0.5}, {}]}, "bands[0].ratio"),
        ({"type": "compressor", "attack_ms": 0.0}, "attack_ms"),
        ({"type": "compressor", "ratio": 0.9}, "ratio"),
        ({"type": "eq", "bands": [{"frequency_hz": 24000.0}]}, "bands[0].frequency_hz"),
        ({"type": "eq", "phase": "zero", "bands": []}, "phase"),
        ({"type": "saturator", "drive_db": 37.0}, "drive_db"),
        ({"type": "saturator", "character": "fuzz"}, "character"),
        ({"type": "stereo", "width": 2.1}, "width"),
        ({"type": "deesser", "frequency_hz": 23600.0}, "frequency_hz"),
    ],
)
def test_what_is_out_of_range_is_refused_with_its_key(tmp_path: Path, processor: dict, key: str) -> None:
    tree = {"sample_rate": RATE, "stems": [{"path": "a.wav", "role": "bass", "chain": [processor]}]}
    with pytest.raises(SessionError) as refused:
        session_from_tree(tree, tmp_path / "s.toml")
    assert refused.value.key == f"stems[0].chain[0].{key}"
