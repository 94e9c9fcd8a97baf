"""One-line commands of processors, made from their declarations: `:eq 3k +1 q1`, `:ceiling -2`.

Three kinds: a processor by its type (`:compressor -18 1.5`), a shape of an equaliser's band
(`:high-pass 30 24`, `:hp 30 24`), and one value of whatever processor has it (`:ceiling -2`).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.session.declare import Kind, Parameter, ProcessorDeclaration
from engine.session.processors import PROCESSORS
from engine.session.words import spoken
from tui.actions.registry import Action, Declare

_action = Declare("values", control=True, strip=True)

#: Values that one word gives.
SCALARS = frozenset({Kind.NUMBER, Kind.WHOLE, Kind.SWITCH, Kind.CHOICE})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a one-line command is about.

    Attributes:
        type: of processor; empty: of whatever processor has the parameter.
        choice: of the band's leading parameter; empty: its default, or as typed.
        parameter: name of the value that is set; empty: a processor or band is.
    """

    type: str = ""
    choice: str = ""
    parameter: str = ""


def bands_of(declaration: ProcessorDeclaration) -> Parameter | None:
    """The list of bands that come and go one by one; None: it has none, or they share the spectrum."""
    shares = any(parameter.kind is Kind.NUMBERS for parameter in declaration.parameters)
    tables = (parameter for parameter in declaration.parameters if parameter.kind is Kind.TABLES)
    return None if shares else next(tables, None)


def shape_of(bands: Parameter) -> Parameter | None:
    """What a band begins with, where that is a choice."""
    first = bands.fields[0] if bands.fields else None
    return first if first is not None and first.kind is Kind.CHOICE else None


def meanings() -> Mapping[str, Meaning]:
    """What each one-line command is about, by the name of its action: types, then shapes, then values."""
    return _meanings(tuple(PROCESSORS))


@functools.lru_cache(maxsize=4)
def _meanings(kinds: tuple[str, ...]) -> Mapping[str, Meaning]:
    found = {kind: Meaning(type=kind) for kind in kinds}
    for declaration in PROCESSORS.values():
        bands = bands_of(declaration)
        shape = None if bands is None else shape_of(bands)
        for choice in () if shape is None else shape.choices:
            found.setdefault(choice, Meaning(declaration.type, choice))
    for declaration in PROCESSORS.values():
        for parameter in declaration.parameters:
            name = spoken(parameter.name).replace(" ", "_")
            if parameter.kind in SCALARS:
                found.setdefault(name, Meaning(parameter=parameter.name))
    return found


def processor_actions(taken: Collection[str] = ()) -> tuple[Action, ...]:
    """The actions of all one-line commands.

    Args:
        taken: names of other actions, which keep them.
    """
    return tuple(_made(taken))


def _made(taken: Collection[str]) -> Iterator[Action]:
    for name, meaning in meanings().items():
        if name in taken:
            continue
        if meaning.parameter:
            parameter = next(
                one
                for declaration in PROCESSORS.values()
                for one in declaration.parameters
                if one.name == meaning.parameter
            )
            argument = parameter.unit or "|".join(parameter.choices) or "value"
            yield _action(name, "", f"{spoken(parameter.name)} of the processor that has it", argument)
            continue
        declaration = PROCESSORS[meaning.type]
        if meaning.choice:
            initials = "".join(word[0] for word in meaning.choice.split("_"))
            aliases = (initials,) if len(initials) > 1 else ()
            help = f"a {meaning.choice.replace('_', ' ')} in the {declaration.title.lower()}"
            yield _action(name, "", help, usage(declaration, meaning.choice), aliases=aliases)
        else:
            short = declaration.short.lower()
            aliases = (short,) if len(short) > 1 and short != name else ()
            help = f"{declaration.title}: {declaration.help}"
            yield _action(name, "", help, f"[{usage(declaration)}]", aliases=aliases)


def usage(declaration: ProcessorDeclaration, choice: str = "") -> str:
    """What may follow, in its order: `frequency gain q`, `threshold ratio attack …`."""
    bands = bands_of(declaration)
    fields = declaration.parameters if bands is None else in_order(bands.fields, choice)
    names = [spoken(field.name).replace(" ", "-") for field in fields if field.kind in SCALARS]
    shape = None if bands is None else shape_of(bands)
    names = [name for name in names if shape is None or name != shape.name]
    return " ".join(names)


def in_order(fields: tuple[Parameter, ...], choice: str = "") -> list[Parameter]:
    """The values that mean something for a choice, as plain numbers fill them: what is required comes
    first, then what only some choices have, then the rest."""
    shape = fields[0] if fields and fields[0].kind is Kind.CHOICE else None
    wanted = choice or (shape.default if shape is not None else "")
    usable = [field for field in fields if not field.only_for or wanted in field.only_for]
    return sorted(usable, key=lambda field: (field is not shape, not field.required, not field.only_for))
