"""Pages that are printed from the code are fresh, and what the pages for developers name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.session.reference_page import page

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "findings").glob("*.md")])


def test_the_reference_is_what_the_declarations_say() -> None:
    written = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    assert written == page(), "print it again: python -m engine.session.reference_page > docs/reference.md"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_file_a_page_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    missing = [target for target in links if not (path.parent / target).exists()]
    named = re.findall(r"`((?:engine|tui|tests|docs|themes|sessions)/[\w./-]+)`", text)
    missing += [name for name in named if name.isascii() and not name.isupper() and not _exists(name)]
    assert missing == []


def _exists(name: str) -> bool:
    """Whether a path is there; names in capitals stand for something of one's own (`engine/rack/TYPE.py`)."""
    return bool(re.search(r"/[A-Z]+(\.|$)", name)) or (ROOT / name).exists()


@pytest.mark.parametrize("package", ["engine", "tui"])
def test_every_room_stands_on_the_page_of_the_architecture(package: str) -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = [each.name for each in (ROOT / package).iterdir() if (each / "__init__.py").exists()]
    assert [room for room in rooms if f"`{room}`" not in text] == []
