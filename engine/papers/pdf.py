"""A document on paper: A4 as PDF, fonts embedded, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine import __version__
from engine.papers.document import (
    WIDTH_IN,
    Block,
    Cell,
    Document,
    Figure,
    Figures,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Table,
    Tone,
)
from engine.papers.drawing import drawing
from engine.papers.inks import LIGHT
from engine.papers.sheets import Sheets
from engine.papers.typeset import Face, lines_of, width_in

_TITLE, _SUBTITLE = Face(20.0, bold=True), Face(10.0)
_HEADINGS = {1: Face(13.0, bold=True), 2: Face(10.0, bold=True)}
_TEXT, _SMALL, _BOLD = Face(8.5), Face(7.0), Face(8.5, bold=True)
_VALUE, _CELL, _HASH, _LISTING = (
    Face(12.0, bold=True),
    Face(7.6),
    Face(6.3, fixed=True),
    Face(6.6, fixed=True),
)
_FIGURES_ACROSS, _GAP_IN = 6, 0.09
#: Narrowest column of words, and space between columns, inches.
_NARROWEST_IN, _BETWEEN_IN = 0.7, 0.12
#: A section that wants a sheet of its own takes one of which so much is left.
_NEARLY_WHOLE = 0.75
#: A heading keeps at least this much of what follows on its sheet, inches.
_KEPT_IN = 1.2


def pdf_of(document: Document) -> bytes:
    """The document as PDF."""
    with drawing():
        sheets = Sheets(f"{document.title} · {document.subtitle}" if document.subtitle else document.title)
        _head(sheets, document)
        for number, block in enumerate(document.blocks):
            _keep_together(sheets, block, document.blocks[number + 1 : number + 2])
            _draw(sheets, block)
        if document.footer:
            sheets.skip(0.2)
            _paragraph(sheets, document.footer, _SMALL, LIGHT.muted)
        return sheets.pdf(document.title, f"stemlathe {__version__}")


def _ink(tone: Tone) -> str:
    return {"good": LIGHT.good, "warn": LIGHT.warn, "bad": LIGHT.bad}.get(tone, LIGHT.ink)


def _head(sheets: Sheets, document: Document) -> None:
    _paragraph(sheets, document.title, _TITLE, LIGHT.ink)
    _paragraph(sheets, document.subtitle, _SUBTITLE, LIGHT.muted)
    if document.verdict is not None:
        ink = _ink(document.verdict.tone)
        sheets.advance(0.1)
        wide = width_in(document.verdict.text, _BOLD) + 0.24
        sheets.box(0.0, min(wide, WIDTH_IN), 0.25, ground=None, edge=ink)
        sheets.text(0.12, document.verdict.text, _BOLD, ink, down_in=0.065)
        sheets.advance(0.3)
    sheets.advance(0.08)
    sheets.rule(LIGHT.ink, thick_pt=1.2)
    sheets.advance(0.12)


def _keep_together(sheets: Sheets, block: Block, following: Sequence[Block]) -> None:
    """A heading is not left alone at the foot of a sheet, nor torn from its picture."""
    if not isinstance(block, Heading):
        return
    if block.new_page and sheets.room_in < _NEARLY_WHOLE * sheets.sheet_in:
        sheets.turn()
    needed = _KEPT_IN
    for one in following:
        if isinstance(one, Picture):
            needed = one.height_in + 0.7
    sheets.require(needed)


def _draw(sheets: Sheets, block: Block) -> None:
    if isinstance(block, Heading):
        face = _HEADINGS[min(block.level, 2)]
        if block.level == 1:
            sheets.skip(0.24)
            sheets.rule(LIGHT.rule)
            sheets.advance(0.09)
        else:
            sheets.skip(0.12)
        _paragraph(sheets, block.text, face, LIGHT.ink)
        sheets.advance(0.05)
    elif isinstance(block, Paragraph):
        _paragraph(sheets, block.text, _TEXT, _ink(block.tone))
        sheets.advance(0.05)
    elif isinstance(block, Figures):
        _figures(sheets, block.figures)
    elif isinstance(block, Table):
        _table(sheets, block)
    elif isinstance(block, Listing):
        sheets.skip(0.05)
        _paragraph(sheets, block.text, _LISTING, LIGHT.ink)
    else:
        sheets.skip(0.08)
        sheets.require(block.height_in + 0.25)
        _paragraph(sheets, block.title, _BOLD, LIGHT.ink)
        sheets.picture(block)
        sheets.advance(0.08)


def _paragraph(sheets: Sheets, text: str, face: Face, ink: str) -> None:
    for line in lines_of(text, face, WIDTH_IN):
        sheets.require(face.line_in)
        sheets.text(0.0, line, face, ink)
        sheets.advance(face.line_in)


def _figures(sheets: Sheets, figures: Sequence[Figure]) -> None:
    sheets.skip(0.05)
    wide = (WIDTH_IN - (_FIGURES_ACROSS - 1) * _GAP_IN) / _FIGURES_ACROSS
    for first in range(0, len(figures), _FIGURES_ACROSS):
        row = figures[first : first + _FIGURES_ACROSS]
        high = 0.56 if any(one.remark for one in row) else 0.43
        sheets.require(high)
        for column, one in enumerate(row):
            x = column * (wide + _GAP_IN)
            sheets.box(x, wide, high, ground=LIGHT.raised, edge=None)
            sheets.text(x + 0.07, one.name, _SMALL, LIGHT.muted, down_in=0.05)
            sheets.text(x + 0.07, one.value, _VALUE, _ink(one.tone), down_in=0.17)
            after = x + 0.07 + width_in(one.value, _VALUE) + 0.05
            sheets.text(after, one.unit, _SMALL, LIGHT.muted, down_in=0.235)
            sheets.text(x + 0.07, one.remark, _SMALL, LIGHT.muted, down_in=0.4)
        sheets.advance(high + _GAP_IN)


def _table(sheets: Sheets, table: Table) -> None:
    rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in table.rows]
    widths = _widths(table, rows)
    sheets.skip(0.05)
    sheets.require(6.0 * _CELL.line_in)  # the heading and a row of two lines
    _heading_row(sheets, table, widths)
    for row in rows:
        lines = [
            lines_of(cell.text, _face(table, n), widths[n], anywhere=table.columns[n].fixed)
            for n, cell in enumerate(row)
        ]
        for part in _parts(sheets, table, lines):
            high = _row_in(table, part)
            if sheets.require(high):
                _heading_row(sheets, table, widths)
            _row(sheets, table, widths, row, part)
            sheets.advance(high)
        sheets.rule(LIGHT.rule, thick_pt=0.4)
    sheets.advance(0.08)


def _parts(sheets: Sheets, table: Table, lines: Sequence[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """The lines of a row's cells, cut where they are more than a sheet holds."""
    room = 0.8 * sheets.sheet_in
    most = [int(room / _face(table, n).line_in) for n in range(len(lines))]
    count = max(1, *(-(-len(own) // at_once) for own, at_once in zip(lines, most, strict=True)))
    for part in range(count):
        yield [own[part * at_once : (part + 1) * at_once] for own, at_once in zip(lines, most, strict=True)]


def _row_in(table: Table, lines: Sequence[Sequence[str]]) -> float:
    """How high a row is, inches."""
    return max(len(own) * _face(table, n).line_in for n, own in enumerate(lines)) + 0.07


def _row(
    sheets: Sheets,
    table: Table,
    widths: Sequence[float],
    cells: Sequence[Cell],
    lines: Sequence[Sequence[str]],
) -> None:
    x = 0.0
    for n, cell in enumerate(cells):
        face = _face(table, n)
        for number, line in enumerate(lines[n]):
            down = 0.035 + number * face.line_in
            if table.columns[n].numeric:
                sheets.text(x + widths[n], line, face, _ink(cell.tone), down_in=down, align="right")
            else:
                sheets.text(x, line, face, _ink(cell.tone), down_in=down)
        x += widths[n] + _BETWEEN_IN


def _face(table: Table, column: int) -> Face:
    return _HASH if table.columns[column].fixed else _CELL


def _heading_row(sheets: Sheets, table: Table, widths: Sequence[float]) -> None:
    lines = [
        lines_of(column.heading, _CELL, wide) for column, wide in zip(table.columns, widths, strict=True)
    ]
    deepest = max(len(one) for one in lines)
    x = 0.0
    for column, wide, own in zip(table.columns, widths, lines, strict=True):
        for number, line in enumerate(own):
            down = (deepest - len(own) + number) * _CELL.line_in
            if column.numeric:
                sheets.text(x + wide, line, _CELL, LIGHT.muted, down_in=down, align="right")
            else:
                sheets.text(x, line, _CELL, LIGHT.muted, down_in=down)
        x += wide + _BETWEEN_IN
    sheets.advance(deepest * _CELL.line_in + 0.03)
    sheets.rule(LIGHT.ink, thick_pt=0.7)
    sheets.advance(0.01)


def _widths(table: Table, rows: Sequence[Sequence[Cell]]) -> list[float]:
    """As wide as their texts where that fits; else columns of words and hashes share what is left."""
    texts = [
        max((width_in(row[n].text, _face(table, n)) for row in rows), default=0.0)
        for n in range(len(table.columns))
    ]
    natural = [
        max(wide, width_in(column.heading, _CELL)) for wide, column in zip(texts, table.columns, strict=True)
    ]
    room = WIDTH_IN - _BETWEEN_IN * (len(natural) - 1)
    if sum(natural) <= room:
        spare = room - sum(natural)
        wordy = [n for n, column in enumerate(table.columns) if not column.numeric]
        return [wide + (spare / len(wordy) if n in wordy else 0.0) for n, wide in enumerate(natural)]
    for n, column in enumerate(table.columns):
        if column.numeric:  # their headings may be broken, their figures not
            natural[n] = max(texts[n], *(width_in(word, _CELL) for word in column.heading.split(" ")))
    flexible = [n for n, column in enumerate(table.columns) if not column.numeric] or list(
        range(len(natural))
    )
    left = room - sum(wide for n, wide in enumerate(natural) if n not in flexible)
    return _shared(natural, flexible, left)


def _shared(natural: list[float], flexible: list[int], room: float) -> list[float]:
    """Narrow columns keep their width, the others get equal parts of the rest."""
    widths = list(natural)
    waiting = sorted(flexible, key=lambda n: natural[n])
    while waiting:
        share = max(_NARROWEST_IN, room / len(waiting))
        n = waiting.pop(0)
        widths[n] = min(natural[n], share)
        room -= widths[n]
    return widths
