"""What has been edited lately and by whom: a console must not overwrite what it has not seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.link.failures import MessageRefused
from engine.session.comparing import Difference, any_overlap
from engine.session.reading import KeyPath, key_text

#: Edits that a stale one is looked for among.
_REMEMBERED = 512


@dataclass(frozen=True)
class _Edit:
    """What one edit has changed.

    Attributes:
        revision: that it led to.
        client: who made it.
        keys: the places that differ.
    """

    revision: int
    client: object
    keys: tuple[KeyPath, ...]


class RecentEdits:
    """The newest edits.

    Args:
        revision: that the session has now.
    """

    def __init__(self, revision: int) -> None:
        self._edits = deque([_Edit(revision, None, ())], maxlen=_REMEMBERED)

    def add(self, revision: int, client: object, found: Iterable[Difference]) -> None:
        """Takes note of an edit.

        Args:
            revision: that it led to.
            client: who made it.
            found: what it has changed.
        """
        self._edits.append(_Edit(revision, client, tuple(one.key for one in found)))

    def refuse_stale(self, keys: Sequence[KeyPath], client: object, base: int | None) -> None:
        """Refuses what somebody else has changed since.

        Args:
            keys: places to be changed.
            client: who asks.
            base: revision that the asker saw; None: does not matter.

        Raises:
            MessageRefused: kind `stale`.
        """
        if base is None:
            return
        edits = list(self._edits)
        known = [index for index, edit in enumerate(edits) if edit.revision == base]
        for edit in edits[known[-1] + 1 if known else 0 :]:
            if edit.client is not client and any_overlap(keys, edit.keys):
                raise MessageRefused(
                    f"{key_text(keys[0])}: another console has changed it meanwhile: look again", kind="stale"
                )
