"""Another order of a session's tables: whole blocks of lines change places, comments go with their table."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_-]+)\s*(\.[^]]*)?\]{1,2}\s*(?:#.*)?$")


@dataclass(frozen=True)
class _Block:
    """Lines of one table: `begin` counts the comments right above its header in, `end` no blank lines."""

    begin: int
    end: int


def moved_item(items: Sequence[Any], place: int, to: int) -> list[Any]:
    """The list with the item of `place` at `to`; the others keep their order.

    Raises:
        IndexError: one of both is not in the list.
    """
    if not (0 <= place < len(items) and 0 <= to < len(items)):
        raise IndexError(place)
    rest = [*items[:place], *items[place + 1 :]]
    return [*rest[:to], items[place], *rest[to:]]


def move_between(items: Sequence[Any], wanted: Sequence[Any]) -> tuple[int, int] | None:
    """Which one item has to go where to make one list of another, as places from 0; None: no such move."""
    if len(items) != len(wanted):
        return None
    differ = [place for place, (one, other) in enumerate(zip(items, wanted, strict=True)) if one != other]
    if not differ:
        return None
    moves = ((differ[0], differ[-1]), (differ[-1], differ[0]))
    return next((move for move in moves if moved_item(items, *move) == list(wanted)), None)


def with_table_moved(text: str, name: str, place: int, to: int) -> str | None:
    """The text with one `[[name]]` table at another place among its like.

    Args:
        text: TOML.
        name: of the list of tables, at the top level.
        place: of the table, from 0.
        to: where it goes, from 0.

    Returns:
        the text; None where its layout does not allow it (the list is written inline, say).

    Raises:
        IndexError: there is no such table.
    """
    tree = tomllib.loads(text)
    wanted = {**tree, name: moved_item(tree.get(name, ()), place, to)}
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    blocks = _blocks(lines, name)
    if len(blocks) != len(wanted[name]):
        return None
    bodies = moved_item([lines[one.begin : one.end] for one in blocks], place, to)
    parts, at = list[str](), 0
    for slot, body in zip(blocks, bodies, strict=True):
        parts += [*lines[at : slot.begin], *body]
        at = slot.end
    made = "".join([*parts, *lines[at:]])
    try:
        # a line within a text of several lines may look like a header
        return made if tomllib.loads(made) == wanted else None
    except tomllib.TOMLDecodeError:
        return None


def _blocks(lines: Sequence[str], name: str) -> list[_Block]:
    """The tables of a list, those below them counted in."""
    headers = [(row, match) for row, line in enumerate(lines) if (match := _HEADER.match(line)) is not None]
    begins = [
        row for row, match in headers if match[1] == name and not match[2] and lines[row].lstrip()[:2] == "[["
    ]
    # `[name.key]` belongs to the table before it
    ends = [row for row, match in headers if match[1] != name]
    blocks = []
    for row in begins:
        following = [one for one in (*begins, *ends) if one > row]
        end = _above(lines, min(following)) if following else len(lines)
        while end > row + 1 and not lines[end - 1].strip():
            end -= 1
        blocks.append(_Block(_above(lines, row), end))
    return blocks


def _above(lines: Sequence[str], row: int) -> int:
    """The first of the comment lines right above a header."""
    while row > 0 and lines[row - 1].lstrip().startswith("#"):
        row -= 1
    return row
