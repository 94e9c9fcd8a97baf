"""Reads ahead: what will be played soon is fetched into the system's file cache."""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import compiled, inlined
from engine.compiler.addresses import words_at
from engine.live.loop.cells import AT_AHEAD, POSITION, QUIT
from engine.live.loop.native import observe, read_file, sleep_us

#: Cells of the table: number of files, then for each its descriptor, where its data begin, bytes per
#: frame, frames, song frame of its first, and the stretch of it that has been fetched.
AHEAD_HEAD, AHEAD_FILE = 8, 8
_DESCRIPTOR, _DATA_OFFSET, _FRAME_BYTES, _FRAMES, _OFFSET, _FROM, _UNTIL = range(7)

#: Bytes fetched at once.
BUFFER_BYTES = 1 << 18
_PAUSE_US = 50_000


@inlined
def _fetch(file: Any, position: Any, ahead_frames: Any, buffer: Any) -> None:
    begin = min(max(position - file[_OFFSET], 0), file[_FRAMES])
    end = min(begin + ahead_frames, file[_FRAMES])
    if not file[_FROM] <= begin <= file[_UNTIL]:
        file[_FROM], file[_UNTIL] = begin, begin
    while file[_UNTIL] < end:
        count = min(BUFFER_BYTES // file[_FRAME_BYTES], end - file[_UNTIL])
        offset = file[_DATA_OFFSET] + file[_UNTIL] * file[_FRAME_BYTES]
        read_file(file[_DESCRIPTOR], buffer, count * file[_FRAME_BYTES], offset)
        file[_UNTIL] += count


@compiled("void(int64, int64, int64)")
def keep_ahead(board_at: Any, buffer: Any, ahead_frames: Any) -> None:
    """Runs until the board says QUIT.

    Args:
        board_at: address of the board; AT_AHEAD is the address of the table.
        buffer: address of BUFFER_BYTES of scratch memory.
        ahead_frames: how far ahead of the song's position.
    """
    board = words_at(board_at)
    while observe(board, QUIT) == 0:
        table = observe(board, AT_AHEAD)
        for index in range(words_at(table)[0]):
            file = words_at(table + 8 * (AHEAD_HEAD + index * AHEAD_FILE))
            _fetch(file, board[POSITION], ahead_frames, buffer)
        sleep_us(_PAUSE_US)
