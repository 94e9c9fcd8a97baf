"""Where things live: the user's folders and the data files that ship with the program."""

from __future__ import annotations

import os
from pathlib import Path

_NAME = "stemlathe"


def config_dir() -> Path:
    """`$XDG_CONFIG_HOME/stemlathe`: configuration, the user's own themes and targets."""
    import platformdirs  # here: who only attaches to an engine needs neither it nor its import time

    return platformdirs.user_config_path(_NAME, appauthor=False)


def state_dir() -> Path:
    """`$XDG_STATE_HOME/stemlathe`: last session, logs, undo journals."""
    import platformdirs  # here: who only attaches to an engine needs neither it nor its import time

    return platformdirs.user_state_path(_NAME, appauthor=False)


def cache_dir() -> Path:
    """`$XDG_CACHE_HOME/stemlathe`: compiled kernels, decoded audio."""
    import platformdirs  # here: who only attaches to an engine needs neither it nor its import time

    return platformdirs.user_cache_path(_NAME, appauthor=False)


def runtime_dir() -> Path:
    """`$XDG_RUNTIME_DIR/stemlathe`, or a folder of this user's under the temp dir."""
    value = os.environ.get("XDG_RUNTIME_DIR", "")
    if value.startswith("/") and os.access(value, os.W_OK):
        return Path(value) / _NAME
    import tempfile

    return Path(tempfile.gettempdir()) / f"{_NAME}-{os.getuid()}"


def data_dir(name: str) -> Path:
    """The folder `name` ("themes" or "sessions") of the data that ships with the program.

    A wheel carries it inside the package; an editable install and a checkout have it at the
    repository's root.
    """
    package = Path(__file__).resolve().parent
    packaged = package / "_data" / name
    return packaged if packaged.is_dir() else package.parent / name
