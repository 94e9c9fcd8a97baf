"""What `?`, the footer and the printed list of keys say; all of it from the declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.link.records import Role
from tui.actions.keymap import Keymap
from tui.actions.keys import key_label, keys_label
from tui.actions.registry import GROUPS, Action
from tui.actions.stem import NUMBERED
from tui.view import Panel, View


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of help.

    Attributes:
        keys: as they are shown; empty: none does it here.
        help: what it does.
        command: how it is typed after `:`.
        usable: it would do something now: what needs control does nothing for who only watches.
        names: the keys as Textual names them.
    """

    keys: str
    help: str
    command: str
    usable: bool = True
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """A heading and its lines."""

    title: str
    entries: tuple[Entry, ...]


def help_groups(keymap: Keymap, view: View) -> tuple[HelpGroup, ...]:
    """What works where the focus is: first what only works in this panel, then group by group."""
    lost = view.engine_is_lost
    here = list(_shown(keymap, view.focus.panel, lost=lost))
    special = tuple(_entry(keymap, action, view, lost=lost) for action in here if action.panels)
    groups = [HelpGroup(f"In this view: {view.focus.panel.value}", special)] if special else []
    for group, title in GROUPS.items():
        entries = [
            _entry(keymap, action, view, lost=lost)
            for action in here
            if action.group == group and not action.panels
        ]
        if entries:
            groups.append(HelpGroup(title, tuple(entries)))
    return tuple(groups)


def _shown(keymap: Keymap, panel: Panel, *, lost: bool) -> Iterator[Action]:
    """Actions that work in a panel, those too that are only typed there."""
    for action in keymap.actions:
        usable = action.works_in(panel) and (lost or not action.lost)
        if usable and not _is_numbered(action, first=False):
            yield action


def _is_numbered(action: Action, *, first: bool) -> bool:
    """Whether it is one of the keys 1 to 9, which are listed as one."""
    number = action.name.removeprefix("stem_")
    return number.isdecimal() and (number == "1") == first


def _entry(keymap: Keymap, action: Action, view: View, *, lost: bool) -> Entry:
    usable = not action.control or view.role is Role.CONTROLLER
    keys, command = keymap.keys_in(action, view.focus.panel, lost=lost), action.command
    if _is_numbered(action, first=True):
        last = keymap.keys(f"stem_{NUMBERED}")
        return Entry(f"{keys_label(keys)} … {keys_label(last)}", "choose a stem", "stem-1", usable, keys)
    if action.argument:
        command = f"{command} {action.argument}"
    return Entry(keys_label(keys), action.help, command, usable, keys)


def footer(keymap: Keymap, view: View, pending: str = "") -> tuple[tuple[str, str], ...]:
    """Keys and words for the footer, the most particular first; the drawer cuts what has no room.

    Args:
        keymap: keys.
        view: now.
        pending: the keys of a sequence that has begun: then what may follow.
    """
    panel, lost = view.focus.panel, view.engine_is_lost
    if pending:
        following = keymap.following(pending, panel)
        # a view by its own name: all of them fit the smallest screen
        return tuple((key_label(key), _short(action)) for key, action in following)
    entries = []
    for action in _shown(keymap, panel, lost=lost):
        keys = keymap.keys_in(action, panel, lost=lost)
        word = action.footer or ("restart the engine" if action.lost else "")
        usable = not action.control or view.role is Role.CONTROLLER
        if word and keys and usable:
            rank = (not action.lost, action.name not in ("help", "leave"), not action.panels)
            entries.append((rank, key_label(keys[0]), word))
    entries.sort(key=lambda entry: entry[0])
    return tuple((key, word) for _, key, word in entries)


def _short(action: Action) -> str:
    """`intake` for the action that shows the intake; else its help."""
    view = action.name.removeprefix("view_")
    return view if view != action.name else action.help.removeprefix("the ")


def _where(action: Action) -> str:
    """Where it works, or where its keys hold, in the order of tab; empty: everywhere."""
    if action.panels or not action.key_panels:
        panels, word = action.panels, "in"
    elif len(action.key_panels) > len(Panel) // 2:
        panels, word = frozenset(Panel) - action.key_panels, "key not in"
    else:
        panels, word = action.key_panels, "key in"
    names = ", ".join(panel.value for panel in Panel if panel in panels)
    return f" ({word} {names})" if names else ""


def key_table(keymap: Keymap) -> str:
    """All keys as a Markdown table, for the README."""
    lines = ["| key | does | `:command` |", "| --- | --- | --- |"]
    for action in keymap.actions:
        if _is_numbered(action, first=False):
            continue
        keys = keymap.keys(action.name)
        if _is_numbered(action, first=True):
            shown = f"`{key_label(keys[0])}` … `{NUMBERED}`"
            lines.append(f"| {shown} | choose a stem | `:stem-1` … |")
            continue
        shown = " ".join(f"`{key_label(key)}`" for key in keys)
        text = f"{action.help}{_where(action)}"
        command = f":{action.command} {action.argument}".strip()
        lines.append(f"| {shown} | {text} | `{command}` |")
    return "\n".join(lines) + "\n"
