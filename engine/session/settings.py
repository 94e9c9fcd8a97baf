"""A session's settings as plain data: everything that decides a sound, and no place in a file system."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.session.model import Session

#: What stays with the machine or is pinned elsewhere.
_LEFT_OUT = frozenset({"path", "sha256", "reference", "solo"})


def settings_of(session: Session) -> dict[str, Any]:
    """The session with every default filled in, as what `json.dumps` takes.

    Args:
        session: the session. Paths and hashes of its files, monitoring, and the file itself are left out.
    """
    plain = _plain(session)
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.name not in _LEFT_OUT]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.name if isinstance(value, Path) else value
