"""Loudness by programme position: it belongs to the song, not to the listening."""

from __future__ import annotations

import enum
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from engine.link import layout
from engine.link.newest import Latest, NewestWriter
from engine.link.records import HistoryHead
from engine.link.segment import Segment


class Heard(enum.IntEnum):
    """What is known of one slot of the loudness history."""

    UNHEARD = 0
    HEARD = 1
    OUTDATED = 2


@dataclass(frozen=True)
class History:
    """Loudness by programme position, whatever order the song was heard in.

    Attributes:
        revision: of the live session.
        slot_frames: frames of song per slot.
        song_frames: length of the song.
        short_term_lufs: per slot the loudest short-term loudness; meaningless where unheard.
        states: per slot a `Heard`, as bytes.
    """

    revision: int
    slot_frames: int
    song_frames: int
    short_term_lufs: Sequence[float]
    states: bytes


NO_HISTORY = History(0, 0, 0, (), b"")


def slot_frames(song_frames: int) -> int:
    """Frames per slot with which a song of `song_frames` fits into HISTORY_SLOTS; ≥ 1."""
    return max(1, -(-song_frames // layout.HISTORY_SLOTS))


class HistoryWriter:
    """Publishes the loudness history; a few times a second is enough."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.HISTORY)

    def publish(self, history: History) -> None:
        """Makes `history` the newest.

        Raises:
            ValueError: more than HISTORY_SLOTS, or values and states differ in number.
        """
        slots = len(history.states)
        if slots > layout.HISTORY_SLOTS or slots != len(history.short_term_lufs):
            raise ValueError(f"{len(history.short_term_lufs)} values and {slots} states")
        payload = bytearray(layout.HISTORY_HEAD.room)
        head = HistoryHead(history.revision, slots, history.slot_frames, history.song_frames)
        layout.HISTORY_HEAD.pack_into(payload, 0, head)
        payload += array("f", history.short_term_lufs).tobytes()
        payload += history.states
        self._newest.publish(payload)


def _decode(payload: bytes) -> History:
    head = layout.HISTORY_HEAD.unpack_from(payload)
    begin = layout.HISTORY_HEAD.room
    end = begin + 4 * head.slots
    return History(
        head.revision, head.slot_frames, head.song_frames, array("f", payload[begin:end]), payload[end:]
    )


def history(segment: Segment) -> Latest[History]:
    """The loudness history in a segment; an empty one before the first."""
    return Latest(segment, layout.HISTORY, _decode, NO_HISTORY)
