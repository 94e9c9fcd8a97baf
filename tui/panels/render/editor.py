"""What the render panel's keys change in the session: deliverables, versions, and what each says.

Everything goes the way of all edits: one step of undo each, in the history and in the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import StemlatheError
from engine.session.declare import Kind, Parameter
from engine.session.fields import (
    BUILT_IN_VERSION,
    BUILT_IN_VERSIONS,
    DELIVERABLE,
    METADATA,
    SUBSET_VERSION,
    SUBSET_VERSIONS,
    TRIM_DB,
    VERSION,
)
from engine.session.model import Session
from engine.session.targets import listed, targets
from engine.session.words import name_of, value_text
from engine.units import level_text
from tui.actions.registry import Declare
from tui.controls.asking import Asking
from tui.controls.not_possible import NotPossibleError
from tui.controls.quantity import parse_value
from tui.controls.written import written
from tui.panels.render import edits
from tui.panels.render.plan import Cell, columns_of
from tui.view import Panel, View

_action = Declare("session", frozenset({Panel.RENDER}), control=True)

ACTIONS = (
    _action("add_deliverable", "I", "add a deliverable", "[target]", footer="add"),
    _action("change_deliverable", "", "change the deliverable"),
    _action("deliverable_earlier", "K", "move the deliverable up"),
    _action("deliverable_later", "J", "move the deliverable down"),
    _action("change_tags", "percent_sign", "change the tags that every file gets"),
    _action("plan_version", "P", "put this version into the deliverable, or take it out", footer="plan"),
    _action("add_version", "ampersand", "add a version of your own", "[name]"),
    _action("change_version", "U", "change what this version says for itself"),
    _action("remove_output", "Z", "take the deliverable, or a version of your own, out"),
)

HELP = (
    "I adds a deliverable, = changes its target, encoding and names, Z takes it out; P puts the version "
    "under the cursor into the deliverable or out of it, & adds a version of your own, U changes its title, "
    "code, section, fades and trims. J and K change the order, % the tags. Every such edit is one step of "
    "undo (u)."
)

#: An entry of a list: what it is, what stands there, and what choosing it does.
_Entry = tuple[str, str, Callable[[], None]]


class OutputEditor:
    """Carries the actions out."""

    def perform(self, name: str, argument: str, cell: Cell | None, view: View, controls: Asking) -> bool:
        """Does one of the actions; False: it is none of them.

        Args:
            name: of the action.
            argument: what was typed after it.
            cell: under the cursor; None: there is none.
            view: now.
            controls: to ask and to send with.
        """
        if name == "type_value":  # `=`, which asks for values everywhere
            name = "change_deliverable"
        if name not in {action.name for action in ACTIONS}:
            return False
        tree = written(view)
        if tree is None or view.session is None:
            controls.say("the session is still being loaded", "warning")
            return True
        sheet = _Sheet(tree, view.session, cell, controls)
        if name == "add_deliverable":
            sheet.add_deliverable(argument)
        elif name == "add_version":
            sheet.add_version(argument)
        elif name == "change_tags":
            sheet.change_tags()
        elif cell is None:
            controls.say("there is no deliverable yet: I adds one", "warning")
        elif name == "plan_version":
            sheet.send(lambda: edits.version_planned(tree, sheet.number, cell[1], sheet.columns))
        elif name in ("deliverable_earlier", "deliverable_later"):
            sheet.move_deliverable(-1 if name == "deliverable_earlier" else 1)
        elif name == "change_deliverable":
            sheet.change_deliverable()
        elif name == "change_version":
            sheet.change_version(cell[1])
        else:
            sheet.remove()
        return True


class _Sheet:
    """One question after another about one state of the session.

    Args:
        tree: of the session.
        session: the same, read.
        cell: under the cursor.
        controls: to ask and to send with.
    """

    def __init__(self, tree: dict[str, Any], session: Session, cell: Cell | None, controls: Asking) -> None:
        self._tree, self._session, self._cell, self._controls = tree, session, cell, controls
        self.columns = columns_of(session)
        names = [deliverable.name for deliverable in session.deliverables]
        self.number = -1 if cell is None else names.index(cell[0])

    def send(self, make: Callable[[], edits.Edit]) -> bool:
        """Sends an edit, or says why it makes no sense."""
        try:
            edit = make()
        except NotPossibleError as error:
            self._controls.say(str(error), "warning")
            return False
        self._controls.edit(edit.label, edit.changes)
        return True

    # -- deliverables ---------------------------------------------------------------------------------

    def add_deliverable(self, typed: str) -> None:
        """Asks for the target it starts from, unless it was typed."""
        known = self._targets()
        if typed.strip():
            wanted = typed.strip()
            self._add(wanted, wanted if wanted in known else None)
            return
        offered = self._offered()
        names: list[tuple[str, str]] = [(name, about) for name, about in offered.items()]
        names.append(("master", "no target: the limiter keeps its drive"))

        def pick(number: int) -> None:
            name = names[number][0]
            self._add(name, name if number < len(offered) else None)

        self._controls.choose("a deliverable for", names, pick)

    def _add(self, name: str, preset: str | None) -> None:
        if self.send(lambda: edits.deliverable_added(self._tree, name, preset)):
            self._controls.focus(row=len(self._session.deliverables), column=0)
            self._controls.say("= changes it, P chooses its versions, u takes it back")

    def _targets(self) -> dict[str, str]:
        """What is known about every target; the user's own file may be broken, and then says so."""
        try:
            known = targets()
        except StemlatheError as error:
            self._controls.say(error.message, "error")
            return {}
        return {name: _about(one.loudness_lufs, one.ceiling_dbtp) for name, one in known.items()}

    def _offered(self, now: str | None = None) -> dict[str, str]:
        """As `_targets`, without those that another stands for, but with the one that is named now."""
        known = self._targets()
        shown = listed(targets()) if known else {}
        return {name: about for name, about in known.items() if name in shown or name == now}

    def change_deliverable(self) -> None:
        """Offers everything a deliverable says."""
        number, deliverable = self.number, self._session.deliverables[self.number]
        written = edits.deliverables_of(self._tree)[number]

        def entry(parameter: Parameter) -> _Entry:
            key = parameter.name
            value = getattr(deliverable, key)
            shown = ", ".join(value) if parameter.kind is Kind.TEXTS else value_text(parameter, value)
            about = shown if key in written or value == parameter.default else f"{shown}   (of the target)"

            def put(new: Any, words: str) -> None:
                self.send(lambda: edits.deliverable_changed(self._tree, number, key, new, words))

            def go() -> None:
                if key == "versions":
                    self._choose_versions()
                elif key == "preset":
                    self._choose_preset(value, put)
                else:
                    self._ask(parameter, f"{deliverable.name} {name_of(parameter)}", value, put)

            return name_of(parameter), about, go

        self._offer(f"{deliverable.name}: what to change", [entry(parameter) for parameter in DELIVERABLE])

    def move_deliverable(self, by: int) -> None:
        """Puts the deliverable one place up or down."""
        to = self.number + by
        if self.send(lambda: edits.deliverable_moved(self._tree, self.number, to)):
            self._controls.focus(row=to)

    def change_tags(self) -> None:
        """Offers everything that `[metadata]` may say."""
        there = self._tree.get("metadata", {})

        def entry(parameter: Parameter) -> _Entry:
            value = there.get(parameter.name)

            def put(new: Any, words: str) -> None:
                self.send(lambda: edits.tag_changed(self._tree, parameter.name, new, words))

            def go() -> None:
                self._ask(parameter, f"tag {name_of(parameter)}", value, put)

            about = parameter.help if value is None else value_text(parameter, value)
            return name_of(parameter), about, go

        self._offer("tags of every file: what to change", [entry(parameter) for parameter in METADATA])

    def _choose_preset(self, now: str | None, put: Callable[[Any, str], None]) -> None:
        known = list(self._offered(now).items())
        names = [*known, ("none", "what is given here alone")]

        def pick(number: int) -> None:
            name = names[number][0]
            put(name if number < len(known) else None, f"preset {name}")

        at = next((place for place, (name, _) in enumerate(known) if name == now), len(known))
        self._controls.choose("which target fills what is not given", names, pick, at)

    def _choose_versions(self) -> None:
        there = edits.versions_of(edits.deliverables_of(self._tree)[self.number])
        names = [(f"{'▣' if one in there else '□'} {one}", "") for one in self.columns]

        def pick(number: int) -> None:
            version = self.columns[number]
            self.send(lambda: edits.version_planned(self._tree, self.number, version, self.columns))

        self._controls.choose("put in, or take out", names, pick)

    # -- versions -------------------------------------------------------------------------------------

    def add_version(self, typed: str) -> None:
        """Asks for its name, unless it was typed."""

        def go(line: str) -> None:
            name = line.strip()
            number = self.number if self.number >= 0 else None
            if self.send(lambda: edits.version_added(self._tree, name, number)):
                self._controls.focus(column=len(self.columns))
                self._controls.say(f"{name} is the whole mix until U gives it trims or a section of its own")

        if typed.strip():
            go(typed)
        else:
            self._controls.ask("name of the version", "", go)

    def change_version(self, version: str) -> None:
        """Offers everything a version says for itself."""
        table = self._tree.get("versions", {}).get(version, {})
        own = version not in BUILT_IN_VERSIONS
        fields: Sequence[Parameter] = BUILT_IN_VERSION
        if own:
            fields = [one for one in VERSION if one.kind is not Kind.TABLE]
        elif version in SUBSET_VERSIONS:
            fields = SUBSET_VERSION

        def entry(parameter: Parameter) -> _Entry:
            value = table.get(parameter.name, parameter.default)

            def put(new: Any, words: str) -> None:
                key = parameter.name
                self.send(lambda: edits.version_changed(self._tree, version, key, new, words))

            def go() -> None:
                self._ask(parameter, f"version {version} {name_of(parameter)}", value, put)

            return name_of(parameter), value_text(parameter, value), go

        entries = [entry(parameter) for parameter in fields]
        if own:
            entries.insert(0, ("name", version, lambda: self._rename(version)))
            entries += [self._trim_entry(version, stem.name) for stem in self._session.stems]
        self._offer(f"version {version}: what to change", entries)

    def _rename(self, version: str) -> None:
        def go(line: str) -> None:
            self.send(lambda: edits.version_renamed(self._tree, version, line.strip()))

        self._controls.ask(f"version {version} is called", version, go)

    def _trim_entry(self, version: str, stem: str) -> _Entry:
        now_db = float(self._session.versions.get(version, {}).get("trims_db", {}).get(stem, 0.0))

        def put(new: Any, words: str) -> None:
            value = float(new or 0.0)
            self.send(lambda: edits.version_trim(self._tree, version, stem, value, f"{stem} {words}"))

        def go() -> None:
            self._ask(TRIM_DB, f"{stem} in {version}", now_db, put)

        return f"trim of {stem}", value_text(TRIM_DB, now_db), go

    # -- taking out -----------------------------------------------------------------------------------

    def remove(self) -> None:
        """Takes the deliverable out, or, asked, the version of the user's own that the cursor is on."""
        assert self._cell is not None, "asked for before"
        name, version = self._cell
        number = self.number

        def deliverable() -> None:
            if self.send(lambda: edits.deliverable_removed(self._tree, number)):
                self._controls.focus(row=max(0, min(number, len(self._session.deliverables) - 2)))
                self._controls.say(f"deliverable {name} is out: u brings it back")

        def own_version() -> None:
            if self.send(lambda: edits.version_removed(self._tree, version)):
                self._controls.say(f"version {version} is out: u brings it back")

        if version in BUILT_IN_VERSIONS:
            deliverable()
            return
        entries: list[_Entry] = [
            (f"the deliverable {name}", "", deliverable),
            (f"the version {version}", "from every deliverable", own_version),
        ]
        self._offer("take out", entries)

    # -- asking ---------------------------------------------------------------------------------------

    def _offer(self, title: str, entries: Sequence[_Entry]) -> None:
        names = [(label, about) for label, about, _ in entries]
        self._controls.choose(title, names, lambda number: entries[number][2]())

    def _ask(self, parameter: Parameter, what: str, value: Any, put: Callable[[Any, str], None]) -> None:
        """Asks for a value by its declaration; nothing typed is what holds without it."""
        name = name_of(parameter)
        if parameter.kind is Kind.SWITCH:
            put(not value, f"{name} {'off' if value else 'on'}")
            return
        if parameter.kind is Kind.CHOICE:
            self._choose_value(parameter, what, value, put)
            return

        def go(line: str) -> None:
            if not line.strip():
                if parameter.required:
                    self._controls.say(f"{what} cannot be empty", "warning")
                else:
                    put(None, f"{name} as without it")
                return
            try:
                new = parse_value(parameter, line, self._session.sample_rate)
            except ValueError as error:
                self._controls.say(f"{what}: {error}", "error")
                return
            put(new, f"{name} {value_text(parameter, new)}")

        empty = "" if parameter.required else ", nothing for what holds without it"
        shown = "" if value is None else value_text(parameter, value)
        self._controls.ask(f"{what}{empty}", shown, go)

    def _choose_value(
        self, parameter: Parameter, what: str, value: Any, put: Callable[[Any, str], None]
    ) -> None:
        choices = [(str(one), "") for one in parameter.choices]
        names = [*choices, ("as without it", "what the target, or else the format, says")]

        def pick(number: int) -> None:
            new = names[number][0] if number < len(choices) else None
            put(new, f"{name_of(parameter)} {new or 'as without it'}")

        at = parameter.choices.index(value) if value in parameter.choices else len(choices)
        self._controls.choose(what, names, pick, at)


def _about(loudness_lufs: float | None, ceiling_dbtp: float | None) -> str:
    parts = [level_text(loudness_lufs, "LUFS", None)] if loudness_lufs is not None else []
    parts += [level_text(ceiling_dbtp, "dBTP", None)] if ceiling_dbtp is not None else []
    return "  ".join(parts)
