"""The words by which roles, mixes and what is neither are recognised in the names of files.

Read only where names are guessed: a session that says its roles needs none of them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from engine.session.data import shipped

_FILE = "role_words.toml"


@dataclass(frozen=True)
class RoleWords:
    """The words of one role.

    Attributes:
        words: by which its files are recognised: lower case, without accents.
        weak: another role's word in the same file name takes precedence.
        generic: those of the words that give way to any other role's ("loop", "synth", "sub").
        alone: those that mean this role only where no other is named ("hook", "verse").
        modifiers: those that mean this role only where no instrument is named ("dbl", "stack").
    """

    words: tuple[str, ...]
    weak: bool
    generic: frozenset[str]
    alone: frozenset[str]
    modifiers: frozenset[str]


@functools.cache
def role_words() -> Mapping[str, RoleWords]:
    """The words of every role by its name, in the order of `engine.session.roles.roles`."""
    return {
        name: RoleWords(
            words=(*role["words"], *role.get("generic", ()), *role.get("alone", ())),
            weak=role.get("weak", False),
            generic=frozenset(role.get("generic", ())),
            alone=frozenset(role.get("alone", ())),
            modifiers=frozenset(role.get("modifiers", ())),
        )
        for name, role in shipped(_FILE)["roles"].items()
    }


def reference_words() -> tuple[str, ...]:
    """Words by which a mix is recognised among stems, the surest first."""
    return tuple(shipped(_FILE)["reference"]["words"])


@dataclass(frozen=True)
class Beside:
    """Words by which files are told that are no stems.

    Attributes:
        alone: names of a mix where nothing else stands in them.
        commercial: of other people's records that lie with the stems.
        guides: of clicks, counts and guides.
        prints: of sums of other stems.
        negated: words before a role that say it is missing.
    """

    alone: frozenset[str]
    commercial: tuple[str, ...]
    guides: tuple[str, ...]
    prints: tuple[str, ...]
    negated: frozenset[str]


@functools.cache
def beside() -> Beside:
    """The words of files that are no stems."""
    reference, other = shipped(_FILE)["reference"], shipped(_FILE)["beside"]
    return Beside(
        alone=frozenset(reference["alone"]),
        commercial=tuple(reference["commercial"]),
        guides=tuple(other["guides"]),
        prints=tuple(other["prints"]),
        negated=frozenset(other["negated"]),
    )
