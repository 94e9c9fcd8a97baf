"""A plan as a stream: blocks of any length in, the same frames out, latency removed."""

from __future__ import annotations

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES
from engine.plan.plan import Plan
from engine.rack.operation import Doubles

#: Frames processed at a time: large enough that Python's share vanishes, small enough for the cache.
CHUNK_FRAMES = 8192


def smallest_gains(gains: Doubles) -> Doubles:
    """The smallest of each gain in every quantum.

    Args:
        gains: `(frames, gains)`, whole quanta.

    Returns:
        `(quanta, gains)`.
    """
    return np.minimum.reduceat(gains, np.arange(0, gains.shape[0], QUANTUM_FRAMES), axis=0)


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
        self._chunk = np.zeros((CHUNK_FRAMES, plan.columns))
        self._filled = 0
        self._to_skip = plan.latency_frames
        self._fed = 0
        self._given = 0

    @property
    def gains(self) -> Doubles:
        """The smallest gains so far, see `smallest_gains`, from the plan's first frame on."""
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
        return np.concatenate(parts) if parts else self._nothing()

    def _push(self, block: Doubles) -> Doubles:
        parts = []
        start = 0
        while start < block.shape[0]:
            room = CHUNK_FRAMES - self._filled
            taken = min(room, block.shape[0] - start)
            rows = slice(self._filled, self._filled + taken)
            self._chunk[rows, : self._inputs] = block[start : start + taken]
            self._filled += taken
            start += taken
            if self._filled == CHUNK_FRAMES:
                parts.append(self._run_rows(CHUNK_FRAMES))
                self._filled = 0
        return np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else self._nothing()

    def _nothing(self) -> Doubles:
        return np.zeros((0, self.plan.output_columns))

    def _drain(self) -> Doubles:
        """Runs what has been filled so far, padded with silence to a whole quantum."""
        rows = -(-self._filled // QUANTUM_FRAMES) * QUANTUM_FRAMES
        self._chunk[self._filled : rows, : self._inputs] = 0.0
        self._filled = 0
        return self._run_rows(rows)

    def _run_rows(self, rows: int) -> Doubles:
        chunk = self._chunk[:rows]
        self._run.process(chunk)
        if self.plan.gain_columns:
            self._gains.append(smallest_gains(chunk[:, self.plan.gain_columns]))
        left = self.plan.output_column
        skipped = min(self._to_skip, rows)
        self._to_skip -= skipped
        self._given += rows - skipped
        return chunk[skipped:, left : left + self.plan.output_columns].copy()
