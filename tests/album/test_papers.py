"""PQ sheet and cut sheet on paper: they say what the plain texts say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from album_material import album_text

from engine.album.papers import pq_document, write_papers
from engine.album.pq_sheet import pq_rows
from engine.session.album.files import read_text_album
from engine.session.album.layout import lay_out


def test_a_pq_sheet_as_page_and_pdf(tmp_path: Path) -> None:
    tracks = [
        {"path": "a.wav", "title": "Falling <Water>"},
        {"path": "b.wav", "title": "Zwölf", "gap_s": -1.0},
    ]
    text = album_text(tracks, upc="4006381333931", isrc_first="DEA312600001", catalogue_number="CAT 1")
    album = read_text_album(text, Path("/tmp/album.toml"))
    layout = lay_out(album, 1, {1: 500_000, 2: 600_000})
    document = pq_document(album, layout, "0" * 32)
    write_papers(tmp_path / "pq-sheet.txt", document)
    page = (tmp_path / "pq-sheet.html").read_text(encoding="utf-8")
    assert "Falling &lt;Water&gt;" in page
    for row in pq_rows(layout):
        assert row.absolute in page
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    said = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "pq-sheet.pdf", "-"], capture_output=True, check=True, text=True
    ).stdout
    for wanted in ("Falling <Water>", "Zwölf", "DEA312600002", "4006381333931", pq_rows(layout)[-1].absolute):
        assert wanted in said
