"""Plays a session: transport, edits, monitor section, as calls from one control thread."""

from __future__ import annotations

import enum
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.errors import InputError, UsageError
from engine.live.graph.graph import graph_beside, output_settings, processed_graph, song_frames_of
from engine.live.graph.sources import Notice, SourceFiles
from engine.live.graph.versions import mix_of
from engine.live.loop import cells
from engine.live.player.changes import Changes, Graphs, Playing, Programme
from engine.live.player.monitor import MonitorSection
from engine.live.player.ring_memory import CAPACITY_FRAMES, Ring
from engine.live.player.shared_memory import Board, Loads
from engine.live.player.translation import Translations
from engine.plan.layout import Memo
from engine.progress import Progress, silent
from engine.session.playback import PlaybackSystem

#: Audio kept ahead of the device: what a command waits for until it is heard.
RING_MS = 40.0
#: A loop is in force this many frames after it was set, at the latest, while nothing else changes.
_LOOP_MARGIN_FRAMES = 8 * QUANTUM_FRAMES


class State(enum.IntEnum):
    """What the loop does."""

    PAUSED = cells.STATE_PAUSED
    PLAYING = cells.STATE_PLAYING
    ENDED = cells.STATE_ENDED


def ring_frames_for(sample_rate: int, block_frames: int) -> int:
    """Frames to keep in the ring: `RING_MS`, at least two blocks, whole quanta."""
    wanted = max(RING_MS * sample_rate / 1000.0, 2.0 * block_frames)
    return min(CAPACITY_FRAMES // 2, math.ceil(wanted / QUANTUM_FRAMES) * QUANTUM_FRAMES)


class Player:
    """A session that can be heard. Starts paused.

    Not for several threads at once, except for `ring`, `state` and `position_frames`.

    Args:
        programme: what to play.
        block_frames: of the device; sets the least size of the ring.
        position_frames: song frame to start at; one outside the song is the nearest inside.
        progress: told about decoding compressed stems.

    Raises:
        InputError: a stem or a processor cannot be used.
    """

    def __init__(
        self,
        programme: Programme,
        *,
        block_frames: int = 512,
        position_frames: int = 0,
        progress: Progress = silent,
    ) -> None:
        rate = programme.session.sample_rate
        self.sample_rate = rate
        self.ring_frames = ring_frames_for(rate, block_frames)
        self.board = Board(rate, self.ring_frames, block_frames)
        self._files = SourceFiles(rate, progress)
        self._programme = programme
        self._changes = Changes(self.board)
        self._memo = Memo()
        self._translations = Translations(self.board)
        self._loop_sequence = 0
        self._loop: tuple[int, int] | None = None
        self._stop_frame: int | None = None
        try:
            position = min(max(position_frames, 0), self.song_frames)
            self._post(position=position)
            self._files.fetch(position)
        except BaseException:
            self._files.close()
            self.board.ring.close()
            raise
        self.board.start()

    # ---------------------------------------------------------------------------- reports

    @property
    def ring(self) -> Ring:
        """What a device plays from."""
        return self.board.ring

    @property
    def programme(self) -> Programme:
        """What is played, as last set."""
        return self._programme

    @property
    def song_frames(self) -> int:
        """Length of the song."""
        return song_frames_of(self._programme.session, self._files)

    @property
    def state(self) -> State:
        """What the loop does."""
        return State(int(self.board.cells[cells.STATE]))

    @property
    def position_frames(self) -> int:
        """Song frame that is heard now."""
        heard = self.board.ring.heard_position
        return int(self.board.cells[cells.POSITION]) if heard is None else heard

    @property
    def has_been_heard(self) -> bool:
        """Whether everything up to the end has left the ring."""
        return self.state is State.ENDED and self.position_frames >= int(self.board.cells[cells.POSITION])

    @property
    def latency_frames(self) -> int:
        """The main graph's own latency, besides the ring."""
        main = self._changes.main
        return 0 if main is None else main.graph.latency_frames

    @property
    def is_settled(self) -> bool:
        """Whether everything posted has been carried out."""
        return self._changes.are_done

    def playing(self, serial: int) -> Playing | None:
        """The main graph that came with a change; None when it has long been replaced."""
        return self._changes.playing.get(serial)

    @property
    def tapped_frames(self) -> int:
        """Frames of the master bus written to the tap so far."""
        return int(self.board.cells[cells.TAPPED])

    def read_tap(self, begin: int, end: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Frames of the master bus, counted from the first that was played; any thread may ask.

        Args:
            begin: first frame.
            end: behind the last; at most `tapped_frames`.

        Returns:
            `(frames, 2)` float64 and `(frames,)` song positions; those at the beginning that have been
            overwritten are missing.
        """
        tap = self.board.tap
        begin = max(begin, end - len(tap))
        rows = tap[np.arange(begin, end) & (len(tap) - 1)]
        overwritten = max(0, self.tapped_frames + QUANTUM_FRAMES - len(tap) - begin)
        rows = rows[overwritten:]
        return np.ascontiguousarray(rows[:, :2]), rows[:, 2].copy().view(np.int64)

    def loads(self) -> Loads:
        """Processing time of blocks over their duration."""
        return self.board.loads()

    def poll_files(self) -> list[Notice]:
        """What has happened to the files since the last call."""
        return self._files.poll()

    # -------------------------------------------------------------------------- transport

    def play(self) -> None:
        """Plays; from the beginning when the end had been reached."""
        if self.state is State.ENDED:
            self.seek(0)
        self.board.publish(cells.PLAY, 1)

    def pause(self) -> None:
        """Fades out and stays where it is."""
        self.board.publish(cells.PLAY, 0)

    def seek(self, position_frames: int) -> None:
        """Goes on from a song frame; one outside the song is the nearest inside, its end included."""
        position = min(max(position_frames, 0), self.song_frames)
        self._files.fetch(position)
        if self.state is State.ENDED:
            self.pause()  # what has ended does not begin by itself
        self._post(position=position)

    def set_loop(self, on: bool, start_frames: int = 0, end_frames: int = 0) -> None:
        """Repeats the frames from `start_frames` up to, but without `end_frames`.

        The song jumps when it comes to the loop's end; beyond it the song just goes on. An end that is
        set where the song is heard has already been read: then it jumps at once.

        Raises:
            UsageError: the loop is empty or lies outside the song.
        """
        if on and not 0 <= start_frames < end_frames <= self.song_frames:
            raise UsageError(
                f"a loop from frame {start_frames} to {end_frames} is empty or outside the song's "
                f"{self.song_frames} frames: set its end behind its start",
                kind="bad_loop",
            )
        self._loop = (start_frames, end_frames) if on else None
        self._loop_sequence += 2
        self.board.publish(cells.LOOP_SEQUENCE, self._loop_sequence - 1)
        self.board.publish(cells.LOOP_ON, int(on))
        self.board.publish(cells.LOOP_START, start_frames)
        self.board.publish(cells.LOOP_END, end_frames)
        self.board.publish(cells.LOOP_SEQUENCE, self._loop_sequence)
        heard, read = self.position_frames, int(self.board.cells[cells.POSITION]) + self.latency_frames
        if on and heard <= end_frames <= read + _LOOP_MARGIN_FRAMES:
            rests = self.state is not State.PLAYING and heard < end_frames
            self.seek(heard if rests else start_frames)

    def stop_at(self, position_frames: int | None) -> None:
        """Where playing ends; None: at the end of the song."""
        self._stop_frame = position_frames
        self.board.publish(cells.STOP_FRAME, self._stop_at())

    def _stop_at(self) -> int:
        return self.song_frames if self._stop_frame is None else min(self._stop_frame, self.song_frames)

    # ------------------------------------------------------------------ edits and listening

    def set_programme(self, programme: Programme) -> None:
        """Plays another state of the session, or listens to something else, without a gap.

        Parameters move within the crossfade. A structural change runs its new graph up to the place
        that is heard before it fades in. Several calls in quick succession become one.

        Raises:
            InputError: something cannot be used; what plays goes on unchanged.
        """
        former, self._programme = self._programme, programme
        try:
            self._post(position=None)
        except BaseException:
            self._programme = former
            raise

    def has_files_of(self, programme: Programme) -> bool:
        """Whether every file that a programme plays is open: then setting it waits for no disk."""
        now, session = self._programme, programme.session
        wanted = [stem.path for stem in session.stems]
        wanted += [] if session.reference is None else [session.reference.path]
        same = (programme.track, programme.codec, programme.listen) == (now.track, now.codec, now.listen)
        return same and session.sample_rate == self.sample_rate and all(map(self._files.has, wanted))

    def reopen(self, *paths: Path) -> None:
        """Plays files again that have been replaced on the disk.

        Raises:
            InputError: one cannot be used; what plays goes on unchanged.
        """
        for path in paths:
            self.forget(path)
        self._post(position=None)

    def forget(self, path: Path) -> None:
        """Reopens a file when the next programme comes; until then its former content plays."""
        self._files.forget(path)

    def set_monitor(self, section: MonitorSection) -> None:
        """Sets the monitor section; gains glide."""
        self.board.targets[cells.TARGET_MATRIX : cells.TARGET_MATRIX + 4] = section.matrix()

    def set_translation(self, system: PlaybackSystem | None) -> None:
        """Lets the monitor sound like a playback system, crossfaded; None: plain. Heard only.

        Raises:
            SessionError: no filter follows its curve; what is heard stays.
        """
        self._translations.choose(system)

    def set_match(self, main_gain: float, beside_gain: float) -> None:
        """Gains that make the main graph and the one beside it equally loud; heard only."""
        self.board.targets[cells.TARGET_MAIN] = main_gain
        self.board.targets[cells.TARGET_ASIDE] = beside_gain

    def _post(self, position: int | None) -> None:
        """Hands over what the programme asks for now; `position` None: without a jump."""
        programme, files = self._programme, self._files
        mix = mix_of(programme.session, programme.version)
        session = mix.session
        if session.sample_rate != self.sample_rate:
            raise InputError(
                f"{session.path}: sample_rate is {session.sample_rate} Hz now and plays at "
                f"{self.sample_rate} Hz: stop and open the session again",
                kind="sample_rate",
                path=session.path,
            )
        settings = output_settings(
            session,
            song_frames_of(session, files),
            deliverable=programme.deliverable,
            drive_db=programme.drive_db,
            ceiling_dbtp=programme.ceiling_dbtp,
        )
        main = processed_graph(session, files, settings, leaves=mix.leaves, memo=self._memo)
        beside = graph_beside(
            session,
            files,
            settings,
            programme.listen,
            mix.content,
            probe=programme.probe,
            track=programme.track,
            codec=programme.codec,
        )
        graphs = Graphs(main, beside, settings)
        uses = [(use.file, use.offset_frames) for graph in (main, beside) if graph for use in graph.sources]
        self.board.publish(cells.AT_AHEAD, files.ahead_table(uses))
        self.board.publish(cells.STOP_FRAME, self._stop_at())
        self._changes.post(programme, graphs, position)
        self._fit_loop()

    def _fit_loop(self) -> None:
        """Keeps the loop inside the song, which another stem may have made shorter."""
        if self._loop is not None and self._loop[1] > self.song_frames:
            start, end = self._loop[0], self.song_frames
            self.set_loop(start < end, start, end)

    def close(self) -> None:
        """Ends the loop and closes the files. Devices have to be stopped before."""
        self.board.stop()
        self._files.close()
