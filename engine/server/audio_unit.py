"""Player, output and meters of one session, as the control loop uses them.

What moves the player runs in the thread `player`, one call after the other: opening files, building
graphs and reading ahead may take a while. Positions, meters and the monitor section do not.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.compiler.warm import ensure_compiled
from engine.errors import MachineError
from engine.link.records import Output as OutputRecord
from engine.link.records import State
from engine.live.devices.device import NULL
from engine.live.devices.output import Output
from engine.live.graph.codec_sound import CodecSound
from engine.live.graph.graph import Listen
from engine.live.graph.probe import Probe
from engine.live.graph.sources import Notice
from engine.live.metering.levels import Metering
from engine.live.player import player as players
from engine.live.player.changes import Programme
from engine.live.player.monitor import MonitorSection
from engine.live.player.player import Player
from engine.live.player.published_player import output_record
from engine.progress import Progress
from engine.session.model import Deliverable, Session

if TYPE_CHECKING:
    from engine.server.monitor_file import MonitorState

#: Sounds whose numbers are remembered, so that undo finds the loudness that was measured then.
_SOUNDS = 64


def programme_of(
    session: Session,
    *,
    deliverable: Deliverable | None,
    drive_db: float | None,
    ceiling_dbtp: float | None,
    version: str,
    listen: str,
    probe: Probe | None = None,
    track: Path | None = None,
    codec: CodecSound | None = None,
) -> Programme:
    """What is to be played."""
    return Programme(
        session,
        deliverable,
        drive_db,
        Listen(listen),
        ceiling_dbtp=ceiling_dbtp,
        version=version,
        probe=probe,
        track=track,
        codec=codec,
    )


class AudioUnit:
    """Everything of the engine that has to do with audio.

    Args:
        programme: to begin with.
        position_frames: where in the song.
        block_frames: of devices.
        notify: told, from any thread, what happens to device and files.
        progress: told about compiling and decoding.

    Raises:
        InputError: the session cannot be played.
    """

    def __init__(
        self,
        programme: Programme,
        position_frames: int,
        block_frames: int,
        notify: Callable[[Notice], None],
        progress: Progress,
    ) -> None:
        ensure_compiled(progress)
        self._sounds: list[Programme] = []
        self._sound_numbers: list[int] = []
        self._last_number = 0
        self.block_frames = block_frames
        self._notify = notify
        self.player = Player(
            self._numbered(programme),
            block_frames=block_frames,
            position_frames=position_frames,
            progress=progress,
        )
        self.metering = Metering(self.player)
        self.output = Output(self.player.ring, self.player.sample_rate, block_frames, notify)
        gc.collect()
        gc.freeze()

    def _numbered(self, programme: Programme) -> Programme:
        """With a number as its revision that is equal for what sounds equal; loudness is kept by it."""
        session = programme.session
        stems = tuple(replace(stem, solo=False, notes="") for stem in session.stems)
        unheard: dict[str, Any] = {"title": "", "notes": "", "references": (), "metadata": None}
        plain = replace(session, stems=stems, deliverables=(), reference=None, **unheard)
        deliverable = None if programme.deliverable is None else programme.deliverable.sound
        silent = replace(programme, deliverable=deliverable, probe=None, track=None, codec=None)
        sound = replace(silent, session=plain, listen=Listen.PROCESSED, revision=0)
        for known, number in zip(reversed(self._sounds), reversed(self._sound_numbers), strict=True):
            if known == sound:
                return replace(programme, revision=number)
        self._last_number += 1
        self._sounds.append(sound)
        self._sound_numbers.append(self._last_number)
        del self._sounds[:-_SOUNDS], self._sound_numbers[:-_SOUNDS]
        return replace(programme, revision=self._last_number)

    def plays(self, programme: Programme) -> bool:
        """Whether a programme is what the player was last given."""
        return replace(programme, revision=self.player.programme.revision) == self.player.programme

    # ----------------------- in the thread `player`, or in the control loop while that is idle

    def set_programme(self, programme: Programme) -> None:
        """Plays another state; what plays goes on if it cannot be used."""
        self.player.set_programme(self._numbered(programme))

    def forget(self, path: Path) -> None:
        """Lets the next programme read a file again."""
        self.player.forget(path)

    # --------------------------------------------------------------- in the thread `device`

    def select_device(self, wanted: str) -> str:
        """Plays through another device; returns what to remember it by.

        Raises:
            MachineError: it refuses; what played before goes on.
        """
        return self.output.select(wanted)

    def open_first_device(self, wanted: str) -> str | None:
        """The same at the start; one that refuses is told, and `null` plays: nothing to remember then."""
        try:
            return self.output.select(wanted)
        except MachineError as error:
            self.output.select(NULL)
            self._notify(Notice("device_refused", f"playing on 'null', without sound: {error.message}"))
            return None

    # ----------------------------------------------------------------- in the control loop

    def set_monitor(self, state: MonitorState) -> None:
        """Sets the monitor section; gains glide."""
        section = MonitorSection(state.level_db, state.dim, state.mono, state.side, state.swap)
        self.player.set_monitor(section)

    @property
    def sound_number(self) -> int:
        """Number of what plays, as loudness is kept by it."""
        return self.player.programme.revision

    @property
    def state(self) -> State:
        """As it is published; at its end a song is paused."""
        playing = self.player.state is players.State.PLAYING
        return State.PLAYING if playing else State.PAUSED

    def output_record(self) -> OutputRecord:
        """The device, as it is published."""
        return output_record(self.player, self.output)

    def close(self) -> None:
        """Ends playing."""
        self.output.stop()
        self.player.close()
