"""The page about an engine's words is the one that its dataclasses print, and says something of every key."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from engine.link import document_page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_printed_page_is_the_one_in_the_documents() -> None:
    written = (DOCS / "document.md").read_text(encoding="utf-8")
    assert written == document_page.page(), "python -m engine.link.document_page > docs/document.md"


def test_every_key_of_every_part_is_explained() -> None:
    kinds = document_page.kinds()
    assert kinds[0].__name__ == "Document"
    assert {"Marker", "HistoryStep", "Match", "StemState"} <= {kind.__name__ for kind in kinds}
    for kind in kinds:
        meanings = document_page.attributes_of(kind)
        assert set(meanings) == {one.name for one in dataclasses.fields(kind)}
        assert all(meanings.values())
