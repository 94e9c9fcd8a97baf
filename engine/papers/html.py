"""A document as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from itertools import count

from engine.papers.document import (
    Block,
    Cell,
    Document,
    Figures,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Table,
    Tone,
)
from engine.papers.drawing import svg_of
from engine.papers.inks import DARK, LIGHT, declarations


def html_of(document: Document) -> bytes:
    """The page, UTF-8; light or dark as the reader's system is, light on paper."""
    return "\n".join(_lines(document)).encode() + b"\n"


def _style() -> str:
    plain = files("engine.papers").joinpath("page.css").read_text(encoding="utf-8").strip()
    return "\n".join(
        (
            f":root {{ {declarations(LIGHT)} }}",
            f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {declarations(DARK)} }} }}",
            plain,
        )
    )


def _lines(document: Document) -> Iterator[str]:
    title = f"{document.title}: {document.subtitle}" if document.subtitle else document.title
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>\n{_style()}\n</style></head>"
    yield "<body>"
    yield f'<header><h1>{escape(document.title)}</h1><p class="subtitle">{escape(document.subtitle)}</p>'
    if document.verdict is not None:
        yield f'<p class="verdict {document.verdict.tone}">{escape(document.verdict.text)}</p>'
    yield "</header>"
    yield "<main>"
    numbers = count(1)
    for block in document.blocks:
        yield _block(block, numbers)
    yield "</main>"
    if document.footer:
        yield f"<footer>{escape(document.footer)}</footer>"
    yield "</body></html>"


def _block(block: Block, numbers: Iterator[int]) -> str:
    if isinstance(block, Heading):
        level = block.level + 1
        mark = ' class="new-page"' if block.new_page else ""
        return f"<h{level}{mark}>{escape(block.text)}</h{level}>"
    if isinstance(block, Paragraph):
        return f"<p{_class(block.tone)}>{escape(block.text)}</p>"
    if isinstance(block, Figures):
        return _figures(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Listing):
        return f"<pre>{escape(block.text)}</pre>"
    return _picture(block, next(numbers))


def _picture(picture: Picture, number: int) -> str:
    svg = svg_of(picture, number)
    label = f'role="img" aria-label="{escape(picture.description)}"'
    svg = svg.replace('role="img"', label, 1)
    return f"<figure><figcaption>{escape(picture.title)}</figcaption>\n{svg}\n</figure>"


def _class(*names: str) -> str:
    used = [name for name in names if name and name != "plain"]
    return f' class="{" ".join(used)}"' if used else ""


def _figures(figures: Figures) -> str:
    items = []
    for one in figures.figures:
        unit = f' <span class="unit">{escape(one.unit)}</span>' if one.unit else ""
        remark = f'<dd class="remark">{escape(one.remark)}</dd>' if one.remark else ""
        value = f"<dd{_class('value', one.tone)}>{escape(one.value)}{unit}</dd>"
        items.append(f"<div><dt>{escape(one.name)}</dt>{value}{remark}</div>")
    return f'<dl class="figures">{"".join(items)}</dl>'


def _table(table: Table) -> str:
    def kind(column: int, tone: Tone = "plain") -> str:
        of = table.columns[column]
        return _class("number" if of.numeric else "", "hash" if of.fixed else "", tone)

    head = "".join(
        f"<th{_class('number' if column.numeric else '')}>{escape(column.heading)}</th>"
        for column in table.columns
    )
    rows = []
    for row in table.rows:
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        rows.append(
            "<tr>"
            + "".join(f"<td{kind(n, cell.tone)}>{escape(cell.text)}</td>" for n, cell in enumerate(cells))
            + "</tr>"
        )
    body = "\n".join(rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'
