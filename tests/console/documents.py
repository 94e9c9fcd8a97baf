"""The words of an engine, as tests write them down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.link.document import Document
from engine.report.plain import as_json
from engine.report.reading import read_as


def document_of(words: Mapping[str, Any]) -> Document:
    """A document that says only this."""
    return read_as(Document, words)


def with_words(document: Document, words: Mapping[str, Any]) -> Document:
    """A document that says something else of this."""
    return document_of({**as_json(document), **as_json(words)})
