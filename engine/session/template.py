"""Stem splits: which stems a kind of production usually has."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import UsageError
from engine.session.data import shipped
from engine.session.guess import Guess, mentions
from engine.session.reading import nearest


@dataclass(frozen=True)
class TemplateStem:
    """One stem of a split.

    Attributes:
        name: for people; a file name that says it in full is matched first.
        role: what a matched file gets.
        accepts: further guessed roles that fit, in order of preference.
    """

    name: str
    role: str
    accepts: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A stem split.

    Attributes:
        name: as on the command line.
        title: for people.
        help: what it is for.
        stems: the stems it expects.
    """

    name: str
    title: str
    help: str
    stems: tuple[TemplateStem, ...]


@dataclass(frozen=True)
class Match:
    """What matching files to a template came to.

    Attributes:
        stems: per file, the template's stem it was matched to; None: it fits none.
        missing: the template's stems that no file was matched to.
    """

    stems: tuple[TemplateStem | None, ...]
    missing: tuple[TemplateStem, ...]


@functools.cache
def templates() -> Mapping[str, Template]:
    """Every split by name."""
    return {
        name: Template(
            name=name,
            title=template["title"],
            help=template["help"],
            stems=tuple(
                TemplateStem(stem["name"], stem["role"], tuple(stem.get("accepts", ())))
                for stem in template["stems"]
            ),
        )
        for name, template in shipped("templates.toml")["templates"].items()
    }


def template_named(name: str) -> Template:
    """The split of that name.

    Raises:
        UsageError: there is none; the nearest one is named.
    """
    found = templates().get(name)
    if found is None:
        raise UsageError(f"there is no template '{name}': {nearest(name, templates())}")
    return found


def match_template(template: Template, names: Sequence[str], guesses: Sequence[Guess]) -> Match:
    """Matches files to the stems of a split, each stem and each file at most once.

    A file name that holds the stem's name counts most, then an equal guessed role, then the
    further roles the stem accepts, in its order of preference.

    Args:
        template: the split.
        names: of the files, without their endings.
        guesses: the roles guessed from them, in the same order.
    """
    matched: list[TemplateStem | None] = [None] * len(names)
    open_stems = list(template.stems)

    def take(stem: TemplateStem, fits: Sequence[bool]) -> None:
        for index, fit in enumerate(fits):
            if fit and matched[index] is None and stem in open_stems:
                matched[index] = stem
                open_stems.remove(stem)

    for stem in template.stems:
        take(stem, [mentions(name, stem.name) for name in names])
    for stem in template.stems:
        take(stem, [guess.role == stem.role for guess in guesses])
    # first choices of all stems before second ones
    for rank in range(max(len(stem.accepts) for stem in template.stems)):
        for stem in template.stems:
            if rank < len(stem.accepts):
                accepted = stem.accepts[rank]
                take(stem, [guess.role == accepted for guess in guesses])
    return Match(tuple(matched), tuple(open_stems))
