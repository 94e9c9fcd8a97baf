"""The rows of the chain editor: the signal path of a strip, derived from the declarations.

Only the chosen processor is unfolded, and in it only the chosen band, so that the way from one value
to the next stays short on a small terminal.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.session.declare import Kind, Parameter
from engine.session.fields import MASTER as MASTER_FIELDS
from engine.session.fields import STEM as STEM_FIELDS
from engine.session.files import parse_key
from engine.session.model import Processor, Session
from engine.session.processors import PROCESSORS
from engine.session.words import name_of, value_text
from tui.controls.places import Place, base_path, chain_of, place
from tui.view import MASTER, Focus

_VALUES = (Kind.NUMBER, Kind.WHOLE, Kind.SWITCH, Kind.CHOICE)
_ITEM = re.compile(r"([a-z_]+)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        processor: place in the chain; −1: a value of the strip itself.
        key: relative to the processor or the strip; empty: the processor's heading.
        depth: 0 heading or value of the strip, 1 value or heading of a band, 2 value of a band.
        label: what stands there.
        place: the value; None for the heading of a band.
        summary: of a heading: what is inside, in a few words.
        enabled: False: the processor is off.
    """

    processor: int
    key: str
    depth: int
    label: str
    place: Place | None
    summary: str = ""
    enabled: bool = True

    @property
    def is_heading(self) -> bool:
        """Whether it stands for a processor or a band."""
        return (self.depth == 0 and self.processor >= 0 and not self.key) or self.place is None

    @property
    def spot(self) -> tuple[int, str]:
        """What the focus has to be for this row."""
        return self.processor, self.key


def item_of(key: str) -> tuple[str, int] | None:
    """The list and place of the band a key lies in: `bands[1].q` is `("bands", 1)`; None: in none."""
    match = _ITEM.match(key)
    return (match[1], int(match[2])) if match is not None else None


def chain_rows(session: Session, focus: Focus) -> tuple[Row, ...]:
    """All rows of the focused strip, in the order of the signal path."""
    return tuple(_rows(session, focus))


def _rows(session: Session, focus: Focus) -> Iterator[Row]:
    fields = MASTER_FIELDS if focus.stem == MASTER else STEM_FIELDS
    at = next(index for index, field in enumerate(fields) if field.name == "chain")
    yield from _strip_rows(session, focus, fields[:at])
    for number, processor in enumerate(chain_of(session, focus.stem)):
        declaration = PROCESSORS[processor.type]
        summary = summary_of(declaration.parameters, processor.values)
        heading = _place(session, focus, number, "enabled")
        yield Row(number, "", 0, declaration.title, heading, summary, processor.enabled)
        if number == focus.processor:
            for parameter in declaration.parameters:
                yield from _parameter_rows(session, focus, processor, parameter)
    yield from _strip_rows(session, focus, fields[at + 1 :])


def _strip_rows(session: Session, focus: Focus, fields: Sequence[Parameter]) -> Iterator[Row]:
    for field in fields:
        if field.kind in _VALUES and not field.required:
            yield Row(-1, field.name, 0, name_of(field), _place(session, focus, -1, field.name))


def _parameter_rows(
    session: Session, focus: Focus, processor: Processor, parameter: Parameter
) -> Iterator[Row]:
    number, enabled = focus.processor, processor.enabled
    if parameter.kind in _VALUES:
        value = _place(session, focus, number, parameter.name)
        yield Row(number, parameter.name, 1, name_of(parameter), value, enabled=enabled)
        return
    items = processor.values[parameter.name]
    chosen = item_of(focus.key)
    for index, item in enumerate(items):
        key = f"{parameter.name}[{index}]"
        label = f"{name_of(parameter).removesuffix('s')} {index + 1}"
        if parameter.kind is Kind.NUMBERS:
            yield Row(number, key, 1, label, _place(session, focus, number, key), enabled=enabled)
            continue
        yield Row(number, key, 1, label, None, summary_of(parameter.fields, item), enabled)
        if chosen == (parameter.name, index):
            for field in parameter.fields:
                inner = f"{key}.{field.name}"
                value = _place(session, focus, number, inner)
                yield Row(number, inner, 2, name_of(field), value, enabled=enabled)


def _place(session: Session, focus: Focus, processor: int, key: str) -> Place | None:
    inside = ("chain", processor) if processor >= 0 else ()
    return place(session, (*base_path(focus), *inside, *parse_key(key)))


def summary_of(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> str:
    """A processor or band in a few words: its first choice and its first two numbers, or its bands."""
    for parameter in parameters:
        if parameter.kind is Kind.TABLES:
            count = len(values[parameter.name])
            return f"{count} {name_of(parameter) if count != 1 else name_of(parameter).removesuffix('s')}"
    words = []
    if parameters and parameters[0].kind is Kind.CHOICE:
        words.append(str(values[parameters[0].name]).replace("_", " "))
    numbers = [parameter for parameter in parameters if parameter.kind is Kind.NUMBER][:2]
    words += [value_text(parameter, values[parameter.name]) for parameter in numbers]
    return "  ".join(words)


def all_rows(session: Session, focus: Focus) -> Iterator[Row]:
    """Every row of a strip's chain, as if every processor and band were unfolded."""
    for processor in range(-1, len(chain_of(session, focus.stem))):
        for row in chain_rows(session, dataclasses.replace(focus, processor=processor, key="")):
            if row.processor != processor:
                continue
            yield row
            if item_of(row.key) is not None and row.place is None:
                inside = dataclasses.replace(focus, processor=processor, key=row.key)
                rows = chain_rows(session, inside)
                yield from (one for one in rows if one.processor == processor and one.depth == 2)


def resolved(session: Session, focus: Focus) -> Focus:
    """`focus` on a row that exists: an edit, here or elsewhere, may have taken away what it stood on."""
    count = len(chain_of(session, focus.stem))
    if focus.processor >= count:
        focus = dataclasses.replace(focus, processor=count - 1, key="")
    spots = [row.spot for row in chain_rows(session, focus)]
    if (focus.processor, focus.key) in spots:
        return focus
    if focus.processor >= 0:
        return dataclasses.replace(focus, key="")
    processor, key = (-1, "trim_db") if focus.stem != MASTER and not focus.key else spots[0]
    return dataclasses.replace(focus, processor=processor, key=key)


def moved(session: Session, focus: Focus, step: int) -> Focus:
    """The focus one row further down or up; going up into what is folded goes to its last row."""
    focus = resolved(session, focus)
    rows = chain_rows(session, focus)
    at = _index(rows, focus)
    to = min(max(at + step, 0), len(rows) - 1)
    if to == at:
        return focus
    new = _on(focus, rows[to])
    from_outside = rows[at].depth <= rows[to].depth
    return _last_inside(session, new) if step < 0 and from_outside else new


def _last_inside(session: Session, focus: Focus) -> Focus:
    """The last row of what unfolds when `focus` is on its heading."""
    rows = chain_rows(session, focus)
    start = last = _index(rows, focus)
    while last + 1 < len(rows) and rows[last + 1].depth > rows[start].depth:
        last += 1
    return focus if last == start else _last_inside(session, _on(focus, rows[last]))


def next_part(session: Session, focus: Focus, step: int) -> Focus:
    """The next heading down or up; the first row of what follows where there is none."""
    focus = resolved(session, focus)
    rows = chain_rows(session, focus)
    at = _index(rows, focus)
    ahead = rows[at + 1 :] if step > 0 else rows[:at][::-1]
    found = next((row for row in ahead if row.is_heading), None)
    found = found or (ahead[-1] if ahead and focus.processor < 0 else None)
    return _on(focus, found) if found is not None else focus


def _index(rows: Sequence[Row], focus: Focus) -> int:
    spots = [row.spot for row in rows]
    spot = (focus.processor, focus.key)
    return spots.index(spot) if spot in spots else 0


def _on(focus: Focus, row: Row) -> Focus:
    return dataclasses.replace(focus, processor=row.processor, key=row.key)
