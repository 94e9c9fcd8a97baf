"""The text of a session for another folder: relative paths lead to the same files from there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.session.editing import Change, TextEditor
from engine.session.reading import KeyPath


def text_for(text: str, path: Path, to: Path) -> str:
    """A session's text as it is written elsewhere; comments and layout are kept.

    Args:
        text: TOML.
        path: of the session file it belongs to.
        to: of the file it will stand in.

    Raises:
        SessionError: the text cannot be edited.
    """
    before, after = (Path(os.path.realpath(one.parent)) for one in (path, to))
    if before == after:
        return text
    editor = TextEditor(text, path)
    changes = list(_paths(editor.tree, before, after))
    return editor.changed(changes) if changes else text


def _paths(tree: Mapping[str, Any], before: Path, after: Path) -> Iterator[Change]:
    tables: list[tuple[KeyPath, Any]] = [(("reference",), tree.get("reference"))]
    for name in ("stems", "references"):
        found = tree.get(name)
        tables += [((name, place), one) for place, one in enumerate(found if isinstance(found, list) else [])]
    for key, table in tables:
        path = table.get("path") if isinstance(table, Mapping) else None
        if isinstance(path, str):
            new: Any = _from(path, before, after)
        elif isinstance(path, list):
            new = [_from(str(one), before, after) for one in path]
        else:
            continue
        if new != path:
            yield (*key, "path"), new


def _from(path: str, before: Path, after: Path) -> str:
    """A path as it is written in `after`; an absolute one stays."""
    if os.path.isabs(path):
        return path
    target = os.path.join(os.path.realpath((before / path).parent), os.path.basename(path))
    return Path(os.path.relpath(target, after)).as_posix()
