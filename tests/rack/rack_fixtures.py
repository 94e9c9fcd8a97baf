"""Runs what a rack module prepares: the frame matrix, the runner and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.plan.plan import Plan, pack
from engine.rack.operation import Operation, Prepared, Use
from engine.session.declare import Parameter
from engine.session.processors import PROCESSORS

Doubles = NDArray[np.float64]

#: Scratch columns beside the signal's own; they start with rubbish that nothing may depend on.
SCRATCH_COLUMNS = 64
RUBBISH = 0.77


@dataclass
class Layout:
    """Hands out scratch columns after the signal's own; a rack module's `Context`."""

    sample_rate: int = 48000
    lanes: int = 2

    def __post_init__(self) -> None:
        self.next_column = self.lanes

    def allocate_columns(self, count: int) -> int:
        first = self.next_column
        self.next_column += count
        assert self.next_column <= self.lanes + SCRATCH_COLUMNS
        return first


def run_operations(operations: Sequence[Operation], signal: Doubles, chunk_frames: int = 4096) -> Doubles:
    """The frame matrix after `operations`: the signal's columns, then the scratch columns.

    Args:
        operations: in running order.
        signal: `(frames, lanes)`; the tail of the last quantum is fed with zeros and cut off.
        chunk_frames: frames handed over at a time, rounded up to quanta.
    """
    frames, lanes = signal.shape
    whole = -(-frames // QUANTUM_FRAMES) * QUANTUM_FRAMES
    matrix = np.full((whole, lanes + SCRATCH_COLUMNS), RUBBISH)
    matrix[:, :lanes] = 0.0
    matrix[:frames, :lanes] = signal
    plan: Plan = pack(operations, columns=matrix.shape[1], output_column=0, latency_frames=0, gain_columns=())
    run = plan.start()
    step = -(-chunk_frames // QUANTUM_FRAMES) * QUANTUM_FRAMES
    for start in range(0, whole, step):
        run.process(matrix[start : start + step])
    return matrix[:frames]


@pytest.fixture(scope="session")
def layout() -> type[Layout]:
    """`layout(sample_rate, lanes)`: the context to prepare a processor in."""
    return Layout


@pytest.fixture(scope="session")
def run_prepared() -> Callable[..., Doubles]:
    """`run_prepared(prepared, signal)`: the frame matrix after the prepared operations."""

    def run(prepared: Prepared, signal: Doubles, chunk_frames: int = 4096) -> Doubles:
        return run_operations(prepared.operations, np.asarray(signal, dtype=np.float64), chunk_frames)

    return run


def complete(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a processor: what is given, else what is declared; its bands likewise."""
    settings = {parameter.name: given.get(parameter.name, parameter.default) for parameter in parameters}
    assert set(given) <= set(settings), "a test gives what no processor knows"
    for parameter in parameters:
        if parameter.fields:
            settings[parameter.name] = tuple(
                complete(parameter.fields, band) for band in settings[parameter.name] or ()
            )
    return settings


@pytest.fixture(scope="session")
def declared() -> Callable[..., dict[str, Any]]:
    """`declared(type, **given)`: complete settings of a processor."""

    def settings(kind: str, **given: Any) -> dict[str, Any]:
        return complete(PROCESSORS[kind].parameters, given)

    return settings


@pytest.fixture(scope="session")
def process(layout: type[Layout]) -> Callable[..., Doubles]:
    """`process(type, settings, signal)`: the signal through one processor, latency taken off.

    Further keywords: `sample_rate`, `chunk_frames`, and `followers`: how many of the signal's pairs
    follow the first one; the others are uses of their own with the same settings.
    """

    def run(
        kind: str,
        settings: Mapping[str, Any],
        signal: Doubles,
        *,
        sample_rate: int = 48000,
        followers: int = 0,
        chunk_frames: int = 4096,
    ) -> Doubles:
        module = importlib.import_module(f"engine.rack.{kind}")
        lanes = signal.shape[1]
        pairs = [(left, left + 1) for left in range(0, lanes, 2)]
        uses = [Use(settings, pairs[0], tuple(pairs[1 : 1 + followers]))]
        uses += [Use(settings, pair) for pair in pairs[1 + followers :]]
        prepared = module.prepare(uses, layout(sample_rate, lanes))
        late = prepared.latency_frames
        padded = np.concatenate([signal, np.zeros((late, lanes))])
        return run_operations(prepared.operations, padded, chunk_frames)[late:, :lanes]

    return run
