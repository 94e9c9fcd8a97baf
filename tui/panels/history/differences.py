"""What differs between two texts of a session, in lines a person reads."""

from __future__ import annotations

import tomllib

from engine.session.comparing import worded_changes


def text_differences(old: str, new: str) -> list[str]:
    """One line for each value that differs, `Drums trim: +0.0 dB → +0.5 dB`, in the order of `new`.

    Args:
        old: TOML text.
        new: TOML text.

    Returns:
        the lines; none where the texts differ in comments and layout only.
    """
    return [change.text for change in worded_changes(tomllib.loads(old), tomllib.loads(new))]
