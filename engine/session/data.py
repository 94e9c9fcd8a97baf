"""The data files that ship with the program, as TOML trees."""

from __future__ import annotations

import functools
import tomllib
from typing import Any

from engine.errors import MachineError
from engine.paths import data_dir


@functools.cache
def shipped(name: str) -> dict[str, Any]:
    """The content of a file of `sessions/`; read once, not to be changed.

    Args:
        name: of the file, for example `roles.toml`.

    Raises:
        MachineError: the installation is broken.
    """
    path = data_dir("sessions") / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MachineError(
            f"{path}: cannot be read: install the program again", kind="installation", path=path
        ) from error
