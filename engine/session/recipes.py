"""How to export stems in common programs, from `sessions/recipes.toml`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from engine.session.data import shipped

_FILE = "recipes.toml"


@dataclass(frozen=True)
class Recipe:
    """The steps in one program.

    Attributes:
        title: name of the program.
        source: the public documentation that the steps were read against.
        steps: in order.
        mind: what to mind when a null test has found a kind of cause, by kind.
    """

    title: str
    source: str
    steps: tuple[str, ...]
    mind: Mapping[str, str]


@functools.cache
def recipes() -> tuple[Recipe, ...]:
    """Every program's recipe, in the file's order.

    Raises:
        MachineError: the installation is broken.
    """
    return tuple(
        Recipe(entry["title"], entry["source"], tuple(entry["steps"]), entry["mind"])
        for entry in shipped(_FILE)["recipes"]
    )


def opening() -> str:
    """What holds for every program.

    Raises:
        MachineError: the installation is broken.
    """
    return str(shipped(_FILE)["opening"])
