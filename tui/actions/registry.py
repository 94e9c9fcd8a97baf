"""The declaration of an action; the lists stand in the modules of this package, one per subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui.view import Panel

#: Groups in the order in which help lists them, with their headings.
GROUPS = {
    "transport": "Transport",
    "monitor": "Monitor and listening",
    "stem": "Stems",
    "values": "Values and chains",
    "view": "Views",
    "say": "Figures in words",
    "session": "Session",
}


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do.

    Attributes:
        name: stable; the name in `keymap.toml` and after `:` (`trim_up` is typed `:trim-up`).
        keys: keys as Textual names them (`space`, `left`, `S`, `g,n` for `g` then `n`).
        help: what it does, a phrase of a few words.
        group: a key of GROUPS.
        panels: where it works; empty: everywhere.
        control: needs to be in control of the engine.
        argument: what `:name` takes after it, for its help; in brackets: may be left out; empty: nothing.
        footer: its label in the footer, a word; empty: it is not shown there.
        lost: works only when the engine is gone or hangs, and then wins over others with the same key.
        strip: acts on the chosen strip; in a line another one may be named before it (`:bass mute`).
        aliases: what else it may be called after `:`.
        key_panels: where its keys hold; empty: wherever it works. Elsewhere it is still typed after `:`.
    """

    name: str
    keys: tuple[str, ...]
    help: str
    group: str
    panels: frozenset[Panel] = frozenset()
    control: bool = False
    argument: str = ""
    footer: str = ""
    lost: bool = False
    strip: bool = False
    aliases: tuple[str, ...] = ()
    key_panels: frozenset[Panel] = frozenset()

    @property
    def command(self) -> str:
        """How it is typed after `:`."""
        return self.name.replace("_", "-")

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing without its argument."""
        return bool(self.argument) and not self.argument.startswith("[") and not self.keys

    def works_in(self, panel: Panel) -> bool:
        """Whether it works where the focus is."""
        return not self.panels or panel in self.panels

    def has_keys_in(self, panel: Panel) -> bool:
        """Whether its keys hold where the focus is: it works there, and they are not left to the panel."""
        return self.works_in(panel) and (not self.key_panels or panel in self.key_panels)


@dataclass(frozen=True, slots=True)
class Declare:
    """Declares actions of one group: called like a function, with what is an action's own.

    Attributes:
        group: a key of GROUPS.
        panels: where they work, unless one says otherwise; empty: everywhere.
        control: whether they need to be in control of the engine, unless one says otherwise.
        strip: whether they act on the chosen strip, unless one says otherwise.
    """

    group: str
    panels: frozenset[Panel] = frozenset()
    control: bool = False
    strip: bool = False

    def __call__(
        self,
        name: str,
        keys: str,
        help: str,
        argument: str = "",
        *,
        panels: frozenset[Panel] | None = None,
        control: bool | None = None,
        footer: str = "",
        strip: bool | None = None,
        aliases: tuple[str, ...] = (),
        key_panels: frozenset[Panel] = frozenset(),
    ) -> Action:
        """An action; `keys` has spaces between them, the rest is as in `Action`."""
        return Action(
            name,
            tuple(keys.split()),
            help,
            self.group,
            self.panels if panels is None else panels,
            self.control if control is None else control,
            argument,
            footer,
            strip=self.strip if strip is None else strip,
            aliases=aliases,
            key_panels=key_panels,
        )


def by_name(actions: Iterable[Action]) -> dict[str, Action]:
    """Actions by their names.

    Raises:
        ValueError: two have the same.
    """
    found: dict[str, Action] = {}
    for action in actions:
        if action.name in found:
            raise ValueError(f"two actions are called {action.name}")
        found[action.name] = action
    return found
