"""Every action of the registry works without a picture, or says in a sentence why there is nothing to do."""

from __future__ import annotations

from collections.abc import Sequence

from tui.actions.plain import ACTIONS as PLAIN
from tui.actions.registry import Action
from tui.controls.controls import all_actions
from tui.panels.registry import make_panels
from tui.view import Panel
from tui.work.verb_runner import Runner

#: What follows an action that needs it, else its name alone is entered.
_ARGUMENTS = {
    "seek": "0:10",
    "remove_marker": "1",
    "listen": "dry",
    "monitor": "-3",
    "go": "2",
    "trim": "0.5",
    "set": "stems[0].trim_db 0.7",
    "state": "1",
    "device": "null",
    "wait": "0",
}
_LAST = ("stop_engine", "leave")


def _where(action: Action) -> Panel:
    return min(action.panels, key=lambda panel: panel.value) if action.panels else Panel.STEMS


async def _walk(sitting, actions: Sequence[Action]) -> dict[str, list[str]]:
    answers = {}
    for action in actions:
        if action.panels or action.group != "view":
            sitting.console.controls.focus(panel=_where(action), row=0, column=0, processor=-1, key="")
            await sitting.console.waiting.settled()
        argument = _ARGUMENTS.get(action.name, "")
        answers[action.name] = await sitting.line(f"{action.command} {argument}".strip())
        while sitting.console.questions.asked is not None:
            await sitting.line(".")
    return answers


def test_every_action_is_answered_with_words(sit) -> None:
    actions = [*all_actions(make_panels(Runner())), *PLAIN]
    actions.sort(key=lambda action: _LAST.index(action.name) if action.name in _LAST else -1)
    found: dict[str, list[str]] = {}

    async def scenario(sitting) -> None:
        found.update(await _walk(sitting, actions))
        assert not sitting.console.left.is_set() or found["leave"] == []

    sit(scenario)
    silent = [name for name, lines in found.items() if not lines and name not in ("leave", "wait")]
    assert silent == []
    without_meaning = [
        name for name, lines in found.items() if any("does nothing here" in line for line in lines)
    ]
    assert without_meaning == []
    unknown = [name for name, lines in found.items() if any("there is no action" in line for line in lines)]
    assert unknown == []
    assert all(line.isascii() for lines in found.values() for line in lines)
