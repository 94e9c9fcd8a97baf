"""Letters that the pages' own font has not: no warning, no failure, and found where a font is installed."""

from __future__ import annotations

import re
import warnings

from engine.papers.document import Document, Heading, Paragraph, Picture
from engine.papers.html import html_of
from engine.papers.pdf import pdf_of


def test_letters_of_any_script_are_set_without_a_word() -> None:
    def draw(figure, inks):  # type: ignore[no-untyped-def]
        figure.add_subplot().set_title("落ちる水 $x$", color=inks.ink)

    picture = Picture("落ちる水", "a title", 1.0, draw)
    document = Document("落ちる水", "報告", None, (Heading("الماء"), Paragraph("🎚 水"), picture))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page, paper = html_of(document).decode(), pdf_of(document)
    assert page.count("落ちる水") >= 4
    assert "$x$" in page
    # the page's own font, whatever else is installed
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert "DejaVu" not in drawn
    assert "var(--face)" in drawn
    assert paper.startswith(b"%PDF-")
