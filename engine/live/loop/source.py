"""The operation that reads a file into two columns of the frame matrix, at the song's position.

Files are read with `pread` in small blocks, not mapped: a mapped file that somebody truncates, or a
disk that is unplugged, would end the program by a signal; here it gives silence and a count. What
is read has been fetched into memory before (`engine.live.loop.ahead`), so a block costs a copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.audio.decode import ENCODING_CODES
from engine.compiler.abi import inlined, kernel
from engine.compiler.addresses import address_of, bytes_at, doubles_at, floats_at, words_at
from engine.live.loop.native import read_file
from engine.rack.operation import Operation

#: Bytes read at once: some 50 ms of a stereo stem.
BLOCK_BYTES = 1 << 14

_DESCRIPTOR, _ENCODING, _CHANNELS, _DATA_OFFSET, _FRAME_BYTES = 0, 1, 2, 3, 4
_FRAMES, _COLUMN, _OFFSET, _SEGMENTS, _REPORT = 5, 6, 7, 8, 9

# The state: first byte and number of bytes that are there, then the bytes.
_FIRST, _COUNT, _BYTES = 0, 1, 2
_NOTHING = -1

#: Cells of a file's report: values that were NaN or infinite, frames that could not be read.
REPORT_NOT_FINITE, REPORT_MISSING, REPORT_CELLS = 0, 1, 8

_SCALE_16 = 2.0**-15
_SCALE_32 = 2.0**-31
_LARGEST = float(np.finfo(np.float64).max)
_PCM_16, _PCM_24, _PCM_32 = (ENCODING_CODES[name] for name in ("PCM_16", "PCM_24", "PCM_32"))
_FLOAT = ENCODING_CODES["FLOAT"]


@inlined
def _fetch(words_p: Any, memory: Any, first: Any, count: Any) -> Any:
    """Makes sure that bytes from `first` on are there; returns how many of `count` are."""
    cached = words_at(memory)
    if first < cached[_FIRST] or first + count > cached[_FIRST] + cached[_COUNT]:
        whole = words_p[_FRAMES] * words_p[_FRAME_BYTES]
        wanted = min(np.int64(BLOCK_BYTES), whole - first)
        offset = words_p[_DATA_OFFSET] + first
        got = read_file(words_p[_DESCRIPTOR], memory + 8 * _BYTES, wanted, offset)
        if got < 0:  # once more: it may have been interrupted
            got = read_file(words_p[_DESCRIPTOR], memory + 8 * _BYTES, wanted, offset)
        cached[_FIRST] = first
        cached[_COUNT] = max(got, np.int64(0))
    return min(count, cached[_FIRST] + cached[_COUNT] - first)


@inlined
def _sample(encoding: Any, address: Any) -> Any:
    """The sample at an address; integers of b bits are scaled by 2^−(b−1)."""
    if encoding == _FLOAT:
        return np.float64(floats_at(address)[0])
    raw = bytes_at(address)
    if encoding == _PCM_24:
        low, middle, high = np.uint32(raw[0]), np.uint32(raw[1]), np.uint32(raw[2])
        return (
            np.int32((low << np.uint32(8)) | (middle << np.uint32(16)) | (high << np.uint32(24))) * _SCALE_32
        )
    if encoding == _PCM_16:
        return np.int16(np.uint16(raw[0]) | (np.uint16(raw[1]) << np.uint16(8))) * _SCALE_16
    if encoding == _PCM_32:
        low = np.uint32(raw[0]) | (np.uint32(raw[1]) << np.uint32(8))
        high = np.uint32(raw[2]) | (np.uint32(raw[3]) << np.uint32(8))
        return np.int32(low | (high << np.uint32(16))) * _SCALE_32
    return doubles_at(address)[0]


@inlined
def _decode(words_p: Any, address: Any, frames: Any, frames_p: Any, at: Any, columns: Any) -> Any:
    """Decodes frames into the two columns from `frames_p[at]` on; returns values that are not finite."""
    encoding, frame_bytes = words_p[_ENCODING], words_p[_FRAME_BYTES]
    right = 0 if words_p[_CHANNELS] == 1 else frame_bytes // 2
    bad = 0
    for frame in range(frames):
        here = address + frame * frame_bytes
        left_value = _sample(encoding, here)
        right_value = _sample(encoding, here + right)
        if not (abs(left_value) <= _LARGEST and abs(right_value) <= _LARGEST):
            bad += 1
            left_value = 0.0
            right_value = 0.0
        frames_p[at + frame * columns] = left_value
        frames_p[at + frame * columns + 1] = right_value
    return bad


@inlined
def _silence(frames_p: Any, begin: Any, rows: Any, columns: Any) -> None:
    for row in range(rows):
        frames_p[begin + row * columns] = 0.0
        frames_p[begin + row * columns + 1] = 0.0


@kernel
def read(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Fills a quantum; silence outside the file and where it cannot be read.

    Words: file descriptor, encoding, channels, where the data begin, bytes per frame, frames, left
    column, offset in frames, address of the positions to read, address of the report.
    """
    memory = address_of(state_p)
    positions = words_at(words_p[_SEGMENTS])
    report = words_at(words_p[_REPORT])
    frame_bytes = words_p[_FRAME_BYTES]
    at = words_p[_COLUMN]
    for segment in range(positions[0]):
        first = positions[1 + 2 * segment] - words_p[_OFFSET]
        count = positions[2 + 2 * segment]
        before = min(max(-first, 0), count)
        inside = max(min(words_p[_FRAMES] - first, count) - before, 0)
        _silence(frames_p, at, before, columns)
        here = at + before * columns
        there = 0
        if inside > 0:
            begin = (first + before) * frame_bytes
            there = max(_fetch(words_p, memory, begin, inside * frame_bytes), 0) // frame_bytes
            source = memory + 8 * _BYTES + begin - words_at(memory)[_FIRST]
            bad = _decode(words_p, source, there, frames_p, here, columns)
            report[REPORT_NOT_FINITE] += bad
            report[REPORT_MISSING] += inside - there
        _silence(frames_p, here + there * columns, count - before - there, columns)
        at += count * columns


def read_operation(
    *,
    descriptor: int,
    encoding: int,
    channels: int,
    data_offset: int,
    frame_bytes: int,
    frames: int,
    column: int,
    offset_frames: int,
    segments_address: int,
    report_address: int,
) -> Operation:
    """Reads a mono or stereo file into `column` and the next.

    Args:
        descriptor: of the open file.
        encoding: a value of `engine.audio.decode.ENCODING_CODES`.
        channels: 1 feeds both columns.
        data_offset: bytes before the first frame.
        frame_bytes: bytes per frame.
        frames: length of the file.
        column: left column.
        offset_frames: song frame of the file's first frame.
        segments_address: of the stretches of song to read in this quantum: how many, then the first
            frame and the number of frames of each; together one quantum.
        report_address: of `REPORT_CELLS` int64 that count what is wrong.
    """
    state = np.zeros(_BYTES + BLOCK_BYTES // 8)
    state.view(np.int64)[_FIRST] = _NOTHING
    words = (descriptor, encoding, channels, data_offset, frame_bytes, frames, column, offset_frames)
    return Operation(read, (*words, segments_address, report_address), state=state)
