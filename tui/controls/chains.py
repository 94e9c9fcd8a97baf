"""Whole chains: copied and pasted, taken from presets, given to all stems of a role."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import StemlatheError
from engine.session.chain_presets import ChainPreset, chain_presets, presets_folder, require_preset_name
from engine.session.chain_presets import save_preset as write_preset
from engine.session.files import Change
from engine.session.processors import PROCESSORS
from engine.session.reading import nearest
from engine.session.roles import MASTER_COLUMN
from tui.controls.asking import Asking, Handler
from tui.controls.chain_edits import Chain, written_chain
from tui.controls.places import strip_name
from tui.controls.written import written
from tui.view import MASTER, View

Tables = list[dict[str, Any]]
AFTER = "after"


def chain_as_written(controls: Asking, view: View, stem: int) -> Chain:
    """The chain of a strip as the session's text has it, with what waits for the engine."""
    assert view.session is not None
    focus = replace(view.focus, stem=stem, processor=-1, key="")
    name = strip_name(view.session, stem)
    return written_chain(written(view), focus, name, controls.pending.values())


def role_of(view: View, stem: int) -> str:
    """The role of a stem; the master's own word for the master."""
    assert view.session is not None
    return MASTER_COLUMN if stem == MASTER else view.session.stems[stem].role


def placed(tables: Sequence[Mapping[str, Any]], target: Chain, *, on_stem: bool, after: bool) -> Tables:
    """A chain as another strip can hold it: what is for the master only stays behind, and stays there.

    Args:
        tables: to be placed.
        target: the chain that is there.
        on_stem: whether that is a stem's.
        after: behind what is there, instead of in its place.
    """
    new = [copy.deepcopy(dict(table)) for table in tables if PROCESSORS[table["type"]].stems]
    fixed = [table for table in tables if not PROCESSORS[table["type"]].stems]
    last = [table for table in target.tables if not PROCESSORS[table["type"]].stems]
    before = [table for table in target.tables if PROCESSORS[table["type"]].stems] if after else []
    end = [] if on_stem else last or [copy.deepcopy(dict(table)) for table in fixed]
    return [*before, *new, *end]


def _put(controls: Asking, view: View, stem: int, tables: Tables, label: str) -> bool:
    """Gives a strip a chain, as one step; says so where nothing would change."""
    chain = chain_as_written(controls, view, stem)
    if chain.tables == tables:
        controls.say(f"{chain.name}: the chain is so already")
        return False
    edit = chain.edit(label, tables, 0 if tables else -1)
    controls.edit(edit.label, edit.changes)
    if view.focus.stem == stem and view.focus.processor >= 0:
        controls.focus(processor=edit.processor, key="")
    return True


def _kinds(tables: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(table["type"] for table in tables) or "nothing"


def copy_chain(controls: Asking, view: View, argument: str) -> None:
    """Remembers the chain; the limiter of the master stays behind when it is pasted on a stem."""
    if view.session is None:
        return
    chain = chain_as_written(controls, view, view.focus.stem)
    controls.copied = tuple(copy.deepcopy(chain.tables))
    controls.say(f"copied from {chain.name}: {_kinds(chain.tables)}; P pastes it on another")


def paste_chain(controls: Asking, view: View, argument: str) -> None:
    """Puts the copied chain in place of the strip's, or behind it."""
    if view.session is None:
        return
    if controls.copied is None:
        controls.say("no chain has been copied yet: V copies the chosen one", "warning")
        return
    if argument and not AFTER.startswith(argument.lower()):
        controls.say(f"'{argument}': paste-chain takes {AFTER}, or nothing", "error")
        return
    stem = view.focus.stem
    target = chain_as_written(controls, view, stem)
    tables = placed(controls.copied, target, on_stem=stem != MASTER, after=bool(argument))
    if _put(controls, view, stem, tables, "chain pasted"):
        controls.say(f"{target.name}: {_kinds(tables)}; u takes it back")


def chain_to_role(controls: Asking, view: View, argument: str) -> None:
    """Gives the chosen stem's chain to all others of its role, as one step."""
    if view.session is None:
        return
    stem = view.focus.stem
    if stem == MASTER:
        controls.say("the master has no role: choose a stem with 1 to 9 or j and k", "warning")
        return
    role, source = role_of(view, stem), chain_as_written(controls, view, stem)
    changes: list[Change] = []
    names = []
    for index, other in enumerate(view.session.stems):
        target = chain_as_written(controls, view, index)
        if index != stem and other.role == role and target.tables != source.tables:
            changes.append((("stems", index, "chain"), copy.deepcopy(source.tables)))
            names.append(other.name)
    if not names:
        controls.say(f"no other stem of the role {role} has another chain")
        return
    controls.edit(f"{source.name} chain to all {role}", changes)
    controls.say(f"{', '.join(names)}: {_kinds(source.tables)}; u takes it back")


def suited(view: View, stem: int) -> tuple[list[ChainPreset], tuple[str, ...]]:
    """Presets that a strip can take, those for its role first, and what is wrong with others."""
    presets, problems = chain_presets()
    role = role_of(view, stem)
    usable = [
        one for one in presets.values() if (MASTER_COLUMN in one.roles) == (stem == MASTER) or not one.roles
    ]
    return sorted(usable, key=lambda one: (not one.suits(role), one.path is None)), problems


def preset(controls: Asking, view: View, argument: str) -> None:
    """Takes a preset in place of the chain; without a name, offers them."""
    if view.session is None:
        return
    stem, role = view.focus.stem, role_of(view, view.focus.stem)
    offered, problems = suited(view, stem)
    for problem in problems:
        controls.say(problem, "warning")
    if argument:
        wanted = argument.strip().casefold()
        same = [one for one in offered if wanted in (one.name.casefold(), one.title.casefold())]
        found = same or [one for one in offered if one.name.casefold().startswith(wanted)]
        if len(found) == 1:
            _take(controls, view, stem, found[0])
        else:
            names = [one.name for one in found or offered]
            hint = f"it may be {', '.join(names)}" if found else nearest(argument, names)
            controls.say(f"there is no single preset '{argument}': {hint}", "error")
        return
    if not offered:
        controls.say(f"there is no preset for it: :save-preset NAME keeps a chain in {presets_folder()}")
        return
    shown = [
        (one.title, f"{'' if one.suits(role) else 'other roles: '}{one.reason or _kinds(one.chain)}")
        for one in offered
    ]
    controls.choose(
        f"presets for {strip_name(view.session, stem)}",
        shown,
        lambda number: _take(controls, controls.view, stem, offered[number]),
    )


def _take(controls: Asking, view: View, stem: int, chosen: ChainPreset) -> None:
    target = chain_as_written(controls, view, stem)
    tables = placed(chosen.chain, target, on_stem=stem != MASTER, after=False)
    if _put(controls, view, stem, tables, f"preset {chosen.title}"):
        why = f": {chosen.reason}" if chosen.reason else ""
        controls.say(f"{target.name}: {chosen.title}{why}")


def save_preset(controls: Asking, view: View, argument: str) -> None:
    """Saves the chain as a preset of the user's own, for the strip's role; asks before replacing one."""
    if view.session is None:
        return
    chain, role = chain_as_written(controls, view, view.focus.stem), role_of(view, view.focus.stem)
    if not chain.tables:
        controls.say(f"{chain.name} has no processor: there is nothing to save", "warning")
        return

    def write(replace: bool) -> None:
        try:
            path = write_preset(argument, chain.tables, [role], replace=replace)
        except (StemlatheError, OSError) as error:
            controls.say(str(error), "error")
            return
        controls.say(f"{path}: is written; :preset offers it for {role}")

    try:
        there = (presets_folder() / f"{require_preset_name(argument)}.toml").exists()
    except StemlatheError as error:
        controls.say(str(error), "error")
        return
    if there:
        controls.confirm(f"Replace your preset {argument}?", lambda: write(True))
    else:
        write(False)


HANDLERS: Mapping[str, Handler] = {
    "copy_chain": copy_chain,
    "paste_chain": paste_chain,
    "preset": preset,
    "save_preset": save_preset,
    "chain_to_role": chain_to_role,
}
