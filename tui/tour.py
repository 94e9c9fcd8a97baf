"""The tour of the demo: eight keys from play to a rendered, verified master.

A step is done when what it asks for has really happened, seen in the view or in what work gave; the key
itself is not looked at, so a mouse-free detour, the palette or a command do as well. It is never in the
way: any key works at any time, `T` hides it and brings it back, and the next console goes on where the
last one left.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StemlatheError
from engine.link.records import Source, State
from engine.paths import state_dir
from engine.private import make_private
from engine.session.atomic import write_atomic
from tui.display.cells import Canvas
from tui.glyphs.numbers import short_clock
from tui.panels.page import put_pieces
from tui.panels.render.plan import outcomes
from tui.panels.sheet import Sheet
from tui.view import View
from tui.work.verb_runner import Runner

#: What makes a session the demo (`engine.demo.session_text`, which the console does not import).
DEMO_FILE, DEMO_TITLE = "demo.toml", "River of Light"


@dataclass(frozen=True)
class Start:
    """How things were when a step began.

    Attributes:
        revision: of the live session.
        stem: that was chosen.
        renders: renders that had been asked for.
        tests: null tests that had been asked for.
    """

    revision: int
    stem: int
    renders: int
    tests: int


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Attributes:
        keys: as they are typed.
        does: what they do.
        why: what is to be noticed.
        is_done: whether it has happened.
    """

    keys: str
    does: str
    why: str
    is_done: Callable[[View, Runner, Start], bool]


def _asked(runner: Runner, verb: str) -> int:
    return sum(job.work.verb == verb for job in runner.jobs)


def _is_changed(view: View, runner: Runner, start: Start) -> bool:
    return view.document.revision != start.revision


def _is_undone(view: View, runner: Runner, start: Start) -> bool:
    return view.document.can_redo


def _is_dry(view: View, runner: Runner, start: Start) -> bool:
    return view.snapshot.transport.source is Source.DRY


def _is_nulled(view: View, runner: Runner, start: Start) -> bool:
    job = runner.newest_done("null")
    return job is not None and _asked(runner, "null") > start.tests


def _is_rendered(view: View, runner: Runner, start: Start) -> bool:
    renders = [job for job in runner.jobs if job.work.verb == "render"][start.renders :]
    found = [outcome for cell, outcome in outcomes(renders).items() if cell[1] == "master"]
    return any(outcome.holds for outcome in found) and not any(job.active for job in renders)


STEPS = (
    Step(
        "space",
        "plays",
        "five stems and their master, at the level of your monitor section",
        lambda view, _runner, _start: view.snapshot.transport.state is State.PLAYING,
    ),
    Step(
        "j",
        "chooses the next stem",
        "1…9 go straight to one, 0 to the master",
        lambda view, _runner, start: view.focus.stem != start.stem,
    ),
    Step(
        "l",
        "raises its trim by 0.1 dB",
        "within ±3 dB it is mastering, beyond that it belongs in the mix",
        _is_changed,
    ),
    Step("u", "takes that back", "every edit is a step of the history, nothing is lost", _is_undone),
    Step("a", "listens to the dry stems", "level-matched, so that louder does not win; a goes back", _is_dry),
    Step(
        "g n  n",
        "goes to the null test and runs it",
        "do these stems sum to the mix? The residual is the answer",
        _is_nulled,
    ),
    Step(
        "t",
        "plays at the next deliverable's target",
        "the drive into the limiter is solved for its loudness",
        lambda view, _runner, _start: view.document.target is not None,
    ),
    Step(
        "R  n  R",
        "goes to the renders, chooses this one, starts it",
        "y saves first, if it asks; each file is measured once it is written",
        _is_rendered,
    ),
)


def is_demo(view: View) -> bool:
    """Whether the session is the one that `stemlathe demo` writes."""
    session = view.session
    return session is not None and session.path.name == DEMO_FILE and session.title == DEMO_TITLE


class Tour:
    """Where the user is in the tour; kept from one console to the next.

    Args:
        runner: whose results are looked at.
        path: of the file it is kept in; None: in the state folder.

    Attributes:
        step: number of the next step; `len(STEPS)`: all are done.
        hidden: the user has put it away.
    """

    def __init__(self, runner: Runner, path: Path | None = None) -> None:
        self._runner = runner
        self._path = state_dir() / "tour.json" if path is None else path
        self._sheet = Sheet()
        self._start: Start | None = None
        self._begun_s: float | None = None
        self._took_s: float | None = None
        self._is_demo = False
        self.step, self.hidden = self._kept()

    def _kept(self) -> tuple[int, bool]:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            kept = json.loads(self._path.read_bytes())
            return max(0, min(int(kept["step"]), len(STEPS))), bool(kept["hidden"])
        return 0, False

    def _keep(self) -> None:
        # a tour that is not remembered is no reason to bother anybody
        with contextlib.suppress(OSError, StemlatheError):
            make_private(self._path.parent)
            content = json.dumps({"step": self.step, "hidden": self.hidden})
            write_atomic(self._path, content.encode(), replace=True, mode=0o600)

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to draw: on the demo, not hidden, and not long done."""
        return self._is_demo and not self.hidden

    def toggle(self) -> None:
        """Puts it away, or goes on with it; from the beginning where it was done."""
        if self.step == len(STEPS):
            self.step, self.hidden = 0, False
            self._start = self._begun_s = self._took_s = None
        else:
            self.hidden = not self.hidden
        self._keep()

    def follow(self, view: View) -> None:
        """Called once a frame: goes on where what was asked for has happened."""
        self._is_demo = is_demo(view)
        if not self._is_demo or self.hidden or self.step >= len(STEPS):
            return
        if self._begun_s is None:
            self._begun_s = view.now_s
        if self._start is None:
            self._start = Start(
                revision=view.document.revision,
                stem=view.focus.stem,
                renders=_asked(self._runner, "render"),
                tests=_asked(self._runner, "null"),
            )
        if STEPS[self.step].is_done(view, self._runner, self._start):
            self.step, self._start = self.step + 1, None
            if self.step == len(STEPS):
                self._took_s = view.now_s - self._begun_s
            self._keep()

    def rows(self, height: int) -> int:
        """Rows it wants on a screen of `height` rows: none, one, or two where there is room."""
        return 0 if not self.is_shown else 1 if height < 28 else 2

    def draw(self, canvas: Canvas, view: View) -> None:
        """Draws it onto as many rows as `rows` said."""
        if canvas.height < 1 or not self._sheet.is_due(canvas, "page", (self.step, self._took_s)):
            return
        draw_tour(self._sheet.page(canvas), self.step, self._took_s)
        self._sheet.show(canvas)


def step_words(step: int) -> str:
    """A step as a sentence; `len(STEPS)`: done."""
    if step >= len(STEPS):
        return "tour: done: a rendered, verified master; ? lists every key, T begins again"
    now = STEPS[step]
    return f"tour {step + 1} of {len(STEPS)}: {now.keys} {now.does}: {now.why}. T hides the tour"


def draw_tour(canvas: Canvas, step: int, took_s: float | None) -> None:
    """One or two rows: which step, its keys, what they do, and what to notice.

    Args:
        canvas: blank.
        step: number of the step; `len(STEPS)`: done.
        took_s: how long it took, s; None: not done in this console.
    """
    canvas.fill(0, 0, canvas.width, canvas.height, " ", "text on panel")
    hide = " T hides "
    if step >= len(STEPS):
        took = "" if took_s is None else f" in {short_clock(took_s).strip()}"
        put_pieces(
            canvas,
            1,
            0,
            [
                ("TOUR  ", "title on panel"),
                (f"✓ a rendered, verified master{took}. ", "good on panel"),
                ("? lists every key, T begins again", "dim on panel"),
            ],
        )
        return
    now = STEPS[step]
    put_pieces(
        canvas.part(0, 0, canvas.width - len(hide), 1),
        1,
        0,
        [
            (f"TOUR {step + 1}/{len(STEPS)}  ", "title on panel"),
            (now.keys, "bold accent on panel"),
            (f"  {now.does}", "text on panel"),
            ("" if canvas.height > 1 else f": {now.why}", "dim on panel"),
        ],
    )
    canvas.put(canvas.width - len(hide), 0, hide, "faint on panel")
    if canvas.height > 1:
        canvas.put(11, 1, now.why, "dim on panel")
