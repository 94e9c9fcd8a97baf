"""Versions of a song as pure functions of its session.

A *linked* version is a subset of the mix: the master bus decides its gains on the full mix and
applies them to the subset, so that subsets add up to the master; a version of one's own without trims
holds all of it. A version that changes trims is
another mix, with dynamics of its own, and so is a subset of which the session says `linked = false`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.session.model import Session, Stem

MASTER = "master"
STEMS = "stems"
ACAPELLA = "acapella"

#: How `vocal_up` and `vocal_down` move the lead vocal, dB.
_VOCAL_MOVES_DB = {"vocal_up": 1.0, "vocal_down": -1.0}

#: What the versions tell apart: role of a stem → class; every other role is music.
_CLASSES = {"dialogue": "dialogue", "vocals": "vocals", "backing_vocals": "backing_vocals"}
_MUSIC = "music"
LEAD_VOCALS = "vocals"
DIALOGUE = "dialogue"

#: The classes that each linked version holds.
_CONTENT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "instrumental": (_MUSIC, DIALOGUE),
        ACAPELLA: (LEAD_VOCALS, "backing_vocals"),
        "tv": (_MUSIC, DIALOGUE, "backing_vocals"),
        "music_effects": (_MUSIC, LEAD_VOCALS, "backing_vocals"),
    }
)

#: How each version is written in a file's name (common label practice).
TITLES: Mapping[str, str] = MappingProxyType(
    {
        MASTER: "Master",
        "instrumental": "Instrumental",
        ACAPELLA: "A Cappella",
        "tv": "TV Mix",
        "music_effects": "Music and Effects",
        STEMS: "Stems",
        "vocal_up": "Vocal Up",
        "vocal_down": "Vocal Down",
    }
)


@dataclass(frozen=True)
class Part:
    """A node of the tree in which the mix falls into parts.

    Attributes:
        name: unique in the tree, the same for the same session.
        stems: names of the stems below it, in the session's order where it has no children.
        children: none or two, which have all of its stems between them.
    """

    name: str
    stems: frozenset[str]
    children: tuple[Part, ...] = ()

    def leaves(self) -> tuple[Part, ...]:
        """The parts that are not divided, from left to right."""
        if not self.children:
            return (self,)
        return tuple(leaf for child in self.children for leaf in child.leaves())


def title_of(version: str) -> str:
    """How a version is called in a file's name; one of the user's own keeps its name."""
    return TITLES.get(version, version)


def known_versions(session: Session) -> tuple[str, ...]:
    """Every version the session can be rendered as."""
    return (*TITLES, *session.versions)


def is_linked(session: Session, version: str) -> bool:
    """Whether the master bus follows the full mix: not where a version changes trims, or says so."""
    own = session.versions.get(version)
    subset = version in (MASTER, STEMS, *_CONTENT) or (own is not None and not own["trims_db"])
    return subset and version not in session.unlinked


def in_section(session: Session, version: str) -> Session:
    """The session with the heads, tails and fades that a version has of its own."""
    own = session.sections.get(version)
    if own is None:
        return session
    master = session.master

    def given(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else value

    section = replace(
        master,
        start_s=given(own.start_s, master.start_s),
        end_s=given(own.end_s, master.end_s),
        fade_in_s=given(own.fade_in_s, master.fade_in_s),
        fade_out_s=given(own.fade_out_s, master.fade_out_s),
    )
    return replace(session, master=section)


def heard(session: Session) -> tuple[Stem, ...]:
    """The stems that are in the mix."""
    return tuple(stem for stem in session.stems if not stem.mute)


def dialogue_of(session: Session) -> frozenset[str]:
    """Names of the dialogue stems in the mix."""
    return frozenset(stem.name for stem in heard(session) if _class_of(stem) == DIALOGUE)


def content_of(session: Session, version: str, stem: str | None = None) -> frozenset[str]:
    """Names of the stems that a linked version holds.

    Args:
        session: the session file as it was read.
        version: `instrumental`, `acapella`, `tv`, `music_effects`, `master`, or `stems`.
        stem: which one, where the version is `stems`.
    """
    if version == STEMS:
        return frozenset(one.name for one in heard(session) if one.name == stem)
    wanted = _CONTENT.get(version)
    return frozenset(one.name for one in heard(session) if wanted is None or _class_of(one) in wanted)


def session_of(session: Session, version: str) -> Session:
    """The session as a version that is not linked: with its trims, or without what it leaves out.

    Muted stems stay muted.
    """
    if version in _CONTENT:
        content = content_of(session, version)
        stems = (replace(stem, mute=stem.name not in content) for stem in session.stems)
        return replace(session, stems=tuple(stems))
    if version in _VOCAL_MOVES_DB:
        moves = {
            stem.name: _VOCAL_MOVES_DB[version] for stem in session.stems if _class_of(stem) == LEAD_VOCALS
        }
    else:
        moves = dict(session.versions[version]["trims_db"])
    stems = (replace(stem, trim_db=stem.trim_db + moves.get(stem.name, 0.0)) for stem in session.stems)
    return replace(session, stems=tuple(stems))


def part_tree(session: Session, *, by_stem: bool) -> Part:
    """The mix, divided until every linked version is a union of leaves.

    First instrumental and a cappella, then dialogue and backing vocals apart, then halves of what is
    left, so that a stem lies no deeper than it must.

    Args:
        session: the session; at least one of its stems is heard.
        by_stem: down to the single stem; else as far as the other versions need.
    """
    classes: dict[str, list[str]] = {}
    for stem in heard(session):
        classes.setdefault(_class_of(stem), []).append(stem.name)

    def of_class(name: str) -> Part | None:
        names = classes.get(name)
        if names is None:
            return None
        return _halves(name, names) if by_stem else Part(name, frozenset(names))

    instrumental = _pair("instrumental", of_class(_MUSIC), of_class(DIALOGUE))
    acapella = _pair(ACAPELLA, of_class(LEAD_VOCALS), of_class("backing_vocals"))
    return _pair(MASTER, instrumental, acapella) or Part(MASTER, frozenset())


def _class_of(stem: Stem) -> str:
    return _CLASSES.get(stem.role, _MUSIC)


def _pair(name: str, first: Part | None, second: Part | None) -> Part | None:
    if first is None or second is None:
        return first or second
    return Part(name, first.stems | second.stems, (first, second))


def _halves(name: str, names: list[str]) -> Part:
    if len(names) == 1:
        return Part(f"stems/{names[0]}", frozenset(names))
    middle = (len(names) + 1) // 2
    first, second = _halves(f"{name}/1", names[:middle]), _halves(f"{name}/2", names[middle:])
    return Part(name, frozenset(names), (first, second))
