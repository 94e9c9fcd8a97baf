"""The palette: every action, and every choice of those that take one, by fuzzy search."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.actions.keys import keys_label
from tui.actions.registry import Action
from tui.controls import arguments
from tui.controls.controls import Controls


class _Application(Protocol):
    controls: Controls


class ActionProvider(Provider):
    """Offers what works where the focus is; the application has an attribute `controls`."""

    @property
    def _controls(self) -> Controls:
        return cast(_Application, self.app).controls

    async def discover(self) -> Hits:
        """Everything, in the order of help."""
        for label, action, argument in entries(self._controls):
            if not argument:
                yield DiscoveryHit(label, partial(run, self._controls, action, argument), help=action.command)

    async def search(self, query: str) -> Hits:
        """What fits the query."""
        matcher = self.matcher(query)
        for label, action, argument in entries(self._controls):
            text = f"{label}  :{action.command}"
            score = matcher.match(text)
            if score > 0:
                command = partial(run, self._controls, action, argument)
                yield Hit(score, matcher.highlight(text), command, text=text, help=action.argument or None)


def entries(controls: Controls) -> Iterator[tuple[str, Action, str]]:
    """Label, action and argument of every entry that can be done now."""
    view = controls.view
    for action in controls.actions:
        if controls.refusal(action, view):
            continue
        keys = keys_label(controls.keymap.keys(action.name))
        yield (f"{action.help}  [{keys}]" if keys else action.help), action, ""
        if action.name not in ("set", "type_value"):
            for argument in arguments.arguments(action, view):
                yield f"{action.help}: {argument}", action, argument


def run(controls: Controls, action: Action, argument: str) -> None:
    """Does an entry; asks for what it needs and was not given."""
    if action.needs_argument and not argument:
        controls.ask(
            f"{action.help}: {action.argument}", "", lambda typed: controls.perform(action.name, typed)
        )
    else:
        controls.perform(action.name, argument)
