"""Versions of the song while it plays: master, instrumental, a cappella, and one's own.

A version takes the place of the master graph: what is heard is what the master meters show and what
a capture writes. A *linked* version is a part of the mix behind dynamics that follow the full mix,
so stem meters and gain reductions stay those of the mix, and so do drive and ceiling. It is laid out
in the parts that a render of that version alone adds up, in the same order: the same bits. A version
that changes trims, or is not linked, is another mix, at the master's drive or one of its own. `stems`
are files, not something to hear: solo is for that.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import UsageError
from engine.session.model import Session
from engine.session.versions import (
    MASTER,
    STEMS,
    content_of,
    in_section,
    is_linked,
    known_versions,
    part_tree,
    session_of,
)


@dataclass(frozen=True)
class Mix:
    """What a version asks for.

    Attributes:
        session: the mix; its trims, heads, tails and fades are the version's.
        leaves: names of the stems of each part that is heard; None: the mix itself.
        content: names of all stems that are heard; None: all.
    """

    session: Session
    leaves: tuple[frozenset[str], ...] | None = None
    content: frozenset[str] | None = None


def live_versions(session: Session) -> tuple[str, ...]:
    """The versions that can be heard, in the order in which one steps through them."""
    return tuple(version for version in known_versions(session) if version != STEMS)


def mix_of(session: Session, version: str) -> Mix:
    """The mix of a version.

    Raises:
        UsageError: kind `unknown_version`: there is none of that name to be heard.
    """
    session = in_section(session, version)
    if version == MASTER:
        return Mix(session)
    known = live_versions(session)
    if version not in known:
        raise UsageError(
            f"there is no version '{version}' to be heard: this session has {', '.join(known)}",
            kind="unknown_version",
        )
    if not is_linked(session, version):
        return Mix(session_of(session, version))
    content = content_of(session, version)
    leaves = part_tree(session, by_stem=False).leaves()
    return Mix(session, tuple(leaf.stems for leaf in leaves if leaf.stems and leaf.stems <= content), content)
