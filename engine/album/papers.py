"""PQ sheet and cut sheet as documents, drawn as PDF and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.album.cut_sheet import side_facts, side_rows, time_text
from engine.album.pq_sheet import pq_facts, pq_rows
from engine.album.side_layout import SideLayout
from engine.ddp.writing.fileset import write_file
from engine.papers.document import Block, Cell, Column, Document, Heading, Paragraph, Table
from engine.report.album import AlbumFinding
from engine.session.album.layout import DiscLayout
from engine.session.album.model import Album, Vinyl

_PQ_NOTE = (
    "Absolute times count from the first sector of the image, the pause in front of track 1 included: LBA 0 "
    "is 00:02:00. A length goes up to the next pause or track."
)


def pq_document(album: Album, layout: DiscLayout, image_md5: str) -> Document:
    """The PQ sheet of a disc."""
    columns = (
        Column("track"),
        Column("index"),
        Column("absolute", numeric=True),
        Column("length", numeric=True),
        Column("ISRC", fixed=True),
        Column("title"),
    )
    rows = tuple(
        (row.track, row.index, row.absolute, row.length, row.isrc, row.title) for row in pq_rows(layout)
    )
    blocks: list[Block] = [
        _facts(pq_facts(album, layout, image_md5)),
        Heading("Marks"),
        Table(columns, rows),
        Paragraph(_PQ_NOTE),
    ]
    return Document(album.title, "PQ sheet", None, tuple(blocks))


def cut_document(
    album: Album,
    vinyl: Vinyl,
    layout: SideLayout,
    file_name: str,
    sha256: str,
    findings: Sequence[AlbumFinding],
) -> Document:
    """The cut sheet of a side."""
    columns = (
        Column("track"),
        Column("start", numeric=True),
        Column("end", numeric=True),
        Column("gap", numeric=True),
        Column("title"),
    )
    blocks: list[Block] = [
        _facts(side_facts(album, vinyl, layout, file_name, sha256)),
        Heading("Tracks"),
        Table(columns, tuple(side_rows(layout))),
    ]
    if findings:
        found = (
            Column("time", numeric=True),
            Column("track"),
            Column("stem"),
            Column("finding"),
            Column("do"),
        )
        blocks += [Heading("Findings"), Table(found, tuple(map(_finding_row, findings)))]
    return Document(album.title, f"Cut sheet, side {layout.name}", None, tuple(blocks))


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    columns = (Column("of the master"), Column(""))
    return Table(columns, tuple(facts))


def _finding_row(finding: AlbumFinding) -> tuple[Cell | str, ...]:
    at = "" if finding.at_s is None else time_text(finding.at_s)
    track = "" if finding.track is None else f"{finding.track} {finding.title}"
    return at, track, finding.stem or "", finding.message, finding.fix


def write_papers(path: Path, document: Document) -> None:
    """Writes a document as `.pdf` and `.html`.

    Args:
        path: of the plain text of the same, whose ending is replaced.
        document: what it says.

    Raises:
        MachineError: the system refused.
    """
    from engine.papers.html import html_of
    from engine.papers.pdf import pdf_of

    write_file(path.with_suffix(".pdf"), pdf_of(document))
    write_file(path.with_suffix(".html"), html_of(document))
