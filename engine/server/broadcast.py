"""Publishes the engine's state: often what moves, rarely what is made of words."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from engine.errors import MachineError
from engine.link.layout import PARAMETERS
from engine.link.parameters import Parameters
from engine.link.records import State
from engine.server.parameters import parameters_of
from engine.server.publishing import document_of, loading_snapshot, snapshot_of

if TYPE_CHECKING:
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState

#: Snapshots while something moves, and while nothing does, s.
_SNAPSHOT_S, _RESTING_SNAPSHOT_S = 0.02, 0.1
_DOCUMENT_S, _HISTORY_S, _CLOSE_UP_S = 0.04, 0.5, 0.06
#: A failed engine without clients exits after this many seconds.
_ALONE_S = 10.0
#: States of the undo history in the document of a session that leaves no room for more.
_FEW_STEPS = 20


class Broadcast:
    """What consoles read.

    Args:
        engine: its state.
    """

    def __init__(self, engine: EngineState) -> None:
        self._engine = engine
        self._layout = 0
        self._clients: tuple[tuple[int, int], ...] = ()
        self._alone_since_s = time.monotonic()

    def publish(self) -> None:
        """What is due."""
        engine = self._engine
        self._look_at_clients()
        audio = engine.audio
        moving = audio is None or audio.state is State.PLAYING
        if engine.is_due("snapshot", _SNAPSHOT_S if moving else _RESTING_SNAPSHOT_S):
            engine.host.publish(
                snapshot_of(engine, audio) if audio else loading_snapshot(engine, engine.playing)
            )
        if engine.close_up.is_new and engine.is_due("close-up", _CLOSE_UP_S):
            engine.host.publish_close_up(engine.close_up.record())
        if engine.stems_close_up.is_new and engine.is_due("stems close-up", _CLOSE_UP_S):
            engine.host.publish_stems_close_up(engine.stems_close_up.record())
        if engine.notices.is_new:
            engine.notices.is_new = False
            engine.document_changed()
        if engine.take_document_change(_DOCUMENT_S):
            self._publish_words()

    def _look_at_clients(self) -> None:
        engine = self._engine
        clients = tuple((client.index, int(client.role)) for client in engine.host.clients)
        if clients != self._clients:
            self._clients = clients
            engine.document_changed()
        if clients or engine.failure is None:
            self._alone_since_s = time.monotonic()
        elif time.monotonic() - self._alone_since_s > _ALONE_S:
            engine.is_ending = True

    def _publish_words(self) -> None:
        engine, audio = self._engine, self._engine.audio
        found = parameters_of(engine.live.session, PARAMETERS)
        if found.paths != engine.parameters.paths:
            self._layout += 1
        engine.parameters = found
        playing = found if audio is None else parameters_of(audio.player.programme.session, PARAMETERS)
        currents = playing.values if playing.paths == found.paths else found.values
        try:
            engine.host.publish_document(document_of(engine))
        except MachineError:
            # of a huge session the newest part of the history is what is needed most
            engine.host.publish_document(document_of(engine, steps=_FEW_STEPS))
        engine.host.publish_parameters(
            Parameters(engine.live.book.revision, self._layout, found.values, currents)
        )

    def publish_loudness(self, audio: AudioUnit) -> None:
        """Loudness of the song as far as it is known, when that has changed."""
        engine = self._engine
        if not engine.take_loudness_change(_HISTORY_S):
            return
        from engine.server.loudness_map import history_of  # numpy is there by now

        loudness, master = audio.metering.loudness, engine.meters.master
        integrated, spread = loudness.integrated_lufs, loudness.loudness_range_lu
        master.integrated_lufs = math.nan if integrated is None else integrated
        master.lra_lu = math.nan if spread is None else spread
        engine.heard_share = loudness.heard_share
        engine.host.publish_history(
            history_of(loudness, engine.live.book.revision, audio.sound_number, audio.player.song_frames)
        )
