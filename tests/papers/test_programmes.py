"""A delivery in many encodings: each programme is drawn once, what all files share is said once."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.measure import measure_history
from engine.papers.delivered import Delivered, delivered_document
from engine.papers.document import Cell, Column, Document, Heading, Picture, Table
from engine.papers.measured import Measured
from engine.papers.pdf import pdf_of
from engine.papers.programmes import drawn_programmes
from engine.report.deliver import DeliverReport, FileFinding
from engine.report.delivery import DeliveryRecord
from engine.report.reading import read_as
from engine.report.render import OutputReport
from engine.session.encodings import ENCODINGS


@pytest.fixture
def master(delivered_once: DeliverReport) -> OutputReport:
    [found] = [one for one in delivered_once.render.outputs if one.version == "master"]
    return dataclasses.replace(found, path=Path(found.path.name))


def encoded(master: OutputReport, name: str, **more: Any) -> OutputReport:
    """The same in another encoding; a lossy one at a drive of its own."""
    encoding = ENCODINGS[name]
    changes: dict[str, Any] = {"deliverable": name, "path": Path(f"{name}{encoding.extension}")}
    changes["subtype"] = encoding.subtype
    if encoding.lossy:
        changes["drive_db"] = master.drive_db + 0.4
    return dataclasses.replace(master, **{**changes, **more})


def grouped(outputs: list[OutputReport]) -> list[list[str]]:
    return [[one.deliverable for one in (drawn.output, *drawn.others)] for drawn in drawn_programmes(outputs)]


def test_every_encoding_of_one_master_shares_one_page(master: OutputReport) -> None:
    names = list(ENCODINGS)
    assert grouped([encoded(master, name) for name in names]) == [names]


def test_another_programme_has_a_page_of_its_own(master: OutputReport) -> None:
    outputs = [
        encoded(master, "wav24"),
        encoded(master, "flac24"),
        encoded(master, "wav16", sample_rate=44_100, frames=master.frames * 147 // 160),
        encoded(master, "aiff24", target_lufs=-16.0, drive_db=master.drive_db - 2.0),
        encoded(master, "aac-256"),
        encoded(master, "mp3-320", target_lufs=-16.0),
        encoded(master, "opus-160", version="instrumental"),
        encoded(master, "vorbis", version="instrumental"),
    ]
    assert grouped(outputs) == [
        ["wav24", "flac24", "aac-256"],
        ["wav16"],
        ["aiff24", "mp3-320"],
        ["opus-160", "vorbis"],
    ]


def test_a_ceiling_that_had_to_be_lowered_is_another_programme(master: OutputReport) -> None:
    lower = encoded(master, "flac16", drive_db=master.drive_db + 0.01)
    assert grouped([encoded(master, "wav24"), lower]) == [["wav24"], ["flac16"]]


def report_of(delivered: DeliverReport, outputs: tuple[OutputReport, ...], **more: Any) -> Document:
    """The report of a delivery of these files, drawn like the first of it."""
    tree = json.loads((delivered.folder / "report.json").read_text(encoding="utf-8"))
    measured = Measured(*measure_history(delivered.render.outputs[0].path))
    values: dict[str, Any] = {
        "title": "Song",
        "record": read_as(DeliveryRecord, tree["record"]),
        "outputs": outputs,
        "measured": {one.path.as_posix(): measured for one in outputs},
        "reference": None,
        "check": delivered.check,
        "null": delivered.null,
        "tags": tuple({"title": "Song"} for _ in outputs),
        "opinions": (),
        "findings": (),
        "holds": True,
        "recall": "recall",
    }
    return delivered_document(Delivered(**{**values, **more}))


def table_below(document: Document, heading: str) -> Table:
    place = next(
        n for n, block in enumerate(document.blocks) if isinstance(block, Heading) and block.text == heading
    )
    return next(block for block in document.blocks[place:] if isinstance(block, Table))


def test_other_encodings_are_rows_instead_of_pictures(
    delivered_once: DeliverReport, master: OutputReport
) -> None:
    one = report_of(delivered_once, (encoded(master, "wav24"),))
    missed = encoded(master, "aac-96", holds=False, reasons=("loudness_unreachable", "it is too soft"))
    many = report_of(delivered_once, (encoded(master, "wav24"), encoded(master, "mp3-320"), missed))
    pictures = [sum(isinstance(block, Picture) for block in document.blocks) for document in (one, many)]
    assert pictures[0] == pictures[1]
    rows = table_below(many, "The same programme in other encodings").rows
    assert [row[0] for row in rows] == ["mp3-320", "aac-96"]
    assert [row[-1] for row in rows] == [Cell("holds", "good"), Cell("fell short", "bad")]


def test_what_all_files_share_is_said_once(delivered_once: DeliverReport, master: OutputReport) -> None:
    outputs = tuple(encoded(master, name) for name in ("wav24", "flac24", "vorbis"))
    tags = ({"title": "Song", "encoder": "a"}, {"title": "Song", "encoder": "b"}, {"title": "Song"})
    found = tuple(
        FileFinding("note", "early_start", one.path.as_posix(), "begins after 1.0 ms", "leave 10 ms")
        for one in outputs[:2]
    )
    document = report_of(delivered_once, outputs, tags=tags, findings=found)
    assert table_below(document, "Tags, as read back from the files").rows == (
        ("every file", "title: Song"),
        ("wav24.wav", "encoder: a"),
        ("flac24.flac", "encoder: b"),
        ("vorbis.ogg", "nothing else"),
    )
    [row] = table_below(document, "Found on the files").rows
    assert row[1:] == ("wav24.wav, flac24.flac", "begins after 1.0 ms: leave 10 ms")


def test_a_tag_of_10_kb_is_shortened_and_says_so(delivered_once: DeliverReport, master: OutputReport) -> None:
    outputs = (encoded(master, "wav24"),)
    document = report_of(delivered_once, outputs, tags=({"comment": "word " * 2000},))
    [[_, text]] = table_below(document, "Tags, as read back from the files").rows
    assert len(text) < 400
    assert "10000 characters, all of them in report.json" in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler's tools")
def test_a_row_higher_than_a_sheet_goes_on_with_the_next(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(3000)]
    table = Table((Column("name"), Column("text")), (("one", " ".join(words)), ("two", "behind it")))
    (tmp_path / "a.pdf").write_bytes(pdf_of(Document("t", "", None, (table,))))
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    shown = set(text.split())
    assert [word for word in (*words, "behind") if word not in shown] == []
    # what is drawn below the edge of a sheet is found by a reader of text, and by nobody else
    places = subprocess.run(
        ["pdftotext", "-bbox", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    lowest = max(float(part.split('"')[0]) for part in places.split('yMax="')[1:])
    assert lowest <= 842.0
