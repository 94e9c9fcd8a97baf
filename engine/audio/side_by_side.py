"""Several wave files read at once: into columns of one matrix, or added up, in one compiled call.

File by file it takes a call each to read, to decode and to add up, which for a song of eight stems is a
third of the time, all of it under the interpreter's lock. Whatever does not go as it should (a file that ends
early, values that are not finite) is left to the ordinary way, which finds it again and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.decode import decoded_row
from engine.audio.source import AudioSource
from engine.compiler.abi import External, carray, compiled, inlined
from engine.compiler.addresses import doubles_at, start_of

Doubles = NDArray[np.float64]

_pread = External("pread", "int64(int32, int64, int64, int64)")

#: Columns of the table of files.
_DESCRIPTOR, _DATA_OFFSET, _FRAME_BYTES, _ENCODING, _CHANNELS, _FRAMES, _LATE, _COLUMN = range(8)
#: Frames read at once, and frames decoded at once: those stay in a core's first-level cache.
_READ_FRAMES, _DECODE_FRAMES = 8192, 1024
_LARGEST_FRAME_BYTES = 16


@inlined
def _fill(file: Any, first: Any, count: Any, raw: Any) -> Any:
    """Reads frames of a file into `raw`; whether all came."""
    wanted, got = count * file[_FRAME_BYTES], np.int64(0)
    place = file[_DATA_OFFSET] + first * file[_FRAME_BYTES]
    while got < wanted:
        read = _pread(np.int32(file[_DESCRIPTOR]), start_of(raw) + got, wanted - got, place + got)
        if read <= 0:
            return False
        got += read
    return True


@inlined
def _decode(file: Any, raw: Any, done: Any, count: Any, pairs: Any) -> Any:
    """Decodes `count` frames from the `done`-th in `raw` on into left and right; whether all are finite."""
    samples = count * file[_CHANNELS]
    row = carray(doubles_at(start_of(pairs)), (samples,))
    if decoded_row(raw[done * file[_FRAME_BYTES] :], file[_ENCODING], row) != 0:
        return False
    if file[_CHANNELS] == 1:
        for frame in range(count - 1, -1, -1):
            pairs[frame, 1] = row[frame]
            pairs[frame, 0] = row[frame]
    return True


@compiled("int64(int64[:, ::1], int64, float64[:, ::1], uint8[::1], float64[:, ::1])")
def _read_columns(files: Any, start: Any, out: Any, raw: Any, pairs: Any) -> Any:
    """Fills two columns for each file with song frames from `start` on, zeros outside it; 0: all is well."""
    for number in range(files.shape[0]):
        file = files[number]
        column = file[_COLUMN]
        first = start - file[_LATE]
        begin = min(max(-first, 0), out.shape[0])
        end = max(min(file[_FRAMES] - first, out.shape[0]), begin)
        for frame in range(begin):
            out[frame, column], out[frame, column + 1] = 0.0, 0.0
        for frame in range(end, out.shape[0]):
            out[frame, column], out[frame, column + 1] = 0.0, 0.0
        while begin < end:
            count = min(np.int64(_READ_FRAMES), end - begin)
            if not _fill(file, first + begin, count, raw):
                return 1
            for done in range(0, count, _DECODE_FRAMES):
                part = min(np.int64(_DECODE_FRAMES), count - done)
                if not _decode(file, raw, done, part, pairs):
                    return 1
                for frame in range(part):
                    out[begin + done + frame, column] = pairs[frame, 0]
                    out[begin + done + frame, column + 1] = pairs[frame, 1]
            begin += count
    return 0


@compiled("int64(int64[:, ::1], float64[::1], int64, float64[:, ::1], uint8[::1], float64[:, ::1])")
def _add_up(files: Any, gains: Any, start: Any, total: Any, raw: Any, pairs: Any) -> Any:
    """Adds `gain` times each file to `total`, `(frames, 2)`, file after file; 0: all is well."""
    for number in range(files.shape[0]):
        file, gain = files[number], gains[number]
        first = start - file[_LATE]
        begin = min(max(-first, 0), total.shape[0])
        end = max(min(file[_FRAMES] - first, total.shape[0]), begin)
        while begin < end:
            count = min(np.int64(_READ_FRAMES), end - begin)
            if not _fill(file, first + begin, count, raw):
                return 1
            for done in range(0, count, _DECODE_FRAMES):
                part = min(np.int64(_DECODE_FRAMES), count - done)
                if not _decode(file, raw, done, part, pairs):
                    return 1
                into = doubles_at(start_of(total[begin + done :]))
                what = doubles_at(start_of(pairs))
                for index in range(np.uint64(2 * part)):
                    into[index] += gain * what[index]
            begin += count
    return 0


@dataclass(frozen=True)
class Placed:
    """A source in a song.

    Attributes:
        source: of one or two channels; one feeds both columns.
        late_frames: song frame of its first.
        column: of its left channel, where columns are filled.
        gain: linear, where sources are added up.
    """

    source: AudioSource
    late_frames: int
    column: int = 0
    gain: float = 1.0


class SideBySide:
    """Sources that are read together. One thread at a time may read.

    Args:
        placed: the sources.
    """

    def __init__(self, placed: Sequence[Placed]) -> None:
        self._placed = tuple(placed)
        entries = [(one, one.source.entry()) for one in placed]
        rows = [[*entry, one.late_frames, one.column] for one, entry in entries if entry is not None]
        #: Every source is a wave file whose frames lie in it as they are: it can be read in one call.
        self.at_once = len(rows) == len(placed) and len(rows) > 0
        self._files = np.array(rows, np.int64).reshape(len(rows), 8)
        self._gains = np.array([one.gain for one in placed])
        self._raw = np.zeros(_READ_FRAMES * _LARGEST_FRAME_BYTES, np.uint8)
        self._pairs = np.zeros((_DECODE_FRAMES, 2))

    def read_into(self, start_frame: int, out: Doubles) -> None:
        """Fills the columns of all sources with song frames from `start_frame` on.

        Args:
            start_frame: may lie outside any of them.
            out: `(frames, any)` in C order; other columns are left alone.

        Raises:
            InputError: as `AudioSource.read_into`.
        """
        if self.at_once and _read_columns(self._files, start_frame, out, self._raw, self._pairs) == 0:
            return
        for one in self._placed:
            one.source.read_into(start_frame - one.late_frames, out, one.column)

    def add_to(self, start_frame: int, total: Doubles) -> bool:
        """Adds the sources, each times its gain, to `(frames, 2)` in C order, one after the other.

        Returns:
            Whether it was done. If not, `total` is as good as lost, and the sources have to be read one by
            one, where the reason will show.
        """
        if not self.at_once:
            return False
        return bool(_add_up(self._files, self._gains, start_frame, total, self._raw, self._pairs) == 0)
