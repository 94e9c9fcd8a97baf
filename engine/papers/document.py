"""A document as data: what it says, not how it looks. Drawn by `engine.papers.html` and `.pdf`.

document = Document("River of Light", "Delivery report", Verdict("good", "everything holds"), blocks)
html_of(document)  # bytes of a page
pdf_of(document)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from engine.papers.inks import Inks

#: How something is meant: it holds, should be looked at, fell short, or none of these.
Tone = Literal["good", "warn", "bad", "plain"]


@dataclass(frozen=True)
class Verdict:
    """A judgement in a few words."""

    tone: Tone
    text: str


@dataclass(frozen=True)
class Heading:
    """Begins a section, or a part of one (`level` 2); a section may begin a new sheet of paper."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Figure:
    """One figure that counts: its name, itself, its unit, and what it is compared with."""

    name: str
    value: str
    unit: str = ""
    remark: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Figures:
    """Figures in a row."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Column:
    """Of a table.

    Attributes:
        heading: its name, with the unit.
        numeric: aligned to the right.
        fixed: of hashes: letters of one width, which may be broken anywhere.
    """

    heading: str
    numeric: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Cell:
    """One text of a table that is meant well or ill; plain texts may stand for themselves."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Table:
    """Rows of texts, as many as there are columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """Something drawn.

    Attributes:
        title: what it shows.
        description: the same for whoever cannot see it, with the figures that it is about.
        height_in: its height where it is `WIDTH_IN` wide, inches.
        draw: draws into an empty `matplotlib.figure.Figure` with the given inks.
    """

    title: str
    description: str
    height_in: float
    draw: Callable[[Any, Inks], None] = field(compare=False)


@dataclass(frozen=True)
class Listing:
    """Text whose lines and columns stay as they are."""

    text: str


Block = Heading | Paragraph | Figures | Table | Picture | Listing

#: Width of every picture, inches: that of the text on A4.
WIDTH_IN = 7.1


@dataclass(frozen=True)
class Document:
    """A whole document.

    Attributes:
        title: what it is about.
        subtitle: what it is.
        verdict: over everything; None where nothing is judged.
        blocks: in order.
        footer: last words, small.
    """

    title: str
    subtitle: str
    verdict: Verdict | None
    blocks: tuple[Block, ...]
    footer: str = ""
