"""The chain editor: every processor and value of a strip, with what it does as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.session.declare import Kind
from engine.session.processors import PROCESSORS
from engine.session.words import name_of, value_text
from tui.actions.registry import Action
from tui.controls import chain_edits as edits
from tui.controls.asking import Asking
from tui.controls.not_possible import NotPossibleError
from tui.controls.places import Place, base_path, chain_of, focused, strip_name
from tui.controls.values import step_value, type_value
from tui.controls.written import written
from tui.display.cells import Canvas
from tui.panels.chain.picture import ChainPicture
from tui.panels.chain.rows import all_rows, chain_rows, item_of, moved, next_part, resolved
from tui.panels.chain.told import tell_chain
from tui.panels.told import Told
from tui.view import MASTER, Focus, View

#: While a picture's point is grabbed, the arrows and the far seeks move it: axis, direction, coarse.
_DRAGS = {
    "seek_back": (0, -1, False),
    "seek_forward": (0, 1, False),
    "seek_back_far": (0, -1, True),
    "seek_forward_far": (0, 1, True),
    "row_down": (1, -1, False),
    "row_up": (1, 1, False),
}


#: Shown by `?` above the keys.
HELP = (
    "Behind a curve over frequency stands the strip's spectrum: ░ what comes out of the chain, ╌ what goes "
    "in, by third octaves; every band has its own curve below the sum. Beside a compressor's curve hangs "
    "what it took away lately, ● is where it works now. Paused, the last picture stays, dimmed. In and out "
    "are levels before the chain, and after chain and trim; of the master before its limiter."
)


class ChainPanel:
    """Shows and edits the chain of the focused strip."""

    help = HELP
    #: Its own actions stand in the common registry, which knows where they work.
    actions: tuple[Action, ...] = ()

    def __init__(self) -> None:
        self._picture = ChainPicture()
        self._grabbed: tuple[int, int, str] | None = None

    def draw(self, canvas: Canvas, view: View) -> None:
        """Shows the chain."""
        self._picture.draw(canvas, view, grabbed=self._is_grabbed(view))

    def told(self, view: View) -> Told:
        """What is drawn, in words."""
        return tell_chain(view)

    def rows(self, view: View) -> int:
        """Rows there are."""
        return len(chain_rows(view.session, resolved(view.session, view.focus))) if view.session else 0

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does what means something of its own here."""
        if view.session is None:
            return False
        if name in _DRAGS and self._is_grabbed(view):
            axis, direction, coarse = _DRAGS[name]
            self._drag(view, controls, axis, direction, coarse=coarse)
            return True
        if name in ("back", "open_value") and self._is_grabbed(view):
            self._grabbed = None
            return True
        handler = _HANDLERS.get(name)
        if handler is None:
            self._settle(view, controls)
            return False
        handler(self, view, controls, argument)
        return True

    def _settle(self, view: View, controls: Asking) -> None:
        """Puts the focus onto a row that exists before a common action acts on it."""
        if view.session is not None and resolved(view.session, view.focus) != view.focus:
            focus = resolved(view.session, view.focus)
            controls.focus(processor=focus.processor, key=focus.key)

    def spots(self, view: View) -> list[tuple[str, str, dict[str, Any]]]:
        """Every value of the chain, for `/`: folded ones too."""
        if view.session is None:
            return []
        spots: list[tuple[str, str, dict[str, Any]]] = []
        heading = ""
        for row in all_rows(view.session, view.focus):
            if row.processor >= 0 and not row.key:
                heading = row.label
            name, about = f"{heading} {row.label}" if row.place is None else row.label, row.summary
            if not row.is_heading and row.place is not None:
                name, about = row.place.label, value_text(row.place.parameter, row.place.value)
            spots.append((name, about, {"processor": row.processor, "key": row.key}))
        return spots

    # -- moving about -------------------------------------------------------------------------------

    def move(self, view: View, controls: Asking, step: int) -> None:
        """To the next row."""
        assert view.session is not None
        self._go(controls, moved(view.session, view.focus, step))

    def part(self, view: View, controls: Asking, step: int) -> None:
        """To the next heading."""
        assert view.session is not None
        self._go(controls, next_part(view.session, view.focus, step))

    def _go(self, controls: Asking, focus: Focus) -> None:
        self._grabbed = None
        controls.focus(processor=focus.processor, key=focus.key)

    # -- values -------------------------------------------------------------------------------------

    def step(self, view: View, controls: Asking, steps: int, *, coarse: bool) -> None:
        """Moves the focused value; on a heading, nothing."""
        assert view.session is not None
        focus = resolved(view.session, view.focus)
        if not focus.key and focus.processor >= 0:
            controls.say("j goes to its values; x switches it")
            return
        self._settle(view, controls)
        found = focused(view.session, focus)
        if found is not None:
            step_value(controls, view, found, steps, coarse=coarse)
        else:
            controls.say("j goes to the values of this band")

    def open_value(self, view: View, controls: Asking, argument: str) -> None:
        """Switches, offers the choices, or asks for a value."""
        assert view.session is not None
        self._settle(view, controls)
        found = focused(view.session, resolved(view.session, view.focus))
        if found is None:
            self.move(view, controls, 1)
        elif found.parameter.kind is Kind.SWITCH:
            controls.set(found.path, not found.value)
        elif found.parameter.kind is Kind.CHOICE:
            choices, path = found.parameter.choices, found.path
            controls.choose(
                found.label,
                [(choice.replace("_", " "), "") for choice in choices],
                lambda number: controls.set(path, choices[number]),
                choices.index(found.value),
            )
        else:
            type_value(controls, controls.view, argument)

    def bypass(self, view: View, controls: Asking, argument: str) -> None:
        """Switches the processor of the focused row."""
        assert view.session is not None
        focus = resolved(view.session, view.focus)
        chain = chain_of(view.session, focus.stem)
        if focus.processor < 0:
            controls.say("choose a processor: j and k go from row to row; X bypasses them all")
            return
        base = base_path(focus)
        controls.set((*base, "chain", focus.processor, "enabled"), not chain[focus.processor].enabled)

    def grab(self, view: View, controls: Asking, argument: str) -> None:
        """Takes hold of the point in the picture, or lets it go."""
        assert view.session is not None
        focus = resolved(view.session, view.focus)
        axes = self._axes(view)
        if self._is_grabbed(view):
            self._grabbed = None
        elif not axes:
            controls.say("nothing to drag here: choose a processor or a band")
        else:
            self._settle(view, controls)
            self._grabbed = (focus.stem, focus.processor, _band_key(focus))
            across = f"← → {axes[0].label}"
            up = f", ↑ ↓ {axes[1].label}" if len(axes) > 1 else ""
            controls.say(f"dragging: {across}{up}; < > far; enter lets go")

    def gesture(self, view: View) -> tuple[tuple[str, str], ...]:
        """While a point is dragged: which keys move it how, and how it is let go."""
        if view.session is None or not self._is_grabbed(view):
            return ()
        arrows = zip(("← →", "↑ ↓"), self._axes(view), strict=False)
        moved = tuple((keys, name_of(place.parameter)) for keys, place in arrows)
        return ("DRAG", ""), *moved, ("< >", "far"), ("enter", "let go")

    def _is_grabbed(self, view: View) -> bool:
        focus = view.focus
        return self._grabbed == (focus.stem, focus.processor, _band_key(focus))

    def _axes(self, view: View) -> list[Place]:
        """The values that dragging moves: the first two numbers of the band, else of the processor."""
        assert view.session is not None
        focus = resolved(view.session, view.focus)
        if focus.processor < 0:
            return []
        band = _band_key(focus)
        rows = chain_rows(view.session, Focus(stem=focus.stem, processor=focus.processor, key=band))
        depth = 2 if band else 1
        places = [
            row.place for row in rows if row.processor == focus.processor and row.depth == depth and row.place
        ]
        return [found for found in places if found.parameter.kind is Kind.NUMBER][:2]

    def _drag(self, view: View, controls: Asking, axis: int, direction: int, *, coarse: bool) -> None:
        axes = self._axes(view)
        if axis < len(axes):
            step_value(controls, view, axes[axis], direction, coarse=coarse)

    # -- structure ----------------------------------------------------------------------------------

    def add(self, view: View, controls: Asking, argument: str) -> None:
        """A new processor; asks for its type."""
        on_stem = view.focus.stem != MASTER
        if not argument:
            offered = ", ".join(edits.offered_types(on_stem=on_stem))
            controls.ask(f"new processor ({offered})", "", lambda typed: self._add(controls, typed))
        else:
            self._add(controls, argument)

    def _add(self, controls: Asking, typed: str) -> None:
        session = controls.view.session
        if session is None:
            return
        on_stem = controls.view.focus.stem != MASTER

        def make(chain: edits.Chain, focus: Focus) -> edits.Edit:
            return edits.added(chain, focus, edits.type_named(typed, on_stem=on_stem), session)

        self._edit(controls, make)

    def add_band(self, view: View, controls: Asking, argument: str) -> None:
        """A new band."""
        self._edit(controls, lambda chain, focus: edits.with_band(chain, focus, _item(view, focus)))

    def remove(self, view: View, controls: Asking, argument: str) -> None:
        """Removes the band or the processor of the focused row; undo brings it back."""
        done = self._edit(controls, lambda chain, focus: edits.removed(chain, focus, _item(view, focus)))
        if done:
            controls.say(f"{done}: u brings it back")

    def shift(self, view: View, controls: Asking, step: int) -> None:
        """Moves the band or the processor of the focused row."""
        self._edit(controls, lambda chain, focus: edits.shifted(chain, focus, _item(view, focus), step))

    def _edit(self, controls: Asking, make: Callable[[edits.Chain, Focus], edits.Edit]) -> str:
        """Sends a structural edit; returns its label, empty where it was not possible."""
        view = controls.view
        if view.session is None:
            return ""
        focus = resolved(view.session, view.focus)
        name = strip_name(view.session, focus.stem)
        try:
            chain = edits.written_chain(written(view), focus, name, controls.pending.values())
            edit = make(chain, focus)
        except NotPossibleError as error:
            controls.say(str(error), "warning")
            return ""
        self._grabbed = None
        controls.edit(edit.label, edit.changes)
        controls.focus(processor=edit.processor, key=edit.key)
        return edit.label


def _band_key(focus: Focus) -> str:
    """The key of the band the focus lies in; empty: in none."""
    item = item_of(focus.key)
    return "" if item is None else f"{item[0]}[{item[1]}]"


def _item(view: View, focus: Focus) -> tuple[str, int] | None:
    """The band that is meant; at a crossover, the one above it."""
    item = item_of(focus.key)
    if item is None or view.session is None:
        return None
    kind = chain_of(view.session, focus.stem)[focus.processor].type
    bands = next(field.name for field in PROCESSORS[kind].parameters if field.kind is Kind.TABLES)
    return item if item[0] == bands else (bands, item[1] + 1)


_Handler = Callable[[ChainPanel, View, "Asking", str], None]
_HANDLERS: Mapping[str, _Handler] = {
    "row_down": lambda panel, view, controls, argument: panel.move(view, controls, 1),
    "row_up": lambda panel, view, controls, argument: panel.move(view, controls, -1),
    "next_part": lambda panel, view, controls, argument: panel.part(view, controls, 1),
    "previous_part": lambda panel, view, controls, argument: panel.part(view, controls, -1),
    "step_down": lambda panel, view, controls, argument: panel.step(view, controls, -1, coarse=False),
    "step_up": lambda panel, view, controls, argument: panel.step(view, controls, 1, coarse=False),
    "coarse_down": lambda panel, view, controls, argument: panel.step(view, controls, -1, coarse=True),
    "coarse_up": lambda panel, view, controls, argument: panel.step(view, controls, 1, coarse=True),
    "open_value": ChainPanel.open_value,
    "bypass": ChainPanel.bypass,
    "grab": ChainPanel.grab,
    "add_processor": ChainPanel.add,
    "add_band": ChainPanel.add_band,
    "remove": ChainPanel.remove,
    "move_later": lambda panel, view, controls, argument: panel.shift(view, controls, 1),
    "move_earlier": lambda panel, view, controls, argument: panel.shift(view, controls, -1),
}
