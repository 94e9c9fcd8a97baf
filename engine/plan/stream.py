"""A plan as a stream: blocks of any length in, the same frames out, latency removed."""

from __future__ import annotations

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES
from engine.plan.plan import Plan
from engine.rack.operation import Doubles

#: Frames processed at a time: large enough that Python's share vanishes, small enough for the cache.
CHUNK_FRAMES = 8192


class Stream:
    """Feeds blocks of any length to a run of `plan`, in quanta anchored at the first frame.

    Because the plan only ever sees whole quanta, the output is bit-identical for every way of
    cutting the input into blocks.

    Args:
        plan: what to run.
        input_columns: how many of the plan's first columns the blocks fill.
    """

    def __init__(self, plan: Plan, input_columns: int = 2) -> None:
        self.plan = plan
        self._gains: list[Doubles] = []
        self._run = plan.start()
        self._inputs = input_columns
        self._work = np.zeros((QUANTUM_FRAMES, plan.columns))
        #: The quantum that the next frames go on filling.
        self._begun = np.zeros((QUANTUM_FRAMES, input_columns))
        self._filled = 0
        self._to_skip = plan.latency_frames
        self._fed = 0
        self._given = 0

    @property
    def gains(self) -> Doubles:
        """The smallest of each of the plan's gains in every quantum so far, `(quanta, gains)`.

        They begin with the plan's first frame: its latency is not removed.
        """
        if not self._gains:
            return np.ones((0, len(self.plan.gain_columns)))
        return np.concatenate(self._gains)

    def process(self, block: Doubles) -> Doubles:
        """Takes `(frames, input_columns)`; returns what is ready, `(frames', output_columns)`, maybe none."""
        self._fed += block.shape[0]
        return self._push(block)

    def finish(self) -> Doubles:
        """The frames still inside; after it as many frames have come out as went in."""
        missing = self._fed - self._given
        parts = []
        while missing > 0:
            silence = np.zeros((min(CHUNK_FRAMES, missing + self._to_skip), self._inputs))
            part = self._push(silence)
            if part.shape[0] == 0:
                part = self._drain()
            parts.append(part[:missing])
            missing -= parts[-1].shape[0]
        self._given = self._fed
        return np.concatenate(parts) if parts else np.zeros((0, self.plan.output_columns))

    def _push(self, block: Doubles) -> Doubles:
        """Runs the whole quanta that the block completes, those within it where they stand in it."""
        block = np.require(block, np.float64, ["C", "A", "W"])
        filled = self._filled + len(block)
        if filled < QUANTUM_FRAMES:
            self._begun[self._filled : filled] = block
            self._filled = filled
            return np.zeros((0, self.plan.output_columns))
        taken = (QUANTUM_FRAMES - self._filled) if self._filled else 0
        rows = (len(block) - taken) // QUANTUM_FRAMES * QUANTUM_FRAMES
        first = QUANTUM_FRAMES if taken else 0
        outputs = np.empty((first + rows, self.plan.output_columns))
        if taken:
            self._begun[self._filled :] = block[:taken]
            self._run_rows(self._begun, outputs[:first])
        if rows:
            self._run_rows(block[taken : taken + rows], outputs[first:])
        self._filled = len(block) - taken - rows
        self._begun[: self._filled] = block[taken + rows :]
        return self._without_latency(outputs)

    def _drain(self) -> Doubles:
        """Runs the quantum that has been begun, filled up with silence."""
        self._begun[self._filled :] = 0.0
        self._filled = 0
        outputs = np.empty((QUANTUM_FRAMES, self.plan.output_columns))
        self._run_rows(self._begun, outputs)
        return self._without_latency(outputs)

    def _run_rows(self, rows: Doubles, outputs: Doubles) -> None:
        gains = self._run.process_through(rows, self._work, outputs, self.plan.output_column)
        if gains.shape[1]:
            self._gains.append(gains)

    def _without_latency(self, outputs: Doubles) -> Doubles:
        skipped = min(self._to_skip, len(outputs))
        self._to_skip -= skipped
        self._given += len(outputs) - skipped
        return outputs[skipped:]
