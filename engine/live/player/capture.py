"""Writes the master bus to a file while it plays: before the monitor section, from song frame 0."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from engine.audio.writer import open_writer
from engine.errors import InputError, MachineError
from engine.live.loop import cells
from engine.live.player.player import Player
from engine.pairs import members

_PAUSE_S = 0.02
#: Frames handed to the writer at once.
_BLOCK_FRAMES = 1 << 14


def refuse_sources(path: Path, player: Player) -> None:
    """Makes sure that a capture would not overwrite what it is made from.

    Raises:
        InputError: `path` is the session file, a stem or the reference.
    """
    session = player.programme.session
    reference = [] if session.reference is None else [session.reference.path]
    audio = [*(stem.path for stem in session.stems), *reference]
    for source in (session.path, *(file for one in audio for file in members(one))):
        if path.exists() and source.exists() and os.path.samefile(path, source):
            raise InputError(
                f"{path}: belongs to the session and is never written to: capture to another file",
                kind="exists",
                path=path,
            )


class Capture:
    """Captures from the first frame that is played after it was made, as 32-bit float WAV.

    Args:
        player: whose master bus; it must not be playing yet.
        path: the file; it appears when `close` has written it. One of that name is replaced.
        wait: let the player stand still when writing is slower than playing, instead of losing
            frames; only for a device without a clock of its own.

    Raises:
        InputError: the file belongs to the session.
        MachineError: the file cannot be written.
    """

    def __init__(self, player: Player, path: Path, *, wait: bool = False) -> None:
        refuse_sources(path, player)
        self._player = player
        self._writer = open_writer(path, player.sample_rate, 2, "wav32f", 0)
        self._taken = player.tapped_frames
        self._ended = threading.Event()
        self._error: Exception | None = None
        self._aborted = False
        if wait:
            player.board.publish(cells.TAP_TAKEN, self._taken)
            player.board.publish(cells.TAP_WAITS, 1)
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._ended.wait(_PAUSE_S):
                self._drain()
            self._drain()
        except Exception as error:  # told by `close`, in the thread that can answer for it
            self._error = error
            self._player.board.publish(cells.TAP_WAITS, 0)

    def _drain(self) -> None:
        written = self._player.tapped_frames
        while self._taken < written:
            end = min(written, self._taken + _BLOCK_FRAMES)
            block, _ = self._player.read_tap(self._taken, end)
            lost = end - self._taken - len(block)
            if lost:
                raise MachineError(
                    f"{self._writer.path}: {lost} frames could not be written in time: "
                    "capture to a faster disk",
                    kind="capture_lost",
                    path=self._writer.path,
                )
            self._writer.write(block)
            self._taken = end
            self._player.board.publish(cells.TAP_TAKEN, end)

    @property
    def error(self) -> Exception | None:
        """What has ended it before its time."""
        return self._error

    def abort(self) -> None:
        """Writes nothing; there is no file then."""
        self._ended.set()
        self._thread.join()
        self._writer.abort()
        self._aborted = True

    def close(self) -> None:
        """Writes what is left and puts the file in its place; after `abort` there is nothing to do.

        Call it when nothing plays any more: what is played later is not in the file.

        Raises:
            MachineError: writing failed, now or earlier; there is no file then.
        """
        self._ended.set()
        self._thread.join()
        self._player.board.publish(cells.TAP_WAITS, 0)
        if self._aborted:
            return
        if self._error is not None:
            self._writer.abort()
            raise self._error
        self._writer.close()
