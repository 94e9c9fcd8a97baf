"""What can go wrong between an engine and who watches it, as errors told to the user in one line."""

from __future__ import annotations

from engine.errors import MachineError, StemlatheError, UsageError


class SegmentError(MachineError):
    """The shared memory of an engine or render cannot be used.

    Kinds: `not_a_segment`, `truncated_segment`, `incompatible_version`, `foreign_owner`, `gone`,
    `damaged_segment`.
    """

    default_kind = "damaged_segment"


class QueueFull(StemlatheError):  # noqa: N818 (a state that passes, not a fault)
    """The other side has not yet read what was sent before; nothing was sent. Try again later."""

    default_kind = "queue_full"


class MessageRefused(StemlatheError):  # noqa: N818 (an answer, not a fault of the program)
    """A message that is not in the protocol, or not allowed to its sender.

    Kinds: `bad_message`, `unknown_command`, `bad_payload`, `too_long`, `not_in_control`, `read_only`.
    """

    default_kind = "bad_message"


class NoEngineError(UsageError):
    """No running engine or render has that name."""

    default_kind = "no_engine"
