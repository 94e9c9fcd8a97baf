"""How to export stems in common programs, from `sessions/recipes.toml`."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from engine.session.data import shipped

_FILE = "recipes.toml"


@dataclass(frozen=True)
class Recipe:
    """The steps in one program."""

    title: str
    steps: tuple[str, ...]


@functools.cache
def recipes() -> tuple[Recipe, ...]:
    """Every program's recipe, in the file's order.

    Raises:
        MachineError: the installation is broken.
    """
    return tuple(Recipe(entry["title"], tuple(entry["steps"])) for entry in shipped(_FILE)["recipes"])


def opening() -> str:
    """What holds for every program.

    Raises:
        MachineError: the installation is broken.
    """
    return str(shipped(_FILE)["opening"])
