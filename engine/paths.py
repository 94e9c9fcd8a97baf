"""Where things live: the user's folders and the data files that ship with the program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NAME = "stemlathe"


def config_dir() -> Path:
    """`$XDG_CONFIG_HOME/stemlathe`: configuration, the user's own themes and targets."""
    return _user_dir("CONFIG", ".config")


def state_dir() -> Path:
    """`$XDG_STATE_HOME/stemlathe`: last session, logs, undo journals."""
    return _user_dir("STATE", ".local/state")


def cache_dir() -> Path:
    """`$XDG_CACHE_HOME/stemlathe`: compiled kernels, decoded audio."""
    return _user_dir("CACHE", ".cache")


def _user_dir(kind: str, below_home: str) -> Path:
    """One of the user's folders: by the XDG base directory specification on Linux, else by platformdirs."""
    value = os.environ.get(f"XDG_{kind}_HOME", "")
    home = os.environ.get("HOME", "")
    if sys.platform == "linux" and "ANDROID_ROOT" not in os.environ:
        if value.startswith("/"):
            return Path(value) / _NAME
        if not value.strip() and home.startswith("/"):
            return Path(home) / below_home / _NAME
    import platformdirs  # here: Linux needs neither it nor its import time

    name = f"user_{kind.lower()}_path"
    found: Path = getattr(platformdirs, name)(_NAME, appauthor=False)
    return found


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


def whole_path(path: Path) -> Path:
    """Absolute, and free of `..`, which people cannot read and whose parent is no folder above it.

    Links that `..` follows are resolved, as the file system does; a path without `..` stays as it was named.
    """
    path = path.absolute()
    if ".." not in path.parts:
        return path
    return path.resolve() if path.name == ".." else path.parent.resolve() / path.name
