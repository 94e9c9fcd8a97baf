"""The declaration of an action; the lists stand in the modules of this package, one per subject."""

from __future__ import annotations

from dataclasses import dataclass

from tui.view import Panel


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do.

    Attributes:
        name: stable; the name in `keymap.toml` and after `:` (`trim_up` is typed `:trim-up`).
        keys: keys as Textual names them (`space`, `left`, `S`, `g,n` for `g` then `n`).
        help: what it does, a phrase of a few words.
        group: heading in the list of keys (`transport`, `monitor`, `stem`, `values`, `view`, `session`).
        panels: where it works; empty: everywhere.
        control: needs to be in control of the engine.
        argument: what `:name` takes after it, for its help; empty: nothing.
    """

    name: str
    keys: tuple[str, ...]
    help: str
    group: str
    panels: frozenset[Panel] = frozenset()
    control: bool = False
    argument: str = ""
