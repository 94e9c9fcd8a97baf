"""A state of the live session as the background's tasks see it, and what each of them depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.deliver.target import file_stamp
from engine.errors import UsageError
from engine.live.background.request import Order
from engine.live.graph.versions import Mix, mix_of
from engine.session.files import parse_session
from engine.session.model import Deliverable, Session
from engine.session.validate import session_from_tree

Key = tuple[Any, ...]


@dataclass(frozen=True)
class State:
    """An order, read. Two states whose keys are equal give equal results.

    Attributes:
        order: as it came.
        session: its text.
        deliverable: the chosen one; None: none.
        mix: of the version that plays.
    """

    order: Order
    session: Session
    deliverable: Deliverable | None
    mix: Mix

    @cached_property
    def stamps(self) -> Key:
        """Of the stems' files."""
        return tuple((stem.path, file_stamp(stem.path)) for stem in self.session.stems)

    @cached_property
    def reference_key(self) -> Key:
        """What the reference depends on: its file."""
        reference = self.session.reference
        return () if reference is None else (reference.path, file_stamp(reference.path))

    @cached_property
    def delivered_key(self) -> Key:
        """The part of the song that is delivered."""
        master = self.mix.session.master
        return self.session.sample_rate, master.start_s, master.end_s

    @cached_property
    def corrected_key(self) -> Key:
        """What the sum of the stems depends on before any creative move: files and corrections."""
        stems = (
            (stem.name, stem.source_gain_db, stem.polarity_inverted, stem.offset_samples)
            for stem in self.session.stems
        )
        return self.session.sample_rate, tuple(stems), self.stamps

    @cached_property
    def dry_key(self) -> Key:
        """What the dry mix depends on: besides, which stems are in it."""
        content = self.mix.content
        mutes = tuple(stem.mute for stem in self.session.stems)
        return *self.corrected_key, mutes, content

    @cached_property
    def mix_key(self) -> Key:
        """What the master bus of the version depends on, without target."""
        stems = tuple(replace(stem, solo=False, sha256=None, notes="") for stem in self.session.stems)
        version = self.order.version
        own = self.session.versions.get(version), version in self.session.unlinked
        return self.session.sample_rate, stems, self.stamps, self.mix.session.master, version, own

    @cached_property
    def played_key(self) -> Key:
        """What the master bus depends on: besides, the deliverable that it is to sound like."""
        return *self.mix_key, None if self.deliverable is None else self.deliverable.sound


def read_order(order: Order) -> State:
    """Reads an order.

    Raises:
        SessionError: its text is no session.
        UsageError: it has no such deliverable or version.
    """
    session = session_from_tree(parse_session(order.text, order.path), order.path)
    deliverable = None
    if order.target is not None:
        found = [one for one in session.deliverables if one.name == order.target]
        if not found:
            raise UsageError(f"there is no deliverable '{order.target}' any more: choose another target")
        deliverable = found[0]
    return State(order, session, deliverable, mix_of(session, order.version))
