"""The session as it is written: the live text as a TOML tree, with edits that still wait already in it."""

from __future__ import annotations

import tomllib
from typing import Any

from tui.view import View

#: Under this key of the document stands the tree where edits wait for the engine (`tui.controls.pending`).
PENDING_TREE = "pending_tree"


def written(view: View) -> dict[str, Any] | None:
    """The tree, not to be changed; None before the engine has told the text, or where it cannot be read."""
    tree = view.document.get(PENDING_TREE)
    if isinstance(tree, dict):
        return tree
    try:
        return tomllib.loads(str(view.document["text"]))
    except (KeyError, tomllib.TOMLDecodeError):
        return None
