"""Puts title, banner, panel, bars and footer on a screen of any size.

The canvas a panel gets stays the same object as long as nobody else has drawn there: a panel that
remembers what it drew compares `canvas is self._canvas` and redraws everything on another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.link.records import Role, State
from engine.processes.client import Health
from tui.desk.master import WIDE
from tui.desk.monitor import MonitorBar
from tui.desk.overview import Overview
from tui.desk.pace import Pace
from tui.desk.song import SongLoudness
from tui.desk.title import TitleBar, somebody_controls
from tui.desk.transport import TransportBar
from tui.desk.warnings import WarningLine
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import bar
from tui.view import Panel, View

#: Draws a panel.
Drawer = Callable[[Canvas, View], None]
#: 80×24 with the line that tmux takes for itself.
SMALLEST = (80, 23)
_ROOMY_ROWS = 30
#: Panels that show loudness and true peak themselves.
_DESKS = (Panel.STEMS, Panel.MASTER)


@dataclass(frozen=True, slots=True)
class Footer:
    """What the last row says.

    Attributes:
        keys: (key, help) of what works here, the most useful first; as many as fit are shown.
        restart_key: restarts a lost engine, as the user knows it.
        control_key: asks for control, as an observer's banner says; "" where that is not possible.
        warning_key: shows the next of several warnings; "" where there is no such key.
    """

    keys: Sequence[tuple[str, str]] = ()
    restart_key: str = "enter"
    control_key: str = ""
    warning_key: str = ""


class Guide(Protocol):
    """Something that wants rows of its own below the title for a while: the tour of the demo."""

    def rows(self, height: int) -> int:
        """How many, on a screen of `height` rows; 0: it is not shown."""

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws onto that many rows."""


class Screen:
    """One screen; `draw` it onto the whole grid.

    Attributes:
        turn: which of the warnings is shown, 0 the most pressing; raise it to see the next.
        guide: stands below the title; None: nothing does.
    """

    def __init__(self) -> None:
        self.turn = 0
        self._message = ("", "")
        self.guide: Guide | None = None
        self._guide = Canvas.__new__(Canvas)
        self._canvas: Canvas | None = None
        self._layout: tuple[object, ...] = ()
        self._pace = Pace()
        self._panel = Canvas.__new__(Canvas)
        self._footer: object = None
        self._banner: object = None

    def draw(
        self, canvas: Canvas, view: View, panels: Mapping[Panel, Drawer], footer: Footer = Footer()
    ) -> None:
        """Shows `view`.

        Args:
            canvas: over the whole grid; the same object as long as the grid keeps size and content.
            view: this moment.
            panels: draws the chosen panel; a panel that is not among them is left blank.
            footer: the keys that work here.
        """
        if canvas.width < SMALLEST[0] or canvas.height < SMALLEST[1]:
            self._refuse(canvas)
            return
        # on the smallest screens who is in control stands in the title alone
        banner = banner_of(view, footer) if canvas.height >= _ROOMY_ROWS or _pressing(view) else None
        guide_rows = 0 if self.guide is None else self.guide.rows(canvas.height)
        layout = (canvas.width, canvas.height, view.focus.panel, banner is not None, guide_rows)
        if canvas is not self._canvas or layout != self._layout:
            self._canvas, self._layout = canvas, layout
            self._build(canvas, view.focus.panel, banner is not None, guide_rows)
        moment = self._pace.at(view)
        self._title.draw(moment)
        if banner is not None and banner != self._banner:
            self._banner = banner
            canvas.put(0, 1, f" {banner[0]}", f"bold reverse {banner[1]}", canvas.width)
        if self.guide is not None and guide_rows:
            self.guide.draw(self._guide, view)
        drawer = panels.get(view.focus.panel)
        if drawer is not None:
            drawer(self._panel, view)
        if view.message[0] and view.message != self._message:
            self.turn = 0  # what was just said stands before what was being looked at
        self._message = view.message
        self._warnings.draw(moment, self.turn, footer.warning_key)
        self._overview.draw(moment)
        self._transport.draw(moment)
        self._monitor.draw(moment)
        if footer != self._footer:
            self._footer = footer
            draw_footer(canvas, canvas.height - 1, footer.keys)

    def _build(self, canvas: Canvas, panel: Panel, banner: bool, guide_rows: int) -> None:
        """Rebuilds everything for another size or panel."""
        canvas.clear()
        width, height = canvas.width, canvas.height
        song = 1 if height < 28 else 3 if height < 44 else 4 if height < 56 else 5
        top = 2 if banner else 1
        foot = height - 4 - song
        self._pace, self._footer, self._banner = Pace(), None, None
        self._title = TitleBar(canvas.part(0, 0, width, 1))
        self._guide = canvas.part(0, top, width, guide_rows)
        top += guide_rows
        self._panel = canvas.part(0, top, width, foot - top)
        self._warnings = WarningLine(canvas.part(0, foot, width, 1))
        # on wide screens the overview stands right below the loudness over the song: same times, same cells
        left = SongLoudness.LABEL_CELLS if width >= WIDE else 0
        self._overview = Overview(canvas.part(1 + left, foot + 1, width - 2 - left, song))
        self._transport = TransportBar(canvas.part(0, foot + 1 + song, width, 1))
        self._monitor = MonitorBar(canvas.part(0, foot + 2 + song, width, 1), panel not in _DESKS)

    def _refuse(self, canvas: Canvas) -> None:
        """Says which size is needed; what plays is left alone."""
        canvas.clear()
        self._canvas = None
        needed = f"needs at least {SMALLEST[0]}x{SMALLEST[1]}, this is {canvas.width}x{canvas.height}"
        row = canvas.height // 2
        canvas.put(0, max(0, row - 1), "stemlathe", "bold title")
        canvas.put(0, row, needed, "warn")
        canvas.put(0, row + 1, "the engine goes on; q leaves", "dim")


def banner_of(view: View, footer: Footer) -> tuple[str, str] | None:
    """The line below the title and its colour; None: nothing is wrong."""
    name = view.name or "the engine"
    key = footer.restart_key
    if view.health is Health.GONE:
        return f"ENGINE LOST: {name} has ended. {key} restarts it in the same state", "bad"
    if view.health is Health.HANGING:
        return f"ENGINE HANGING: {name} answers no more. {key} ends and restarts it", "bad"
    if view.health is Health.STOPPED:
        return f"ENGINE STOPPED: {name} is held by its terminal or a signal; it goes on where it was", "warn"
    state = view.snapshot.transport.state
    if state is State.FAILED:
        return "ENGINE FAILED: :restart starts it again in the same state", "bad"
    if state is State.LOADING:
        return _loading(view), "note"
    if view.role is Role.OBSERVER:
        ask = f"; {footer.control_key} takes over" if footer.control_key else ""
        if not somebody_controls(view):
            return f"NOBODY IS IN CONTROL: keys change nothing here{ask}", "note"
        return f"WATCHING: another console is in control, keys change nothing here{ask}", "note"
    if view.role is Role.READER:
        return "READ-ONLY: everything is shown, nothing can be changed from here", "note"
    return None


def _pressing(view: View) -> bool:
    """Whether the banner says more than who is in control."""
    loading = view.snapshot.transport.state in (State.LOADING, State.FAILED)
    return view.health is not Health.RUNNING or loading


def _loading(view: View) -> str:
    job = view.snapshot.job
    label = job.label or "loading the session"
    if job.progress != job.progress:
        return f"LOADING: {label}"
    left = "" if job.left_s != job.left_s else f"  {numbers.short_clock(job.left_s)} left"
    return f"LOADING: {label}  {bar(int(job.progress * 160), 20)} {numbers.percent(job.progress)}{left}"


def draw_footer(canvas: Canvas, row: int, keys: Sequence[tuple[str, str]]) -> None:
    """Keys with their help on one row, as many as have room; a sign where some had none.

    They stand closer where all of them then have room. Where that is not enough, a word that begins with
    its key is written once, its first letter marked: `stems` instead of `s stems`.
    """
    canvas.put(0, row, "", "dim on panel", canvas.width)
    texts = [(key, f" {help_text}") for key, help_text in keys]
    if _closest(texts) > canvas.width:
        texts = [
            (key, help_text[len(key) :] if help_text.startswith(key) else f" {help_text}")
            for key, help_text in keys
        ]
    sizes = [len(key) + len(text) for key, text in texts]
    x, gap = 1, 2
    # with two blanks between them they also have one before and one behind
    if _closest(texts) <= canvas.width < _closest(texts) + len(sizes) + 1:
        x, gap = 0, 1
    for index, ((key, text), size) in enumerate(zip(texts, sizes, strict=True)):
        last = index == len(texts) - 1
        if gap > 1 and x + size > canvas.width - (1 if last else 4):
            canvas.put(canvas.width - 2, row, "…", "dim on panel")
            return
        canvas.put(x, row, key, "bold accent on panel")
        canvas.put(x + len(key), row, text, "dim on panel")
        x += size + gap


def _closest(texts: Sequence[tuple[str, str]]) -> int:
    """Cells that entries take with one blank between them."""
    return sum(len(key) + len(text) for key, text in texts) + max(0, len(texts) - 1)
