"""What the engine still owes the console: answers, and the words that have what they led to."""

from __future__ import annotations

import time

from engine.link.messages import Message

#: An answer of the engine is waited for so long at most, s.
ANSWER_S = 5.0
#: What an answer has led to is published so long after it at most, s.
_PUBLISHED_S = 1.0


class Due:
    """Commands without an answer, and the newest answer whose effect is not published yet."""

    def __init__(self) -> None:
        self._sent: dict[int, float] = {}
        self._led_to: tuple[int | None, float] = (None, float("-inf"))

    def sent(self, id: int) -> None:
        """Command `id` was sent."""
        self._sent[id] = time.monotonic()

    def take(self, message: Message) -> None:
        """Something the engine said; an answer to a command ends waiting for it."""
        if message.kind in ("done", "error") and self._sent.pop(message.id, None) is not None:
            self._led_to = (message.revision, time.monotonic())

    def give_up(self, now_s: float) -> None:
        """Answers that have taken too long are waited for no longer; `now_s` is CLOCK_MONOTONIC."""
        self._sent = {id: at for id, at in self._sent.items() if now_s - at < ANSWER_S}

    def forget(self) -> None:
        """Another engine: it owes nothing."""
        self._sent.clear()

    def is_any(self, shown_revision: int) -> bool:
        """Whether an answer is due, or what the newest one has led to is not yet published.

        Args:
            shown_revision: of the live session, as published.
        """
        revision, answered_s = self._led_to
        is_late = time.monotonic() - answered_s > _PUBLISHED_S  # somebody else's edit may have come after
        return bool(self._sent) or (revision not in (None, shown_revision) and not is_late)
