"""Draws the chain editor: the rows on the left, on the right what the chosen processor does."""

from __future__ import annotations

from collections import deque
from typing import Any

from rich.cells import cell_len

from engine.session.declare import Curve
from engine.session.model import Processor, Session
from engine.session.processors import PROCESSORS
from engine.units import MINUS
from tui.controls.advice import advice_text
from tui.controls.linking import linked_with
from tui.controls.places import chain_of, strip_name
from tui.display.cells import Canvas
from tui.glyphs.plot import Axis
from tui.panels.chain.advice import Advice, advice_of, row_help
from tui.panels.chain.curves import HISTORY_S, Picture, picture, reduction_history
from tui.panels.chain.flow import FROM_COLUMNS, FROM_ROWS, SignalFlow
from tui.panels.chain.flow import ROWS as FLOW_ROWS
from tui.panels.chain.levels import StripLevels
from tui.panels.chain.row_picture import REDUCTION_CELLS, draw_row
from tui.panels.chain.rows import Row, chain_rows, item_of, resolved
from tui.panels.chain.spectrum_behind import BEHIND_LEGEND, SpectrumBehind
from tui.panels.chain.trail import ReductionTrail
from tui.panels.sheet import Sheet, put_wrapped
from tui.view import MASTER, Focus, View

_TICKS_PER_SECOND = 50
_LIST_SHARE, _LIST_MINIMUM, _LIST_MAXIMUM = 0.42, 38, 60
#: Rows of a picture, at least; with less room it is left out.
_PICTURE_ROWS = 6
#: A stem's share of a gain reduction, at least; smaller ones are not told.
_SMALLEST_SHARE = 0.005
_NUMBERS_HZ, _DOTS_HZ, _SPECTRUM_HZ = 10.0, 15.0, 10.0
#: Which end of a history is the newest.
_NOW = "; now at the right"
#: Cells from which on there is room for a history beside a static curve.
_TRAIL_FROM = 60


class ChainPicture:
    """Remembers what it drew, and the limiter's history."""

    def __init__(self) -> None:
        self._sheet = Sheet()
        self._shown: Picture | None = None
        self._area = (0, 0, 0, 0)
        self._headings: list[tuple[int, int]] = []
        self._list_cells = 0
        self._dot: tuple[int, int] | None = None
        self._causes: tuple[int, int, int] | None = None
        self._history: deque[float] = deque(maxlen=int(HISTORY_S * _TICKS_PER_SECOND))
        self._ticks = -1
        self._scroll = 0
        self._linked: tuple[str, ...] = ()
        self._made: tuple[Any, Processor, Picture | None] | None = None
        self._seen: tuple[Session, Focus, Focus] | None = None
        self._behind, self._levels = SpectrumBehind(), StripLevels()
        self._trail, self._trail_area = ReductionTrail(), (0, 0, 0, 0)
        #: rows above the picture, and the way of the signal that stands there
        self._top, self._flow = 0, SignalFlow()

    def draw(self, canvas: Canvas, view: View, *, grabbed: bool) -> None:
        """Shows the focused strip's chain.

        Args:
            canvas: the panel's.
            view: now.
            grabbed: the picture's point is being dragged.
        """
        self._listen(view)
        if view.session is None:
            if self._sheet.is_due(canvas, "page", None):
                canvas.clear()
                canvas.put(1, 0, "the session is being loaded", "dim")
            return
        focus = self._resolved(view.session, view.focus)
        strip = view.session.stems[focus.stem] if focus.stem != MASTER else view.session.master
        sentinel = tuple(view.document.sentinel)
        self._linked = tuple(linked_with(view, focus.stem))
        if self._sheet.is_due(canvas, "page", (strip, focus, grabbed, sentinel, self._linked)):
            touched = {y for _, y in self._headings} | (
                {self._area[1] + self._dot[0]} if self._dot else set()
            )
            if self._causes is not None:
                touched.add(self._causes[1])
            if self._shown is None or self._behind.has_drawn or self._trail_area[2]:
                touched |= set(range(self._area[1] + self._area[3]))
            touched |= self._levels.rows | set(range(self._top))
            self._draw_all(self._sheet.page(canvas), view.session, focus, sentinel, grabbed=grabbed)
            self._sheet.show(canvas, touched)
            self._dot = None
            shown = self._shown
            self._behind.begin(shown.plot if shown is not None and shown.behind else None)
        self._draw_moving(canvas, view, focus)

    def _resolved(self, session: Session, focus: Focus) -> Focus:
        """As `resolved`, looked at once for the same session and focus."""
        if self._seen is None or self._seen[0] is not session or self._seen[1] is not focus:
            self._seen = (session, focus, resolved(session, focus))
        return self._seen[2]

    def _listen(self, view: View) -> None:
        """Takes up what the limiter did since the last frame."""
        reading = view.reading
        if reading is not None and reading.totals.ticks != self._ticks:
            self._ticks = reading.totals.ticks
            self._history.extend(max(tick.gain_reduction_db, 0.0) for tick in reading.ticks)

    # -- what stands still ----------------------------------------------------------------------------

    def _draw_all(
        self, canvas: Canvas, session: Session, focus: Focus, sentinel: tuple[str, ...], *, grabbed: bool
    ) -> None:
        rows = chain_rows(session, focus)
        advice = advice_of(session, focus.stem, rows)
        left = min(max(int(canvas.width * _LIST_SHARE), _LIST_MINIMUM), _LIST_MAXIMUM, canvas.width)
        self._list_cells = left
        chain = chain_of(session, focus.stem)
        count = (
            f"{len(chain)} processor{'' if len(chain) == 1 else 's'}" if chain else "no processor: n adds one"
        )
        name = strip_name(session, focus.stem)
        if self._linked:
            count = f"linked with {', '.join(self._linked)}"
        used = canvas.put(1, 0, "CHAIN", "title") + 3
        used += canvas.put(used, 0, name, "bold title", min(cell_len(name), left - 2 - used))
        canvas.put(max(used + 2, left - 2 - len(count)), 0, count, "dim", min(len(count), left - used - 3))
        levels = self._levels.place(left, canvas.height)
        self._draw_rows(canvas.part(0, 1, left, canvas.height - 1 - levels), rows, focus, advice)
        for y in range(canvas.height):
            canvas.put(left, y, "│", "border")
        wide = canvas.width >= FROM_COLUMNS and canvas.height >= FROM_ROWS
        self._top = FLOW_ROWS if wide else 0
        if wide:
            self._flow.place(canvas.part(left + 2, 0, canvas.width - left - 3, FLOW_ROWS), session, focus)
        right = canvas.part(left + 2, self._top, canvas.width - left - 2, canvas.height - self._top)
        self._draw_right(right, left + 2, session, rows, focus, advice, sentinel, grabbed=grabbed)

    def _draw_rows(self, canvas: Canvas, rows: tuple[Row, ...], focus: Focus, advice: Advice) -> None:
        at = next(index for index, row in enumerate(rows) if row.spot == (focus.processor, focus.key))
        height = canvas.height
        first = min(self._scroll, max(len(rows) - height, 0))
        first = min(max(first, at - height + 2), max(at - 1, 0)) if height > 2 else at
        first = max(min(first, len(rows) - height), 0)
        self._scroll, self._headings = first, []
        for y, row in enumerate(rows[first : first + height]):
            draw_row(canvas, y, row, row.spot == rows[at].spot, advice.get(row.spot, ()) != ())
            if row.depth == 0 and row.processor >= 0:
                self._headings.append((row.processor, y + 1))
        if first > 0:
            canvas.put(canvas.width - 1, 0, "↑", "dim")
        if first + height < len(rows):
            canvas.put(canvas.width - 1, height - 1, "↓", "dim")

    def _draw_right(
        self,
        canvas: Canvas,
        left: int,
        session: Session,
        rows: tuple[Row, ...],
        focus: Focus,
        advice: Advice,
        sentinel: tuple[str, ...],
        *,
        grabbed: bool,
    ) -> None:
        row = next(row for row in rows if row.spot == (focus.processor, focus.key))
        said = list(dict.fromkeys(advice.get(row.spot, ())))
        said += [found for others in advice.values() for found in others if found not in said]
        notes = [(row_help(row, session.sample_rate), "label")]
        notes += [
            (f"! {advice_text(found)}", "warn" if found.severity == "warning" else "label") for found in said
        ]
        chain = chain_of(session, focus.stem)
        processor = chain[focus.processor] if focus.processor >= 0 else None
        # who makes the master's processors act stands in the last row
        causes = int(focus.stem == MASTER and processor is not None and canvas.height > _PICTURE_ROWS)
        bottom = canvas.height - causes
        top = self._top  # of the panel's rows, for what is drawn anew on it
        self._causes = (left, top + bottom, canvas.width) if causes else None
        room = bottom - 1 - 2 * min(len(notes), 3) - (2 if sentinel else 0)
        self._shown, self._area, y = None, (0, 0, 0, 0), 0
        self._trail_area = (0, 0, 0, 0)
        if processor is not None and room >= _PICTURE_ROWS and canvas.width >= 20:
            beside = _trail_cells(processor, canvas.width)
            width = canvas.width - beside
            found = self._picture_of(processor, focus.key, width, room, session.sample_rate / 2.0)
            if found is not None:
                self._shown = found
                if beside:
                    self._trail_area = (left + width + 2, top, beside - 2, room + 1)
                lead, legend = "dragging · " * grabbed, BEHIND_LEGEND * bool(found.behind)
                forms = [f"{lead}{title}{legend}" for title in found.titles]
                title = next((form for form in forms if cell_len(form) <= width), forms[-1])
                canvas.put(0, 0, title, "bold focus" if grabbed else "title", width)
                found.plot.draw_labels(canvas.part(0, 1, width, room))
                self._sheet.paste(left + found.plot.left, top + 1, *found.plot.lines())
                notes[1:1] = [(note, "dim") for note in found.notes]
                y = room + 1
            elif PROCESSORS[processor.type].curve is Curve.REDUCTION:
                forms = [f"gain reduction of the {processor.type}, dB", "gain reduction, dB"]
                title = next(
                    (form for form in forms if cell_len(form) + len(_NOW) <= canvas.width), forms[-1]
                )
                canvas.put(0, 0, title + _NOW, "title", canvas.width)
                y = room + 1
            self._area = (left, top + 1, canvas.width, room) if y else self._area
        notes += [(f"phase: {text}", "warn") for text in sentinel]
        for text, style in notes:
            y += put_wrapped(canvas, 0, y, text, style, min(3, bottom - y))

    def _picture_of(
        self, processor: Processor, key: str, width: int, height: int, nyquist_hz: float
    ) -> Picture | None:
        """As `picture`, made once as long as the processor and the focused band stay."""
        wanted = (id(processor), item_of(key), width, height)
        if self._made is None or self._made[0] != wanted or self._made[1] is not processor:
            found = picture(processor, key, width, height, nyquist_hz)
            self._made = (wanted, processor, found)
        return self._made[2]

    # -- what moves -----------------------------------------------------------------------------------

    def _draw_moving(self, canvas: Canvas, view: View, focus: Focus) -> None:
        reductions = _reductions(view, focus)
        self._trail.follow(view, focus.stem, reductions)
        self._draw_closely(canvas, view, focus)
        slow, fast = int(view.now_s * _NUMBERS_HZ), int(view.now_s * _DOTS_HZ)
        if self._sheet.is_due(canvas, "numbers", (slow, tuple(self._headings), self._list_cells)):
            for number, y in self._headings:
                self._draw_reduction(canvas, number, y, reductions, focus)
            self._draw_causes(canvas, view, focus)
            if self._top:
                x = self._list_cells + 2
                area = canvas.part(x, 0, canvas.width - x - 1, self._top)
                self._flow.draw(area, reductions, view.is_playing)
            if self._shown is None and self._area[3] > 0:
                x, y, width, height = self._area
                values = [0.0] * (self._history.maxlen or 0)
                values[len(values) - len(self._history) :] = self._history
                reduction_history(values, width, height).draw(canvas.part(x, y, width, height))
        if self._shown is not None and self._shown.dot is not None:
            now = reductions[focus.processor] if focus.processor < len(reductions) else 0.0
            if self._sheet.is_due(canvas, "dot", (fast, id(self._shown))):
                self._draw_dot(canvas, self._shown, now)

    def _draw_closely(self, canvas: Canvas, view: View, focus: Focus) -> None:
        """What the engine looks at closely: spectrum, levels, and the reduction lately."""
        close, tick = view.close_up, (int(view.now_s * _SPECTRUM_HZ), view.is_playing)
        shown, (left, top, _, _) = self._shown, self._area
        if shown is not None and shown.behind and self._sheet.is_due(canvas, "behind", (tick, id(shown))):
            area = canvas.part(left + shown.plot.left, top, shown.plot.cells, shown.plot.rows)
            axis = shown.behind if isinstance(shown.behind, Axis) else None
            self._behind.draw(area, view, focus.stem, axis)
        if self._sheet.is_due(canvas, "levels", (tick[0], close.strip, self._list_cells)):
            self._levels.draw(canvas, view, focus.stem)
        x, y, width, height = self._trail_area
        if width and self._sheet.is_due(canvas, "trail", (self._trail.key, focus.processor)):
            self._trail.draw(canvas.part(x, y, width, height), focus.processor)

    def _draw_reduction(
        self, canvas: Canvas, number: int, y: int, reductions: tuple[float, ...], focus: Focus
    ) -> None:
        value = reductions[number] if number < len(reductions) else float("nan")
        # two cells at the end stay free for the advice and for the arrows
        x = self._list_cells - 2 - REDUCTION_CELLS
        text = "" if value != value else f"{MINUS if value >= 0.05 else ''}{abs(value):.1f} dB"
        chosen = number == focus.processor and not focus.key
        style = "reduction on selected" if chosen else "reduction"
        canvas.put(x, y, text.rjust(REDUCTION_CELLS), style, REDUCTION_CELLS)

    def _draw_causes(self, canvas: Canvas, view: View, focus: Focus) -> None:
        """Whose sample makes the chosen processor of the master act: the largest shares first."""
        if self._causes is None or view.session is None:
            return
        x, y, width = self._causes
        canvas.put(x, y, " " * width, "text")
        found = []
        for stem, meters in zip(view.session.stems, view.snapshot.stems, strict=False):
            shares = meters.master_shares
            share = shares[focus.processor] if focus.processor < len(shares) else float("nan")
            if abs(share) >= _SMALLEST_SHARE:
                found.append((share, stem.name))
        used = canvas.put(x, y, "for ", "label") if found else 0
        for share, name in sorted(found, key=lambda one: -abs(one[0])):
            text = f"{name} {MINUS if share < 0.0 else ''}{abs(100.0 * share):.0f} %  "
            if used + cell_len(text) > width:
                break
            used += canvas.put(x + used, y, text, "reduction" if share > 0.0 else "dim")

    def _draw_dot(self, canvas: Canvas, shown: Picture, reduction_db: float) -> None:
        left, top, _, _ = self._area
        plot = shown.plot
        place = shown.dot(reduction_db) if shown.dot is not None and reduction_db == reduction_db else None
        cell = plot.place(*place) if place is not None else None
        if cell == self._dot:
            return
        if self._dot is not None:
            glyph, style = plot.cell(*self._dot)
            canvas.cells(left + plot.left + self._dot[1], top + self._dot[0], [glyph], [style])
        if cell is not None:
            canvas.cells(left + plot.left + cell[1], top + cell[0], ["●"], ["bold reduction"])
        self._dot = cell


def _trail_cells(processor: Processor, width: int) -> int:
    """Cells beside a static curve for what the processor has taken away lately; 0: there is no room."""
    moves = PROCESSORS[processor.type].curve in (Curve.DYNAMICS, Curve.BAND_DYNAMICS)
    return width * 2 // 5 if moves and width >= _TRAIL_FROM else 0


def _reductions(view: View, focus: Focus) -> tuple[float, ...]:
    """Gain reduction by place in the focused chain, dB; NaN: none."""
    if focus.stem == MASTER:
        return view.snapshot.master.processors_db
    stems = view.snapshot.stems
    return stems[focus.stem].processors_db if focus.stem < len(stems) else ()
