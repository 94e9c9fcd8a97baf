"""The session as it is written: the live text as a TOML tree, with edits that still wait already in it."""

from __future__ import annotations

import tomllib
from typing import Any

from tui.view import View


def written(view: View) -> dict[str, Any] | None:
    """The tree, not to be changed; None before the engine has told the text, or where it cannot be read."""
    if view.pending_tree is not None:
        return dict(view.pending_tree)
    try:
        return tomllib.loads(view.document.text) if view.document.text else None
    except tomllib.TOMLDecodeError:
        return None
