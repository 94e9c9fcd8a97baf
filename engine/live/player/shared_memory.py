"""The memory that the control side and the loop share, and the thread the loop runs in."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.live.loop import cells
from engine.live.loop.ahead import AHEAD_HEAD, BUFFER_BYTES, keep_ahead
from engine.live.loop.handover import catch_up, move_on
from engine.live.loop.native import exchange_cell, publish_cell
from engine.live.loop.pump import pump
from engine.live.loop.quantum import play_quantum
from engine.live.loop.run_graph import run_slot
from engine.live.loop.translation import translate
from engine.live.player.ring_memory import Ring
from engine.live.priority import raise_priority

#: Length of the crossfade between two graphs, of the fade at play and pause, and the time constant
#: with which monitor gains follow.
CROSSFADE_MS, PLAY_FADE_MS, FOLLOW_MS = 15.0, 20.0, 5.0
#: Ticks of the meters, and how many the loop can be ahead of whoever reads them.
TICKS_PER_SECOND, TICKS = 50, 1024
#: The tap holds at least so much of the master bus.
TAP_S = 10.0
#: How far files are read ahead.
AHEAD_S = 8.0

#: A song position that is never reached.
NEVER = 1 << 62


#: One cache line of 64 bytes.
_LINE_CELLS = 8


def _on_a_line(count: int) -> NDArray[np.int64]:
    """Cells that begin where a cache line does."""
    memory = np.zeros(count + _LINE_CELLS, np.int64)
    first = -(int(memory.ctypes.data) // memory.itemsize) % _LINE_CELLS
    return memory[first : first + count]


@dataclass(frozen=True)
class Loads:
    """Processing time of a block over its duration.

    Attributes:
        blocks: measured.
        mean: 0 … 1 and beyond.
        p999: 99.9th percentile, rounded up to a thousandth.
        largest: of any block.
    """

    blocks: int
    mean: float
    p999: float
    largest: float


class Board:
    """Owns all shared memory and runs the loop.

    Args:
        sample_rate: Hz.
        ring_frames: frames to keep in the ring; at most half its capacity.
        block_frames: what the load is measured over.

    Attributes:
        ring: the output ring.
        cells: int64 cells of `engine.live.loop.cells`.
        targets: float64 targets.
        tap: `(frames, 3)` float64: left, right, and the position as int64.
        ticks: `(ticks, TICK_DOUBLES)` float64.
        strip: `(STRIP_FRAMES, 4)` float64: of the strip looked at, left and right before its chain, after it.
        looked: `(LOOKED_FRAMES, LOOKED_MAXIMUM, 2)` float32: of the stems looked at, after chain and trim;
            None before anybody has looked.
    """

    def __init__(self, sample_rate: int, ring_frames: int, block_frames: int) -> None:
        self.ring = Ring()
        self.cells = _on_a_line(cells.BOARD_CELLS)
        self.targets = np.zeros(cells.TARGETS)
        self.tap = np.zeros((1 << math.ceil(math.log2(TAP_S * sample_rate)), 3))
        self.ticks = np.zeros((TICKS, cells.TICK_DOUBLES))
        self.strip = np.zeros((cells.STRIP_FRAMES, 4))
        self.looked: NDArray[np.float32] | None = None
        self._tick = np.zeros(cells.TICK_DOUBLES)
        self._loads = np.zeros(cells.LOAD_CELLS, np.int64)
        self._scratch = np.zeros(cells.SCRATCH_BYTES // 8)
        self._zeros = np.zeros((QUANTUM_FRAMES, 2))
        self._no_files = np.zeros(AHEAD_HEAD, np.int64)
        self._ahead_buffer = np.zeros(BUFFER_BYTES, np.uint8)
        self._ahead_frames = round(AHEAD_S * sample_rate)
        quanta = math.ceil(CROSSFADE_MS * sample_rate / 1000.0 / QUANTUM_FRAMES)
        fade = (np.arange(quanta * QUANTUM_FRAMES) + 0.5) / (quanta * QUANTUM_FRAMES)
        self._fade = 0.5 - 0.5 * np.cos(np.pi * fade)
        for memory in (self.tap, self.ticks, self.strip):
            memory.fill(0.0)  # the system gives memory at its first use: not in the loop
        self._write_cells(sample_rate, ring_frames, block_frames)
        self._write_targets(sample_rate)
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> int:
        """Address of the cells."""
        return int(self.cells.ctypes.data)

    def _write_cells(self, sample_rate: int, ring_frames: int, block_frames: int) -> None:
        board = self.cells
        board[cells.STOP_FRAME] = NEVER
        board[cells.RING_TARGET] = ring_frames
        board[cells.BLOCK_FRAMES] = block_frames
        board[cells.SAMPLE_RATE] = sample_rate
        board[cells.TICK_FRAMES] = round(sample_rate / TICKS_PER_SECOND / QUANTUM_FRAMES) * QUANTUM_FRAMES
        board[cells.AT_AHEAD] = self._no_files.ctypes.data
        board[cells.AT_RING] = self.ring.address
        board[cells.AT_TARGETS] = self.targets.ctypes.data
        board[cells.AT_SCRATCH] = self._scratch.ctypes.data
        board[cells.AT_TICK] = self._tick.ctypes.data
        board[cells.AT_TAP], board[cells.TAP_CAPACITY] = self.tap.ctypes.data, len(self.tap)
        board[cells.AT_TICKS], board[cells.TICKS_CAPACITY] = self.ticks.ctypes.data, len(self.ticks)
        board[cells.AT_LOADS] = self._loads.ctypes.data
        board[cells.AT_FADE], board[cells.FADE_FRAMES] = self._fade.ctypes.data, len(self._fade)
        board[cells.AT_ZEROS] = self._zeros.ctypes.data
        board[cells.AT_BOARD] = self.address
        board[cells.AT_STRIP], board[cells.STRIP] = self.strip.ctypes.data, cells.STRIP_NONE
        board[cells.AT_RUN_SLOT], board[cells.AT_PLAY_QUANTUM] = run_slot.address, play_quantum.address
        board[cells.AT_MOVE_ON], board[cells.AT_CATCH_UP] = move_on.address, catch_up.address
        board[cells.AT_TRANSLATE] = translate.address

    def _write_targets(self, sample_rate: int) -> None:
        unity = [1.0, 0.0, 0.0, 1.0]
        self.targets[cells.TARGET_MATRIX : cells.TARGET_MATRIX + 4] = unity
        self.targets[cells.CURRENT_MATRIX : cells.CURRENT_MATRIX + 4] = unity
        for gain in (cells.TARGET_MAIN, cells.TARGET_ASIDE, cells.CURRENT_MAIN, cells.CURRENT_ASIDE):
            self.targets[gain] = 1.0
        self.targets[cells.FOLLOW] = 1.0 - math.exp(-1000.0 / (FOLLOW_MS * sample_rate))
        self.targets[cells.PLAY_STEP] = 1000.0 / (PLAY_FADE_MS * sample_rate)

    def publish(self, cell: int, value: int) -> None:
        """Writes a cell after everything written before it."""
        publish_cell(self.address, cell, value)

    def exchange(self, cell: int, value: int) -> int:
        """Writes a cell and returns what it held, in one step."""
        return int(exchange_cell(self.address, cell, value))

    def look_at_stems(self, stems: int) -> None:
        """Lets the loop copy the first `stems` stems into `looked` from now on; 0: none."""
        if self.looked is None and stems:
            self.looked = np.zeros((cells.LOOKED_FRAMES, cells.LOOKED_MAXIMUM, 2), np.float32)
            self.looked.fill(0.0)  # as above: not in the loop
            self.publish(cells.AT_LOOKED, self.looked.ctypes.data)
        self.publish(cells.LOOKED_STEMS, min(stems, cells.LOOKED_MAXIMUM))

    def start(self) -> None:
        """Starts the loop and the reading ahead."""
        ahead = (self.address, int(self._ahead_buffer.ctypes.data), self._ahead_frames)
        self._threads = [
            threading.Thread(target=self._pump, name="pump", daemon=True),
            threading.Thread(target=keep_ahead, args=ahead, name="read ahead", daemon=True),
        ]
        pump.compile()
        keep_ahead.compile()
        for thread in self._threads:
            thread.start()

    def _pump(self) -> None:
        raise_priority()
        pump(self.address)

    def stop(self) -> None:
        """Ends the loop; returns when it no longer touches any memory."""
        self.publish(cells.QUIT, 1)
        for thread in self._threads:
            thread.join()
        self.ring.close()

    def loads(self) -> Loads:
        """The loads so far."""
        blocks = int(self.cells[cells.LOAD_BLOCKS])
        if blocks == 0:
            return Loads(0, 0.0, 0.0, 0.0)
        largest = float(self.cells[cells.LOAD_MAX]) * 1e-9
        reached = np.cumsum(self._loads)
        # the first step below or at which 99.9 % of all blocks lie
        step = int(np.searchsorted(reached, math.ceil(0.999 * reached[-1])))
        p999 = min(largest, (step + 1) / cells.LOAD_STEPS_PER_UNIT)
        return Loads(blocks, float(self.cells[cells.LOAD_SUM]) * 1e-9 / blocks, p999, largest)
