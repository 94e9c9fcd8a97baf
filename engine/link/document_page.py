"""The words of an engine as a page: every key with its type and meaning, from the dataclasses themselves.

python -m engine.link.document_page > docs/document.md
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping

from engine.link import document

_HEAD = """# The document

What an engine says in words (`Client.document()`), printed from `engine/link/document.py`: names, markers,
history, and what its background has found out. In JSON every key is always there; who reads leaves out
what it does not know.
"""
_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n {8}.*)*)", re.MULTILINE)


def attributes_of(kind: type) -> Mapping[str, str]:
    """What the docstring of a dataclass says of each of its attributes."""
    told = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    return {
        name: " ".join(meaning.split())
        for names, meaning in _ATTRIBUTE.findall(told)
        for name in names.split(", ")
    }


def kinds() -> list[type]:
    """The document, then its parts in the order in which they are declared."""
    parts = [
        one
        for one in vars(document).values()
        if isinstance(one, type)
        and one.__module__ == document.__name__
        and hasattr(one, "__dataclass_fields__")
    ]
    return sorted(parts, key=lambda one: one is not document.Document)


def _lines() -> Iterator[str]:
    yield _HEAD
    for kind in kinds():
        if kind is not document.Document:
            yield f"## {kind.__name__}\n"
            yield f"{(inspect.getdoc(kind) or '').partition(chr(10))[0]}\n"
        yield "| key | type | holds |"
        yield "| --- | --- | --- |"
        meanings = attributes_of(kind)
        for name, written in inspect.get_annotations(kind).items():
            shown = written.replace("|", "\\|")
            yield f"| `{name}` | {shown} | {meanings[name]} |"
        yield ""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")
