"""One stem of the desk."""

from __future__ import annotations

from dataclasses import dataclass

from engine.link.records import StemCloseUp, StemMeters
from engine.session.model import Stem
from engine.session.range_card import LARGEST_TRIM_DB
from engine.session.roles import roles
from tui.desk.closely import Closely
from tui.desk.columns import Column, Columns
from tui.desk.levels import StereoMeter
from tui.desk.pace import Moment
from tui.desk.words import (
    FILES,
    LINK_SIGN,
    NOTE_SIGN,
    ROLES,
    chain_words,
    first_line,
    lit,
    silenced,
    trim_track,
)
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import bar, leftward_bar, leftward_steps
from tui.glyphs.meter import over_sign

#: Gain reduction that fills the bar of a stem, dB: the compression of a stem usually takes 1 to 3 dB.
REDUCTION_RANGE_DB = 6.0


@dataclass(frozen=True, slots=True)
class StemState:
    """What a strip shows besides its meters.

    Attributes:
        index: in the session.
        stem: as the session has it.
        chosen: the focus is on it.
        any_solo: some stem is soloed.
        file: `ok`, `replaced`, `missing` or `truncated`.
        linked: it moves together with others.
    """

    index: int
    stem: Stem
    chosen: bool
    any_solo: bool
    file: str
    linked: bool = False


#: Where a figure stands, its row, its text and its style; no column: it is not shown.
_Figure = tuple[Column | None, int, str, str]


def _share_bar(share: float, column: Column | None) -> str:
    """A share of the limiting as a bar; empty where there is no room for one."""
    if column is None:
        return ""
    return bar(int(share * 8 * column.width) if share == share else 0, column.width)


def reduction_db(processors_db: tuple[float, ...]) -> float:
    """Gain reduction of a whole chain, dB ≥ 0; NaN where nothing in it reduces gain."""
    told = [value for value in processors_db if value == value]
    return sum(told) if told else float("nan")


class Strip:
    """A strip on `canvas`, whose height (1, 2, or more with air below) says how much is shown."""

    def __init__(self, canvas: Canvas, columns: Columns) -> None:
        self._canvas, self._columns = canvas, columns
        self._rows = 1 if canvas.height < 2 else 2
        meter = columns.meter
        self._meter = StereoMeter(canvas.part(meter.x, 0, meter.width, self._rows), self._rows)
        self._closely = Closely(canvas, columns, self._rows)
        self._words: StemState | None = None
        self._bar = -1
        self._figures: tuple[_Figure, ...] = ()
        self._rms = ""

    def draw(
        self, moment: Moment, state: StemState, meters: StemMeters, closely: StemCloseUp, overs: int
    ) -> None:
        """Shows a stem with its meters; `overs` since the last reset."""
        if state is not self._words and state != self._words:
            self._draw_words(state)
            self._words, self._bar, self._figures, self._rms = state, -1, (), ""
            self._closely.forget()
        self._meter.draw(
            (meters.peak_left_dbfs, meters.rms_left_dbfs, meters.held_left_dbfs),
            (meters.peak_right_dbfs, meters.rms_right_dbfs, meters.held_right_dbfs),
            state.chosen,
        )
        reduced_db = reduction_db(meters.processors_db)
        self._draw_bar(state, reduced_db)
        if moment.figures or not self._figures:
            self._draw_figures(state, meters, reduced_db, overs)
        # twice a second: an RMS that is to be read may not run
        if moment.histories or not self._rms:
            self._draw_rms(state, meters)
        if self._columns.spectrum is not None:
            self._closely.draw(moment, closely, state.chosen)

    def _draw_rms(self, state: StemState, meters: StemMeters) -> None:
        column = self._columns.rms
        if column is None:
            return
        text = numbers.reading(max(meters.rms_left_dbfs, meters.rms_right_dbfs), 5)
        if text != self._rms:
            self._rms = text
            style = lit("dim", state.chosen)
            self._canvas.put(column.x, self._rows - 1, text.rjust(column.width), style, column.width)

    def _draw_bar(self, state: StemState, reduced_db: float) -> None:
        column = self._columns.reduction
        steps = leftward_steps(reduced_db / REDUCTION_RANGE_DB, column.width)
        if steps != self._bar:
            self._bar = steps
            text = leftward_bar(steps, column.width)
            self._canvas.put(column.x, 0, text, lit("reduction", state.chosen), column.width)

    def _draw_figures(self, state: StemState, meters: StemMeters, reduced_db: float, overs: int) -> None:
        columns = self._columns
        share, chosen, second = meters.limiting_share, state.chosen, self._rows - 1
        held_db = max(meters.held_left_dbfs, meters.held_right_dbfs)
        peak_style = lit("over" if held_db >= 0.0 else "dim", chosen)
        peak = columns.peak or (columns.over if second else None)
        figures: tuple[_Figure, ...] = (
            (
                columns.over,
                0,
                over_sign(overs, columns.over.width),
                lit("bold over" if overs else "text", chosen),
            ),
            (
                columns.share_figure,
                second,
                numbers.percent(share, columns.share_figure.width),
                lit("share", chosen),
            ),
            (columns.reduction_figure, second, numbers.level(-reduced_db, 5), lit("reduction", chosen)),
            (columns.share, 0, _share_bar(share, columns.share), lit("share", chosen)),
            (peak, 0 if columns.peak else 1, numbers.reading(held_db, 5), peak_style),
        )
        if figures == self._figures:
            return
        before, self._figures = self._figures, figures
        for place, figure in enumerate(figures):
            column, row, text, style = figure
            if column is not None and (not before or figure != before[place]):
                self._canvas.put(column.x, row, text.rjust(column.width), style, column.width)

    def _draw_words(self, state: StemState) -> None:
        canvas, columns, chosen = self._canvas, self._columns, state.chosen
        stem, plain = state.stem, lit("text", state.chosen)
        for row in range(min(self._rows, canvas.height)):
            canvas.fill(0, row, columns.meter.x, 1, " ", plain)
            after = columns.meter.x + columns.meter.width
            canvas.fill(after, row, canvas.width - after, 1, " ", plain)
        heard = not silenced(stem, state.any_solo)
        canvas.put(0, 0, "▸" if chosen else " ", lit("focus", chosen))
        canvas.put(1, 0, f"{state.index + 1:2d}", lit("label" if heard else "dim", chosen))
        name = ("bold text" if chosen else "text") if heard else "dim"
        sign = LINK_SIGN if state.linked else NOTE_SIGN if stem.notes else " "
        canvas.put(columns.number.width, 0, sign, lit("note", chosen))
        canvas.put(columns.name.x, 0, stem.name, lit(name, chosen), columns.name.width)
        if canvas.height > self._rows:  # the air below is for what was written about the stem
            text = first_line(stem.notes)
            canvas.put(columns.name.x, self._rows, text, "note", canvas.width - columns.name.x)
        self._draw_role(state)
        self._draw_trim(state)
        self._draw_switches(state)
        x = columns.chain.x
        for word, style in chain_words(stem.chain, columns.chain.width):
            x += canvas.put(x, 0, word, lit(style, chosen))

    def _draw_role(self, state: StemState) -> None:
        canvas, column, role = self._canvas, self._columns.role, state.stem.role
        lost = FILES.get(state.file)
        if column is None:
            name = self._columns.name
            words, style = (roles()[role].title, "dim") if lost is None else (f"file {state.file}", "bad")
            canvas.put(name.x, 1, words, lit(style, state.chosen), name.width)
        elif lost is not None:
            style = "note" if state.file == "replaced" else "bold bad"
            canvas.put(column.x, 0, lost, lit(style, state.chosen), column.width)
        else:
            canvas.put(column.x, 0, ROLES.get(role, role.upper()), lit("dim", state.chosen), column.width)

    def _draw_trim(self, state: StemState) -> None:
        canvas, columns, chosen, trim_db = self._canvas, self._columns, state.chosen, state.stem.trim_db
        range_db = roles()[state.stem.role].card.trim_db.high
        beyond = abs(trim_db) > LARGEST_TRIM_DB + 1e-9
        style = "warn" if beyond else "note" if abs(trim_db) > range_db + 1e-9 else "value"
        canvas.put(columns.trim.x, 0, numbers.change(trim_db, 5), lit(style, chosen))
        canvas.put(columns.trim.x + 5, 0, "!" if beyond else " ", lit("bold warn", chosen))
        track, knob = trim_track(trim_db, range_db, columns.track.width)
        canvas.put(columns.track.x, 0, track, lit("faint", chosen))
        canvas.put(columns.track.x + knob, 0, track[knob], lit(style, chosen))
        if self._rows > 1:
            canvas.put(
                columns.track.x,
                1,
                f"±{range_db:g} dB".center(columns.track.width),
                lit("faint", chosen),
                columns.track.width,
            )

    def _draw_switches(self, state: StemState) -> None:
        canvas, columns, chosen, stem = self._canvas, self._columns, state.chosen, state.stem
        apart = 1 if columns.switches.width < 5 else 2
        # a small m: silent because others are soloed
        silent = "m" if silenced(stem, state.any_solo) and not stem.mute else "·"
        switches = (
            (stem.mute, "M", "bold mute", silent, "mute" if silent == "m" else "faint"),
            (stem.solo, "S", "bold solo", "·", "faint"),
            (stem.polarity_inverted, "Ø", "bold polarity", "·", "faint"),
        )
        for place, (on, sign, style, off, off_style) in enumerate(switches):
            x = columns.switches.x + place * apart
            canvas.put(x, 0, sign if on else off, lit(style if on else off_style, chosen))
