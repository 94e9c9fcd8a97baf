"""What a one-line command would do to a chain, and the sentence that says so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.session.declare import Kind, Parameter, ProcessorDeclaration
from engine.session.model import Processor, Session
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath
from engine.session.words import ENABLED, name_of, parameter_at, place_text, value_at, value_text
from tui.actions.processors import SCALARS, Meaning, bands_of, in_order, shape_of
from tui.controls import chain_edits
from tui.controls.not_possible import NotPossibleError
from tui.controls.oneline.typed import OFF, REMOVE, NothingToDoError, NotMeantError, Typed, read, words_of
from tui.controls.places import base_path, chain_of, strip_name
from tui.controls.written import written
from tui.view import MASTER, Focus, Panel, View

#: A band of the same shape within a quarter tone is the one that is meant.
_SAME_BAND_OCTAVES = 1.0 / 24.0


@dataclass(frozen=True, slots=True)
class Move:
    """One step of the history.

    Attributes:
        label: what the history calls it.
        changes: keys and new values.
        says: what will be different, a sentence.
        stem: whose chain; MASTER: the master's.
        processor: where the focus of an editor goes.
        key: likewise.
    """

    label: str
    changes: tuple[tuple[KeyPath, Any], ...]
    says: str
    stem: int
    processor: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class _Strip:
    """The chain that is meant, as the session has it and as it is written."""

    session: Session
    focus: Focus
    written: chain_edits.Chain

    @property
    def chain(self) -> tuple[Processor, ...]:
        return chain_of(self.session, self.focus.stem)

    @property
    def name(self) -> str:
        return strip_name(self.session, self.focus.stem)


def move_of(
    meaning: Meaning, argument: str, view: View, pending: Mapping[KeyPath, Any], *, is_named: bool
) -> Move:
    """The move that a line means.

    Args:
        meaning: of its command.
        argument: what follows it.
        view: now; its focus says which strip.
        pending: values that wait for the engine.
        is_named: the strip was typed, not just chosen.

    Raises:
        NotMeantError: nothing, or no single thing, can be meant; the text says why and what to do.
    """
    if view.session is None:
        raise NotMeantError("the session is still being loaded")
    kinds = _kinds(meaning)
    stem = view.focus.stem
    if stem != MASTER and not any(PROCESSORS[kind].stems for kind in kinds):
        if is_named:
            raise NotMeantError(f"a {kinds[0]} is not for stems: leave the stem out, it acts on the master")
        stem = MASTER
    focus = view.focus if stem == view.focus.stem else replace(view.focus, stem=stem, processor=-1, key="")
    if focus.panel is not Panel.CHAIN:
        focus = replace(focus, processor=-1, key="")
    name = strip_name(view.session, stem)
    try:
        strip = _Strip(view.session, focus, chain_edits.written_chain(written(view), focus, name, pending))
        if meaning.parameter:
            return _value(strip, meaning.parameter, kinds, argument)
        return _processor(strip, meaning, argument)
    except NotPossibleError as error:
        raise NotMeantError(str(error)) from error


def _kinds(meaning: Meaning) -> list[str]:
    """The types it may act on."""
    if meaning.type:
        return [meaning.type]
    return [kind for kind, one in PROCESSORS.items() if meaning.parameter in one.by_name]


def _value(strip: _Strip, parameter: str, kinds: Sequence[str], argument: str) -> Move:
    """One value of the only processor that has it, or of the chosen one."""
    places = [place for place, one in enumerate(strip.chain) if parameter in one.values]
    places = [place for place in places if strip.chain[place].enabled] or places
    if strip.focus.processor in places:
        places = [strip.focus.processor]
    if not places:
        which = " or ".join(kind for kind in kinds if strip.focus.stem == MASTER or PROCESSORS[kind].stems)
        raise NotMeantError(f"{strip.name} has no {which}: {which.split(' ')[0]} adds one")
    if len(places) > 1:
        found = ", ".join(dict.fromkeys(strip.chain[place].type for place in places))
        raise NotMeantError(f"several processors of {strip.name} have it ({found}): begin with the processor")
    [place] = places
    declared = PROCESSORS[strip.chain[place].type].by_name[parameter]
    typed = read(words_of(argument), [declared], strip.session.sample_rate, name_of(declared))
    return _changed(strip, place, (), typed.values, [])


def _processor(strip: _Strip, meaning: Meaning, argument: str) -> Move:
    declaration = PROCESSORS[meaning.type]
    rate, bands = strip.session.sample_rate, bands_of(declaration)
    shared = next((one for one in declaration.parameters if one.kind is Kind.TABLES), None)
    if bands is None and shared is not None and words_of(argument)[:1] and words_of(argument)[0].isdecimal():
        return _shared_band(strip, declaration, shared, words_of(argument))
    fields: Sequence[Parameter] = declaration.parameters
    if bands is not None:
        shape, choice = shape_of(bands), meaning.choice
        if shape is not None and not choice:
            # which values count hangs on the shape, wherever in the line it stands
            choice = _shape_in(words_of(argument), shape)
        fields = [*in_order(bands.fields, choice), *declaration.parameters]
        fields = [one for one in fields if not meaning.choice or shape is None or one.name != shape.name]
    fields = [one for one in fields if one.kind in SCALARS]
    typed = read(words_of(argument), fields, rate, f"the {declaration.title.lower()}")
    if meaning.choice and bands is not None:
        typed.values[bands.fields[0].name] = meaning.choice
    if typed.whole == REMOVE:
        return _removed(strip, declaration, typed)
    if bands is not None and any(one.name in typed.values for one in bands.fields):
        return _band(strip, declaration, bands, typed)
    place = _place(strip, declaration.type, typed.place)
    if place is None:
        if typed.whole == OFF:
            raise NotMeantError(f"{strip.name} has no {declaration.type} to switch off")
        return _added(strip, declaration, typed.values)
    on = strip.chain[place].enabled
    if not typed.values and not typed.whole and on:
        raise NotMeantError(
            f"{strip.name} has one that is on: give it values, {declaration.type} off, "
            f"{declaration.type} remove, or e to edit it"
        )
    wanted = typed.whole != OFF
    extra = [] if wanted == on else [(("enabled",), wanted)]
    return _changed(strip, place, (), typed.values, extra)


def _shared_band(
    strip: _Strip, declaration: ProcessorDeclaration, bands: Parameter, words: Sequence[str]
) -> Move:
    """Values of one of the bands that share the spectrum; its number comes first."""
    place = _place(strip, declaration.type, None)
    if place is None:
        raise NotMeantError(f"{strip.name} has no {declaration.type}: {declaration.type} adds one")
    count, number = len(strip.chain[place].values[bands.name]), int(words[0]) - 1
    if not 0 <= number < count:
        raise NotMeantError(f"there is no band {words[0]}: the {declaration.type} has {count}")
    typed = read(words[1:], bands.fields, strip.session.sample_rate, f"band {words[0]}")
    if not typed.values:
        raise NotMeantError(f"say what of band {words[0]}: for example ratio 1.5")
    return _changed(strip, place, (bands.name, number), typed.values, [])


def _shape_in(words: Sequence[str], shape: Parameter) -> str:
    """The shape that is named among the words; empty: none."""
    for word in words:
        if word[0].isalpha():
            try:
                found = read([word], [shape], 48000, "")
            except NotMeantError:
                continue
            if shape.name in found.values:
                return str(found.values[shape.name])
    return ""


def _place(strip: _Strip, kind: str, wanted: int | None) -> int | None:
    """Which processor of a type is meant; None: there is none.

    Raises:
        NotMeantError: there are several, or not so many.
    """
    places = [place for place, one in enumerate(strip.chain) if one.type == kind]
    if wanted is not None:
        if not 0 <= wanted < len(places):
            raise NotMeantError(f"{strip.name} has {len(places)} of {kind}: #1 is the first")
        return places[wanted]
    if strip.focus.processor in places:
        return strip.focus.processor
    on = [place for place in places if strip.chain[place].enabled]
    if len(places) > 1 and len(on) != 1:
        raise NotMeantError(f"{strip.name} has {len(places)} of {kind}: say which, {kind} #1 …")
    return next(iter(on or places), None)


def _added(strip: _Strip, declaration: ProcessorDeclaration, values: Mapping[str, Any]) -> Move:
    edit = chain_edits.added(strip.written, strip.focus, declaration.type, strip.session)
    tables = _tables(edit)
    tables[edit.processor].update(values)
    edit = strip.written.edit(f"{declaration.type} added", tables, edit.processor)
    shown = _settings(declaration.parameters, tables[edit.processor])
    says = f"{strip.name}: a new {declaration.title.lower()}{f': {shown}' if shown else ''}"
    return Move(edit.label, edit.changes, says, strip.focus.stem, edit.processor)


def _removed(strip: _Strip, declaration: ProcessorDeclaration, typed: Typed) -> Move:
    place = _place(strip, declaration.type, typed.place)
    if place is None:
        raise NotMeantError(f"{strip.name} has no {declaration.type} to remove")
    edit = chain_edits.removed(strip.written, replace(strip.focus, processor=place), None)
    says = f"{strip.name}: the {declaration.title.lower()} goes"
    return Move(edit.label, edit.changes, says, strip.focus.stem, edit.processor)


def _band(strip: _Strip, declaration: ProcessorDeclaration, bands: Parameter, typed: Typed) -> Move:
    """A band of a processor: the one that stands there already, or a new one."""
    fields = {one.name: one for one in bands.fields}
    values = {name: typed.values[name] for name in fields if name in typed.values}
    own = {name: value for name, value in typed.values.items() if name not in fields}
    missing = [one for one in bands.fields if one.required and one.name not in values]
    if missing:
        lacking = missing[0]
        raise NotMeantError(
            f"say the {name_of(lacking)} of the band: {lacking.allowed(strip.session.sample_rate)}"
        )
    place = _place_for_band(strip, declaration.type, typed.place)
    if place is not None:
        number = _same_band(strip.chain[place], bands, values)
        if number is not None:
            extra: list[tuple[KeyPath, Any]] = [((name,), value) for name, value in own.items()]
            return _changed(strip, place, (bands.name, number), values, extra)
    shown = _settings(bands.fields, values)
    if place is None:
        table = {"type": declaration.type, **own, bands.name: [values]}
        at = _behind_its_like(strip, declaration)
        tables = [*strip.written.tables[:at], table, *strip.written.tables[at:]]
        edit = strip.written.edit(f"{declaration.type} added", tables, at, f"{bands.name}[0]")
        is_off = any(one.type == declaration.type for one in strip.chain)
        aside = "; the one that is off stays off" if is_off else ""
        says = f"{strip.name}: a new {declaration.title.lower()} with {shown}{aside}"
    else:
        table = dict(strip.written.tables[place])
        table |= {**own, bands.name: [*table.get(bands.name, ()), values]}
        tables = [*strip.written.tables[:place], table, *strip.written.tables[place + 1 :]]
        number = len(table[bands.name]) - 1
        edit = strip.written.edit(f"{declaration.type} band added", tables, place, f"{bands.name}[{number}]")
        says = f"{strip.name} {declaration.type}: a new band, {shown}"
    return Move(edit.label, edit.changes, says, strip.focus.stem, edit.processor, edit.key)


def _place_for_band(strip: _Strip, kind: str, wanted: int | None) -> int | None:
    """The processor that gets a band: one that is on; None: a new one. Switching one on would bring its
    other bands too."""
    if wanted is not None or strip.focus.processor >= 0:
        found = _place(strip, kind, wanted)
        if found is not None and (wanted is not None or strip.chain[found].enabled):
            return found
    on = [place for place, one in enumerate(strip.chain) if one.type == kind and one.enabled]
    return next(iter(on), None)


def _behind_its_like(strip: _Strip, declaration: ProcessorDeclaration) -> int:
    """Where a new one goes: behind the last of its type, else to the end, before what must be last."""
    alike = [place for place, one in enumerate(strip.chain) if one.type == declaration.type]
    fixed = [place for place, one in enumerate(strip.chain) if not PROCESSORS[one.type].stems]
    return alike[-1] + 1 if alike else min(fixed, default=len(strip.chain))


def _same_band(processor: Processor, bands: Parameter, values: Mapping[str, Any]) -> int | None:
    """The band of the same shape at about the same frequency; None: there is none."""
    shape = bands.fields[0]
    wanted = values.get(shape.name, shape.default)
    frequency = next((one for one in bands.fields if one.unit == "Hz"), None)
    for number, band in enumerate(processor.values.get(bands.name, ())):
        if band[shape.name] != wanted:
            continue
        if frequency is None:
            return number
        octaves = abs(math.log2(band[frequency.name] / values[frequency.name]))
        if octaves <= _SAME_BAND_OCTAVES:
            return number
    return None


def _changed(
    strip: _Strip,
    place: int,
    within: KeyPath,
    values: Mapping[str, Any],
    extra: Sequence[tuple[KeyPath, Any]],
) -> Move:
    """Values of a processor, or of a part of it, that is there; one that is off is switched on."""
    base: KeyPath = (*base_path(strip.focus), "chain", place)
    changes = [((*base, *within, name), value) for name, value in values.items()]
    changes += [((*base, *path), value) for path, value in extra]
    if not any(path[-1] == "enabled" for path, _ in changes) and not strip.chain[place].enabled:
        changes.append(((*base, "enabled"), True))
    described, kept = [], []
    for path, value in changes:
        parameter = parameter_at(strip.session, path) or ENABLED
        former = value_at(strip.session, path)
        if former == value:
            continue
        kept.append((path, value))
        name = f"{name_of(parameter)} " if parameter is not ENABLED else ""
        described.append(f"{name}{value_text(parameter, former)} → {value_text(parameter, value)}")
    where = place_text(strip.session, (*base, *within))
    if not kept:
        raise NothingToDoError(f"{where}: it is so already")
    key = f"{within[0]}[{within[1]}]" if within else ""
    label = f"{where}: {', '.join(described)}" if len(described) == 1 else f"{where}: {len(kept)} values"
    return Move(label, tuple(kept), f"{where}: {', '.join(described)}", strip.focus.stem, place, key)


def _settings(fields: Sequence[Parameter], table: Mapping[str, Any]) -> str:
    """The values a table gives, for people."""
    shown = [
        value_text(one, table[one.name]).replace("_", " ")
        if one.choices
        else f"{name_of(one)} {value_text(one, table[one.name])}"
        for one in fields
        if one.name in table and one.kind in SCALARS
    ]
    return ", ".join(shown)


def _tables(edit: chain_edits.Edit) -> list[dict[str, Any]]:
    """The whole chain that an edit gives."""
    [(path, value)] = edit.changes
    tables = value if path[-1] == "chain" else value["chain"]
    return [dict(table) for table in tables]
