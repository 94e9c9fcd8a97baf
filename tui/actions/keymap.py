"""Which key does what: the declared keys, changed by the user's `keymap.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.paths import config_dir
from engine.session.reading import nearest
from tui.actions.keys import key_label, parse_keys
from tui.actions.registry import GROUPS, Action, by_name
from tui.view import Panel

_FILE = "keymap.toml"


def keymap_path() -> Path:
    """The file of the user's own keys; it need not exist."""
    return config_dir() / _FILE


class Keymap:
    """Keys and actions.

    A declared key holds where its action says (`Action.has_keys_in`), and never for two actions in one
    place; one of the user's own holds wherever its action works. Where several have it, one that works
    only with the engine gone wins there, then one that belongs to the shown panel, then the others.

    Args:
        actions: the registry, every declared action.
        keys: by an action's name, where they are not the declared ones.
    """

    def __init__(self, actions: Iterable[Action], keys: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.actions = tuple(actions)
        changed = keys or {}
        self._keys = {action.name: changed.get(action.name, action.keys) for action in self.actions}
        self._by_key: dict[str, list[Action]] = {}
        for action in self.actions:
            for key in self._keys[action.name]:
                self._by_key.setdefault(key, []).append(action)

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an action."""
        return self._keys[name]

    def keys_in(self, action: Action, panel: Panel, *, lost: bool = False) -> tuple[str, ...]:
        """Those of its keys that do it where the focus is."""
        return tuple(key for key in self._keys[action.name] if self.find(key, panel, lost=lost) is action)

    @staticmethod
    def holds(key: str, action: Action, panel: Panel) -> bool:
        """Whether a key of an action may do it where the focus is: a declared one where it says so."""
        return action.has_keys_in(panel) or (action.works_in(panel) and key not in action.keys)

    def find(self, key: str, panel: Panel, *, lost: bool = False) -> Action | None:
        """What a key, or a sequence joined by commas, does where the focus is.

        Args:
            key: as Textual names it.
            panel: what is shown.
            lost: the engine is gone or hangs.
        """
        found = [action for action in self._by_key.get(key, ()) if self.holds(key, action, panel)]
        found = [action for action in found if lost or not action.lost]
        return min(found, key=lambda action: (not action.lost, not action.panels), default=None)

    def following(self, prefix: str, panel: Panel) -> tuple[tuple[str, Action], ...]:
        """The keys that may follow `prefix`, each with what it does; none: it begins no sequence."""
        start = f"{prefix},"
        return tuple(
            (key.removeprefix(start), action)
            for key, actions in self._by_key.items()
            for action in actions
            if key.startswith(start) and self.holds(key, action, panel)
        )


def load_keymap(actions: Iterable[Action], path: Path | None = None) -> tuple[Keymap, tuple[str, ...]]:
    """The keymap with the user's changes.

    Args:
        actions: the registry, every declared action.
        path: of the file; None: the user's.

    Returns:
        the keymap, and one sentence for every entry that cannot be used and was skipped.
    """
    actions, path = tuple(actions), path or keymap_path()
    try:
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return Keymap(actions), ()
    except (OSError, ValueError, RecursionError) as error:
        return Keymap(actions), (f"{path}: is skipped: {error}",)
    known = by_name(actions)
    wanted: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for name, value in tree.items():
        try:
            if name not in known:
                raise ValueError(f"unknown action: {nearest(name, known)}")
            wanted[name] = _keys_of(value)
        except ValueError as error:
            problems.append(f"{path}: {name}: {error}")
    for name, problem in _conflicts(actions, wanted):
        problems.append(f"{path}: {name}: {problem}")
    return Keymap(actions, wanted), tuple(problems)


def _keys_of(value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError('give a key, or a list of keys: ["m", "f2"]')
    return tuple(dict.fromkeys(parse_keys(text) for text in texts))


def _conflicts(actions: tuple[Action, ...], wanted: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Takes entries out of `wanted` until no key means two things; says why of each."""
    problems: list[tuple[str, str]] = []
    while (found := _conflict(actions, wanted)) is not None:
        problems.append(found)
        del wanted[found[0]]
    return problems


def _conflict(actions: tuple[Action, ...], wanted: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    keys = {action.name: wanted.get(action.name, action.keys) for action in actions}
    known = by_name(actions)
    # the last entry of the file is the one to blame
    for name in reversed(list(wanted)):
        for other in actions:
            if other.name == name or not _overlap(known[name], other):
                continue
            for key in keys[name]:
                for taken in keys[other.name]:
                    if not _panels_of(known[name], key) & _panels_of(other, taken):
                        continue
                    if key == taken or key.startswith(f"{taken},") or taken.startswith(f"{key},"):
                        return name, f"{key_label(key)} is already taken by {other.name}: give that another"
    return None


def _overlap(one: Action, other: Action) -> bool:
    """Whether a common key would be ambiguous."""
    return one.lost == other.lost and bool(one.panels) == bool(other.panels)


def _panels_of(action: Action, key: str) -> frozenset[Panel]:
    """Where a key of an action holds."""
    return frozenset(panel for panel in Panel if Keymap.holds(key, action, panel))


def keymap_text(keymap: Keymap) -> str:
    """A `keymap.toml` with every action, commented out at the keys it has."""
    lines = [
        "# Keys of stemlathe: take the # off a line and change it. A key or a list of keys; [] is none.",
        "# Names: a sign as it is typed, space, enter, tab, backspace, delete, escape, home, end, left,",
        '# right, up, down, pageup, pagedown, f1 to f12, ctrl+letter; "g n" is g and then n.',
    ]
    for group, title in GROUPS.items():
        lines += ["", f"# {title}"]
        for action in keymap.actions:
            if action.group == group:
                keys = ", ".join(_quoted(key) for key in keymap.keys(action.name))
                lines.append(f"# {action.name} = [{keys}]  # {action.help}")
    return "\n".join(lines) + "\n"


def _quoted(key: str) -> str:
    return f'"{key.replace(",", " ")}"'
