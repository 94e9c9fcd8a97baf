"""Carries actions out: rights, messages to the engine, what is shown until it answers."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.errors import StemlatheError
from engine.link.messages import Message
from engine.link.records import Role
from engine.processes.client import Health
from engine.processes.edit_files import put
from engine.session.files import parse_key
from engine.session.reading import KeyPath, key_text
from engine.session.words import parameter_at
from tui.actions.every import ACTIONS
from tui.actions.keymap import Keymap
from tui.actions.keys import key_label
from tui.actions.line import UnknownCommandError
from tui.actions.processors import processor_actions
from tui.actions.registry import Action, by_name
from tui.controls import (
    arguments,
    chains,
    copying,
    files_of_deliverables,
    linking,
    listening,
    naming,
    new_session,
    probing,
    program,
    rows,
    sessions,
    song,
    state,
    strips,
    tracks,
    values,
)
from tui.controls.advice import new_advice
from tui.controls.asking import Handler, PanelControls
from tui.controls.oneline import lines
from tui.controls.oneline.completing import completions
from tui.controls.pending import Pending
from tui.controls.surface import NOTHING_BESIDES, Besides, Surface
from tui.view import Focus, Panel, View

HANDLERS: Mapping[str, Handler] = {
    **song.HANDLERS,
    **listening.HANDLERS,
    **probing.HANDLERS,
    **chains.HANDLERS,
    **linking.HANDLERS,
    **tracks.HANDLERS,
    **strips.HANDLERS,
    **naming.HANDLERS,
    **values.HANDLERS,
    **rows.HANDLERS,
    **state.HANDLERS,
    **program.HANDLERS,
    **copying.HANDLERS,
    **sessions.HANDLERS,
    **new_session.HANDLERS,
    **files_of_deliverables.HANDLERS,
}

#: Values that can be shown before the engine has confirmed them.
_SIMPLE = (bool, int, float, str)


#: Refusals that cost nobody anything.
_HARMLESS = frozenset({"no_marker", "nothing_to_undo", "nothing_to_redo"})


class Controls:
    """What a key, a palette entry or a command line does.

    Args:
        surface: who shows it all.
        panels: by what they show; an action is offered to the shown one first.
        keymap: keys; None: the declared ones.
        read_only: the console was opened to look only.
        pending: what waits for the engine.

    Attributes:
        keymap: keys of all actions.
        prefix: the keys of a sequence that has begun (`g`); empty: none.
        prefix_since_s: CLOCK_MONOTONIC when its last key was pressed.
        read_only: see above.
        pending: see above.
        remembered: which processors were on before a chain was bypassed, by strip.
        copied: processors of the chain that was copied last; None: none was.
        left_track: that was heard before the song or another source was; None: none was.
    """

    def __init__(
        self,
        surface: Surface,
        panels: Mapping[Panel, PanelControls] | None = None,
        *,
        keymap: Keymap | None = None,
        read_only: bool = False,
        pending: Pending | None = None,
    ) -> None:
        self.surface = surface
        self.panels = dict(panels or {})
        self.keymap = keymap or Keymap(all_actions(self.panels))
        self.read_only = read_only
        self.pending = pending or Pending()
        self.prefix, self.prefix_since_s = "", 0.0
        self.remembered: dict[KeyPath, tuple[int, ...]] = {}
        self.copied: tuple[dict[str, Any], ...] | None = None
        self.left_track: Any = None
        self._actions = by_name(self.keymap.actions)
        self._quiet: set[int] = set()
        #: keys of the edit that the line in view is about
        self._advised: frozenset[KeyPath] = frozenset()

    # -- what the application calls ---------------------------------------------------------------

    @property
    def view(self) -> View:
        """The newest view, with what the engine has not yet answered already in it."""
        return self.pending.shown(self.surface.view())

    @property
    def actions(self) -> tuple[Action, ...]:
        """All actions."""
        return self.keymap.actions

    def key(self, key: str) -> bool:
        """A key was pressed; returns whether it means anything here."""
        view = self.view
        sequence = f"{self.prefix},{key}" if self.prefix else key
        lost = view.engine_is_lost
        action = self.keymap.find(sequence, view.focus.panel, lost=lost)
        if action is None and self.keymap.following(sequence, view.focus.panel):
            self.prefix, self.prefix_since_s = sequence, time.monotonic()
            return True
        begun, self.prefix = self.prefix, ""
        if action is not None:
            self.perform(action.name)
        elif begun and key != "escape":
            following = " ".join(
                key_label(name) for name, _ in self.keymap.following(begun, view.focus.panel)
            )
            self.say(
                f"{key_label(sequence)} means nothing: after {key_label(begun)} comes one of {following}"
            )
        return action is not None or bool(begun)

    def enter(self, panels: Mapping[Panel, PanelControls]) -> None:
        """Another session is shown, by panels of its own: nothing of the one before is awaited any more."""
        self.panels = dict(panels)
        self.pending.forget()
        self.remembered.clear()
        self.prefix = ""

    def line(self, text: str) -> None:
        """A command line was entered."""
        if not text.strip().removeprefix(":").strip():
            return
        try:
            line = lines.read_line(text, self.view, self.actions)
        except UnknownCommandError as error:
            self.say(str(error), "error")
            return
        if line.is_named:
            self._on_strip(line)
        else:
            self.perform(line.action.name, line.argument)

    def _on_strip(self, line: lines.Line) -> None:
        """Does an action on a strip that was named, whichever is chosen."""
        reason = self.refusal(line.action, line.view)
        if reason:
            self.say(reason, "warning")
        elif lines.is_processor_line(line.action):
            lines.do(line, self)
        else:
            HANDLERS[line.action.name](self, line.view, line.argument)

    def completions(self, text: str) -> list[str]:
        """Whole command lines that begin with `text`."""
        view = self.view
        return completions(text, view, self.actions, lambda action: arguments.arguments(action, view))

    def preview(self, text: str) -> tuple[str, bool]:
        """What a command line would do, and whether it can; empty before anything is typed."""
        return lines.preview(text, self, self.actions)

    def perform(self, name: str, argument: str = "") -> None:
        """Does an action, or says why not."""
        action, view = self._actions[name], self.view
        reason = self.refusal(action, view)
        if reason:
            self.say(reason, "warning")
            return
        if lines.is_processor_line(action):
            lines.do(lines.Line(action, argument, view, False), self)
            return
        panel = self.panels.get(view.focus.panel)
        if panel is not None and panel.perform(name, argument, view, self):
            return
        handler = HANDLERS.get(name)
        if handler is not None:
            handler(self, self.view, argument)  # the panel may have moved the focus
        else:
            where = " or ".join(sorted(panel.value for panel in action.panels))
            self.say(f"{action.command} works in the view {where}" if where else f"{name} does nothing here")

    def refusal(self, action: Action, view: View) -> str:
        """Why an action cannot be done now; empty: it can."""
        if not action.works_in(view.focus.panel):
            where = " or ".join(sorted(panel.value for panel in action.panels))
            return f"{action.command} works in the view {where}"
        if action.lost and not view.engine_can_be_restarted:
            return "the engine is there: nothing to restart"
        if not action.control:
            return ""
        if view.health is Health.GONE:
            return "the engine is gone: enter restarts it in the same state"
        return "" if view.role is Role.CONTROLLER else self.why_not(view)

    def why_not(self, view: View) -> str:
        """Why a console that only watches can change nothing, and what to do."""
        if self.read_only:
            return "this console only watches (--read-only): open it without that to change something"
        clients = view.document.clients
        others = [client for client in clients or () if client.role == "controller"]
        if not others and clients is not None:
            return "nobody is in control: :take-over takes it"
        who = f"console {others[0].index} (process {others[0].pid})" if others else "another console"
        return f"{who} is in control, this one watches: :take-over takes it over"

    def answer(self, message: Message) -> None:
        """Something the engine said (`Client.answers`)."""
        if message.id in self._quiet:
            self._quiet.discard(message.id)
        elif message.kind == "done":
            self.pending.answered(message.id, done=True, revision=message.revision)
        elif message.kind == "error":
            self.pending.answered(message.id, done=False)
            harmless = message.payload.get("code") in _HARMLESS
            self.say(
                str(message.payload.get("message", "the engine refused")), "note" if harmless else "error"
            )
        elif message.kind == "notice":
            self.say(str(message.payload.get("message", "")), "warning")
        elif message.kind == "role":
            self._tell_role(message.payload)

    def _tell_role(self, payload: Mapping[str, Any]) -> None:
        if payload.get("role") in ("controller", Role.CONTROLLER.value):
            self.say("this console is in control")
        elif payload.get("pid"):
            self.say(f"process {payload['pid']} is in control now: this console watches", "warning")
        else:
            self.say("nobody is in control: :take-over takes it", "warning")

    # -- what actions and panels call -------------------------------------------------------------

    def send(self, kind: str, payload: Mapping[str, Any] | None = None) -> int | None:
        """Sends a command based on what is shown; returns its id, None where it could not be sent."""
        revision = self.surface.view().document.revision
        try:
            return self.surface.send(kind, payload or {}, revision if revision >= 0 else None)
        except StemlatheError as error:
            self.say(error.message, "error")
            return None

    def send_quietly(self, kind: str, payload: Mapping[str, Any]) -> bool:
        """Sends what no user has asked for: what comes of it is told nobody. False: it could not be sent."""
        try:
            self._quiet.add(self.surface.send(kind, payload, None))
        except StemlatheError:
            return False
        return True

    def set(self, path: KeyPath | str, value: Any) -> None:
        """Sets a key of the session; None: back to its default."""
        place = parse_key(path) if isinstance(path, str) else path
        id = self.send("set", {"path": key_text(place), "value": value})
        if id is not None:
            self._expect(id, [(place, value)])

    def edit(self, label: str, changes: Sequence[tuple[KeyPath, Any]]) -> None:
        """Changes several keys at once, as one step of the history.

        Args:
            label: what the history calls it.
            changes: keys and new values; None removes a key or an item of a list.
        """
        content = {"label": label, "changes": [[key_text(path), value] for path, value in changes]}
        try:
            name = put(json.dumps(content, allow_nan=False).encode())
        except (StemlatheError, ValueError) as error:
            self.say(str(error), "error")
            return
        id = self.send("edit", {"reference": name})
        if id is not None:
            self._expect(id, changes)

    def _expect(self, id: int, changes: Sequence[tuple[KeyPath, Any]]) -> None:
        """Shows values at once, and says what the quick-reference card thinks of them."""
        before = self.view.session
        if before is None:
            return
        shown: dict[KeyPath, Any] = {}
        for path, value in changes:
            parameter = parameter_at(before, path)
            new = parameter.default if value is None and parameter is not None else value
            if isinstance(new, _SIMPLE) and parameter is not None:
                word = parameter.word is not None and new == parameter.word
                shown[path] = None if word else new
        if len(shown) == len(dict(changes)):
            self.pending.expect(id, shown)
        else:
            self.pending.expect_edit(id, changes)
        after = self.view.session
        if after is not None:
            # the null test's own corrections are tested there at once
            tested_again = self.view.focus.panel is Panel.NULL
            paths = [path for path, _ in changes]
            advised, advice = self._advised, new_advice(before, after, paths, tested_again=tested_again)
            for text, level in advice:
                self.say(text, level)
            if advice:
                self._advised = frozenset(paths)
            elif advised.intersection(paths):
                self.say("")  # what it was about is another now: it is not to stand there any longer

    def expect_state(self, id: int | None, part: str, **fields: Any) -> None:
        """Shows fields of a part of the snapshot at once; None: the command could not be sent."""
        if id is not None:
            # by how much another source is matched only the engine knows
            known = {"match_db": math.nan} if part == "transport" and "source" in fields else {}
            self.pending.expect_state(id, part, {**fields, **known})

    def say(self, text: str, level: str = "note") -> None:
        """Shows a line; `level` is `note`, `warning` or `error`."""
        self._advised = frozenset()
        self.surface.say(text, level)

    def show(self, panel: Panel) -> None:
        """Shows a panel, its first row chosen."""
        if self.surface.view().focus.panel is not panel:
            self.focus(panel=panel, row=0, column=0)

    def focus(self, **changes: Any) -> None:
        """Changes what the keys act on: fields of `Focus`."""
        focus: Focus = self.surface.view().focus
        self.surface.set_focus(dataclasses.replace(focus, **changes))

    def run(self, work: Any) -> None:
        """Starts a piece of work."""
        self.surface.run(work)

    def ask(
        self,
        prompt: str,
        initial: str,
        callback: Callable[[str], None],
        *,
        files: bool = False,
        back: Callable[[], None] | None = None,
    ) -> None:
        """Asks for a line; `files`: for a file."""
        self.surface.ask(prompt, initial, callback, files=files, back=back)

    def choose(
        self,
        title: str,
        names: Sequence[tuple[str, str]],
        pick: Callable[[int], None],
        chosen: int = 0,
        besides: Besides = NOTHING_BESIDES,
    ) -> None:
        """Offers a list of names, each with what it is about."""
        self.surface.choose(title, names, pick, chosen, besides)

    def write(self, title: str, text: str, callback: Callable[[str], None]) -> None:
        """Has a text of several lines written."""
        self.surface.write(title, text, callback)

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        """Asks yes or no."""
        self.surface.confirm(question, callback)


def all_actions(panels: Mapping[Panel, PanelControls]) -> tuple[Action, ...]:
    """The common actions, those of the panels, and the one-line commands of all processors, each once."""
    own = (action for panel in panels.values() for action in panel.actions)
    known = tuple(dict.fromkeys((*ACTIONS, *own)))
    return (*known, *processor_actions({action.name for action in known}))
